"""Giving: money becomes credit of somebody, or a voucher whose code is told once; and it expires.

Guarantees: the same request gives once, whoever repeats it; of a code only a keyed mark and its last characters are
kept; what is given, and what expires, is an entry that balances. Works in the caller's transaction. Fails as Postgres
does.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from engine.access import Signer
from engine.coupons import checks, drawn, folded, in_groups
from engine.credit import sql
from engine.credit.model import CreditKind, EntryKind, Grant, Granted, Source
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
    (granted,) = await grant_many(connection, signer, given, [given.request])
    return granted


async def grant_many(
    connection: asyncpg.Connection, signer: Signer, given: Grant, requests: Sequence[str]
) -> list[Granted]:
    """The same several times over, once for each request."""
    kind = CreditKind.VOUCHER if given.owner is None else CreditKind.CREDIT
    ids = {new_id("crd"): request for request in requests}
    codes = {each: drawn(VOUCHER_CHARS - 1) if kind is CreditKind.VOUCHER else None for each in ids}
    rows = await connection.fetch(
        sql.GIVE,
        list(ids),
        given.organizer_id,
        kind.value,
        given.currency,
        given.owner,
        [None if code is None else signer.voucher_mark(code) for code in codes.values()],
        ["" if code is None else code[-END_CHARS:] for code in codes.values()],
        given.batch,
        given.restriction.expires_at,
        list(given.restriction.sales),
        given.restriction.sum_min,
        given.why,
        given.by,
        list(ids.values()),
    )
    made = [row["id"] for row in rows]
    if made:
        parts = ((EntryKind.ISSUE, given.amount, given.source), (EntryKind.BONUS, given.bonus, Source.BONUS))
        for entry, amount, source in parts:
            if amount:
                values = (entry.value, amount, source.value or None, given.sale, given.order, given.by)
                await connection.execute(sql.ENTER_GIVEN, made, *values)
    answers = []
    for each, request in ids.items():
        if each in made:
            code = codes[each]
            answers.append(Granted(each, None if code is None else in_groups(code)))
        else:
            before = await connection.fetchval(sql.GIVEN, given.organizer_id, request)
            answers.append(Granted(before, None, again=True))
    return answers


async def expire(db: asyncpg.Pool) -> int:
    """Write off what has ended; answers of how many."""
    return len(await db.fetch(sql.EXPIRE, CREDIT_EXPIRED_PER_STEP_MAX))
