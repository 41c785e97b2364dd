"""Sales of rehearsals: shadows of a sale, each under an id of its own.

Guarantees: every statement that changes a sale asks for a shadow, so that no other can be hit.
Calls Postgres only, and fails as it does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from engine.catalog.local_time import ms_of
from engine.catalog.model import Entry, Phase, RoomPlan
from engine.catalog.phases import phases_from_json, phases_to_json
from engine.catalog.reading import room_to_json
from engine.catalog.writing import new_draw

# The lobby is open at once; it is said when the sale opens once everybody is there.
COPY_SALE = """
INSERT INTO sale (kind, id, organizer_id, event_id, venue_id, layout_version, currency, seats, person_max, cart_ms,
                  prices, questions, room, visibility, lobby_at, opens_at, closes_at, draw_secret, draw_commit,
                  rehearsal_of, rehearsal_until, zones, type_rules, products, days, admits, unlocks, dues,
                  tax_identity)
SELECT 'rehearsal', $2, organizer_id, event_id, venue_id, layout_version, currency, seats, person_max, cart_ms, prices,
       questions, coalesce(room, $3), 'hidden', now(), now() + interval '1 day', now() + interval '2 days', $4, $5, id,
       now() + make_interval(secs => $6), zones, type_rules, products, days, admits, unlocks, dues,
       tax_identity
FROM sale WHERE id = $1 AND kind = 'event'
RETURNING organizer_id
"""
COPY_POOLS = """
INSERT INTO pool (sale_id, id, name, position, capacity, draws_on, withheld)
SELECT $2, id, name, position, capacity, draws_on, withheld FROM pool WHERE sale_id = $1
"""
# What is withheld stays so as long as the rehearsal lasts.
COPY_ALLOCATIONS = """
INSERT INTO allocation (sale_id, id, name, purpose, seats, units, staff)
SELECT $2, id, name, purpose, seats, units, staff FROM allocation WHERE sale_id = $1 AND released_at IS NULL
"""
# With the instants of the original: its clock is the same.
COPY_PRICE_LISTS = """
INSERT INTO price_list (sale_id, number, valid_from_ms, prices, made_at, made_by, zones, dues)
SELECT $2, number, valid_from_ms, prices, made_at, made_by, zones, dues FROM price_list WHERE sale_id = $1
"""
READ_PHASES = """
SELECT s.opens_at, s.phases FROM sale s JOIN sale shadow ON shadow.rehearsal_of = s.id
WHERE shadow.id = $1 AND shadow.kind = 'rehearsal'
"""
OPEN_AT = """
UPDATE sale SET opens_at = $2::timestamptz, closes_at = $2::timestamptz + interval '2 days', phases = $3
WHERE id = $1 AND kind = 'rehearsal'
"""
SET_ROOM = "UPDATE sale SET room = $2 WHERE id = $1 AND kind = 'rehearsal'"
PROLONG = """
UPDATE sale SET rehearsal_until = now() + make_interval(secs => $2)
WHERE id = $1 AND kind = 'rehearsal' AND closes_at > now()
"""
LEFT_BEHIND = "SELECT id FROM sale WHERE rehearsal_until < now() ORDER BY rehearsal_until LIMIT 20"
LEFT_S = """
SELECT greatest(0, extract(epoch FROM min(rehearsal_until) - now()))::float8 FROM sale WHERE rehearsal_until IS NOT NULL
HAVING count(*) > 0
"""
# Sets its times so far back that no job looks after it. $2: even if it is still prolonged.
RETIRE = """
UPDATE sale SET lobby_at = NULL, opens_at = now() - interval '4 days', closes_at = now() - interval '3 days'
WHERE id = $1 AND kind = 'rehearsal' AND (rehearsal_until < now() OR $2)
RETURNING rehearsal_until < now() - interval '10 minutes' AS long_over
"""
DELETE_POOLS = "DELETE FROM pool USING sale WHERE sale.id = $1 AND sale.kind = 'rehearsal' AND pool.sale_id = sale.id"
DELETE_SALE = "DELETE FROM sale WHERE id = $1 AND kind = 'rehearsal'"


@dataclass(frozen=True, slots=True)
class Retired:
    """A shadow sale that has been closed; `long_over`: its time was up minutes ago."""

    long_over: bool


async def copy_sale(
    db: asyncpg.Connection, sale_id: str, shadow: str, *, open_room: RoomPlan, lasts_s: float
) -> str | None:
    """Make the shadow of an event's sale, unsold and with its lobby open; answers whose sale it is.

    `open_room` is for a sale without a room. None when there is no such sale, or it is a promo's or a shadow.
    """
    secret, commit = new_draw()
    organizer: str | None = await db.fetchval(
        COPY_SALE, sale_id, shadow, room_to_json(open_room), secret, commit, lasts_s
    )
    if organizer is not None:
        await db.execute(COPY_POOLS, sale_id, shadow)
        await db.execute(COPY_ALLOCATIONS, sale_id, shadow)
        await db.execute(COPY_PRICE_LISTS, sale_id, shadow)
    return organizer


async def open_shadow_at(db: asyncpg.Pool, shadow: str, at: datetime) -> None:
    """Say when it opens: its phases begin as long after that as those of the sale do."""
    row = await db.fetchrow(READ_PHASES, shadow)
    if row is None:
        return
    later_ms = ms_of(at) - ms_of(row["opens_at"])
    phases = [rehearsed(phase, later_ms) for phase in phases_from_json(row["phases"])]
    await db.execute(OPEN_AT, shadow, at, phases_to_json(phases))


def rehearsed(phase: Phase, later_ms: int) -> Phase:
    """The phase at another time, entered by everybody and with every ticket type: a crowd has no codes and buys any."""
    from_ms, until_ms = (each and each + later_ms for each in (phase.from_ms, phase.until_ms))
    return replace(phase, from_ms=from_ms, until_ms=until_ms, entry=Entry(), types=())


async def set_shadow_room(db: asyncpg.Pool, shadow: str, room: RoomPlan) -> None:
    """Give its room another limit and pace."""
    await db.execute(SET_ROOM, shadow, room_to_json(room))


async def prolong_shadow(db: asyncpg.Pool, shadow: str, lasts_s: float) -> None:
    """Keep it for so long from now, unless it is retired."""
    await db.execute(PROLONG, shadow, lasts_s)


async def shadows_left(db: asyncpg.Pool) -> list[str]:
    """Some shadows that nobody prolongs any more, the oldest first."""
    return [row["id"] for row in await db.fetch(LEFT_BEHIND)]


async def shadow_left_s(db: asyncpg.Pool) -> float | None:
    """Seconds until a shadow is left that nobody prolonged; None when there is no shadow."""
    seconds: float | None = await db.fetchval(LEFT_S)
    return seconds


async def retire_shadow(db: asyncpg.Pool, shadow: str, *, in_use: bool) -> Retired | None:
    """Set its times into the past; None when there is none, or when somebody else still prolongs it (`in_use`: the
    caller does).
    """
    row = await db.fetchrow(RETIRE, shadow, in_use)
    return None if row is None else Retired(row["long_over"])


async def delete_shadow(db: asyncpg.Connection, shadow: str) -> None:
    """Delete its rows, once nothing refers to them."""
    await db.execute(DELETE_POOLS, shadow)
    await db.execute(DELETE_SALE, shadow)
