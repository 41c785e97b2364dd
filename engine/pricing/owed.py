"""What is owed for a cart: the one rule by which carts, the coupon field, checkouts, receipts and reports count.

Pure. Guarantees: a line is never below zero; lines and fees add up to the total exactly; the order in which items or
coupons are named changes nothing of the total; what is taken off is what the coupons say each of them took. Sums are
rounded half up, once per line; what is dealt out over lines loses no cent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.catalog.model import NO_DUES, PPM, Dues, Fee, Per, Tax
from engine.limits import COUPONS_PER_CART_MAX
from engine.pricing.model import (
    EFFECT_RANKS,
    Effect,
    Idle,
    Item,
    Owed,
    OwedFee,
    OwedLine,
    Reduction,
)


def owed_for(items: Sequence[Item], dues: Dues = NO_DUES, reductions: Sequence[Reduction] = ()) -> Owed:
    """What these items come to. Of more reductions than may count together, the first ones are taken."""
    left = [item.price for item in items]
    taken, idle = NOTHING_TAKEN, NOBODY_IDLE
    if reductions:
        # Whom an odd cent is dealt to hangs on what the items are, and not on how a cart lists them.
        order = sorted(range(len(items)), key=lambda at: (items[at].type, items[at].place, items[at].price))
        taken, idle = _reduced([items[at] for at in order], reductions)
        for at, rest in zip(order, taken.left, strict=True):
            left[at] = rest
    lines = tuple(_lines(items, left, dues))
    fees = tuple([found for fee in dues.fees if (found := _fee(fee, items, left)) is not None])
    total = sum([line.owed for line in lines]) + sum([fee.owed for fee in fees])
    return Owed(lines, fees, taken.off, idle, total, taken.reduced)


def _lines(items: Sequence[Item], left: Sequence[int], dues: Dues) -> list[OwedLine]:
    taxes, otherwise = dues.taxes, dues.tax
    lines = []
    for item, rest in zip(items, left, strict=True):
        tax = taxes.get(item.type, otherwise) if taxes else otherwise
        taxed, owed = with_tax(rest, tax) if tax is not None else (0, rest)
        lines.append(OwedLine(item.price - rest, tax, taxed, owed))
    return lines


def with_tax(amount: int, tax: Tax | None) -> tuple[int, int]:
    """The tax, and what is owed with it."""
    if tax is None:
        return 0, amount
    if tax.included:
        return part_inside(amount, tax.ppm), amount
    taxed = part(amount, tax.ppm)
    return taxed, amount + taxed


def _fee(fee: Fee, items: Sequence[Item], left: Sequence[int]) -> OwedFee | None:
    """None where nothing bears it."""
    types, free_too = fee.types, fee.free_too
    bears = [
        (rest > 0 or free_too) and (not types or item.type in types) for item, rest in zip(items, left, strict=True)
    ]
    if True not in bears:
        return None
    if fee.per is Per.TICKET:
        sum_, ppm = fee.amount, fee.ppm
        by_item = tuple(
            [(sum_ + part(rest, ppm) if ppm else sum_) if bear else 0 for bear, rest in zip(bears, left, strict=True)]
        )
        amount = sum(by_item)
        # Rounded for each, so that one given back takes its own tax with it; most of them are alike.
        taxed = sum([with_tax(each, fee.tax)[0] * count for each, count in Counter(by_item).items()])
    else:
        by_item = ()
        amount = fee.amount + part(sum([rest for bear, rest in zip(bears, left, strict=True) if bear]), fee.ppm)
        taxed = with_tax(amount, fee.tax)[0]
    if amount == 0:
        return None
    added = taxed if fee.tax is not None and not fee.tax.included else 0
    return OwedFee(fee, by_item, amount, taxed, amount + added)


# ── coupons ──

# They are taken in one order, whoever typed which first: a price of its own, then what is free, then percentages, then
# fixed sums; among alike ones by their ids. Each takes off what those before it left. One that stands alone counts
# where it takes off more than the others together.


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left of each price, what each reduction took off, and off how many items."""

    left: Sequence[int]
    off: Mapping[str, int]
    reduced: Mapping[str, int]


NOTHING_TAKEN = Taken((), {}, {})
NOBODY_IDLE: Mapping[str, Idle] = {}


