"""The files of migrations/: what each step does to a database, and what it promises about its locks.

Owns the form of their headers: `-- expand` or `-- contract`, `-- in a transaction` or `-- outside a transaction`,
`-- locks: sale, pool (access exclusive)` or `-- locks: nothing`, and `-- rewrites: sale` where one does.
Fails with StepFault, which names the file and what is wrong with it.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

from engine.stores.scripts import resource

FILE_NAME = re.compile(r"(?P<number>\d{4})_(?P<words>[a-z0-9_]+)\.sql")
LOCKS = re.compile(r"(?P<tables>\w+(, \w+)*) \((?P<mode>[a-z ]+)\)")
BUILDS = re.compile(r"CREATE (UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (?P<index>\w+)")
REPEAT = "-- repeat\n"
# Weakest first, as Postgres calls them.
LOCK_MODES = (
    "access share",
    "row share",
    "row exclusive",
    "share update exclusive",
    "share",
    "share row exclusive",
    "exclusive",
    "access exclusive",
)


class StepFault(Exception):
    """A file of migrations/ is not written as it has to be."""


class Kind(StrEnum):
    EXPAND = "expand"  # older and newer code both run on the result
    CONTRACT = "contract"  # older code does not


@dataclass(frozen=True)
class Statement:
    """One statement of a step outside a transaction."""

    text: str
    repeat: bool  # until it changes no row

    @property
    def concurrent(self) -> bool:
        return " CONCURRENTLY " in self.text

    @property
    def builds(self) -> str | None:
        """The index that it builds beside everything else, if any."""
        found = BUILDS.search(self.text)
        return found["index"] if found else None


@dataclass(frozen=True)
class Step:
    number: int
    name: str  # its file's, without the ending
    kind: Kind
    in_transaction: bool
    locks: Mapping[str, str]  # table: the strongest mode it takes there
    rewrites: frozenset[str]  # tables that it writes anew
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def statements(self) -> list[Statement]:
        """What a step outside a transaction does, one after the other: an empty line ends a statement."""
        parts = [part.strip() for part in re.split(r"\n\s*\n", self.text.partition("\n\n")[2])]
        return [Statement(part.removeprefix(REPEAT), part.startswith(REPEAT)) for part in parts if part]


@cache
def shipped() -> tuple[Step, ...]:
    """The steps of this release."""
    return read(resource("migrations"))


def read(folder: Path) -> tuple[Step, ...]:
    """The steps of a folder in their order, each number once."""
    steps = tuple(parsed(path) for path in sorted(folder.glob("*.sql")))
    for one, next_one in pairwise(steps):
        if one.number == next_one.number:
            raise StepFault(f"{one.name} and {next_one.name} have the same number: give the later one the next")
    return steps


def parsed(path: Path) -> Step:
    named = FILE_NAME.fullmatch(path.name)
    if named is None:
        raise StepFault(f"{path.name} should be called like 0007_what_it_is_about.sql")
    text = path.read_text(encoding="utf-8")
    header = [line.removeprefix("-- ") for line in text.partition("\n\n")[0].split("\n--\n")[0].splitlines()]
    kind, how, *promises = [*header, "", ""]
    if kind not in set(Kind):
        raise StepFault(f"{path.name}: its first line should be `-- expand` or `-- contract`")
    if how not in {"in a transaction", "outside a transaction"}:
        raise StepFault(f"{path.name}: its second line should be `-- in a transaction` or `-- outside a transaction`")
    locks, rewrites = promised(path.name, [promise for promise in promises if promise])
    return Step(
        number=int(named["number"]),
        name=path.stem,
        kind=Kind(kind),
        in_transaction=how == "in a transaction",
        locks=locks,
        rewrites=rewrites,
        text=text,
    )


def promised(name: str, lines: list[str]) -> tuple[dict[str, str], frozenset[str]]:
    """The locks and rewrites that a header names."""
    keys = [line.partition(": ")[0] for line in lines]
    if "locks" not in keys or not set(keys) <= {"locks", "rewrites"}:
        raise StepFault(f"{name}: a header goes on with `-- locks: …`, then `-- rewrites: …` where it does, then `--`")
    locks = dict(lock for line in lines if line.startswith("locks: ") for lock in locks_of(name, line))
    written = [line.removeprefix("rewrites: ") for line in lines if line.startswith("rewrites: ")]
    return locks, frozenset(table for line in written for table in line.split(", "))


def locks_of(name: str, line: str) -> Iterator[tuple[str, str]]:
    said = line.removeprefix("locks: ")
    if said == "nothing":
        return
    found = LOCKS.fullmatch(said)
    if found is None or found["mode"] not in LOCK_MODES:
        raise StepFault(f"{name}: `-- {line}` should be like `-- locks: sale, pool (access exclusive)`")
    for table in found["tables"].split(", "):
        yield table, found["mode"]
