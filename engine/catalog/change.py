"""What changing a sale means for its times and its days.

Pure. Guarantees: the window stays in order, and what already happened (an opening, a draw) is not rewritten.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.coupons import CouponGround
from engine.catalog.days import (
    Admits,
    Day,
    Lasts,
    Written,
    admits_from_json,
    days_from_json,
    dropped,
    read_admits,
    read_days,
)
from engine.catalog.draft import Window, check_window
from engine.catalog.draft_stock import products_from_json
from engine.catalog.entry import Entering
from engine.catalog.event_inputs import SaleChange, SaleReopen
from engine.catalog.findings import Findings, read_moment
from engine.catalog.local_time import Moment
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import EventStatus, PoolPlan, Unlock
from engine.catalog.names import id_of
from engine.catalog.views import Times
from engine.limits import PHASE_AHEAD_MS
from engine.refusals import Code


def changed_window(change: SaleChange, times: Times, zone: ZoneInfo, now: datetime, findings: Findings) -> Window:
    """The window after the change; what is wrong goes to `findings`."""
    has_opened = times.opened_at is not None or times.opens_at <= now
    for name in ("opens", "lobby"):
        if has_opened and getattr(change, name) is not None:
            findings.add((name,), "cannot change any more: the sale has opened")
    if times.closed_at is not None and change.closes is not None:
        findings.add(("closes",), "cannot change any more: the sale was closed; reopen it")
    opens_at = read_moment(change.opens, ("opens",), zone, now, findings) or times.opens_at
    closes_at = read_moment(change.closes, ("closes",), zone, now, findings) or times.closes_at
    lobby_at = read_moment(change.lobby, ("lobby",), zone, now, findings)
    if lobby_at is None and times.lobby_at is not None:
        # Not asked about: the lobby keeps its distance to the opening.
        lobby_at = times.lobby_at + (opens_at - times.opens_at)
    public_at = read_moment(change.public_from, ("public_from",), zone, now, findings) or times.public_at
    visibility = "public_from" if change.public_from else change.visibility or times.visibility
    if visibility == "public_from" and public_at is None:
        findings.add(("public_from",), "is missing: say from when on the sale is public")
    window = Window(visibility, public_at, lobby_at, opens_at, closes_at)
    if change.opens or change.closes or change.lobby:
        check_window(window, now, ("closes",) if change.closes else ("opens",), findings)
    return window


@dataclass(frozen=True, slots=True)
class Places:
    """What a sale sells that may admit to days."""

    ids: Collection[str]
    pools: Sequence[PoolPlan]


def changed_days(
    change: SaleChange, row: Mapping[str, Any], places: Places, now: datetime, findings: Findings
) -> tuple[tuple[Day, ...], Admits]:
    """The days after the change and what admits to them; what is wrong goes to `findings`.

    What something admits to changes until the sale opens alone: no ticket ever loses a day.
    """
    days, admits = days_from_json(row["days"]), admits_from_json(row["admits"])
    zone = ZoneInfo(row["zone"])

    def moment_of(moment: Moment | None, path: Path) -> datetime | None:
        return read_moment(moment, path, zone, now, findings)

    if change.days is not None:
        days = read_days(change.days, moment_of, Lasts(row["starts_at"], row["ends_at"]), findings, days)
    if change.admits is not None:
        return days, _changed_admits(change.admits, admits, places, days, findings, begun=_opens_soon(row, now))
    if change.days is not None and (missing := dropped(days, admits)) and findings.fine(("days",)):
        findings.add(("days",), f"lack {missing}, to which tickets admit")
    return days, admits


@dataclass(frozen=True, slots=True)
class Selling:
    """What a sale sells, or ever did, and by which codes it shows more."""

    types: Mapping[str, Collection[str]]  # by place
    unlocks: Sequence[Unlock]
    now: datetime


def changed_coupons(
    change: SaleChange, row: Mapping[str, Any], selling: Selling, entering: Entering, findings: Findings
) -> Sequence[Any] | None:
    """The coupons of the sale after the change; None where they stay."""
    if change.coupons is None:
        return None
    ground = CouponGround(
        ZoneInfo(row["zone"]),
        selling.now,
        row["currency"],
        {kind for its in selling.types.values() for kind in its},
        [each.id for each in products_from_json(row["products"])],
        selling.types,
        [each.id for each in selling.unlocks],
        entering.segments,
    )
    return entering.coupons.read(change.coupons, ground, findings)


def _opens_soon(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether it has opened, or does so before every server knows of the change."""
    return row["opened_at"] is not None or row["opens_at"] <= now + timedelta(milliseconds=PHASE_AHEAD_MS)


def _changed_admits(
    read: Mapping[str, Sequence[str]],
    before: Admits,
    places: Places,
    days: Sequence[Day],
    findings: Findings,
    *,
    begun: bool,
) -> Admits:
    written = {id_of(key): (("admits", key), names) for key, names in read.items()}
    for place, (path, _) in written.items():
        if place not in places.ids:
            findings.add(path, f"is not a section or pool of this sale{nearest(place, places.ids)}")
    here = {place: each for place, each in written.items() if place in places.ids}
    rest: Written = {pool.id: (("admits",), ()) for pool in places.pools}
    admits = read_admits({**rest, **here}, places.pools, days, findings)
    if begun and admits != before and not findings.paths:
        findings.add(("admits",), "cannot change any more: the sale has opened, or does within seconds")
    return admits


def reopened_until(
    row: Mapping[str, Any], read: SaleReopen, now: datetime, findings: Findings
) -> datetime | Code | None:
    """When a sale that goes on closes then, or why it can't; what is wrong goes to `findings`."""
    has_date = row["status"] != EventStatus.POSTPONED.value
    if row["status"] == EventStatus.CANCELLED.value:
        return Code.EVENT_CANCELLED
    if has_date and row["starts_at"] <= now:
        return Code.EVENT_BEGUN
    closes_at = read_moment(read.closes, ("closes",), ZoneInfo(row["zone"]), now, findings)
    if closes_at is None:
        still: datetime = row["closes_at"]
        closes_at = still if still > now else row["starts_at"] if has_date else None
    if closes_at is None:
        findings.add(("closes",), "is missing: the event has no date until which it could be on sale")
    elif closes_at <= now:
        findings.add(("closes",), "is in the past")
    elif closes_at <= row["opens_at"]:
        findings.add(("closes",), "is not after opens")
    return closes_at
