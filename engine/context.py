"""Context: how a part of the engine describes itself, so that what is done for all of them has one list to go through.

Owns the words only; engine/contexts.py has the list. Jobs and invariants are asked for with an engine that is open.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import asyncpg

from engine.limits import KNOWN_ROWS_MAX
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine


class Floor(Enum):
    """Where a context stands, lowest first: it calls those below it, and earlier ones of its own floor."""

    GROUND = "ground"  # what everything stands on
    WHO = "who"  # who is asking, and how they are reached
    WHAT = "what"  # what can be sold
    SELL = "sell"
    TELL = "tell"  # telling people of it
    PROVE = "prove"  # whether all of it holds


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """Something that must hold and does not, with the number of the invariant, as the docs count them."""

    invariant: int
    subject: str  # what it is about: "seat 12", "order ord_…"
    text: str

    def __str__(self) -> str:
        return f"invariant {self.invariant}: {self.subject}: {self.text}"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for a while only, and then removed by a job of its context."""

    name: str
    kept_days: int
    after: str  # what the days are counted from
    why: str  # it is kept for so long
    due: str  # counts at most $2 of those that are older than $1 days
    job: str


@dataclass(frozen=True, slots=True)
class OldRows:
    """The same, where `statement` is all it takes: it removes at most $2 of these that are older than $1 days."""

    name: str
    statement: str
    kept_days: int
    after: str
    why: str
    due: str


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody, as far as the contexts know them: nothing but ids and marks."""

    organizer_id: str | None  # whose people they are; None: everybody's
    people: tuple[str, ...]  # in the vault
    numbers: tuple[int, ...] = ()  # of profiles
    buyers: tuple[str, ...] = ()
    inboxes: tuple[bytes, ...] = ()  # marks of addresses that are theirs
    accounts: tuple[str, ...] = ()
    typed: tuple[bytes, ...] = ()  # marks of addresses they typed, which may be anybody's: …
    orders: tuple[str, ...] = ()  # … only what was written there about their orders is theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Whom):
    """Somebody who is told what is known of them. Whoever may be somebody else is not among `people` and `numbers`."""

    linked: tuple[str, ...] = ()  # of the buyers, those of accounts: their orders are theirs, whatever name is on them


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure(Whom):
    """Who is to be forgotten; it may lie outside the database for ever."""

    id: str
    emails: tuple[str, ...] = field(default=(), repr=False)  # only while it is carried out, and never kept


@dataclass(frozen=True, slots=True)
class Section:
    """What a context knows of somebody, for themselves to read: no key, no mark, and nothing of anybody else.

    `fields` are those that its rows may have, also where there is none.
    """

    name: str
    fields: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]

    @property
    def cut(self) -> bool:
        return len(self.rows) >= KNOWN_ROWS_MAX

    @classmethod
    async def read(cls, connection: asyncpg.Connection, name: str, statement: str, *arguments: object) -> Section:
        """What a statement answers, of which the last argument is how many rows at most."""
        prepared = await connection.prepare(statement)
        fields = tuple(each.name for each in prepared.get_attributes())
        return cls(name, fields, await prepared.fetch(*arguments, KNOWN_ROWS_MAX))


Forget = Callable[[asyncpg.Connection, Erasure], Awaitable[None]]
# Which of some people it refers to. They come with the buyers who typed them, by whom carts and orders are found.
Refers = Callable[[asyncpg.Connection, Sequence[str], Sequence[str | None]], Awaitable[set[str]]]
# In the snapshot that all of it is read from.
Known = Callable[["Engine", asyncpg.Connection, Told], Awaitable[Sequence[Section]]]


def no_jobs(_: Engine) -> Sequence[Job]:
    return ()


@dataclass(frozen=True, slots=True)
class Context:
    """One part of the engine: what it owns, what runs for it, what it keeps for a while, and what must hold of it.

    Invariants answer what does not hold right now; verify looks twice, since some of it may be on its way.
    """

    name: str  # of its package, and the owner of its tables in schema.sql
    floor: Floor
    owns: str  # in a few words, as docs/architecture.md shows it
    source: str  # which store is right about it
    tables: tuple[str, ...] = ()
    jobs: Callable[[Engine], Sequence[Job]] = no_jobs
    old_rows: tuple[OldRows, ...] = ()
    kept: tuple[Kept, ...] = ()
    forget: Forget | None = None  # what it knows of people who are erased, in the transaction that erases them
    known: Known | None = None  # the same, for themselves to read
    refers: Refers | None = None  # which people it refers to; nobody else may refer to one
    invariants: Callable[[Engine], Awaitable[list[Violation]]] | None = None  # of the installation
    sale_invariants: Callable[[Engine, str], Awaitable[list[Violation]]] | None = None  # of one sale
