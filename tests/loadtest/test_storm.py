"""Small runs of every scenario with the storm client; audits agree with what was told, and find what is forged."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from crowd.audit import Asked, audit, look
from crowd.book import Book
from crowd.crowd import TooManySockets, check_files, processes_for
from crowd.people import ground_of
from crowd.scenarios import SCENARIOS
from loadtest.stage import Wanted, make_stage
from loadtest.storm.report import WIDTH
from loadtest.target import Target

ROOT = Path(__file__).parents[2]
SMALL = ("--sockets", "24", "--seconds", "1", "--seats", "160", "--seed", "7", "--processes", "1", "--json")


def storm(target: Target, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Without an API key: one is made in the data folder for the run."""
    near = ("--host", target.base_url, "--data-dir", str(target.data_dir))
    command = [sys.executable, "-m", "server", "storm", *arguments, *near]
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)


def sound(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert ran.returncode == 0, ran.stderr + ran.stdout
    told: dict[str, Any] = json.loads(ran.stdout)
    assert told["failed"] == {}
    assert told["gave_up"] == 0
    assert told["audit"]["wrong"] == told["audit"]["unseen"] == []
    return told


def test_a_rush_is_played_and_audited(target: Target, tmp_path: Path) -> None:
    picture = tmp_path / "latencies.svg"
    told = sound(storm(target, "queue_rush", *SMALL, "--picture", str(picture)))
    assert (told["sockets"], told["seed"], told["visits"]) == (24, 7, 24)
    assert told["audit"]["places"] == 24
    assert told["audit"]["purchases"] == told["audit"]["orders paid"] > 0
    assert {"join", "enter", "hold", "checkout", "the draw"} <= told["took_ms"].keys()
    assert ET.parse(picture).getroot().tag.endswith("svg")


@pytest.mark.browser
@pytest.mark.long  # the same run again, for another picture
def test_a_picture_may_be_a_png(target: Target, tmp_path: Path) -> None:
    picture = tmp_path / "new" / "latencies.png"
    sound(storm(target, "seat_grab", *SMALL, "--picture", str(picture)))
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert int.from_bytes(picture.read_bytes()[16:20], "big") == WIDTH


def test_a_picture_of_no_known_kind_is_told_before_anything_starts(target: Target) -> None:
    ran = storm(target, "seat_grab", *SMALL, "--picture", "latencies.jpeg")
    assert ran.returncode == 2
    assert "latencies.jpeg" in ran.stderr


@pytest.mark.long
def test_people_near_a_store_buy_its_promo(target: Target) -> None:
    told = sound(storm(target, "promo_burst", *SMALL))
    assert told["audit"]["purchases"] == told["audit"]["orders paid"] > 0


@pytest.mark.long
def test_who_holds_a_seat_sees_it_held(target: Target) -> None:
    wanted = Wanted(persons=1, seats=160)
    assert make_stage(target.api, SCENARIOS["dashboards"], wanted).row_seats == 40
    told = sound(storm(target, "dashboards", "--sockets", "60", *SMALL[2:], "--think", "0.01"))
    assert told["took_ms"]["own seat seen"]["count"] > 0


def test_more_sockets_than_files_are_told_before_anything_starts(target: Target) -> None:
    ran = storm(target, "seat_grab", "--sockets", "200000", "--processes", "1")
    assert ran.returncode == 1
    assert "--processes" in ran.stderr


def test_processes_are_enough_for_their_sockets() -> None:
    assert processes_for(30_000, 20_000) == 2
    assert processes_for(1, 20_000) == 1
    check_files(19_744, 1, 20_000)
    with pytest.raises(TooManySockets, match="--processes 2"):
        check_files(19_745, 1, 20_000)


def test_an_unknown_scenario_is_named(target: Target) -> None:
    ran = storm(target, "queue_rash")
    assert ran.returncode == 2
    assert "queue_rash" in ran.stderr


def test_without_a_way_to_make_the_sale_it_says_what_is_missing(target: Target) -> None:
    command = [sys.executable, "-m", "server", "storm", "seat_grab", "--host", target.base_url]
    ran = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert "--api-key" in ran.stderr


def test_an_audit_finds_what_is_forged(target: Target) -> None:
    ground = make_stage(target.api, SCENARIOS["queue_rush"], Wanted(persons=10, seats=160, lobby_s=600))
    assert ground == ground_of(target.api, ground.sale)
    line = {"seat": 7, "item": "seat:7"}
    forged = {"id": "ord_forged", "code": "c", "state": "paid", "total": 9000, "lines": [line], "tickets": [line]}
    book = Book()
    book.buys("ann", "k", forged)
    book.placed("ann", 0, 3)
    book.placed("bob", 1, 3)
    found = audit(Asked(target.api, ground, book, data_dir=target.data_dir), settle_s=0)
    assert "seat 7 of ord_forged is shown in state 0" in found.wrong
    assert "order ord_forged was told bought, and is not listed" in found.wrong
    assert "place 3 was given to ann and to bob" in found.wrong
    assert any(each.startswith("order ord_forged does not open") for each in found.wrong)


def test_what_an_audit_could_not_see_is_said(target: Target) -> None:
    ground = make_stage(target.api, SCENARIOS["seat_grab"], Wanted(persons=10, seats=160))
    stranger = Target(target.base_url, "", None)
    assert look(Asked(stranger.api, ground, Book())).unseen == [
        "the orders of the sale were not listed: there is no API key"
    ]
    found = audit(Asked(stranger.api, ground, Book()), settle_s=0)
    assert found.wrong == []
    assert len(found.unseen) == 2
