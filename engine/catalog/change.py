"""What changing a sale means for its times and its days.

Pure. Guarantees: the window stays in order, and what already happened (an opening, a draw) is not rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.days import Day, Lasts, admits_from_json, days_from_json, dropped, read_days
from engine.catalog.draft import Window, check_window
from engine.catalog.event_inputs import SaleChange, SaleReopen
from engine.catalog.findings import Findings, read_moment
from engine.catalog.local_time import Moment
from engine.catalog.mistakes import Path
from engine.catalog.model import EventStatus
from engine.catalog.views import Times
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


def changed_days(change: SaleChange, row: Mapping[str, Any], now: datetime, findings: Findings) -> tuple[Day, ...]:
    """The days after the change, of which those that tickets admit to stay; what is wrong goes to `findings`."""
    before, zone = days_from_json(row["days"]), ZoneInfo(row["zone"])
    if change.days is None:
        return before

    def moment_of(moment: Moment | None, path: Path) -> datetime | None:
        return read_moment(moment, path, zone, now, findings)

    days = read_days(change.days, moment_of, Lasts(row["starts_at"], row["ends_at"]), findings, before)
    if (missing := dropped(days, admits_from_json(row["admits"]))) and findings.fine(("days",)):
        findings.add(("days",), f"lack {missing}, to which tickets admit")
    return days


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
