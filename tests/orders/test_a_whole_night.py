"""One night with all that a sale can be, sold out by a crowd while it is changed, and Redis lost in the middle of it.

Members come first, to the same seats. What was promised to each buyer is what they get: the price they saw, the ticket
type they chose, their companion, what they take along.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog import Allocation, DateCopy, ListedPrices
from engine.catalog.model import PoolPlan, SaleState
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import BestHold, Brought, Cart, Held, PoolHold, SeatsHold
from engine.orders import BestSeats, Bought, CartChange, CartView, Purchase
from engine.refusals import Code, Refused, accept
from engine.verify import verify
from tests.orders.house import House, card, open_sale
from tests.orders.prices import knows_at_once
from tests.orders.test_complimentary import allow, given, over
from tests.orders.test_phases import Clock, clock
from tests.orders.test_staff_orders import asked, make

__all__ = ["clock"]
NIGHT = """
event: La noche entera
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
person_max: 4
ticket_types:
  general: General
  half: {{name: Half price, number: 40 %, proof: Student card}}
  friend: {{name: Friend of the house, may_pay_more: true}}
sections:
  stalls:
    rows: 12
    seats: 20
    price: {{general: 40, half: 20, friend: 45}}
    accessible: [A 1, A 20]
    companions: [A 2, A 19]
pools:
  floor: {{capacity: 60, price: {{general: 25, half: 12}}}}
  early: {{capacity: 20, price: 20, draws_on: floor}}
products:
  parking: {{name: Car park, capacity: 30, price: 12.50, per_person: 2}}
phases:
  members: {{until: in 1 day, entry: {{code: SOCIOS}}, types: [general, half], places: [stalls], person_max: 2}}
  public: {{}}
allocations:
  Sponsor: {{purpose: sponsor, staff: true, seats: {{stalls: [L, K]}}, release: in 2 days}}
zones:
  front: {{name: Front, seats: {{stalls: [B 1-10]}}, price: {{general: 60, half: 30}}}}
"""
ROWS, ROW = 12, 20
CROWD = 120
MEMBERS = 20
LISTED_AHEAD_DAYS = 11 / 86_400
PARKING = "product:parking"


@pytest.fixture
async def house(engine: Engine, clock: Clock) -> House:
    house = await open_sale(engine, NIGHT)
    knows_at_once(house)
    return house


def by(house: House) -> Act:
    return Act(house.organizer, "ana")


async def ready(house: House, buyer: str) -> None:
    await house.ready(buyer, await house.cart(buyer))


async def presale(house: House) -> None:
    """Whoever knows the code buys two of the seats that everybody sees; nobody else, and nothing else, is let in."""
    stranger, *members = (new_buyer() for _ in range(1 + MEMBERS))
    refused = await house.sale.enter(stranger)
    assert isinstance(refused, Refused)
    assert refused.code is Code.ENTRY_CODE_NEEDED
    await asyncio.gather(*(buys_as_member(house, each) for each in members))
    sold = await house.engine.db.fetch(
        "SELECT phase, count(*) FROM orders WHERE sale_id = $1 GROUP BY 1", house.sale.id
    )
    assert [tuple(row) for row in sold] == [("members", MEMBERS)]
    await sound(house)


def knows(house: House) -> Brought:
    return Brought(code=house.engine.signer.entry_code_mark("SOCIOS"))


async def buys_as_member(house: House, buyer: str) -> None:
    cart = await house.sale.enter(buyer, None, knows(house))
    assert isinstance(cart, Cart), cart
    floor = await house.sale.hold(PoolHold(buyer, "f", "floor", 1))
    assert isinstance(floor, Refused)
    assert floor.code is Code.NOT_IN_PHASE
    assert isinstance(await house.sale.hold(BestHold(buyer, "h", 2)), Held)
    more = await house.sale.hold(BestHold(buyer, "m", 1))
    assert isinstance(more, Refused)
    assert more.code is Code.OVER_MAXIMUM
    await house.ready(buyer, await house.cart(buyer))
    assert isinstance(await house.buy(buyer), Bought)


async def box_office(house: House) -> None:
    """Two of the sponsor's seats are sold to it, and one is given away, as far as the quota goes."""
    await allow(house, 1)
    sold = accept(await make(house, asked(order="sponsor", best=BestSeats(2), allocation="sponsor")))
    assert (len(sold.order.tickets), sold.order.allocation) == (2, "sponsor")
    friend = accept(await make(house, given(order="friend", best=BestSeats(1), allocation="sponsor")))
    assert (friend.order.total, len(friend.order.tickets)) == (0, 1)
    assert over(await make(house, given(order="another", best=BestSeats(1), allocation="sponsor")), 1, 1)
    await sound(house)


