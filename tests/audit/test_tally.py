"""Refusals are counted before they are written: exactly, over all processes, and never more rows than were promised."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.audit import INSTALLATION, RefusalKind
from engine.limits import (
    AUDIT_REFUSALS_COUNTED_MAX,
    AUDIT_REFUSALS_PER_MINUTE_MAX,
    AUDIT_REFUSALS_PER_ORGANIZER_MAX,
)
from tests.audit.conftest import audit_of

NETWORK = "203.0.113.0/24"


async def minute_is_over(db: asyncpg.Pool) -> None:
    await db.execute("UPDATE audit_tally SET minute = minute - interval '5 minutes'")


async def rows_of(db: asyncpg.Pool) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch("SELECT *, network::text AS network FROM audit ORDER BY id")]


async def test_refusals_are_a_row_per_network_kind_and_minute(db: asyncpg.Pool, tmp_path: Path) -> None:
    """Of two processes: they have different counters over one table."""
    tallies = [audit_of(db, tmp_path).tally for _ in range(2)]
    for tally in tallies:
        for _ in range(5):
            tally.note(RefusalKind.KEY, NETWORK, "")
            tally.note(RefusalKind.KEY, NETWORK, "ak_1")
            tally.note(RefusalKind.PERMISSION, NETWORK, "watch")
        await asyncio.gather(tally.hand_in(), tally.hand_in())
    assert await tallies[0].settle() == 0  # the minute is not over
    await minute_is_over(db)
    await asyncio.gather(*(tally.settle() for tally in tallies))
    rows = await rows_of(db)
    told = [(row["act"], row["network"], row["detail"]["minute"]) for row in rows]
    assert len(told) == len(set(told))
    assert {each[:2] for each in told} == {("key.refused", NETWORK), ("permission.refused", NETWORK)}
    assert {row["subject"] for row in rows if row["act"] == "key.refused"} == {"ak_1"}
    for kind, times in (("key.refused", 20), ("permission.refused", 10)):
        assert sum(row["detail"]["times"] for row in rows if row["act"] == kind) == times
    assert await db.fetchval("SELECT count(*) FROM audit_tally") == 0


async def test_a_stranger_with_many_networks_fills_nothing(db: asyncpg.Pool, tmp_path: Path) -> None:
    tallies = [audit_of(db, tmp_path).tally for _ in range(3)]
    for number, tally in enumerate(tallies):
        for at in range(AUDIT_REFUSALS_PER_MINUTE_MAX * 2):
            tally.note(RefusalKind.KEY, f"10.{number}.{at}.0/24")
        await tally.hand_in()
    await minute_is_over(db)
    await tallies[0].settle()
    rows = await rows_of(db)
    minutes = len({row["detail"]["minute"] for row in rows})  # the clock may have gone on to the next one
    assert len(rows) <= (AUDIT_REFUSALS_PER_MINUTE_MAX + 1) * minutes
    assert sum(row["detail"]["times"] for row in rows) == 3 * AUDIT_REFUSALS_PER_MINUTE_MAX * 2
    assert [row["network"] for row in rows].count(None) == minutes
    assert {row["subject"] for row in rows} == {INSTALLATION}


async def test_refusals_wait_while_postgres_is_away(database_url: str, db: asyncpg.Pool, tmp_path: Path) -> None:
    tally = audit_of(db, tmp_path).tally
    tally.note(RefusalKind.KEY, NETWORK)
    await db.execute("ALTER TABLE audit_tally RENAME TO elsewhere")
    with pytest.raises(asyncpg.UndefinedTableError):
        await tally.hand_in()
    tally.note(RefusalKind.KEY, NETWORK)
    await db.execute("ALTER TABLE elsewhere RENAME TO audit_tally")
    await tally.hand_in()
    assert await db.fetchval("SELECT times FROM audit_tally") == 2


async def test_what_concerns_an_organizer_is_in_its_own_trail(db: asyncpg.Pool, tmp_path: Path) -> None:
    """Two members behind one address are told apart, and no organizer's refusals take another's place."""
    tally = audit_of(db, tmp_path).tally
    many = AUDIT_REFUSALS_PER_ORGANIZER_MAX * 3
    for number in range(many):
        tally.note(RefusalKind.KEY, NETWORK, f"ak_{number}", "org_loud")
    for account in ("acc_1", "acc_2", "acc_1"):
        tally.note(RefusalKind.PERMISSION, NETWORK, account, "org_quiet")
    tally.note(RefusalKind.PERMISSION, NETWORK, "GET /api/keys")
    await tally.hand_in()
    await minute_is_over(db)
    await tally.settle()
    rows = await rows_of(db)
    loud = [row for row in rows if row["organizer_id"] == "org_loud"]
    assert len(loud) <= AUDIT_REFUSALS_PER_ORGANIZER_MAX + 1
    assert sum(row["detail"]["times"] for row in loud) == many
    quiet = {row["subject"]: row["detail"]["times"] for row in rows if row["organizer_id"] == "org_quiet"}
    assert quiet == {"acc_1": 2, "acc_2": 1}
    assert [row["subject"] for row in rows if row["organizer_id"] is None] == ["GET /api/keys"]


async def test_a_process_counts_within_its_bound(db: asyncpg.Pool, tmp_path: Path) -> None:
    tally = audit_of(db, tmp_path).tally
    for number in range(AUDIT_REFUSALS_COUNTED_MAX * 2):
        tally.note(RefusalKind.KEY, NETWORK, "ak_1", f"org_{number}")
    await tally.hand_in()
    kept = await db.fetch("SELECT times FROM audit_tally")
    assert len(kept) <= AUDIT_REFUSALS_COUNTED_MAX + 1
    assert sum(row["times"] for row in kept) == AUDIT_REFUSALS_COUNTED_MAX * 2