def _reduced(items: Sequence[Item], reductions: Sequence[Reduction]) -> tuple[Taken, Mapping[str, Idle]]:
    """What those that count took off, and why the others did not."""
    together = [each for each in reductions if not each.exclusive]
    counted = together[:COUPONS_PER_CART_MAX]
    best = _taken(items, counted)
    alone: Reduction | None = None
    for each in sorted((each for each in reductions if each.exclusive), key=_rank):
        by_itself = _taken(items, [each])
        if sum(by_itself.left) < sum(best.left):
            best, alone = by_itself, each
    idle = {each.id: Idle.TOO_MANY for each in together[COUPONS_PER_CART_MAX:]}
    for each in reductions:
        if each.id not in best.off and each.id not in idle:
            idle[each.id] = _why_idle(each, items, alone)
    return best, idle


def _why_idle(reduction: Reduction, items: Sequence[Item], alone: Reduction | None) -> Idle:
    if not any(item.price > 0 and reduction.scope.has(item) for item in items):
        return Idle.NOTHING
    if reduction.exclusive:
        return Idle.STANDS_ALONE
    return Idle.NOTHING if alone is None else Idle.STANDS_BACK


def _rank(reduction: Reduction) -> tuple[int, str]:
    return EFFECT_RANKS[reduction.effect], reduction.id


def _taken(items: Sequence[Item], reductions: Sequence[Reduction]) -> Taken:
    left = [item.price for item in items]
    off: dict[str, int] = {}
    reduced: dict[str, int] = {}
    for each in sorted(reductions, key=_rank):
        concerned = _concerned(each, items, left)
        if not concerned:
            continue
        before = [left[at] for at in concerned]
        TAKERS[each.effect](each, left, concerned)
        if (taken := sum(before) - sum([left[at] for at in concerned])) > 0:
            off[each.id] = taken
            reduced[each.id] = sum([left[at] < was for at, was in zip(concerned, before, strict=True)])
    return Taken(left, off, reduced)


def _concerned(reduction: Reduction, items: Sequence[Item], left: Sequence[int]) -> list[int]:
    """The positions of the items it takes something off: the dearest ones, where it is of so many at most."""
    types, places = reduction.scope.types, reduction.scope.places
    found = [
        at
        for at, item in enumerate(items)
        if left[at] > 0 and (not types or item.type in types) and (not places or item.place in places)
    ]
    if reduction.items_max is None or len(found) <= reduction.items_max:
        return found
    return sorted(found, key=lambda at: -left[at])[: reduction.items_max]


def _to_price(reduction: Reduction, left: list[int], concerned: Sequence[int]) -> None:
    for at in concerned:
        left[at] = min(left[at], reduction.amount)


def _free(_: Reduction, left: list[int], concerned: Sequence[int]) -> None:
    for at in concerned:
        left[at] = 0


def _percent(reduction: Reduction, left: list[int], concerned: Sequence[int]) -> None:
    parts = [part(left[at], reduction.ppm) for at in concerned]
    if reduction.cap is not None and sum(parts) > reduction.cap:
        parts = dealt(reduction.cap, parts)
    for at, taken in zip(concerned, parts, strict=True):
        left[at] -= taken


def _fixed(reduction: Reduction, left: list[int], concerned: Sequence[int]) -> None:
    if reduction.per is Per.TICKET:
        for at in concerned:
            left[at] -= min(left[at], reduction.amount)
        return
    weights = [left[at] for at in concerned]
    for at, taken in zip(concerned, dealt(min(reduction.amount, sum(weights)), weights), strict=True):
        left[at] -= taken


Taker = Callable[[Reduction, list[int], Sequence[int]], None]
TAKERS: dict[Effect, Taker] = {
    Effect.PRICE: _to_price,
    Effect.FREE: _free,
    Effect.PERCENT: _percent,
    Effect.FIXED: _fixed,
}


# ── rounding, in integers alone ──


def part(amount: int, ppm: int) -> int:
    """So many parts per million of an amount that is zero or more."""
    return (2 * amount * ppm + PPM) // (2 * PPM)


def part_inside(amount: int, ppm: int) -> int:
    """The tax that is in an amount already."""
    whole = PPM + ppm
    return (2 * amount * ppm + whole) // (2 * whole)


def dealt(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount dealt out in proportion, what is left over by largest remainder, the first of equals first.

    Nobody is dealt more than their weight, as long as the amount is no more than all weights together.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    left = amount - sum(shares)
    if left:
        order = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
        for at in order[:left]:
            shares[at] += 1
    return shares
