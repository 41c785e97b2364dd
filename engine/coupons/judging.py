"""Judging: which coupons of a cart count, what each takes off, and why the others do not.

Pure: what it goes by comes in as facts. Guarantees: one reason per coupon, and the first that the buyer can do
something about comes before those they can't; what does not fit into what is left of a limit does not count at all,
but for tickets, of which those that are left are taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.coupons.model import Coupon, Found, Person, Said, Use, Why
from engine.pricing import Idle, Item, Owed, Reduction

IDLE = {
    Idle.NOTHING: Why.NOTHING,
    Idle.STANDS_ALONE: Why.STANDS_ALONE,
    Idle.STANDS_BACK: Why.STANDS_BACK,
    Idle.TOO_MANY: Why.TOO_MANY,
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as far as coupons want to know."""

    sale_id: str
    currency: str
    buyer: str
    now: datetime
    email: str = ""
    proven: bool = False  # the address is shown to be theirs
    contact: str = ""  # a mark of the address
    account: str | None = None
    orders: int = 0  # paid ones that the account has of the organizer
    segments: frozenset[str] = frozenset()
    used: Mapping[tuple[str, str], int] = field(default_factory=dict)  # coupon, person → uses


@dataclass(frozen=True, slots=True)
class Judged:
    """What may count for a cart, before its items are looked at."""

    asker: Asker
    found: Sequence[Found] = ()
    refused: Sequence[Said] = ()  # codes that mean nothing here, and why

    def reductions(self, items: Sequence[Item], without: frozenset[str] = frozenset()) -> list[Reduction]:
        """Those of the coupons that these items don't speak against."""
        return [
            reduction_of(each)
            for each in self.found
            if each.coupon.rule.effect is not None
            and each.coupon.id not in without
            and why_not(each, self.asker, items) is None
        ]

    def spent(self, owed: Owed) -> frozenset[str]:
        """Those that would give away more than is left."""
        return frozenset(
            each.coupon.id
            for each in self.found
            if each.coupon.limits.money is not None
            and owed.off.get(each.coupon.id, 0) > each.coupon.limits.money - each.counted.money
        )

    def said(self, owed: Owed, items: Sequence[Item], without: frozenset[str]) -> tuple[Said, ...]:
        """What the cart is told: of each code that was typed, and of each benefit that counts."""
        told = [*self.refused]
        for each in self.found:
            coupon, off = each.coupon, owed.off.get(each.coupon.id, 0)
            why = None if off else self._why(each, owed, items, without)
            if each.code is not None or off:
                told.append(Said(each.code, coupon.name, off, why, {} if why is None else detail_of(coupon, why)))
        return tuple(told)

    def _why(self, each: Found, owed: Owed, items: Sequence[Item], without: frozenset[str]) -> Why | None:
        why = why_not(each, self.asker, items)
        if why is not None or each.coupon.rule.effect is None:
            return why
        if each.coupon.id in without:
            return Why.USED_UP
        idle = owed.idle.get(each.coupon.id)
        return None if idle is None else IDLE[idle]

    def uses(self, owed: Owed) -> tuple[Use, ...]:
        """What an order of this cart uses."""
        return tuple(
            Use(
                each.coupon.id,
                each.coupon.revision,
                each.coupon.name,
                each.code,
                person_of(each.coupon, self.asker),
                each.coupon.rule.person_max,
                owed.reduced[each.coupon.id],
                owed.off[each.coupon.id],
            )
            for each in self.found
            if owed.off.get(each.coupon.id, 0)
        )


def why_not(found: Found, asker: Asker, items: Sequence[Item]) -> Why | None:
    """Why a coupon does not count for this buyer and these items, other coupons left aside."""
    coupon, rule = found.coupon, found.coupon.rule
    return (
        _gone(found, asker.now)
        or _elsewhere(coupon, asker.sale_id, asker.currency)
        or (Why.NEEDS_ACCOUNT if rule.asks_account and asker.account is None else None)
        or (
            Why.NOT_FOR_YOU
            if asker.orders < rule.orders_min or (rule.segment and rule.segment not in asker.segments)
            else None
        )
        or _items_against(coupon, items)
        or _person_against(coupon, asker)
    )


