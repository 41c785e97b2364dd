"""What is asked of a sale, as its scripts take it, and what of it can't be. Pure."""

from __future__ import annotations

from typing import Any

from engine import limits
from engine.ids import is_chosen_id
from engine.onsale.answers import flat_units
from engine.onsale.model import BestHold, FreedOrder, PoolHold, SeatsHold
from engine.refusals import Code, Refused


def mistake_of(ask: SeatsHold | BestHold | PoolHold) -> str | None:
    """The field of an ask that can't be."""
    match ask:
        case SeatsHold(seats=seats):
            if not 0 < len(seats) <= limits.SEATS_PER_HOLD_MAX or len(set(seats)) < len(seats) or min(seats) < 0:
                return "seats"
        case BestHold(seats=count):
            if not 0 < count <= limits.SEATS_PER_HOLD_MAX:
                return "seats"
        case PoolHold(units=units):
            if not 0 < units <= limits.UNITS_PER_HOLD_MAX:
                return "units"
    return None if is_chosen_id(ask.hold) else "hold"


def wanted_by(ask: SeatsHold | BestHold | PoolHold) -> tuple[str, tuple[Any, ...]]:
    """The script that holds what is asked, and how it takes it."""
    match ask:
        case SeatsHold():
            return "seats_hold", ask.seats
        case BestHold():
            return "seats_best", (ask.seats, ask.section or "")
        case PoolHold():
            return "pool_take", (ask.pool, ask.units)


def invalid(field: str) -> Refused:
    return Refused(Code.INVALID, {"fields": [field]})


def freed_item(gone: FreedOrder) -> tuple[Any, ...]:
    """What an order gave back, as `order_free` takes it."""
    order = (gone.buyer, gone.order, gone.revision, gone.revenue, int(gone.keeps), gone.seats)
    return (*order, flat_units(gone.units), flat_units(gone.types))
