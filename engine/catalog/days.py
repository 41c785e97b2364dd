"""Days of a sale, and the days to which a ticket of each of its sections and pools admits.

Pure. Guarantees of days without findings: ids are unique, each begins while the event lasts, and they are in the order
of their starts; a section or pool admits to days of its sale, each once; one that draws on pools with days admits to
theirs. Days are named once for the sale: tickets say when a day begins now, whatever it was when they were bought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.draft_stock import Stock
from engine.catalog.findings import Findings, fresh_id
from engine.catalog.inputs import DayInput, SaleInput
from engine.catalog.local_time import Moment, kept_apart
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import PoolPlan, drawn_pools
from engine.catalog.names import id_of, shown_name

MomentOf = Callable[[Moment | None, Path], datetime | None]
Admits = Mapping[str, tuple[str, ...]]  # section or pool id → ids of days, in their order
Written = Mapping[str, tuple[Path, Sequence[str]]]  # section or pool id → where it says to which days it admits


@dataclass(frozen=True, slots=True)
class Day:
    id: str
    name: str
    starts_at: datetime
    revision: int = 0  # how often its name or its start was changed by itself, so that calendars take it over

    @property
    def starts_ms(self) -> int:
        return round(self.starts_at.timestamp() * 1000)

    def wire(self) -> dict[str, Any]:
        """As a ticket says that it admits to it."""
        return {"day": self.id, "name": self.name, "starts_at_ms": self.starts_ms}


@dataclass(frozen=True, slots=True)
class Lasts:
    """When the event takes place, as far as that is known."""

    starts_at: datetime | None
    ends_at: datetime | None


def read_days(
    written: Mapping[str, DayInput], moment_of: MomentOf, lasts: Lasts, findings: Findings, before: Sequence[Day] = ()
) -> tuple[Day, ...]:
    """The days in the order of their starts; those of `before` that differ are one revision further."""
    found: dict[str, Day] = {}
    taken: dict[str, str] = {}
    known = {day.id: day for day in before}
    for key, each in written.items():
        path: Path = ("days", key)
        made = fresh_id(key, taken, path, findings)
        starts_at = moment_of(each.starts, (*path, "starts"))
        if starts_at is None:
            continue
        if findings.fine(("starts",), ("ends",), ("event_id",)) and (wrong := _outside(starts_at, lasts)):
            findings.add((*path, "starts"), wrong)
        day = known.get(made, Day(made, "", starts_at))
        told = replace(day, name=each.name or shown_name(key), starts_at=starts_at)
        changed = made in known and told != day
        found.setdefault(made, replace(told, revision=day.revision + 1) if changed else told)
    return in_order(found.values())


def _outside(starts_at: datetime, lasts: Lasts) -> str:
    if lasts.starts_at is not None and starts_at < lasts.starts_at:
        return "is before the event starts"
    if lasts.ends_at is not None and starts_at >= lasts.ends_at:
        return "is not before the event ends"
    return ""


def in_order(days: Iterable[Day]) -> tuple[Day, ...]:
    return tuple(sorted(days, key=lambda day: day.starts_at))


def read_admits(
    written: Written, pools: Iterable[PoolPlan], days: Sequence[Day], findings: Findings
) -> dict[str, tuple[str, ...]]:
    """Of those sections and pools that admit to days."""
    order = {day.id: at for at, day in enumerate(days)}
    sound = findings.fine(("days",))
    pools_sound = findings.fine(("pools",))
    admits: dict[str, tuple[str, ...]] = {}
    for place, (path, names) in written.items():
        ids = list(map(id_of, names))
        twice = next((name for at, name in enumerate(names) if ids[at] in ids[:at]), None)
        unknown = next((name for name, made in zip(names, ids, strict=True) if made not in order), None)
        if twice is not None:
            findings.add(path, f"names {twice} twice")
        elif unknown is not None and sound:
            findings.add(path, f"names no day of this sale: {unknown}{nearest(id_of(unknown), order)}")
        elif ids:
            admits[place] = tuple(sorted(ids, key=lambda day: order.get(day, 0)))
    if sound and pools_sound:
        _check_drawn(pools, written, admits, findings)
    return admits


def written_admits(read: SaleInput, stock: Stock) -> Written:
    """What the sections and pools of a sale say, each at its place."""
    admits: dict[str, tuple[Path, Sequence[str]]] = {}
    for place, (kind, key) in stock.written.items():
        admits[place] = ((kind, key, "admits"), (read.sections if kind == "sections" else read.pools)[key].admits)
    return admits


def _check_drawn(pools: Iterable[PoolPlan], written: Written, admits: Admits, findings: Findings) -> None:
    """A pass takes a place of each day to which it admits, and admits to each day of which it takes one."""
    pools = list(pools)
    names = {pool.id: pool.name for pool in pools}
    for pool, (_, *drawn) in drawn_pools(pools).items():
        taken = {day: other for other in reversed(drawn) for day in admits.get(other, ())}
        own = admits.get(pool, ())
        if not taken or not own:
            continue
        path = written[pool][0]
        for day in own:
            if day not in taken:
                findings.add(path, f"names {day}, and it draws on no pool that admits to it")
        for day, other in taken.items():
            if day not in own:
                findings.add(path, f"leaves out {day}, to which {names[other]} admits, on which it draws")


def dropped(days: Sequence[Day], admits: Admits) -> str:
    """A day that something admits to and that is not among `days`; "" where there is none."""
    there = {day.id for day in days}
    return next((day for each in admits.values() for day in each if day not in there), "")


def moved_days(days: Sequence[Day], before: datetime, after: datetime, zone: ZoneInfo) -> tuple[Day, ...]:
    """The days as far from the new start as they were, by the clocks of the zone; raises where these skip one."""
    found = []
    for day in days:
        try:
            found.append(replace(day, starts_at=kept_apart(day.starts_at, before, after, zone)))
        except ValueError as wrong:
            raise ValueError(f"has no time for {day.id}: it {wrong}") from wrong
    return in_order(found)


def days_to_json(days: Sequence[Day]) -> list[dict[str, Any]]:
    return [{"id": day.id, "name": day.name, "starts_ms": day.starts_ms, "revision": day.revision} for day in days]


def days_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Day, ...]:
    return tuple(
        Day(each["id"], each["name"], datetime.fromtimestamp(each["starts_ms"] / 1000, UTC), each["revision"])
        for each in stored
    )


def admits_from_json(stored: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {place: tuple(days) for place, days in stored.items()}