def _gone(found: Found, now: datetime) -> Why | None:
    coupon, rule, counted = found.coupon, found.coupon.rule, found.counted
    if found.revoked or coupon.ended or (rule.ends_at is not None and now >= rule.ends_at):
        return Why.OVER
    if rule.begins_at is not None and now < rule.begins_at:
        return Why.NOT_YET
    limits = coupon.limits
    left = [
        each
        for each in (
            found.code_left,
            None if limits.uses is None else limits.uses - counted.uses,
            None if limits.tickets is None else limits.tickets - counted.tickets,
            None if limits.money is None else limits.money - counted.money,
        )
        if each is not None
    ]
    return Why.USED_UP if left and min(left) <= 0 else None


def _elsewhere(coupon: Coupon, sale_id: str, currency: str | None = None) -> Why | None:
    rule = coupon.rule
    if rule.sales and sale_id not in rule.sales:
        return Why.ELSEWHERE
    return Why.ELSEWHERE if currency and rule.currency and rule.currency != currency else None


def opened_by(found: Found, sale_id: str) -> tuple[str, ...]:
    """The unlocks of a sale that it opens, as long as it counts there at all."""
    if _gone(found, datetime.now(UTC)) or _elsewhere(found.coupon, sale_id):
        return ()
    return found.coupon.rule.unlocks


def _items_against(coupon: Coupon, items: Sequence[Item]) -> Why | None:
    rule = coupon.rule
    concerned = sum(1 for item in items if rule.scope.has(item))
    if rule.effect is not None and not concerned:
        return Why.NOTHING
    too_little = concerned < rule.tickets_min or sum(item.price for item in items) < rule.sum_min
    return Why.TOO_LITTLE if too_little else None


def _person_against(coupon: Coupon, asker: Asker) -> Why | None:
    rule = coupon.rule
    if rule.person_max is None:
        return None
    if rule.person is Person.CONTACT and not asker.proven:
        return Why.NEEDS_PROOF if asker.email else Why.NEEDS_EMAIL
    person = person_of(coupon, asker)
    return Why.USED_BY_YOU if asker.used.get((coupon.id, person or ""), 0) >= rule.person_max else None


def person_of(coupon: Coupon, asker: Asker) -> str | None:
    """By whom its uses are counted; None where persons make no difference."""
    if coupon.rule.person_max is None:
        return None
    match coupon.rule.person:
        case Person.BUYER:
            return f"buyer {asker.buyer}"
        case Person.CONTACT:
            return f"contact {asker.contact}"
        case Person.ACCOUNT:
            return f"account {asker.account}"


def reduction_of(found: Found) -> Reduction:
    coupon, rule = found.coupon, found.coupon.rule
    assert rule.effect is not None, "what takes off nothing is left out"
    items_max = rule.items_max
    if coupon.limits.tickets is not None:
        left = coupon.limits.tickets - found.counted.tickets
        items_max = left if items_max is None else min(left, items_max)
    return Reduction(
        coupon.id,
        rule.effect,
        rule.amount,
        rule.ppm,
        rule.cap,
        rule.per,
        rule.scope,
        items_max,
        exclusive=rule.alone,
    )


def detail_of(coupon: Coupon, why: Why) -> dict[str, object]:
    """What makes a reason clear."""
    rule = coupon.rule
    match why:
        case Why.NOT_YET if rule.begins_at is not None:
            return {"from_ms": round(rule.begins_at.timestamp() * 1000)}
        case Why.NOTHING:
            return {"types": sorted(rule.scope.types), "places": sorted(rule.scope.places)}
        case Why.TOO_LITTLE:
            return {"sum_min": rule.sum_min or None, "tickets_min": rule.tickets_min or None}
        case _:
            return {}
