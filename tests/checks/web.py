"""The pages' own checks: types, lint, format, arrows between programs, and the lock file."""

import os
import subprocess
import sys
from pathlib import Path

from tests.checks.web_arrows import arrow_problems
from tests.checks.web_lock import lock_problems

NO_NODE = 3


def problems(root: Path) -> list[str]:
    lock = root / "web" / "package-lock.json"
    if not lock.is_file():
        return []
    found = lock_problems(lock) + lock_problems(lock.parent / "audit" / lock.name) + arrow_problems(lock.parent)
    command = [sys.executable, str(root / "deploy" / "build_pages.py"), "--run", "check"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip()
    if done.returncode == NO_NODE and not os.environ.get("CI"):
        print(f"web      NOT CHECKED: {said}")
    elif done.returncode != 0:
        found.append(said)
    return found
