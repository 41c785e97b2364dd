"""A buyer's own orders in all sales: what is to come, soonest first; what is past, latest first; nobody else's."""

from collections.abc import Callable

import pytest

from engine.engine import Engine
from engine.ids import new_buyer
from engine.orders import Bought, OwnOrders, OwnPage
from engine.orders.pages import read_own_cursor
from engine.refusals import Code, Refused
from tests.orders.house import House, open_house

DECLINED = "4000000000000002"
OF_SALE = "FROM sale WHERE event.id = sale.event_id AND sale.id = $1"
STARTS = f"UPDATE event SET starts_at = now() + make_interval(hours => $2) {OF_SALE}"
ENDS = f"UPDATE event SET ends_at = starts_at + make_interval(hours => $2) {OF_SALE}"


class Sales:
    """Sales of events at chosen hours from now."""

    def __init__(self, engine: Engine, fresh: Callable[[], str]) -> None:
        self.engine = engine
        self._fresh = fresh

    async def at(self, hours: int, lasts: int | None = None) -> House:
        house = await open_house(self.engine, self._fresh())
        await self.engine.db.execute(STARTS, house.sale.id, hours)
        if lasts is not None:
            await self.engine.db.execute(ENDS, house.sale.id, lasts)
        return house


@pytest.fixture
def sales(engine: Engine, fresh_sale_id: Callable[[], str]) -> Sales:
    return Sales(engine, fresh_sale_id)


async def buy(house: House, buyer: str, seat: int, order: str = "one") -> str:
    await house.fill(buyer, [seat], {})
    bought = await house.buy(buyer, order=order)
    assert isinstance(bought, Bought), bought
    return bought.order.code


async def codes(engine: Engine, buyer: str, which: OwnOrders, limit: int = 50) -> list[str]:
    """All of them, page by page."""
    found: list[str] = []
    after = None
    while True:
        page = await engine.orders.own([buyer], which, after, limit)
        assert isinstance(page, OwnPage)
        assert len(page.items) <= limit
        found += [order.code for order in page.items]
        after = page.next
        if after is None:
            return found


async def test_what_comes_next_is_first_and_what_was_last_is_first_of_the_past(engine: Engine, sales: Sales) -> None:
    buyer = new_buyer()
    hours = (50, -30, 2, -9)
    by_hours = {each: await buy(await sales.at(each), buyer, 3) for each in hours}
    for limit in (1, 3, 50):
        assert await codes(engine, buyer, OwnOrders.UPCOMING, limit) == [by_hours[2], by_hours[50]]
        assert await codes(engine, buyer, OwnOrders.PAST, limit) == [by_hours[-9], by_hours[-30]]


async def test_an_event_that_runs_is_still_to_come(engine: Engine, sales: Sales) -> None:
    buyer = new_buyer()
    running = await buy(await sales.at(-9, lasts=10), buyer, 3)
    unknown = await buy(await sales.at(-2), buyer, 3)
    over = await buy(await sales.at(-2, lasts=1), buyer, 3)
    assert await codes(engine, buyer, OwnOrders.UPCOMING) == [running, unknown]
    assert await codes(engine, buyer, OwnOrders.PAST) == [over]


async def test_two_orders_of_one_sale_come_as_they_were_placed(engine: Engine, sales: Sales) -> None:
    buyer, house = new_buyer(), await sales.at(5)
    placed = [await buy(house, buyer, seat, f"order-{seat}") for seat in (3, 4, 5)]
    for limit in (1, 2, 50):
        assert await codes(engine, buyer, OwnOrders.UPCOMING, limit) == placed


async def test_nobody_sees_the_orders_of_somebody_else(engine: Engine, sales: Sales) -> None:
    ana, leo, house = new_buyer(), new_buyer(), await sales.at(5)
    hers, his = await buy(house, ana, 3), await buy(house, leo, 4)
    assert await codes(engine, ana, OwnOrders.UPCOMING) == [hers]
    assert await codes(engine, leo, OwnOrders.UPCOMING) == [his]
    assert await codes(engine, new_buyer(), OwnOrders.UPCOMING) == []


async def test_a_cursor_says_where_to_go_on_and_not_whose_orders(engine: Engine, sales: Sales) -> None:
    ana, leo = new_buyer(), new_buyer()
    soon, later = await sales.at(5), await sales.at(9)
    for seat, house in enumerate((soon, later)):
        await buy(house, ana, seat)
    his = await buy(later, leo, 7)
    first = await engine.orders.own([ana], OwnOrders.UPCOMING, None, 1)
    assert isinstance(first, OwnPage)
    theirs = await engine.orders.own([leo], OwnOrders.UPCOMING, first.next, 50)
    assert isinstance(theirs, OwnPage)
    assert [order.code for order in theirs.items] == [his]


async def test_what_came_to_nothing_is_not_listed(engine: Engine, sales: Sales) -> None:
    buyer, house = new_buyer(), await sales.at(5)
    await house.fill(buyer, [3], {})
    assert isinstance(await house.buy(buyer, DECLINED, order="first"), Refused)
    assert await codes(engine, buyer, OwnOrders.UPCOMING) == []
    bought = await house.buy(buyer, order="second")
    assert isinstance(bought, Bought)
    assert await codes(engine, buyer, OwnOrders.UPCOMING) == [bought.order.code]


@pytest.mark.parametrize("cursor", ["", "AAAA", "W10", "WzEsMl0", "é", "WzFlOTksMSwiYSIsImIiXQ"])
async def test_a_cursor_that_is_none_of_ours_is_refused(engine: Engine, cursor: str) -> None:
    assert read_own_cursor(cursor) is None
    refused = await engine.orders.own([new_buyer()], OwnOrders.PAST, cursor)
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID
