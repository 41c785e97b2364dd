"""The header of a script is a contract: what it says is held against the code, the callers and the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.onsale.calls import BATCH_KEYS, PLAIN_KEYS
from engine.refusals import BY_WORD
from engine.stores.keys import PASSING_KEYS, SALE_KEYS
from engine.stores.scripts import resource, script

LUA = resource("lua")
SCRIPTS = sorted(
    str(path.relative_to(LUA).with_suffix("")) for path in LUA.glob("*/*.lua") if not path.name.startswith("_")
)
OF_A_SALE = [name for name in SCRIPTS if name.startswith("onsale/")]
KEY = re.compile(r"^-- KEYS\[(?P<number>\d+)(?P<more>…)?\] (?P<name>\w+)(?: +(?P<kind>\w+))?", re.MULTILINE)
KINDS = {"string", "hash", "zset", "set", "channel", "bitmap", "bitmaps"}
README = (LUA / "README.md").read_text(encoding="utf-8")


def header(name: str) -> str:
    """The comment a script begins with."""
    lines: list[str] = []
    for line in Path(LUA / f"{name}.lua").read_text(encoding="utf-8").splitlines():
        if not line.startswith("--"):
            break
        lines.append(line)
    return "\n".join(lines)


def words_of(text: str) -> set[str]:
    return set(re.findall(r'"([a-z_]+)"', text))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_header_says_purpose_arguments_and_answer(name: str) -> None:
    said = header(name)
    assert said.startswith(f"-- {name.partition('/')[2]}: "), "purpose"
    arguments = [int(number) for number in re.findall(r"^-- ARGV\[(\d+)\] ", said, re.MULTILINE)]
    used = {int(number) for number in re.findall(r"\bARGV\[(\d+)\]", code_of(name))}
    assert arguments == list(range(1, len(arguments) + 1))
    assert used <= set(arguments)
    assert "\n-- Returns " in said


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_key_is_declared_and_used(name: str) -> None:
    declared = list(KEY.finditer(header(name)))
    assert [int(key["number"]) for key in declared] == list(range(1, len(declared) + 1))
    used = {int(number) for number in re.findall(r"\bKEYS\[(\d+)\]", code_of(name))}
    fixed = {int(key["number"]) for key in declared if not key["more"]}
    assert used - {int(key["number"]) for key in declared if key["more"]} == fixed
    assert all(key["more"] is None for key in declared[:-1]), "only the last may stand for many"


def code_of(name: str) -> str:
    """The script as the server gets it, without comments."""
    return re.sub(r"--[^\n]*", "", script(name).source)


@pytest.mark.parametrize("name", OF_A_SALE)
def test_callers_give_the_keys_that_are_declared(name: str) -> None:
    declared = [(key["name"], key["kind"]) for key in KEY.finditer(header(name))]
    assert all(kind in KINDS for _, kind in declared)
    assert [key for key, _ in declared] == list((BATCH_KEYS | PLAIN_KEYS)[name.partition("/")[2]])


@pytest.mark.parametrize("name", OF_A_SALE)
def test_every_verdict_is_documented(name: str) -> None:
    said = words_of(header(name))
    quoted = set(re.findall(r"'([a-z_]+)'", code_of(name)))
    assert said <= quoted, "a verdict that the script does not give"
    assert "lost" in said or name.partition("/")[2] in PLAIN_KEYS
    own = Path(LUA / f"{name}.lua").read_text(encoding="utf-8")
    assert {word for word in re.findall(r"'([a-z_]+)'", own) if word in BY_WORD} <= said, "a refusal left out"


@pytest.mark.parametrize("name", OF_A_SALE)
def test_a_header_says_what_a_refusal_has_written(name: str) -> None:
    assert re.search(r"\b(writes|written)\b", header(name))


def test_callers_know_every_script_of_a_sale() -> None:
    assert sorted(BATCH_KEYS | PLAIN_KEYS) == sorted(name.partition("/")[2] for name in OF_A_SALE)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_catalogue_lists_every_script(name: str) -> None:
    purpose = header(name).splitlines()[0].partition(": ")[2]
    assert f"| `{name}` | {purpose} |" in README


def test_the_catalogue_lists_every_key_of_a_sale_and_no_other() -> None:
    listed = re.findall(r"^\| `a1:\{sale\}:(\w+)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted(SALE_KEYS + PASSING_KEYS)


def test_the_catalogue_lists_nothing_that_is_gone() -> None:
    assert sorted(re.findall(r"^\| `(\w+/\w+)` \|", README, re.MULTILINE)) == SCRIPTS
