"""Placing: which orders of a batch may be written, and which are refused, alone and whole.

Pure: the facts come in as read under the sale's lock. Guarantees: an order that is refused takes nothing, so that
its neighbours see the stock as if it had never asked; first come, first served within a batch.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import asyncpg

from engine.catalog import may_have
from engine.catalog.model import TYPE, Phase, TypeRule, phase_begun, type_pool
from engine.coupons import COUPON_GUARDS, CouponsLeft, Use
from engine.credit import CREDIT_GUARDS, CreditLeft, Spend
from engine.links import Source
from engine.orders.making import BY_CARD, ByStaff, Making
from engine.orders.model import Line, OrderState, Sealed
from engine.orders.owed import OrderFee
from engine.refusals import Code, Refused
from engine.vault import NOBODY, Contact

log = logging.getLogger(__name__)

# The last guards, which the database itself keeps; met only when something by-passed the sale's lock.
GUARDS = ("seat_is_sold_once", "pool_is_never_oversold")


@dataclass(frozen=True, slots=True)
class Placement:
    """An order to be written. Its purchase code, drawn for this asking, tells it from any other of the same id."""

    order: str
    cart: str
    buyer: str
    lines: tuple[Line, ...]
    total: int
    code: str
    person: str | None  # who buys, in the vault
    key_hash: str
    last4: str
    cart_until_ms: int | None = None  # deadline of its cart
    terms: int | None = None  # version of the organizer's terms that the buyer accepted
    contact: Contact = (
        NOBODY  # kept with the order only where no person is: releases before the vault look for it there
    )
    locale: str = ""
    answers: Sealed | None = None
    identity: Sealed | None = None  # of its receipt
    list: int = 1  # number of the price list by which its lines were priced
    opened_at_ms: int = 0  # of its cart; 0 when nobody knows
    making: Making = BY_CARD
    fees: tuple[OrderFee, ...] = ()
    staff: ByStaff | None = None  # it is paid as it is placed
    phase: str | None = None  # in which its cart was opened; None where there are none, and of members, who sell in all
    source: Source | None = None
    coupons: tuple[Use, ...] = ()
    provider: str = ""  # who is asked for the money; "": whoever the sale's ledger knows
    spends: tuple[Spend, ...] = ()  # what credit pays of it

    @property
    def credit(self) -> int:
        return sum(each.amount for each in self.spends)

    @property
    def due(self) -> int:
        """What the provider is asked for."""
        return self.total - self.credit


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an order is given as it is written."""

    placed_at: datetime
    currency: str
    terms: int | None = None  # version of the terms that were accepted with it
    allocation: str | None = None  # out of which its buyer has it


@dataclass(frozen=True, slots=True)
class Placed:
    """The order is written, and it is ours to ask the money for."""

    stamp: Stamp | None = field(default=None, compare=False)  # None only while it is being written


@dataclass(frozen=True, slots=True)
class Known:
    """This order id was placed before, by another asking."""

    state: OrderState


PlaceVerdict = Placed | Known | Refused


