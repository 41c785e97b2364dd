"""Beyond one machine: a cluster that loses a primary, groups behind a balancer, and what a million need."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loadtest.growth.balancer import CONFIGURATION, missing
from loadtest.growth.needs import Wanted, as_markdown, needs

ROOT = Path(__file__).parents[2]
HAPROXY = shutil.which("haproxy")
BENCH: dict[str, Any] = {
    "results": {
        "idle_sockets": {"sockets": 10_000, "room_bytes_each": 18_000, "room_cpu_percent": 4.0, "room_news_per_s": 0.5},
        "fanout": {"per_cpu_s": 100_000},
        "joins_engine": {"per_s": 100_000, "bytes_per_buyer": 55.0},
        "holds_engine": {"cpu_us": {"redis": 8.0}},
        "orders_engine": {"per_s": 20_000, "baseline_per_s": 3_000},
    }
}


def growth(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtest.growth", *arguments]
    environment = {**os.environ, **({} if path is None else {"PATH": path})}
    return subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=170)


@pytest.mark.faults
@pytest.mark.long  # `make growth` does more of it
@pytest.mark.timeout(180)
def test_a_primary_dies_and_its_sale_goes_on() -> None:
    ran = growth("cluster", "--seed", "5", "--deaths", "1", "--sockets", "9", "--node-timeout-ms", "1000", "--json")
    assert ran.returncode == 0, ran.stderr + ran.stdout
    told = json.loads(ran.stdout)
    assert told["wrong"] == []
    (death,) = told["deaths"]
    assert 0 < death["served_s"] < death["bought_s"]
    assert told["purchases"] > 0
    assert told["gave_up"] == 0


@pytest.mark.faults
@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_group_is_drained_and_the_other_killed_behind_a_balancer() -> None:
    ran = growth("groups", "--seed", "5", "--sockets", "12", "--json")
    assert ran.returncode == 0, ran.stderr + ran.stdout
    if HAPROXY is None:
        assert ran.stdout.strip() == missing()
        return
    told = json.loads(ran.stdout)
    assert told["wrong"] == []
    assert [each["what"] for each in told["episodes"]] == ["drain group1", "kill group2"]
    assert "connect refused" not in told["episodes"][0]["failed"]
    assert told["back"]["back after bye"]["count"] > 0
    assert told["purchases"] > 0


def test_without_a_balancer_the_run_says_so_in_a_line() -> None:
    ran = growth("groups", path="/nowhere")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "haproxy is not installed (apt install haproxy): groups of servers behind a balancer are left out"
    ]


def test_the_configuration_for_operators_is_one_that_haproxy_takes() -> None:
    assert "option forwardfor" in CONFIGURATION.read_text()
    if HAPROXY is not None:
        ran = subprocess.run([HAPROXY, "-c", "-f", CONFIGURATION], check=False, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "warning" not in (ran.stdout + ran.stderr).lower()


def test_what_a_million_need_is_computed_from_what_was_measured() -> None:
    found = {each.what: each.needed for each in needs(BENCH, Wanted(1_000_000, 60_000))}
    assert found["server processes"] == "100"
    assert found["memory of the sockets"] == "18 GB"
    assert found["cores while they wait"] == "4.0"
    assert found["room news"] == "500,000 frames/s"
    assert found["orders in Postgres, each a transaction"] == "33 % of such a machine"
    assert found["hashing order keys (argon2) afterwards, for each such minute"] == "1,200 core seconds"


def test_twice_as_many_need_twice_as_much() -> None:
    one = as_markdown(BENCH, Wanted(500_000, 50_000)).splitlines()
    two = as_markdown(BENCH, Wanted(1_000_000, 100_000)).splitlines()
    assert one[:2] == two[:2]
    assert "| room news | 500,000 x 0.5/s | 250,000 frames/s |" in one
    assert "| room news | 1,000,000 x 0.5/s | 500,000 frames/s |" in two
