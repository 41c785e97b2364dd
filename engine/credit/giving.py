"""Giving: money becomes credit of somebody, or a voucher whose code is told once; and it expires.

Guarantees: the same request gives once, whoever repeats it; of a code only a keyed mark and its last characters are
kept; what is given, and what expires, is an entry that balances. Works in the caller's transaction. Fails as Postgres
does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import asyncpg

from engine.access import Signer
from engine.coupons import checks, drawn, folded, in_groups, spelled
from engine.credit import sql
from engine.credit.model import EntryKind, Grant, Granted, Source
from engine.ids import new_id
from engine.limits import CREDIT_EXPIRED_PER_STEP_MAX

VOUCHER_CHARS = 16  # the last of them a check
END_CHARS = 4


def code_of(typed: str) -> str | None:
    """A voucher's code as it is compared; None: it can't be one."""
    code = folded(typed)
    return code if len(code) == VOUCHER_CHARS and checks(code) else None


def looks_wrong(typed: str) -> bool:
    """Whether it is as long as a code, and can't be one."""
    code = folded(typed)
    return len(code) == VOUCHER_CHARS and not checks(code)


async def grant(connection: asyncpg.Connection, signer: Signer, given: Grant) -> Granted:
    """Give money as credit or voucher, with a bonus where there is one."""
    (granted,) = await grant_many(connection, signer, [given])
    return granted


async def grant_many(connection: asyncpg.Connection, signer: Signer, grants: Sequence[Grant]) -> list[Granted]:
    """The same for several of one organizer, in one go."""
    if not grants:
        return []
    organizer, made = grants[0].organizer_id, [_Made.of(each) for each in grants]
    rows = await connection.fetch(
        sql.GIVE,
        organizer,
        [each.id for each in made],
        [each.currency for each in grants],
        [each.owner for each in grants],
        [None if each.code is None else signer.voucher_mark(each.code) for each in made],
        ["" if each.code is None else each.code[-END_CHARS:] for each in made],
        [each.batch for each in grants],
        [each.restriction.expires_at for each in grants],
        ["{" + ",".join(f'"{sale}"' for sale in each.restriction.sales) + "}" for each in grants],
        [each.restriction.sum_min for each in grants],
        [each.why for each in grants],
        [each.by for each in grants],
        [each.request for each in grants],
        [each.source is Source.MOVED for each in grants],
    )
    new = {row["id"] for row in rows}
    await _enter(connection, [(each.id, given) for each, given in zip(made, grants, strict=True) if each.id in new])
    again = [given.request for each, given in zip(made, grants, strict=True) if each.id not in new]
    before = dict(await connection.fetch(sql.GIVEN, organizer, again)) if again else {}
    return [
        Granted(each.id, None if each.code is None else in_groups(each.code))
        if each.id in new
        else Granted(before[given.request], None, again=True)
        for each, given in zip(made, grants, strict=True)
    ]


async def _enter(connection: asyncpg.Connection, new: Sequence[tuple[str, Grant]]) -> None:
    entries = [(each, EntryKind.ISSUE, given.amount, given.source, given) for each, given in new]
    entries += [(each, EntryKind.BONUS, given.bonus, Source.BONUS, given) for each, given in new]
    rows = [
        (each, kind.value, amount, source.value or None, given.sale, given.order, given.by)
        for each, kind, amount, source, given in entries
        if amount
    ]
    if rows:
        await connection.execute(sql.ENTER_GIVEN, *(list(column) for column in zip(*rows, strict=True)))


class _Made(NamedTuple):
    id: str
    code: str | None  # of a voucher

    @classmethod
    def of(cls, given: Grant) -> _Made:
        if given.owner is not None:
            return cls(new_id("crd"), None)
        return cls(new_id("crd"), given.code or drawn(VOUCHER_CHARS - 1))


def code_from(signer: Signer, name: str) -> str:
    """The code of a voucher that whoever knows its name may look up again: the same each time, and kept nowhere."""
    return spelled(signer.voucher_seed(name), VOUCHER_CHARS - 1)


async def hold(connection: asyncpg.Connection, ids: Sequence[str]) -> Mapping[str, int]:
    """What is left of these, which nobody else changes until the caller's transaction ends."""
    rows = await connection.fetch(sql.HOLD, list(ids))
    return {row["id"]: row["balance"] for row in rows}


async def take_back(connection: asyncpg.Connection, credit: str, amount: int, source: Source, by: str) -> None:
    """So much of a voucher is not needed for what it was given for."""
    values = (credit, EntryKind.REVOKE.value, -amount, source.value, None, None, by)
    await connection.execute(sql.ENTER_GIVEN, *([each] for each in values))


async def revoke(connection: asyncpg.Connection, credit: str) -> None:
    """Nobody spends it any more; what is left of it, the caller takes back."""
    await connection.execute(sql.LET_GO, credit)


async def open_everywhere(connection: asyncpg.Connection, credit: str) -> None:
    """It may be spent in all sales of its organizer from now on."""
    await connection.execute(sql.OPEN_EVERYWHERE, credit)


async def expire(db: asyncpg.Pool) -> int:
    """Write off what has ended; answers of how many."""
    return len(await db.fetch(sql.EXPIRE, CREDIT_EXPIRED_PER_STEP_MAX))
