"""By which links the buyer of an order came: kept with it, whatever becomes of it, and counted for each link."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from engine.audit import Act
from engine.context import Told
from engine.links import CameBy, LinkView, Source
from engine.orders import Bought, BroughtBy, CartChange, Contact, Purchase
from engine.orders.known import known_of
from engine.payments import Captured, Declined, PaymentNews
from engine.refusals import Refused, accept
from tests.orders.house import House, card

UNKNOWN_FOR_EVER = "4000000000000143"
DECLINES = "4000000000000002"
CARTS = "SELECT count(*) FROM cart_source WHERE sale_id = $1"
ROWS = "SELECT count(*) FROM order_source WHERE sale_id = $1"


async def came_by(house: House, name: str, organizer: str | None = None) -> CameBy:
    made = await house.engine.links.make(Act(organizer or house.organizer, "test"), name, name, None)
    assert isinstance(made, LinkView), made
    return CameBy(made.id, made.name)


async def source(house: House) -> Source:
    return Source(await came_by(house, "poster"), await came_by(house, "radio"))


async def buy(
    house: House, buyer: str, source: Source | None, *, order: str = "one", number: str = "4242424242424242"
) -> Bought | Refused:
    return await house.engine.orders.purchase(Purchase(house.sale.id, buyer, order, card(number), source=source))


async def test_an_order_keeps_first_and_last(house: House) -> None:
    came = await source(house)
    bought = accept(await buy(house, await house.buyer_holding(0), came))
    read = await house.engine.orders.one(house.sale.id, bought.order.id)
    assert read is not None
    assert bought.order.source == read.source == came
    assert read.listed(in_full=False)["source"] == {"first": "poster", "last": "radio"}
    assert "source" not in read.wire(), "buyers are not told what we call our posters"


async def test_who_came_by_no_link_leaves_no_row(house: House) -> None:
    bought = accept(await buy(house, await house.buyer_holding(0), None))
    assert bought.order.source is None
    assert bought.order.listed(in_full=True)["source"] is None
    assert await house.engine.db.fetchval(ROWS, house.sale.id) == 0


async def test_it_is_kept_through_a_decline_and_the_order_after_it(house: House) -> None:
    came, buyer = await source(house), await house.buyer_holding(0)
    assert isinstance(await buy(house, buyer, came, number=DECLINES), Refused)
    paid = accept(await buy(house, buyer, came, order="two"))
    assert paid.order.source == came
    assert await house.engine.db.fetchval(ROWS, house.sale.id) == 2
    brought = await house.engine.orders.brought_by([came.first.link, came.last.link])
    assert brought == {
        came.first.link: BroughtBy(orders_first=1),
        came.last.link: BroughtBy(orders=1, taken={"EUR": 4500}),
    }, "what failed counts for nothing"


async def test_it_is_kept_by_an_order_whose_money_comes_later(house: House) -> None:
    came, buyer = await source(house), await house.buyer_holding(0)
    assert isinstance(await buy(house, buyer, came, number=UNKNOWN_FOR_EVER), Refused)
    order: str = await house.engine.db.fetchval("SELECT id FROM orders WHERE sale_id = $1", house.sale.id)
    assert await house.engine.orders.brought_by([came.last.link]) == {}
    await house.engine.orders.payment_answered(PaymentNews(house.sale.id, order, Captured(4500, "later")))
    read = await house.engine.orders.one(house.sale.id, order)
    assert read is not None
    assert read.source == came
    assert (await house.engine.orders.brought_by([came.last.link]))[came.last.link].taken == {"EUR": 4500}


async def test_it_stays_when_money_comes_after_a_decline(house: House) -> None:
    came, buyer = await source(house), await house.buyer_holding(0)
    assert isinstance(await buy(house, buyer, came, number=UNKNOWN_FOR_EVER), Refused)
    order: str = await house.engine.db.fetchval("SELECT id FROM orders WHERE sale_id = $1", house.sale.id)
    for outcome in (Declined("card_declined"), Captured(4500, "late")):
        await house.engine.orders.payment_answered(PaymentNews(house.sale.id, order, outcome))
    assert await house.state_of(order) == "paid"
    read = await house.engine.orders.one(house.sale.id, order)
    assert read is not None
    assert read.source == came


async def test_repeating_an_order_writes_and_changes_nothing(house: House) -> None:
    came, buyer = await source(house), await house.buyer_holding(0)
    accept(await buy(house, buyer, came))
    again = accept(await buy(house, buyer, replace(came, first=came.last)))
    assert again.again
    assert again.order.source == came
    assert await house.engine.db.fetchval(ROWS, house.sale.id) == 1


async def test_a_link_of_another_organizer_is_not_written(house: House) -> None:
    neighbour = await house.engine.access.create_organizer("Sala Sur")
    theirs, own = await came_by(house, "poster", neighbour), await came_by(house, "poster")
    for seat, wrong in enumerate((Source(theirs, theirs), Source(theirs, own), Source(own, theirs))):
        bought = accept(await buy(house, await house.buyer_holding(seat), wrong))
        read = await house.engine.orders.one(house.sale.id, bought.order.id)
        assert read is not None
        assert read.source is None
    assert await house.engine.orders.brought_by([theirs.link, own.link]) == {}


async def test_the_buyer_is_told_by_which_links_they_came(house: House) -> None:
    """When they ask for all that is known of them."""
    buyer = await house.buyer_holding(0)
    accept(await buy(house, buyer, await source(house)))
    asked = Told(organizer_id=house.organizer, people=(), buyers=(buyer,), linked=(buyer,))
    async with house.engine.db.acquire() as connection:
        orders = (await known_of(connection, house.engine.vault, asked))[0]
    assert [(row["came_first_by"], row["came_last_by"]) for row in orders.rows] == [("poster", "radio")]


# ── carts ──


async def fill_in(house: House, buyer: str, source: Source | None, name: str = "Ana Núñez") -> None:
    change = CartChange(contact=Contact(name=name, email="ana@example.org"), source=source)
    accept(await house.engine.orders.change_cart(house.sale.id, buyer, change))


async def test_a_cart_keeps_first_and_last_once_it_is_filled_in(house: House) -> None:
    poster, radio = await came_by(house, "poster"), await came_by(house, "radio")
    buyer, other = await house.buyer_holding(0), await house.buyer_holding(1)
    await fill_in(house, other, None)
    assert await house.engine.db.fetchval(CARTS, house.sale.id) == 0, "nobody knows how they came"
    await fill_in(house, buyer, Source(poster, poster))
    await fill_in(house, buyer, Source(radio, radio), "Ana")
    await fill_in(house, buyer, None, "Ana N.")
    row = await house.engine.db.fetchrow("SELECT * FROM cart_source WHERE sale_id = $1", house.sale.id)
    assert (row["first_link"], row["last_link"]) == (poster.link, radio.link)
    assert await house.engine.orders.brought_by([poster.link, radio.link]) == {radio.link: BroughtBy(carts=1)}


async def test_many_who_fill_in_at_once_are_counted_each(house: House) -> None:
    came = await source(house)
    buyers = [await house.buyer_holding(seat) for seat in range(6)]
    await asyncio.gather(*(fill_in(house, buyer, came) for buyer in buyers for _ in range(3)))
    assert (await house.engine.orders.brought_by([came.last.link]))[came.last.link].carts == len(buyers)


async def test_a_cart_keeps_no_link_of_another_organizer(house: House) -> None:
    neighbour = await house.engine.access.create_organizer("Sala Sur")
    theirs, own = await came_by(house, "poster", neighbour), await came_by(house, "poster")
    for seat, wrong in enumerate((Source(theirs, theirs), Source(theirs, own), Source(own, theirs))):
        await fill_in(house, await house.buyer_holding(seat), wrong)
    assert await house.engine.db.fetchval(CARTS, house.sale.id) == 0


async def test_it_goes_with_its_cart(house: House) -> None:
    await fill_in(house, await house.buyer_holding(0), await source(house))
    await house.engine.db.execute("DELETE FROM cart WHERE sale_id = $1", house.sale.id)
    assert await house.engine.db.fetchval(CARTS, house.sale.id) == 0
