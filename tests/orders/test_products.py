"""Products beside tickets: their own stock, no ticket, and nothing of what one person may have of tickets."""

from __future__ import annotations

import asyncio

import pytest

from engine.audit import Act
from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import Held, PoolHold, Release, Released, SeatsHold
from engine.orders import Bought, CartView
from engine.refusals import Code, Refused
from engine.verify import verify
from tests.orders.house import House, open_sale

pytestmark = pytest.mark.every_redis
SALE = """
event: Sala Oeste
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
person_max: 2
ticket_types: {{general: General, half: {{number: 50 %}}}}
sections:
  stalls: {{rows: 2, seats: 10, price: {{general: 40, half: 20}}}}
pools:
  floor: {{capacity: 4, price: 10}}
products:
  parking: {{name: Car park, capacity: 3, price: 12.50, per_person: 2}}
  shirt: {{capacity: 100, price: 25}}
questions:
  name: {{ask: Name on the ticket, per: ticket, required: false}}
phases:
  first: {{until: in 1 day, places: [stalls], types: [general]}}
  rest: {{}}
"""
PARKING, SHIRT = "product:parking", "product:shirt"


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def pools(house: House) -> dict[str, int]:
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    return dict(snapshot.pools)


async def test_products_are_bought_beside_tickets(house: House, engine: Engine) -> None:
    assert (await pools(house))["type:half"] == 12, "half of 20 seats and 4 units: products are none"
    buyer = await house.buyer_holding(0, 1, units={PARKING: 2, SHIRT: 1})
    refused = await house.sale.hold(PoolHold(buyer, new_id("h"), PARKING, 1))
    assert refused == Refused(Code.OVER_MAXIMUM, {"person_max": 2, "has": 2})
    assert await house.sale.hold(SeatsHold(buyer, new_id("h"), (2,))) == Refused(
        Code.OVER_MAXIMUM, {"person_max": 2, "has": 2}
    ), "products are no tickets"
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    assert (snapshot.counters.held, snapshot.room.left) == (2, 24)
    view = await engine.orders.cart_view(house.sale.id, buyer)
    assert isinstance(view, CartView)
    assert view.total == 2 * 4_000 + 2 * 1_250 + 2_500
    assert [asked["ticket"] for question in view.questions for asked in question["asked"]] == ["seat:0", "seat:1"]
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    assert len(bought.order.lines) == 5
    assert [ticket.item for ticket in bought.order.tickets] == ["seat:0", "seat:1"]
    assert await house.count("tickets") == 2
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    assert (snapshot.counters.sold, snapshot.counters.held, snapshot.room.left) == (2, 0, 22)
    assert (snapshot.pools[PARKING], snapshot.pools[SHIRT]) == (1, 99)
    await sound(house)
    await engine.keeper.rebuild(house.sale.id, snapshot.epoch)
    assert (await pools(house))[PARKING] == 1
    await sound(house)


async def test_who_bought_some_may_have_only_what_is_left_of_their_number(house: House) -> None:
    """The cart of another day doesn't know it; placing does."""
    buyer = await house.buyer_holding(0, units={SHIRT: 10})
    assert isinstance(await house.buy(buyer), Bought)
    await house.fill(buyer, (), {SHIRT: 1})
    assert await house.buy(buyer, order="two") == Refused(Code.TYPE_MAXIMUM, {"ticket_type": SHIRT, "per_person": 10})
    await sound(house)


async def test_the_last_of_a_product_is_raced_for(house: House) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(8)]
    answers = await asyncio.gather(*(house.sale.hold(PoolHold(each, new_id("h"), PARKING, 1)) for each in buyers))
    assert sum(isinstance(each, Held) for each in answers) == 3
    assert {each.code for each in answers if isinstance(each, Refused)} == {Code.SHORT}
    lucky = [buyer for buyer, answer in zip(buyers, answers, strict=True) if isinstance(answer, Held)]
    assert isinstance(await house.buy(lucky[0]), Bought)
    assert isinstance(await house.sale.release(Release(lucky[1], "r", (), {PARKING: 1})), Released)
    assert await house.sale.leave(lucky[2]) is None
    assert (await pools(house))[PARKING] == 2
    await sound(house)


async def test_a_declined_card_gives_products_back(house: House) -> None:
    buyer = await house.buyer_holding(0, units={PARKING: 2})
    assert isinstance(await house.buy(buyer, number="4000000000000002"), Refused)
    assert (await pools(house))[PARKING] == 1, "held until the cart ends"
    assert isinstance(await house.buy(buyer, order="two"), Bought)
    assert (
        await house.engine.db.fetchval("SELECT sold FROM pool WHERE id = $1 AND sale_id = $2", PARKING, house.sale.id)
        == 2
    )
    await sound(house)


async def test_postgres_guards_the_last_one(house: House) -> None:
    buyer = await house.buyer_holding(0, units={PARKING: 1})
    await house.engine.db.execute("UPDATE pool SET sold = 3 WHERE sale_id = $1 AND id = $2", house.sale.id, PARKING)
    refused = await house.buy(buyer)
    assert isinstance(refused, Refused)
    assert refused.code is Code.ALREADY_SOLD


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ("parking: {{capacity: 3}}", "products.parking.price"),
        ("parking: {{capacity: 0, price: 1}}", "products.parking.capacity"),
        ("parking: {{capacity: 3, price: 1.234}}", "products.parking.price"),
        ("Car park: {{capacity: 3, price: 1}}\n  car-park: {{capacity: 3, price: 1}}", "products.car-park"),
    ],
)
async def test_mistakes_are_named(engine: Engine, wrong: str, path: str) -> None:
    before, _, rest = SALE.partition("products:\n")
    text = before + "products:\n  " + wrong + "\nquestions:" + rest.partition("questions:")[2]
    organizer = await engine.access.create_organizer("Sala Sur")
    made = await engine.catalog.sale_from_yaml(text.format(sale="s-wrong-products"), Act(organizer, "test"))
    assert isinstance(made, list)
    assert [mistake.path for mistake in made] == [path]
