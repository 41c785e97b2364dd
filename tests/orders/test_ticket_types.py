"""Ticket types with limits: no more of one than its number, and no more for one person than they may have."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog.mistakes import Mistake
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import Cart, Held, PoolHold, Release, Released, SeatsHold
from engine.orders import Bought, CartChange, CartView, Purchase
from engine.refusals import Code, Refused
from engine.verify import verify
from tests.orders.house import House, card, open_sale

pytestmark = pytest.mark.every_redis
SALE = """
event: Sala Sur
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
person_max: 10
ticket_types:
  general: General
  half: {{name: Half price, number: 40 %, proof: Student card}}
  child: {{number: 3, per_person: 2}}
  donor: {{may_pay_more: true}}
  early: {{until: in 1 day}}
  late: {{from: in 2 days}}
sections:
  stalls: {{rows: 4, seats: 10, price: {{general: 40, half: 20, child: 10, donor: 50, early: 30, late: 60}}}}
pools:
  floor: {{capacity: 10, price: {{general: 20, child: 5}}}}
"""


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def chosen(house: House, buyer: str, types: dict[str, Any], **more: Any) -> CartView | Refused:
    return await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(types=types, **more))


async def left(house: House, kind: str) -> int:
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    return snapshot.pools[f"type:{kind}"]


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def sold_as(house: House, kind: str) -> int:
    query = "SELECT count(*) FROM order_line WHERE sale_id = $1 AND ticket_type = $2 AND live"
    count: int = await house.engine.db.fetchval(query, house.sale.id, kind)
    return count


async def test_a_type_is_set_aside_as_it_is_chosen_and_comes_back(house: House) -> None:
    assert await left(house, "half") == 20, "40 % of 40 seats and 10 units"
    buyer = await house.buyer_holding(0, 1, 2)
    seen = await chosen(house, buyer, {"seat:0": "half", "seat:1": "half"})
    assert isinstance(seen, CartView)
    assert seen.total == 8_000
    assert await left(house, "half") == 18
    await sound(house)
    assert isinstance(await chosen(house, buyer, {"seat:1": "general"}), CartView)
    assert await left(house, "half") == 19
    assert isinstance(await house.sale.release(Release(buyer, "r", (0,))), Released)
    await house.engine.orders.recount(house.sale.id, buyer)
    assert await left(house, "half") == 20
    assert isinstance(await chosen(house, buyer, {"seat:2": "half"}), CartView)
    assert await house.sale.leave(buyer) is None
    assert await left(house, "half") == 20
    await sound(house)


async def test_no_more_than_there_are(house: House) -> None:
    first, second = await house.buyer_holding(0, 1), await house.buyer_holding(5, 6)
    assert isinstance(await chosen(house, first, {"seat:0": "child", "seat:1": "child"}), CartView)
    refused = await chosen(house, second, {"seat:5": "child", "seat:6": "child"})
    assert refused == Refused(Code.TYPE_SHORT, {"ticket_type": "child", "left": 1})
    seen = await house.engine.orders.cart_view(house.sale.id, second)
    assert isinstance(seen, CartView)
    assert [item.type for item in seen.items] == ["general", "general"], "nothing was changed"
    assert isinstance(await chosen(house, second, {"seat:5": "child"}), CartView)
    assert isinstance(await house.buy(first), Bought)
    assert isinstance(await house.buy(second), Bought)
    assert (await left(house, "child"), await sold_as(house, "child")) == (0, 3)
    await sound(house)


async def test_nobody_gets_what_has_a_number_without_asking(engine: Engine) -> None:
    house = await open_sale(engine, SALE.replace("{{general: 20, child: 5}}", "{{child: 5}}"))
    buyer = await house.buyer_holding(units={"floor": 2})
    seen = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert isinstance(seen, CartView)
    assert [issue.code for issue in seen.issues] == ["type_needed"]
    assert isinstance(await house.buy(buyer), Refused)
    assert isinstance(await chosen(house, buyer, {"pool:floor": {"child": 2}}), CartView)
    assert isinstance(await house.buy(buyer), Bought)
    await sound(house)


async def test_two_fifths_of_a_house_under_a_crowd(engine: Engine) -> None:
    """Everybody wants half price first; whoever gets none pays in full."""
    text = SALE.replace("rows: 4, seats: 10", "rows: 10, seats: 10").replace("capacity: 10", "capacity: 25")
    house = await open_sale(engine, text)

    async def shops(seat: int) -> str:
        buyer = await house.buyer_holding(seat)
        got = "half" if isinstance(await chosen(house, buyer, {f"seat:{seat}": "half"}), CartView) else "general"
        bought = await house.buy(buyer)
        assert isinstance(bought, Bought), bought
        assert bought.order.total == (2_000 if got == "half" else 4_000)
        return got

    got = await asyncio.gather(*(shops(seat) for seat in range(100)))
    assert (got.count("half"), got.count("general")) == (50, 50)
    assert (await sold_as(house, "half"), await left(house, "half")) == (50, 0)
    await sound(house)


async def test_the_last_of_a_type_is_raced_for(house: House) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(8)]
    answers = await asyncio.gather(
        *(chosen(house, buyer, {f"seat:{seat}": "child"}) for seat, buyer in enumerate(buyers))
    )
    assert sum(isinstance(each, CartView) for each in answers) == 3
    assert {each.code for each in answers if isinstance(each, Refused)} == {Code.TYPE_SHORT}
    await sound(house)


async def test_what_postgres_sold_is_never_sold_again(house: House) -> None:
    """Redis believes that there are some: the order is refused before any money moves, and its cart opens again."""
    buyer = await house.buyer_holding(0)
    assert isinstance(await chosen(house, buyer, {"seat:0": "child"}), CartView)
    await house.engine.db.execute("UPDATE pool SET sold = 3 WHERE sale_id = $1 AND id = 'type:child'", house.sale.id)
    assert await house.buy(buyer) == Refused(Code.TYPE_SHORT, {"ticket_type": "child", "left": 0})
    assert (await house.cart(buyer)).state == "open"
    assert await house.count("charges") == 0
    await house.engine.db.execute("UPDATE pool SET sold = 0 WHERE sale_id = $1 AND id = 'type:child'", house.sale.id)
    await sound(house)


async def test_a_declined_card_keeps_it_aside_and_an_expired_cart_does_not(house: House) -> None:
    buyer = await house.buyer_holding(0)
    assert isinstance(await chosen(house, buyer, {"seat:0": "child"}), CartView)
    assert isinstance(await house.buy(buyer, "4000000000000002"), Refused)
    assert (await left(house, "child"), await sold_as(house, "child")) == (2, 0)
    await sound(house)
    assert isinstance(await house.buy(buyer, order="two"), Bought)
    assert (await left(house, "child"), await sold_as(house, "child")) == (2, 1)
    await sound(house)


async def test_redis_is_lost_with_its_data(house: House) -> None:
    engine = house.engine
    first, second = await house.buyer_holding(0), await house.buyer_holding(1)
    assert isinstance(await chosen(house, first, {"seat:0": "child"}), CartView)
    assert isinstance(await chosen(house, second, {"seat:1": "child"}), CartView)
    assert isinstance(await house.buy(first), Bought)
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    await engine.keeper.rebuild(house.sale.id, lost_epoch=snapshot.epoch)
    assert (await house.cart(second)).types == {"child": 1}, "a cart that survives keeps what it set aside"
    assert await left(house, "child") == 1
    await engine.onsale.remove_keys(house.sale.id)
    await engine.keeper.rebuild(house.sale.id)
    assert await left(house, "child") == 2
    await sound(house)


async def test_one_person_gets_so_many(house: House) -> None:
    buyer = await house.buyer_holding(0, 1)
    assert isinstance(await chosen(house, buyer, {"seat:0": "child"}), CartView)
    assert isinstance(await house.buy(buyer), Bought)
    await house.fill(buyer, (2, 3), {})
    seen = await chosen(house, buyer, {"seat:2": "child", "seat:3": "child"})
    assert isinstance(seen, CartView)
    assert await house.buy(buyer, order="two") == Refused(Code.TYPE_MAXIMUM, {"ticket_type": "child", "per_person": 2})
    assert (await house.cart(buyer)).state == "open"
    assert isinstance(await chosen(house, buyer, {"seat:3": "general"}), CartView)
    assert isinstance(await house.buy(buyer, order="three"), Bought)
    await sound(house)


async def test_a_cart_with_too_many_for_one_says_so(house: House) -> None:
    buyer = await house.buyer_holding(0, 1, 2)
    seen = await chosen(house, buyer, {f"seat:{seat}": "child" for seat in range(3)})
    assert isinstance(seen, CartView)
    assert [issue.code for issue in seen.issues] == ["type_maximum"]
    refused = await house.buy(buyer)
    assert isinstance(refused, Refused)
    assert refused.code is Code.CART_INCOMPLETE


@pytest.mark.parametrize(("kind", "closed"), [("early", False), ("late", True)])
async def test_a_type_is_sold_in_its_own_window(house: House, kind: str, closed: bool) -> None:
    buyer = await house.buyer_holding(0)
    seen = await chosen(house, buyer, {"seat:0": kind})
    assert isinstance(seen, CartView)
    assert ([issue.code for issue in seen.issues] == ["type_closed"]) is closed
    assert isinstance(await house.buy(buyer), Refused if closed else Bought)


async def test_who_may_pay_more_pays_what_they_say_and_never_less(house: House) -> None:
    buyer = await house.buyer_holding(0, 1)
    seen = await chosen(house, buyer, {"seat:0": "donor", "seat:1": "donor"}, amounts={"seat:0": 7_512, "seat:1": 1})
    assert isinstance(seen, CartView)
    assert [item.price for item in seen.items] == [7_512, 5_000]
    bought = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", card(), total=12_512))
    assert isinstance(bought, Bought)
    assert bought.order.total == 12_512
    await sound(house)
    other = await house.buyer_holding(2)
    seen = await chosen(house, other, {}, amounts={"seat:2": 99_000})
    assert isinstance(seen, CartView)
    assert seen.total == 4_000, "only where the type says so"


async def test_a_lock_that_was_repeated_counts_once(house: House) -> None:
    buyer = await house.buyer_holding(0)
    cart = await house.cart(buyer)
    assert isinstance(cart, Cart)
    for _ in range(3):
        assert await house.sale.count_types(cart, {"child": 2, "general": 9}) is None
    assert await left(house, "child") == 1
    locked = await house.sale.lock(buyer, "ord_1")
    assert isinstance(locked, Cart)
    assert await house.sale.count_types(cart, {"child": 0}) == Refused(Code.CART_LOCKED)
    assert await house.sale.count_types(locked, {"child": 1}) is None
    assert await left(house, "child") == 2
    await house.sale.unlock(buyer, "ord_1")
    await sound(house)


async def test_it_is_no_pool(house: House) -> None:
    buyer = new_buyer()
    assert isinstance(await house.sale.hold(SeatsHold(buyer, new_id("h"), (0,))), Held)
    assert await house.sale.hold(PoolHold(buyer, new_id("h"), "type:child", 1)) == Refused(Code.UNKNOWN_POOL)
    cart = await house.cart(buyer)
    assert await house.sale.count_types(cart, {"child": 1}) is None
    released = await house.sale.release(Release(buyer, "r", (), {"type:child": 1}))
    assert released == Refused(Code.NOT_HELD)
    assert (await house.cart(buyer)).units == {}
    await sound(house)


WRONG = [
    ("half: {{name: Half price, number: 40 %", "half: {{name: Half price, number: 0", "ticket_types.half.number"),
    ("half: {{name: Half price, number: 40 %", "half: {{name: Half price, number: 51", "ticket_types.half.number"),
    ("half: {{name: Half price, number: 40 %", "half: {{name: Half price, number: 140 %", "ticket_types.half.number"),
    ("child: {{number: 3, per_person: 2}}", "child: {{number: 3, per_persn: 2}}", "ticket_types.child.per_persn"),
    ("late: {{from: in 2 days}}", "late: {{from: in 2 days, until: in 1 day}}", "ticket_types.late.until"),
    ("donor: {{may_pay_more: true}}", "nobody: {{number: 4}}\n  donor: Donor", "ticket_types.nobody"),
]


@pytest.mark.parametrize(("was", "now", "path"), WRONG)
async def test_what_is_wrong_is_named(engine: Engine, was: str, now: str, path: str) -> None:
    organizer = await engine.access.create_organizer("Sala Sur")
    assert was in SALE
    found = await engine.catalog.sale_from_yaml(SALE.replace(was, now).format(sale="s-wrong"), Act(organizer, "test"))
    assert isinstance(found, list)
    assert all(isinstance(each, Mistake) and each.line for each in found)
    assert path in [each.path for each in found], found
