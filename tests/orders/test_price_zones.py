"""Zones of a price list: seats that cost something else than their section, painted anew while the sale is on."""

from engine.catalog import ListedPrices
from engine.orders import Bought, CartView
from engine.orders.late import equivalents
from engine.orders.model import Line
from engine.orders.price_books import goods_of
from engine.orders.pricing import PriceBook
from engine.refusals import Refused
from engine.verify import verify
from tests.orders.house import House
from tests.orders.prices import asked, changed, knows_at_once

GOLDEN = {"golden": {"name": "Golden", "seats": {"stalls": ["A 3-6", "B"]}, "price": {"general": 90, "half": 45}}}


async def total(house: House, buyer: str) -> int:
    seen = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert isinstance(seen, CartView), seen
    return seen.total


async def test_seats_of_a_zone_cost_what_it_does(house: House) -> None:
    knows_at_once(house)
    early = await house.buyer_holding(3, 4)
    made = await changed(house, {}, zones=GOLDEN)
    assert (made.zones["golden"].name, made.zones["golden"].runs) == ("Golden", ((2, 4), (10, 10)))
    late = await house.buyer_holding(1, 2, 10, 40)
    assert await total(house, early) == 9000
    assert await total(house, late) == 4500 + 9000 + 9000 + 3000
    for buyer in (early, late):
        assert isinstance(await house.buy(buyer), Bought)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_zones_stay_until_they_are_painted_anew(house: House) -> None:
    knows_at_once(house)
    await changed(house, {}, zones=GOLDEN)
    wrong = await asked(house, {"floor": 21})
    assert isinstance(wrong, list)
    assert [each.message for each in wrong] == ["name all that is sold, and lack Golden"]
    dearer = await changed(house, {"golden": 100})
    assert (dearer.number, list(dearer.zones)) == (3, ["golden"])
    in_zone = await house.buyer_holding(3)
    assert await total(house, in_zone) == 10000
    gone = await changed(house, {}, zones={})
    assert (gone.number, gone.zones) == (4, {})
    assert await total(house, await house.buyer_holding(4)) == 4500
    assert await total(house, in_zone) == 10000
    assert isinstance(await house.buy(in_zone), Bought)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_zones_alone_make_a_new_list(house: House) -> None:
    first = await changed(house, {}, zones=GOLDEN)
    again = await changed(house, {}, zones=GOLDEN)
    other = await changed(house, {}, zones={"golden": {**GOLDEN["golden"], "seats": {"stalls": "A"}}})
    assert (first.number, again.number, other.number) == (2, 2, 3)
    wrong = await asked(house, {}, zones={"golden": {"seats": {"stalls": "Z"}, "price": 3}})
    assert not isinstance(wrong, ListedPrices | Refused)
    assert [each.path for each in wrong] == ["zones.golden.seats.stalls"]


async def test_late_money_gets_seats_of_the_same_zone(house: House) -> None:
    await changed(house, {}, zones=GOLDEN)
    info = await house.engine.catalog.sale_info(house.sale.id)
    assert info is not None
    book = PriceBook(goods_of(info))
    lines = [Line(3, None, "general", 9000)]
    assert equivalents(lines, frozenset({4, 6, 1}), book, 2) == [4]
    assert equivalents(lines, frozenset({6, 1}), book, 2) is None
    assert equivalents([Line(3, None, "general", 4500)], frozenset({6, 1}), book, 1) == [1]
