"""Changing a sale: what is stored of it after a change, all parts together.

Reads Postgres, in the transaction that writes the change. Guarantees: with findings nothing of it is to be written;
what the change leaves out stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from engine.catalog import reading
from engine.catalog.change import Selling, changed_coupons, changed_days, changed_window
from engine.catalog.days import days_to_json
from engine.catalog.draft import room_plan
from engine.catalog.entry import Entering, entry_of
from engine.catalog.event_inputs import SaleChange
from engine.catalog.findings import Findings
from engine.catalog.model import Phase, Unlock
from engine.catalog.phases import Around, changed_phases, phases_from_json, phases_to_json
from engine.catalog.price_lists import dated_places, ever_sold, on_sale
from engine.catalog.questions import questions_to_json, read_questions
from engine.catalog.unlocks import changed_unlocks, unlocks_to_json


@dataclass(frozen=True, slots=True)
class ChangedSale:
    values: tuple[object, ...]  # of its row, as UPDATE_SALE takes them
    unlocks: Sequence[Unlock]
    phases: Sequence[Phase]
    coupons: Sequence[Any] | None  # None: they stay


async def changed_sale(
    connection: asyncpg.Connection,
    row: Mapping[str, Any],
    change: SaleChange,
    entering: Entering,
    *,
    now: datetime,
    findings: Findings,
) -> ChangedSale:
    """The sale of this row after the change; what is wrong goes to `findings`."""
    zone = ZoneInfo(row["zone"])
    window = changed_window(change, reading.times_of(row), zone, now, findings)
    if change.room is not None and (row["room"] is None) != (change.room.shoppers == 0):
        findings.add(("room",), "cannot be added to a sale or taken from it once it exists")
    ever = await ever_sold(connection, row["id"], row["prices"])
    questions = read_questions(change.questions or {}, ever, findings)
    entry = entering.plan(change.entry, ("entry",), findings) if change.entry else entry_of(row)
    if change.entry is not None and change.phases is None and row["phases"]:
        findings.add(("entry",), "is that of each phase in this sale: write its phases")
    places = await on_sale(connection, row) if change.phases else {}
    sold = {place: ever[place] for place in places}
    around = Around(sold, window.opens_at, window.closes_at, entry, zone, now, entering)
    phases = changed_phases(phases_from_json(row["phases"]), change.phases, around, findings)
    days, admits = changed_days(change, row, await dated_places(connection, row), now, findings)
    unlocks = await changed_unlocks(connection, row, change, entering.mark_code, findings)
    coupons = changed_coupons(change, row, Selling(ever, unlocks, now), entering, findings)
    values = (
        *(window.visibility, window.public_at, window.lobby_at, window.opens_at, window.closes_at),
        change.person_max or row["person_max"],
        int(change.cart_minutes * 60_000) if change.cart_minutes else row["cart_ms"],
        row["room"] if change.room is None else reading.room_to_json(room_plan(change.room)),
        *(entry.rule.value, list(entry.codes), entry.segment or None),
        row["questions"] if change.questions is None else questions_to_json(questions),
        phases_to_json(phases),
        days_to_json(days),
        {place: list(its) for place, its in admits.items()},
        unlocks_to_json(unlocks),
        row["tax_identity"] if change.tax_identity is None else change.tax_identity,
    )
    return ChangedSale(values, unlocks, phases, coupons)
