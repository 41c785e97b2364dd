"""What is said of a run: every branch that was not taken is found, and names are of what is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.covered import branches
from tests.covered.branches import Branch, functions_of, untaken_in
from tests.covered.named import Named
from tests.covered.words import SCRIPTS, texts, words_of

SOURCE = """
def halves(number):
    if number == 3:
        return 3
    try:
        for each in range(number):
            if each > 100:
                break
        return number // 2
    except TypeError:
        return None


class House:
    def stand(self):
        return True


halves(4)
"""


def test_every_way_that_was_not_gone_is_found(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text(SOURCE)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    run = [sys.executable, "-m", "coverage"]
    for command in (["run", "--branch", "made.py"], ["json", "-o", "said.json"]):
        subprocess.run([*run, *command], cwd=tmp_path, env=environment, check=True, capture_output=True)
    said = json.loads((tmp_path / "said.json").read_text())["files"]["made.py"]
    assert [(each.place, each.way) for each in untaken_in("made.py", said, SOURCE)] == [
        ("made.py:halves", "if number == 3: -> return 3"),
        ("made.py:halves", "if each > 100: -> break"),
        ("made.py:halves", "except TypeError:"),
        ("made.py:House.stand", "return True"),
    ]


def test_what_is_not_named_is_told() -> None:
    named = Named({"a.py:f": {"if x: -> exit": "why"}}, {"onsale/cart_read lost": "why"})
    taken = [Branch("a.py:f", "if x: -> exit", 3), Branch("a.py:g", "if y: -> exit", 9)]
    assert named.missing(taken, ["onsale/cart_read lost", "onsale/cart_read cart"]) == [
        "a.py:9 g: no test goes 'if y: -> exit'",
        "no test hears onsale/cart_read cart",
    ]


def test_what_is_named_is_there_and_has_a_reason() -> None:
    named = Named.read()
    for place, ways in named.branches.items():
        name, _, function = place.partition(":")
        lines = functions_of((branches.ROOT / name).read_text(encoding="utf-8"))[function]
        for way, reason in ways.items():
            assert {*way.split(" -> ")} <= {*lines, "exit"}, f"{place} has no {way!r}"
            assert reason
    for word, reason in named.words.items():
        script, _, said = word.partition(" ")
        assert said in words_of(script)
        assert reason


def test_words_are_those_that_headers_say() -> None:
    assert words_of("onsale/cart_read") == {"cart", "no_cart", "lost"}
    assert {"onsale/cart_read", "stores/lease_take"} <= {*SCRIPTS}
    assert list(texts([b"\x92\xa4cart\x91\xa4lost", "place", 3, b"\xc1"])) == ["cart", "lost", "place"]
