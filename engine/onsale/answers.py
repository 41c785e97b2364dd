"""What scripts answer, turned into the words of the model.

Guarantees: a verdict that no script is documented to give is a fault, never a silent yes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from engine.onsale.model import Cart, CartEnd
from engine.refusals import BY_WORD, Code, Refused

# What a refusal tells beside its word, from the last value of its verdict.
DETAILS: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {
    "seat_taken": lambda seats: {"seats": list(seats)},
    "unknown_seat": lambda seats: {"seats": list(seats)},
    "over_maximum": lambda found: {"person_max": found[0], "has": found[1]},
    "short": lambda left: {"left": left},
    "already_sold": lambda items: {"items": list(items)},
    "not_your_turn": lambda found: {"place": found[0], "serving": found[1]},
}


class AnswerFault(Exception):
    """A script gave a verdict that this code does not know."""


def flat_units(units: Mapping[str, int]) -> list[Any]:
    """Units as scripts take them: {pool, units, …}, the pools in order so that a repeat reads the same."""
    return [value for pool in sorted(units) for value in (pool, units[pool])]


def units_of(flat: Sequence[Any]) -> dict[str, int]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def text_fields(flat: Iterable[bytes]) -> dict[str, bytes]:
    """A hash as a script returns it: field, value, …"""
    values = list(flat)
    return {name.decode(): value for name, value in zip(values[::2], values[1::2], strict=True)}


def refused(verdict: Sequence[Any]) -> Refused:
    """The refusal a verdict stands for."""
    word = verdict[0]
    if word == "lost":
        return Refused(Code.UNAVAILABLE)
    code = BY_WORD.get(word)
    if code is None:
        raise AnswerFault(str(word))
    detail = DETAILS.get(word)
    if detail is None or verdict[-1] is None:
        return Refused(code)
    return Refused(code, detail(verdict[-1]))


def cart_of(buyer: str, verdict: Sequence[Any]) -> Cart:
    """{"cart", id, state, deadline, order, seats, units, end reason, bought, now}"""
    _, cart_id, state, deadline, order, seats, units, end_reason, bought, now = verdict
    return Cart(
        id=cart_id,
        buyer=buyer,
        state=state,
        deadline_at_ms=deadline,
        seats=tuple(seats),
        units=units_of(units),
        bought=bought,
        order=order,
        end_reason=end_reason,
        now_ms=now,
    )


def cart_end_of(cart_id: str, packed: Sequence[Any]) -> CartEnd:
    """{buyer, reason, instant, order, seats, units, has held}"""
    buyer, reason, at_ms, order, seats, units, has_held = packed[:7]
    return CartEnd(cart_id, buyer, reason, at_ms, order, tuple(seats), units_of(units), bool(has_held))
