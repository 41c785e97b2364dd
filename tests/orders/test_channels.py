"""By which channel an order was sold: buyers' orders are online, and no other is without whoever made it."""

import asyncpg
import pytest

from engine.ids import new_buyer, new_id
from engine.orders import Bought, Channel, Making, Purchase, Tender
from engine.refusals import accept
from tests.orders.house import House

OF_ANOTHER = """
INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code, channel, issuer)
VALUES ($1, $2, 'cart', $3, 'failed', 0, 'EUR', $2, $4, $5)
"""


async def listed(house: House, channel: Channel | None) -> list[str]:
    """Their ids, read page by page."""
    found: list[str] = []
    after = None
    while True:
        page = accept(await house.engine.orders.page(house.organizer, house.sale.id, after, 1, channel=channel))
        found += [each.id for each in page.items]
        if page.next is None:
            return found
        after = page.next


async def write(house: House, channel: str, issuer: str | None) -> str:
    order = new_id("ord")
    await house.engine.db.execute(OF_ANOTHER, house.sale.id, order, new_buyer(), channel, issuer)
    return order


async def test_what_a_buyer_buys_is_online(house: House) -> None:
    bought = await house.buy(await house.buyer_holding(0))
    assert isinstance(bought, Bought)
    assert bought.order.making == Making(Channel.ONLINE, None, Tender.CARD)
    read = await house.engine.orders.one(house.sale.id, bought.order.id)
    assert read is not None
    assert read.making == bought.order.making


async def test_what_costs_nothing_is_paid_in_nothing(house: House) -> None:
    buyer = await house.buyer_holding(units={"gift": 1})
    bought = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", None))
    assert isinstance(bought, Bought)
    assert bought.order.making.tender is Tender.NONE


async def test_orders_are_listed_by_channel(house: House) -> None:
    online = [accept(await house.buy(await house.buyer_holding(seat))).order.id for seat in (0, 1)]
    office = [await write(house, "office", "mem") for _ in range(2)]
    group = await write(house, "group", "mem")
    assert await listed(house, Channel.ONLINE) == online
    assert await listed(house, Channel.OFFICE) == office
    assert await listed(house, Channel.GROUP) == [group]
    assert await listed(house, Channel.COMPLIMENTARY) == []
    assert await listed(house, None) == [*online, *office, group]


@pytest.mark.parametrize(("channel", "issuer"), [("office", None), ("online", "mem"), ("kiosk", "mem")])
async def test_an_order_has_an_issuer_unless_its_buyer_made_it(house: House, channel: str, issuer: str | None) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await write(house, channel, issuer)
