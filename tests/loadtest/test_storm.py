"""A small storm on an installation of its own: it buys, and the audit agrees with everything that was told."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).parents[2]


def storm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "storm", *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)


def test_a_rush_is_played_and_audited(tmp_path: Path) -> None:
    picture = tmp_path / "latencies.svg"
    small = ("--sockets", "24", "--seconds", "1", "--seats", "160", "--seed", "7", "--processes", "1")
    ran = storm("queue_rush", *small, "--json", "--picture", str(picture))
    assert ran.returncode == 0, ran.stderr + ran.stdout
    told = json.loads(ran.stdout)
    assert (told["sockets"], told["seed"], told["visits"], told["gave_up"]) == (24, 7, 24, 0)
    assert told["failed"] == {}
    assert told["audit"]["wrong"] == told["audit"]["unseen"] == []
    assert told["audit"]["places"] == 24
    assert told["audit"]["purchases"] == told["audit"]["orders paid"] > 0
    assert {"join", "enter", "hold", "checkout", "the draw"} <= told["took_ms"].keys()
    assert ET.parse(picture).getroot().tag.endswith("svg")


def test_an_unknown_scenario_is_named() -> None:
    ran = storm("queue_rash")
    assert ran.returncode == 2
    assert "queue_rash" in ran.stderr