async def as_sold(house: House) -> list[tuple[Any, ...]]:
    """All that was ever sold, as Postgres and buyers know it."""
    rows = await house.engine.db.fetch(
        "SELECT o.id, o.state, o.total, o.channel, o.phase, l.seat, l.pool_id, l.ticket_type, l.price, l.live "
        "FROM orders o JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id "
        "WHERE o.sale_id = $1 ORDER BY o.id, l.line",
        house.sale.id,
    )
    return [tuple(row) for row in rows]


async def loses_redis(house: House) -> None:
    """With its data: what was only held is gone, and of what was sold nothing changes."""
    before = await as_sold(house)
    await house.engine.onsale.remove_keys(house.sale.id)
    await house.engine.keeper.rebuild(house.sale.id)
    assert await as_sold(house) == before
    snapshot = accept(await house.sale.snapshot())
    lines = [row for row in before if row[1] == "paid" and row[-1]]
    tickets = [row for row in lines if row[6] != PARKING]
    assert (snapshot.counters.sold, snapshot.counters.held) == (len(tickets), 0)
    assert snapshot.pools[PARKING] == 30 - (len(lines) - len(tickets))
    await sound(house)


async def shops(house: House, dice: random.Random) -> tuple[str, int] | None:
    """Fill a cart with something, choose; the buyer, and the total they saw. None when there was nothing left."""
    buyer = new_buyer()
    wish: SeatsHold | BestHold | PoolHold = dice.choice(
        (
            BestHold(buyer, "h", dice.choice((1, 2, 2))),
            PoolHold(buyer, "h", dice.choice(("floor", "early")), dice.choice((1, 2))),
            SeatsHold(buyer, "h", dice.choice(((0, 1), (19, 18), (0,)))),
        )
    )
    for each in (wish, BestHold(buyer, "b", 1), PoolHold(buyer, "u", "floor", 1)):
        if isinstance(await house.sale.hold(each), Held):
            break
    else:
        return None
    if dice.random() < 0.3 and isinstance(await house.sale.hold(PoolHold(buyer, "p", PARKING, 2)), Held):
        third = await house.sale.hold(PoolHold(buyer, "third", PARKING, 1))
        assert isinstance(third, Refused), "two for one person"
    await ready(house, buyer)
    cart = await house.cart(buyer)
    kind = dice.choice(("half", "friend", "general"))
    types: dict[str, Any] = {f"seat:{seat}": kind for seat in cart.seats}
    if kind == "half" and "floor" in cart.units:
        types["pool:floor"] = {"half": cart.units["floor"]}
    amounts = {f"seat:{seat}": 5_050 for seat in cart.seats}
    front = any(ROW <= seat < ROW + 10 for seat in cart.seats)
    if not (front and kind == "friend"):
        said = await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(types=types, amounts=amounts))
        assert isinstance(said, CartView) or said.code is Code.TYPE_SHORT, said
    seen = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert isinstance(seen, CartView)
    assert seen.issues == (), seen
    return buyer, seen.total


async def pays(house: House, buyer: str, total: int) -> None:
    """What was seen, and nothing else."""
    bought = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", card(), total=total))
    assert isinstance(bought, Bought), (bought, total)
    assert bought.order.total == total


