"""Where a database stands among the steps of migrations/, and whether this release can run on it.

Reads schema_step, and schema_version of databases that know no steps yet. Writes nothing. A newer release may have
expanded the database but not contracted it. Otherwise StoreFault says why, and what to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from engine.stores.faults import StoreFault
from engine.stores.steps import Kind, Step, shipped

# This release needs every step up to this one, and the expanding ones after it. It does not care whether the
# contracting ones after it were done.
NEEDED = 4
# The step that makes the table of steps.
FIRST = 1

TABLES = (
    "SELECT to_regclass('schema_step') IS NOT NULL AS noted, to_regclass('schema_version') IS NOT NULL AS versioned"
)
NOTED = "SELECT number, name, kind, checksum, began_at, took_ms FROM schema_step ORDER BY number"
HAD = "SELECT EXISTS (SELECT FROM schema_step WHERE substr(name, 6) = $1 AND took_ms IS NOT NULL)"
VERSION = "SELECT version, moved_at FROM schema_version"


@dataclass(frozen=True)
class Noted:
    """A step as the database notes it."""

    number: int
    name: str
    kind: Kind
    checksum: str
    began_at: datetime
    took_ms: int | None  # None: it has not ended


@dataclass(frozen=True)
class Standing:
    """What a database has had, beside the steps that this release knows."""

    known: Sequence[Step]
    noted: Mapping[int, Noted]
    empty: bool

    @property
    def missing(self) -> list[Step]:
        """What it has not had, or not to the end."""
        ended = {noted.number for noted in self.noted.values() if noted.took_ms is not None}
        return [step for step in self.known if step.number not in ended]

    def plan(self, *, contract: bool) -> tuple[list[Step], Step | None]:
        """The steps to run now, and the contract step for which the rest has to wait, if any."""
        chosen: list[Step] = []
        for step in self.missing:
            if contract or step.kind is Kind.EXPAND:
                chosen.append(step)
            elif step.number <= NEEDED:
                return chosen, step
        return chosen, None

    @property
    def wrong(self) -> str | None:
        """Why this release must not touch the database; None when it may."""
        known = {step.number: step for step in self.known}
        for noted in self.noted.values():
            step = known.get(noted.number)
            if step is None:
                if noted.kind is Kind.CONTRACT:
                    return f"the database has had {noted.name}, after which only a newer Aforo can run: start that one"
            elif step.name != noted.name:
                return (
                    f"the database has had {noted.name}, where this Aforo has {step.name}: start the one that made it"
                )
            elif step.checksum != noted.checksum and noted.took_ms is not None:
                return (
                    f"{step.name} is not as it was when the database had it: start the Aforo that made it, or bring "
                    f"over by hand what differs and note its checksum in schema_step: {step.checksum}"
                )
        return None

    @property
    def unfit(self) -> str | None:
        """Why this release can't run on the database, and what to do; None when it can."""
        if self.wrong is not None:
            return self.wrong
        if self.empty:
            return "the database is empty: `aforo db apply` makes its tables"
        lacking = [step for step in self.missing if step.kind is Kind.EXPAND or step.number <= NEEDED]
        if not lacking:
            return None
        command = "aforo db apply" if all(step.kind is Kind.EXPAND for step in lacking) else "aforo db apply --contract"
        return f"the database lacks {', '.join(step.name for step in lacking)}: run `{command}` first"


async def standing(connection: asyncpg.Connection, known: Sequence[Step] | None = None) -> Standing:
    """Where the database stands, for a release that knows these steps: this one, when not said."""
    known = shipped() if known is None else known
    tables = await connection.fetchrow(TABLES)
    if tables["noted"]:
        rows = [Noted(**{**row, "kind": Kind(row["kind"])}) for row in await connection.fetch(NOTED)]
        return Standing(known, {noted.number: noted for noted in rows}, empty=False)
    if not tables["versioned"]:
        return Standing(known, {}, empty=True)
    # Made by a release that noted no steps: it had those up to its version.
    at = await connection.fetchrow(VERSION)
    had = [step for step in known if FIRST < step.number <= at["version"]]
    noted = {step.number: Noted(step.number, step.name, step.kind, step.checksum, at["moved_at"], 0) for step in had}
    return Standing(known, noted, empty=False)


async def older_may_run(connection: asyncpg.Connection) -> bool:
    """Whether the release before may run beside this one: what contracts was not done yet."""
    return any(step.kind is Kind.CONTRACT for step in (await standing(connection)).missing)


async def has_had(db: asyncpg.Pool, words: str) -> bool:
    """Whether the step of this name was completed, whatever its number."""
    return bool(await db.fetchval(HAD, words))


async def check(connection: asyncpg.Connection) -> None:
    """StoreFault, with what to do, unless this release can run on the database."""
    unfit = (await standing(connection)).unfit
    if unfit is not None:
        raise StoreFault(unfit)
