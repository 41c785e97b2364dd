"""What scripts answer, turned into the words of the model.

Guarantees: a verdict that no script is documented to give is a fault, never a silent yes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from engine.catalog.model import TYPE
from engine.onsale.model import BestHold, Cart, CartEnd, Held, PoolHold, Released, SeatsHold, Sold
from engine.refusals import BY_WORD, Refused

# What a refusal tells beside its word, from the last value of its verdict.
DETAILS: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {
    "seat_taken": lambda seats: {"seats": list(seats)},
    "companion_alone": lambda seats: {"seats": list(seats)},
    "unknown_seat": lambda seats: {"seats": list(seats)},
    "not_in_phase": lambda seats: {"seats": list(seats)},
    "between_phases": lambda at_ms: {"next_at_ms": at_ms} if at_ms else {},
    "over_maximum": lambda found: {"person_max": found[0], "has": found[1]},
    "short": lambda left: {"left": left},
    "already_sold": lambda items: {"items": list(items)},
    "type_short": lambda found: {"ticket_type": found[0], "left": found[1]},
    "not_your_turn": lambda found: {"place": found[0], "serving": found[1]},
}


class AnswerFault(Exception):
    """A script gave a verdict that this code does not know."""


def flat_units(units: Mapping[str, int]) -> list[Any]:
    """Units as scripts take them: {pool, units, …}, the pools in order so that a repeat reads the same."""
    return [value for pool in sorted(units) for value in (pool, units[pool])]


def units_of(flat: Sequence[Any]) -> dict[str, int]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def parted(flat: Sequence[Any]) -> tuple[dict[str, int], dict[str, int]]:
    """What a cart holds of pools, and what it counts of ticket types."""
    units = units_of(flat)
    types = {pool.removeprefix(TYPE): count for pool, count in units.items() if pool.startswith(TYPE)}
    return {pool: count for pool, count in units.items() if not pool.startswith(TYPE)}, types


def text_fields(flat: Iterable[bytes]) -> dict[str, bytes]:
    """A hash as a script returns it: field, value, …"""
    values = list(flat)
    return {name.decode(): value for name, value in zip(values[::2], values[1::2], strict=True)}


def refused(verdict: Sequence[Any]) -> Refused:
    """The refusal a verdict stands for."""
    word = verdict[0]
    code = BY_WORD.get(word)
    if code is None:
        raise AnswerFault(str(word))
    detail = DETAILS.get(word)
    if detail is None or verdict[-1] is None:
        return Refused(code)
    return Refused(code, detail(verdict[-1]))


def cart_of(buyer: str, verdict: Sequence[Any]) -> Cart:
    """{"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}"""
    _, cart_id, state, deadline, order, seats, flat, end_reason, bought, now, opened, is_new = verdict
    units, types = parted(flat)
    return Cart(
        id=cart_id,
        buyer=buyer,
        state=state,
        deadline_at_ms=deadline,
        seats=tuple(seats),
        units=units,
        types=types,
        bought=bought,
        order=order,
        end_reason=end_reason,
        now_ms=now,
        opened_at_ms=opened,
        new=is_new == 1,
    )


def held_of(ask: SeatsHold | BestHold | PoolHold, verdict: Sequence[Any]) -> Held:
    """{"held" | "again", deadline, seats where they are not those asked for, the cart if it was wanted}"""
    word, deadline, *rest = verdict
    seats = rest[0] if rest else None  # none of them, all of which were in the cart already, is an empty list
    cart = cart_of(ask.buyer, rest[1]) if len(rest) > 1 else None
    if isinstance(ask, PoolHold):
        return Held((), {ask.pool: ask.units}, deadline, word == "again", cart)
    named = ask.seats if isinstance(ask, SeatsHold) else ()
    return Held(tuple(seats) if isinstance(seats, list) else named, {}, deadline, word == "again", cart)


def released_of(buyer: str, verdict: Sequence[Any]) -> Released:
    """{"released" | "again", seats, units, the cart if it was wanted}"""
    word, seats, units, *told = verdict
    return Released(tuple(seats), parted(units)[0], word == "again", cart_of(buyer, told[0]) if told else None)


def sold_of(buyer: str, verdict: Sequence[Any]) -> Sold:
    """{"sold" | "reserved" | "again", epoch, seq, the cart or false}"""
    word, epoch, seq, told = verdict
    return Sold(word == "again", cart_of(buyer, told) if told else None, (epoch, seq))


def cart_end_of(cart_id: str, packed: Sequence[Any]) -> CartEnd:
    """{buyer, reason, instant, order, seats, units, has held, opened}, the last of which older releases leave out"""
    buyer, reason, at_ms, order, seats, units, has_held, opened, *_ = *packed, 0
    return CartEnd(cart_id, buyer, reason, at_ms, order, tuple(seats), parted(units)[0], bool(has_held), opened)
