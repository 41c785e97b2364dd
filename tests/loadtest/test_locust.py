"""Locust plays the same people, in one process and in several, and a broken promise fails the run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loadtest.target import Target

ROOT = Path(__file__).parents[2]
SMALL = ("--users", "12", "--ramp", "50", "--minutes", "0.05", "--seats", "160", "--think", "0.01")


def load(target: Target, *arguments: str) -> subprocess.CompletedProcess[str]:
    near = ("--host", target.base_url, "--data-dir", str(target.data_dir))
    environment = {**os.environ, "AFORO_API_KEY": target.key}
    command = [sys.executable, "-m", "server", "load", *arguments, *near]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)


def test_a_grab_by_one_process(target: Target, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    ran = load(target, "seat_grab", *SMALL, "--report", str(report))
    said = ran.stderr + ran.stdout
    assert ran.returncode == 0, said
    assert "all is as it was told" in said
    assert "checkout" in said
    assert "(0 purchases" not in said
    assert report.stat().st_size > 0


@pytest.mark.long
def test_a_rush_by_two_workers(target: Target) -> None:
    ran = load(target, "queue_rush", *SMALL[:4], "--minutes", "0.13", *SMALL[6:], "--processes", "2")
    said = ran.stderr + ran.stdout
    assert ran.returncode == 0, said
    assert "(12 purchases, 12 places" in said, said
    assert "all is as it was told" in said


def test_a_sale_that_is_not_there_is_told(target: Target) -> None:
    ran = load(target, "seat_grab", *SMALL, "--sale", "no-such-sale")
    assert ran.returncode == 1
    assert "there is no sale to test" in ran.stderr
