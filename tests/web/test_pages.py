"""The logic of the pages: vitest runs it; what it said is shown when it fails."""

import subprocess
import sys

import pytest

from tests.absent import ROOT

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]


def test_the_logic_of_the_pages() -> None:
    command = [sys.executable, str(ROOT / "deploy" / "build_pages.py"), "--run", "test"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
