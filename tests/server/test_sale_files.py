"""Sales changed from the command line, by files whose mistakes are named with their lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.test_up import Up, free_port

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def up(open_folder: Path) -> Iterator[Up]:
    running = Up(open_folder / "changed", free_port())
    assert running.create_sale("up-jazz").returncode == 0
    yield running
    running.stop()


def test_prices_are_changed_by_a_list(up: Up) -> None:
    dearer = up.folder.parent / "dearer.yaml"
    dearer.write_text("prices:\n  stalls: 50.00\n  flor: 3\n", encoding="utf-8")
    wrong = up.aforo("sale", "prices", "up-jazz", str(dearer))
    assert wrong.returncode == 1
    assert "line 3: prices.flor: is not a section or pool of this sale" in wrong.stderr
    dearer.write_text("prices: {stalls: 50.00}\n", encoding="utf-8")
    lists = json.loads(up.aforo("sale", "prices", "up-jazz", str(dearer), "--json").stdout)
    assert [(each["number"], each["prices"]["stalls"]) for each in lists] == [
        (2, {"general": 5000}),
        (1, {"general": 4500}),
    ]
    assert "50.00" in up.aforo("sale", "prices", "up-jazz").stdout
    dearer.write_text("prices: {stalls: 50.00}\ntaxes: {IVA: 10}\nfees: {Service: 1.50, Card: {percents: 2}}\n")
    assert "line 3: fees.Card.percents" in up.aforo("sale", "prices", "up-jazz", str(dearer)).stderr
    dearer.write_text("prices: {stalls: 50.00}\ntaxes: {IVA: 10}\nfees: {Service: 1.50, Card: {percent: 2}}\n")
    newest = json.loads(up.aforo("sale", "prices", "up-jazz", str(dearer), "--json").stdout)[0]
    assert (newest["number"], [fee["id"] for fee in newest["dues"]["fees"]]) == (3, ["service", "card"])
    shown = up.aforo("sale", "prices", "up-jazz").stdout
    assert all(words in shown for words in ("fee per ticket", "1.50", "2 %", "tax, included", "10 %"))


def test_what_else_changes_comes_from_a_file(up: Up) -> None:
    presale = up.folder.parent / "presale.yaml"
    presale.write_text("phases:\n  now: {}\n  later: {entry: account}\n", encoding="utf-8")
    wrong = up.aforo("sale", "change", "up-jazz", str(presale))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "line 3: phases.later.from: is missing" in wrong.stderr
    presale.write_text("phases:\n  now: {}\n  later: {from: in 1 day, entry: account}\n", encoding="utf-8")
    assert up.aforo("sale", "change", "up-jazz", str(presale)).returncode == 0
    assert "entry: account" in json.loads(up.aforo("sale", "show", "up-jazz", "--json").stdout)["phase Later"]
    later = "phases:\n  now: {}\n  later: {from: in 1 day, entry: {segment: %s}}\n"
    presale.write_text(later % "frequent buyer", encoding="utf-8")
    wrong = up.aforo("sale", "change", "up-jazz", str(presale))
    assert "line 3: phases.later.entry.segment: is not a segment of yours: frequent buyer; did you mean" in wrong.stderr
    presale.write_text(later % "frequent buyers", encoding="utf-8")
    assert up.aforo("sale", "change", "up-jazz", str(presale)).returncode == 0
    shown = json.loads(up.aforo("sale", "show", "up-jazz", "--json").stdout)
    assert shown["phase Later"].endswith("entry: segment frequent buyers")
    assert [each["id"] for each in json.loads(up.get("/api/sales/up-jazz"))["phases"]] == ["now", "later"]
