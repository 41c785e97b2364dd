"""Invariants between Redis and itself, and between Redis and Postgres.

Pure: compares two snapshots of a sale. Every violation names its subject and the numbers that differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from engine.catalog.model import SalePlan, stock_units
from engine.context import Violation
from engine.onsale import units_for_sale
from engine.onsale.model import SeatState, SoldFacts
from engine.verify.facts import ORDER_PREFIX, LiveCart, LiveFacts

# How long a cart past its deadline may wait to be swept while a keeper is being replaced.
SWEPT_AFTER_MS = 15_000


def live_violations(
    live: LiveFacts, plan: SalePlan, facts: SoldFacts, counters_of: Mapping[str, tuple[str, ...]]
) -> list[Violation]:
    return [
        *_kind(live, plan),
        *_stock(live, plan),
        *_seats(live, plan),
        *_lent(live, plan),
        *_carts(live),
        *_companions(live, plan),
        *_pools(live, plan, facts, counters_of),
        *_sold(live, facts),
        *_freed(live, facts),
        *_paying(live, facts),
        *_persons(live, plan, facts),
        *_room(live, plan),
        *_counters(live),
    ]


def _kind(live: LiveFacts, plan: SalePlan) -> Iterator[Violation]:
    if live.kind not in (None, plan.kind.value):
        yield Violation(2, "the sale", f"is a sale of kind {live.kind}, and Postgres says {plan.kind.value}")


def _stock(live: LiveFacts, plan: SalePlan) -> Iterator[Violation]:
    if live.stock != plan.stock:
        yield Violation(1, "the stock", f"follows change {live.stock} in Redis, and Postgres is at {plan.stock}")


def _seats(live: LiveFacts, plan: SalePlan) -> Iterator[Violation]:
    off = {*plan.off_seats, *plan.withheld}
    open_to_some = {seat for seats in plan.draws.values() for seat in seats}
    holders = defaultdict(list)
    for cart in live.carts.values():
        for seat in cart.seats:
            holders[seat].append(cart.buyer)
    for seat in range(plan.seats):
        state, owner, held_by = SeatState(live.seat_state(seat)), live.owners.get(seat), holders.get(seat, [])
        named = f"seat {seat}"
        is_lent = state in (SeatState.HELD, SeatState.SOLD) and seat in open_to_some
        if (state is SeatState.OFF) != (seat in off) and not is_lent:
            yield Violation(1, named, f"is {state.name.lower()}, and Postgres says otherwise")
        elif (state is SeatState.SOLD) != (owner is not None):
            yield Violation(1, named, f"is {state.name.lower()}, and its owner is {owner}")
        elif len(held_by) != (state is SeatState.HELD):
            yield Violation(
                1, named, f"is {state.name.lower()}, and {len(held_by)} carts hold it: {', '.join(held_by)}"
            )


def _lent(live: LiveFacts, plan: SalePlan) -> Iterator[Violation]:
    lent = sum(live.seat_state(seat) != SeatState.OFF for seats in plan.draws.values() for seat in seats)
    if live.lent != lent:
        yield Violation(1, "what is lent", f"is {live.lent} in Redis, and {lent} seats of allocations are somebody's")
    if live.total != units_for_sale(plan):
        yield Violation(1, "what is for sale", f"is {live.total} in Redis, and Postgres says {units_for_sale(plan)}")


def _companions(live: LiveFacts, plan: SalePlan) -> Iterator[Violation]:
    for seat, space in plan.companions.items():
        owner = live.owners.get(seat)
        if owner is not None and live.owners.get(space) != owner:
            yield Violation(
                1, f"seat {seat}", f"is a companion's, sold to {owner}, and {space} is {live.owners.get(space)}'s"
            )


def _carts(live: LiveFacts) -> Iterator[Violation]:
    for cart in live.carts.values():
        named = f"cart of {cart.buyer}"
        if not cart.live and cart.size:
            yield Violation(3, named, f"has ended, and still holds {cart.size}")
        if cart.state == "open" and live.due.get(cart.buyer) != cart.deadline_at_ms:
            yield Violation(3, named, f"ends at {cart.deadline_at_ms}, and is due at {live.due.get(cart.buyer)}")
        if cart.state == "open" and cart.deadline_at_ms + SWEPT_AFTER_MS < live.now_ms:
            late_ms = live.now_ms - cart.deadline_at_ms
            yield Violation(3, named, f"ended {late_ms} ms ago, and still holds {cart.size}")
        if (cart.state == "locked") != (cart.buyer in live.locked):
            yield Violation(3, named, f"is {cart.state}, and the list of locked carts says otherwise")


def _pools(
    live: LiveFacts, plan: SalePlan, facts: SoldFacts, counters_of: Mapping[str, tuple[str, ...]]
) -> Iterator[Violation]:
    held: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for cart in live.carts.values():
        _count(held, cart.units, counters_of)
    for order in facts.taken:
        if order.order in live.sold or order.order in live.awaiting:
            _count(sold, order.units, counters_of)
    for pool in plan.pools:
        free = live.pools.get(pool.id, 0)
        if free < 0 or free + held[pool.id] + sold[pool.id] != pool.capacity:
            said = f"{free} free, {held[pool.id]} held and {sold[pool.id]} sold of {pool.capacity}"
            yield Violation(1, f"pool {pool.id}", said)


def _count(into: Counter[str], units: Mapping[str, int], counters_of: Mapping[str, tuple[str, ...]]) -> None:
    for pool, count in units.items():
        for counter in counters_of.get(pool, (pool,)):
            into[counter] += count


def _sold(live: LiveFacts, facts: SoldFacts) -> Iterator[Violation]:
    durable = {order.order: order for order in facts.paid}
    for order in durable.keys() - live.sold.keys():
        yield Violation(2, f"order {order}", "is paid, and Redis does not know it")
    for order in live.sold.keys() - durable.keys():
        yield Violation(2, f"order {order}", "is sold in Redis, and not paid in Postgres")
    for order in durable.keys() & live.sold.keys():
        if durable[order].revenue != live.sold[order]:
            said = f"brought {durable[order].revenue}, and Redis counts {live.sold[order]}"
            yield Violation(2, f"order {order}", said)
    awaited = {order.order: len(order.seats) + stock_units(order.units) for order in facts.awaiting}
    for order in awaited.keys() | live.awaiting.keys():
        if awaited.get(order) != live.awaiting.get(order):
            said = f"{awaited.get(order, 0)}, and Redis has {live.awaiting.get(order, 0)} reserved"
            yield Violation(2, f"order {order}", f"awaits the money of {said}")
    owners = {seat: order.order for order in facts.taken for seat in order.seats}
    in_redis = {
        seat: owner.removeprefix(ORDER_PREFIX) for seat, owner in live.owners.items() if owner.startswith(ORDER_PREFIX)
    }
    for seat in owners.keys() | in_redis.keys():
        if owners.get(seat) != in_redis.get(seat):
            said = f"Postgres sold it to {owners.get(seat)}, Redis to {in_redis.get(seat)}"
            yield Violation(2, f"seat {seat}", said)
    bought: Counter[str] = Counter()
    for each in facts.taken:
        bought[each.buyer] += len(each.seats) + stock_units(each.units)
    for buyer in bought.keys() | live.buyers.keys():
        if bought[buyer] != live.buyers.get(buyer, 0):
            said = f"bought {bought[buyer]}, and Redis counts {live.buyers.get(buyer, 0)}"
            yield Violation(6, f"buyer {buyer}", said)


def _freed(live: LiveFacts, facts: SoldFacts) -> Iterator[Violation]:
    revisions = {each.order: each.revision for each in facts.freed}
    for order in revisions.keys() | live.freed.keys():
        if revisions.get(order) != live.freed.get(order):
            said = f"is at revision {revisions.get(order, 0)}, and Redis knows {live.freed.get(order, 0)}"
            yield Violation(2, f"order {order}", said)


def _paying(live: LiveFacts, facts: SoldFacts) -> Iterator[Violation]:
    for order in facts.paying:
        cart = live.carts.get(order.buyer)
        if cart is None or cart.state != "locked" or cart.order != order.order:
            yield Violation(1, f"order {order.order}", f"is being paid, and its cart is {_named(cart)}")
        elif set(cart.seats) != set(order.seats) or dict(cart.units) != dict(order.units):
            yield Violation(1, f"order {order.order}", "is being paid, and its cart holds something else")


def _named(cart: LiveCart | None) -> str:
    return "missing" if cart is None else cart.state


def _persons(live: LiveFacts, plan: SalePlan, facts: SoldFacts) -> Iterator[Violation]:
    # A member may pass the maximum, who has the right to.
    of_staff = {order.buyer for order in facts.paid if order.by_staff}
    for buyer in (live.buyers.keys() | live.carts.keys()) - of_staff:
        cart = live.carts.get(buyer)
        if cart is not None and cart.by_staff:
            continue
        held = cart.size if cart is not None and cart.live else 0
        bought = live.buyers.get(buyer, 0)
        if held + bought > plan.person_most:
            said = f"holds {held} and bought {bought}, and {plan.person_most} is the maximum"
            yield Violation(6, f"buyer {buyer}", said)


def _room(live: LiveFacts, plan: SalePlan) -> Iterator[Violation]:
    if plan.room is None:
        return
    inside = sum(cart.live and not cart.by_staff for cart in live.carts.values())
    if inside > plan.room.shoppers_max:
        yield Violation(5, "room", f"{inside} shoppers are inside, and {plan.room.shoppers_max} is the limit")
    tail, serving = int(live.room.get("tail", 0)), int(live.room.get("serving", 0))
    if serving > tail:
        yield Violation(5, "room", f"places below {serving} were called, and only {tail} were given")


def _counters(live: LiveFacts) -> Iterator[Violation]:
    counted = {
        "held": sum(cart.size for cart in live.carts.values()),
        "sold": sum(live.buyers.values()),
        "revenue": sum(live.sold.values()),
        "orders": len(live.sold),
        "reserved": sum(live.awaiting.values()),
        "shopping": sum(cart.live for cart in live.carts.values()),
    }
    for name, value in counted.items():
        if live.counters[name] != value:
            yield Violation(8, f"counter {name}", f"says {live.counters[name]}, and {value} is counted")