async def resized(house: House, pool: str, capacity: int) -> Any:
    return await house.engine.catalog.allocations.resize(by(house), house.sale.id, pool, {"capacity": capacity})


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_night_is_sold_while_it_changes(house: House, engine: Engine, clock: Clock) -> None:
    await presale(house)
    clock.days = 1.001
    dice = random.Random(16)
    found = await asyncio.gather(*(shops(house, random.Random(dice.random())) for _ in range(CROWD)))
    carts = [each for each in found if each is not None]
    assert len(carts) > CROWD / 2
    await sound(house)

    # The price is raised under all those open carts; each pays what it saw.
    prices = {"stalls": {"general": 90, "half": 45, "friend": 95}, "floor": {"general": 50, "half": 25}, "early": 40}
    listed = await engine.catalog.price_lists.change(
        by(house), house.sale.id, {"prices": {**prices, "front": {"general": 120, "half": 60}}}
    )
    assert isinstance(listed, ListedPrices), listed
    clock.days += LISTED_AHEAD_DAYS
    await asyncio.gather(*(pays(house, buyer, total) for buyer, total in carts[: len(carts) // 2]))
    await sound(house)

    # Capacity is raised twice and lowered once; below what is held or sold it is refused.
    for capacity in (80, 100, 90):
        changed = await resized(house, "floor", capacity)
        assert isinstance(changed, PoolPlan), changed
        assert changed.in_all == capacity
    refused = await resized(house, "floor", 1)
    assert isinstance(refused, list | Refused), refused
    await sound(house)

    await box_office(house)

    # The rest of the sponsor's seats come onto the maps, by the clock and once.
    query = "UPDATE allocation SET release_at = now() - interval '1 s' WHERE sale_id = $1"
    await engine.db.execute(query, house.sale.id)
    await asyncio.gather(*(engine.catalog.allocations.step() for _ in range(3)))
    (sponsor,) = await engine.catalog.allocations.of(house.organizer, house.sale.id)
    assert isinstance(sponsor, Allocation)
    assert sponsor.released_at is not None
    await sound(house)

    await loses_redis(house)

    # The rest is sold, at the new prices.
    for _ in range(40):
        more = await asyncio.gather(*(shops(house, random.Random(dice.random())) for _ in range(20)))
        if not any(more):
            break
        await asyncio.gather(*(pays(house, *each) for each in more if each is not None))
    await sound(house)
    await everything_adds_up(house)
    await the_next_day(house)


async def everything_adds_up(house: House) -> None:
    lines = await house.engine.db.fetch(
        "SELECT order_id, seat, pool_id, ticket_type, price FROM order_line WHERE sale_id = $1 AND live", house.sale.id
    )
    seats = {row["seat"]: row["order_id"] for row in lines if row["seat"] is not None}
    assert len(seats) == sum(row["seat"] is not None for row in lines)
    kinds = Counter(row["ticket_type"] for row in lines)
    info = await house.engine.catalog.sale_info(house.sale.id)
    assert info is not None
    assert kinds["half"] <= info.type_numbers["half"] == int((ROWS * ROW + 60) * 0.4)
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    assert snapshot.pools["type:half"] == info.type_numbers["half"] - kinds["half"]
    assert snapshot.pools["floor"] == 0
    for companion, space in ((1, 0), (18, 19)):
        assert companion not in seats or seats[companion] == seats[space]
    left = set(range(ROWS * ROW)) - seats.keys()
    assert left <= {0, 1, 18, 19}, "all is sold but a place that somebody may still want with their companion"
    assert snapshot.pools[PARKING] == 30 - kinds[PARKING]
    by_hand = 2  # at the box office
    assert await house.count("charges") == await house.count("paid") - by_hand
    assert await house.count("tickets") == len(lines) - kinds[PARKING]


async def the_next_day(house: House) -> None:
    """Sold out, cloned: as it was to begin with, presale and all, at the newest prices, and nothing of it sold."""
    engine = house.engine
    copy = await engine.catalog.copies.clone(by(house), house.sale.id, {"starts": "in 10 days at 20:30"})
    assert isinstance(copy, DateCopy), copy
    made = str(copy.sales[0].id)
    plan = await engine.catalog.plan(made)
    assert plan is not None
    await engine.onsale.publish(plan)
    sale = engine.onsale.sale(made)
    await sale.set_state(SaleState.OPEN)
    snapshot = await sale.snapshot()
    assert not isinstance(snapshot, Refused)
    assert snapshot.pools["floor"] == 90
    assert snapshot.room.left == ROWS * ROW + 90
    buyer = new_buyer()
    assert isinstance(await sale.enter(buyer), Refused), "members are first again"
    assert isinstance(await sale.enter(buyer, None, knows(house)), Cart)
    assert isinstance(await sale.hold(SeatsHold(buyer, new_id("h"), (0, 1))), Held)
    seen = await engine.orders.cart_view(made, buyer)
    assert isinstance(seen, CartView)
    assert seen.total == 18_000
    assert await verify(engine, made, grace_s=0) == []