@dataclass(frozen=True, slots=True)
class PoolFacts:
    capacity: int
    sold: int
    draws_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What Postgres knows about everything a batch touches."""

    person_max: int
    known: Mapping[str, tuple[OrderState, str]]  # order id → state, purchase code
    sold_seats: frozenset[int]
    pools: Mapping[str, PoolFacts]
    owned: Mapping[str, int]  # buyer → live lines
    terms: int | None = None  # version of the terms that are to be accepted; None when there are none
    lists: Mapping[int, int] = field(default_factory=lambda: {1: 0})  # number of a price list → valid from, in order
    rules: Mapping[str, TypeRule] = field(default_factory=dict)  # by ticket type
    owned_types: Mapping[tuple[str, str], int] = field(default_factory=dict)  # buyer, type → live lines
    phases: Sequence[Phase] = ()
    hidden: frozenset[str] = frozenset()  # ticket types
    shown: Mapping[str, Collection[str]] = field(default_factory=dict)  # cart → hidden types that codes showed it
    draws: bool = False  # it has allocations that buyers may draw on
    cancelled: bool = False  # its event was
    coupons: CouponsLeft = field(default_factory=CouponsLeft)  # used up as orders are decided
    credit: CreditLeft = field(default_factory=CreditLeft)  # the same


@dataclass(frozen=True, slots=True)
class Decision:
    verdicts: list[PlaceVerdict]
    accepted: list[Placement]
    taken: Mapping[str, int]  # pool → units that the accepted orders take, those of drawing pools included
    draws: bool = False  # some of them may have seats of allocations


def decide(batch: Sequence[Placement], facts: PlaceFacts) -> Decision:
    """A verdict for each order of the batch, in its order."""
    sold = set(facts.sold_seats)
    left = {pool: each.capacity - each.sold for pool, each in facts.pools.items()}
    counters = counters_of_facts(facts.pools)
    owned, owned_types = dict(facts.owned), Counter(facts.owned_types)
    codes: dict[str, str] = {}
    verdicts: list[PlaceVerdict] = []
    accepted: list[Placement] = []
    for each in batch:
        if each.order in facts.known:
            state, code = facts.known[each.order]
            # The same code: our own placing, whose answer was lost.
            verdicts.append(Placed() if code == each.code and state is OrderState.PAYING else Known(state))
            continue
        if each.order in codes:
            verdicts.append(Placed() if codes[each.order] == each.code else Known(OrderState.PAYING))
            continue
        takes = taken_by(each.lines, counters)
        size = owned.get(each.buyer, 0) + sum(line.admits for line in each.lines)
        phase = None if each.staff else phase_begun(facts.phases, each.opened_at_ms)
        refused = (
            (Refused(Code.EVENT_CANCELLED) if facts.cancelled else None)
            or _terms_refusal(each, facts.terms)
            or _list_refusal(each, facts.lists)
            or _phase_refusal(each, phase, facts)
            or _rule_refusal(each, facts.rules, owned_types)
            or _refusal(each, takes, sold, left, over_maximum=size > most_of(each, phase, facts.person_max))
            # Last: an order that has its uses is refused for nothing else.
            or _benefit_refusal(each, facts)
        )
        if refused is not None:
            verdicts.append(refused)
            continue
        sold.update(line.seat for line in each.lines if line.seat is not None)
        for pool, units in takes.items():
            left[pool] -= units
        owned[each.buyer] = size
        if facts.rules:
            owned_types.update((each.buyer, line.type) for line in each.lines)
        codes[each.order] = each.code
        verdicts.append(Placed())
        stays = phase is None and (each.staff is not None or each.terms == facts.terms)
        accepted.append(each if stays else _as_placed(each, facts.terms, phase))
    taken = {pool: each.capacity - each.sold - left[pool] for pool, each in facts.pools.items()}
    return Decision(verdicts, accepted, {pool: units for pool, units in taken.items() if units}, facts.draws)


def _as_placed(order: Placement, in_force: int | None, phase: Phase | None) -> Placement:
    terms = order.terms if order.staff else in_force
    return replace(order, terms=terms, phase=None if phase is None else phase.id)


def _terms_refusal(order: Placement, in_force: int | None) -> Refused | None:
    """Where there are none in force, nothing needs to be accepted, and what was accepted is not kept.

    Who buys from a member reads nothing here.
    """
    accepted = order.terms
    if in_force is None or accepted == in_force or order.staff is not None:
        return None
    return Refused(Code.TERMS_NEEDED if accepted is None else Code.TERMS_CHANGED, {"terms": in_force})


def _benefit_refusal(order: Placement, facts: PlaceFacts) -> Refused | None:
    """Credit is looked at first, since it is the one that can be put back."""
    if not facts.credit.take(order.spends):
        return Refused(Code.PRICE_CHANGED)
    if facts.coupons.take(order.coupons):
        return None
    facts.credit.put_back(order.spends)
    return Refused(Code.PRICE_CHANGED)


def most_of(order: Placement, phase: Phase | None, person_max: int) -> int:
    """How many seats and units its buyer may have."""
    if order.staff is not None and order.staff.most is not None:
        return order.staff.most
    return person_max if phase is None or phase.person_max is None else phase.person_max


def _list_refusal(order: Placement, lists: Mapping[int, int]) -> Refused | None:
    """Whoever priced it did not know of a list yet by which its cart is to be paid."""
    number = max((number for number, from_ms in lists.items() if from_ms <= order.opened_at_ms), default=1)
    return None if number == order.list else Refused(Code.PRICE_CHANGED)


def _phase_refusal(order: Placement, phase: Phase | None, facts: PlaceFacts) -> Refused | None:
    """Whoever priced it did not know yet which types are sold in the phase of its cart, or shown to it.

    Members sell them all.
    """
    if order.staff is not None or (phase is None and not facts.hidden):
        return None
    shown, kinds = facts.shown.get(order.cart, ()), {line.type for line in order.lines}
    all_sold = all(may_have(kind, phase, facts.hidden, shown) for kind in kinds)
    return None if all_sold else Refused(Code.PRICE_CHANGED)


def _rule_refusal(
    order: Placement, rules: Mapping[str, TypeRule], owned: Mapping[tuple[str, str], int]
) -> Refused | None:
    """Of one type one person gets so many at most, whatever they bought before."""
    if not rules:
        return None
    for kind, count in Counter(line.type for line in order.lines).items():
        most = rules[kind].per_person if kind in rules else None
        if most is not None and owned.get((order.buyer, kind), 0) + count > most:
            return Refused(Code.TYPE_MAXIMUM, {"ticket_type": kind, "per_person": most})
    return None


def _refusal(
    order: Placement, takes: Mapping[str, int], sold: set[int], left: Mapping[str, int], *, over_maximum: bool
) -> Refused | None:
    taken = [line.seat for line in order.lines if line.seat is not None and line.seat in sold]
    if taken:
        return Refused(Code.ALREADY_SOLD, {"seats": taken})
    unknown = [pool for pool in takes if pool not in left]
    if unknown:
        return Refused(Code.UNKNOWN_POOL, {"pools": unknown})
    short = [pool for pool, units in takes.items() if units > left[pool]]
    if short and all(pool.startswith(TYPE) for pool in short):
        return Refused(Code.TYPE_SHORT, {"ticket_type": short[0].removeprefix(TYPE), "left": max(0, left[short[0]])})
    if short:
        return Refused(Code.ALREADY_SOLD, {"pools": short})
    return Refused(Code.OVER_MAXIMUM) if over_maximum else None


def taken_by(lines: Iterable[Line], counters: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """How many units of each counter these lines take, those of ticket types that have a number included."""
    takes: dict[str, int] = {}
    for line in lines:
        kind = type_pool(line.type)
        if kind in counters:
            takes[kind] = takes.get(kind, 0) + 1
        if line.pool is not None:
            for pool in counters.get(line.pool, (line.pool,)):
                takes[pool] = takes.get(pool, 0) + 1
    return takes


def counters_of_facts(pools: Mapping[str, PoolFacts]) -> dict[str, tuple[str, ...]]:
    return counters_of({pool: each.draws_on for pool, each in pools.items()})


def counters_of(draws_on: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """For each pool the counters one unit of it takes from: its own, and those of all it draws on."""
    resolved: dict[str, tuple[str, ...]] = {}
    for pool in draws_on:
        found: dict[str, None] = {}
        waiting = [pool]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found[each] = None
                waiting.extend(draws_on.get(each, ()))
        resolved[pool] = tuple(found)
    return resolved


def refusal_of(error: asyncpg.PostgresError, placement: Placement) -> Refused:
    """What an order that failed on its own is told."""
    guard = getattr(error, "constraint_name", None)
    if guard in COUPON_GUARDS or guard in CREDIT_GUARDS:
        return Refused(Code.PRICE_CHANGED)  # another sale used it up meanwhile
    if guard in GUARDS:
        log.warning("order %s met the guard %s", placement.order, guard)
        return Refused(Code.ALREADY_SOLD)
    log.error("order %s could not be placed", placement.order, exc_info=error)
    return Refused(Code.INTERNAL)
