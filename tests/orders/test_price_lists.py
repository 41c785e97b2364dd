"""Prices changed while a sale is on: each cart pays what it saw when it was opened, whoever prices it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from engine.audit import Act, Actor
from engine.catalog import ListedPrices
from engine.catalog.model import RoomPlan, SaleState
from engine.engine import Engine
from engine.onsale.model import Held, SeatsHold
from engine.orders import Bought, CartChange, CartView, Orders, Purchase, Step
from engine.payments import Sandbox
from engine.refusals import Code, Refused
from engine.stores.keys import SALE_KEYS, sale_keys
from engine.verify import verify
from tests.orders.house import House, card, open_house
from tests.orders.prices import AT_FIRST, asked, changed, knows_at_once

CARTS = 200
NEW_SALE = {
    "event": "Son",
    "starts": "in 9 days",
    "zone": "UTC",
    "currency": "EUR",
    "opens": "now",
    "pools": {"floor": {"capacity": 9, "price": 20}},
}
DEAR = {"floor": 35, "circle": 50, "stalls": {"general": 60, "half": 30}}


async def view(house: House, buyer: str) -> CartView:
    seen = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert isinstance(seen, CartView), seen
    return seen


async def orders(house: House) -> Counter[tuple[int, int]]:
    """How many orders of each list and total."""
    rows = await house.engine.db.fetch("SELECT price_list, total FROM orders WHERE sale_id = $1", house.sale.id)
    return Counter((row["price_list"], row["total"]) for row in rows)


async def test_open_carts_pay_what_they_saw_and_new_ones_the_new_price(house: House) -> None:
    knows_at_once(house)
    await house.engine.db.execute("UPDATE sale SET room = NULL WHERE id = $1", house.sale.id)
    await house.engine.db.execute("UPDATE pool SET capacity = 1000 WHERE sale_id = $1", house.sale.id)
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    await house.engine.keeper.rebuild(house.sale.id, snapshot.epoch)
    await house.sale.set_state(SaleState.OPEN)
    early = await asyncio.gather(*(house.buyer_holding(units={"floor": 1}) for _ in range(CARTS)))
    assert (await changed(house, DEAR)).number == 2
    late = await asyncio.gather(*(house.buyer_holding(units={"floor": 1}) for _ in range(20)))
    answers = await asyncio.gather(*(house.buy(buyer) for buyer in [*early, *late]))
    assert all(isinstance(answer, Bought) for answer in answers)
    assert await orders(house) == {(1, 2000): CARTS, (2, 3500): 20}
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_what_is_added_later_costs_what_the_cart_began_with(house: House) -> None:
    knows_at_once(house)
    buyer = await house.buyer_holding(1, ready=False)
    await changed(house, DEAR)
    assert isinstance(await house.sale.hold(SeatsHold(buyer, "later", (2, 41))), Held)
    assert ((await view(house, buyer)).total, (await view(house, buyer)).list) == (4500 + 4500 + 3000, 1)
    assert ((await view(house, await house.buyer_holding(3))).total) == 6000


async def test_a_type_taken_off_sale_stays_with_the_carts_that_have_it(house: House) -> None:
    knows_at_once(house)
    buyer = await house.buyer_holding(1)
    half = CartChange(types={"seat:1": "half"})
    assert isinstance(await house.engine.orders.change_cart(house.sale.id, buyer, half), CartView)
    await changed(house, {"stalls": {"general": 45}})
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    assert bought.order.total == 2250
    later = await house.buyer_holding(2)
    seen = await house.engine.orders.change_cart(house.sale.id, later, CartChange(types={"seat:2": "half"}))
    assert isinstance(seen, CartView)
    assert ([issue.code for issue in seen.issues], seen.total) == (["type_unknown"], 4500)


async def test_a_type_may_be_added(house: House) -> None:
    knows_at_once(house)
    made = await changed(house, {"floor": {"general": 20, "Mecenas": 99}}, ticket_types={"Mecenas": "Mecenas"})
    assert made.prices["floor"] == {"general": 2000, "mecenas": 9900}
    info = await house.engine.catalog.sale_info(house.sale.id)
    assert info is not None
    assert list(info.types) == ["general", "half", "mecenas"]
    buyer = await house.buyer_holding(units={"floor": 2})
    patron = CartChange(types={"pool:floor": {"mecenas": 1}})
    seen = await house.engine.orders.change_cart(house.sale.id, buyer, patron)
    assert isinstance(seen, CartView)
    assert seen.total == 11900


async def test_a_total_the_buyer_did_not_see_is_not_charged(house: House) -> None:
    buyer = await house.buyer_holding(1)
    wanted = Purchase(house.sale.id, buyer, "one", card(), total=4400)
    assert await house.engine.orders.purchase(wanted) == Refused(Code.PRICE_CHANGED, {"total": 4500})
    assert ((await house.cart(buyer)).state, await house.count("charges")) == ("open", 0)
    again = Purchase(house.sale.id, buyer, "one", card(), total=4500)
    assert isinstance(await house.engine.orders.purchase(again), Bought)


async def test_a_process_that_knows_old_prices_only_sells_nothing_at_them(house: House) -> None:
    """A list begins too far ahead for this; should it be after all, the order is refused as it is placed."""
    await house.buyer_holding(1)  # now the process knows the prices
    await changed(house, DEAR)
    buyer = await house.buyer_holding(2)
    assert (await view(house, buyer)).total == 4500
    assert await house.buy(buyer) == Refused(Code.PRICE_CHANGED, {"total": 6000})
    assert ((await house.cart(buyer)).state, await house.count("charges")) == ("open", 0)
    assert (await view(house, buyer)).total == 6000
    assert isinstance(await house.buy(buyer), Bought)
    assert await orders(house) == {(2, 6000): 1}


async def test_a_change_that_races_purchases_charges_nobody_another_price(house: House) -> None:
    knows_at_once(house)
    buyers = await asyncio.gather(*(house.buyer_holding(seat) for seat in range(20)))

    async def comes(seat: int) -> Bought | Refused:
        return await house.buy(await house.buyer_holding(seat))

    tasks = [asyncio.create_task(house.buy(buyer)) for buyer in buyers[:10]]
    change = asyncio.create_task(asked(house, DEAR))
    tasks += [asyncio.create_task(comes(seat)) for seat in range(20, 40)]
    tasks += [asyncio.create_task(house.buy(buyer)) for buyer in buyers[10:]]
    assert isinstance(await change, ListedPrices)
    for answer in await asyncio.gather(*tasks):
        assert isinstance(answer, Bought) or answer.code is Code.PRICE_CHANGED, answer
    assert await verify(house.engine, house.sale.id, grace_s=0) == []
    for buyer in buyers:
        mine = await house.engine.orders.of_buyer(house.sale.id, buyer)
        assert [order.total for order in mine] == [4500]


async def test_two_members_at_once_make_a_list_each_or_the_second_looks_again(house: House) -> None:
    made = await asyncio.gather(asked(house, {"floor": 21}), asked(house, {"floor": 22}))
    assert sorted(each.number for each in made if isinstance(each, ListedPrices)) == [2, 3]
    both = await asyncio.gather(asked(house, {"floor": 23}, list=3), asked(house, {"floor": 24}, list=3))
    assert [each for each in both if isinstance(each, Refused)] == [Refused(Code.CHANGED_MEANWHILE)]
    lists = await house.engine.catalog.price_lists.of(house.organizer, house.sale.id)
    assert not isinstance(lists, Refused)
    assert [each.number for each in lists] == [4, 3, 2, 1]
    assert [each.made_by for each in lists] == ["test", "test", "test", ""]
    assert sorted({each.valid_from_ms for each in lists}, reverse=True) == [each.valid_from_ms for each in lists]


async def test_the_same_prices_again_are_the_same_list(house: House) -> None:
    first, again = await changed(house, DEAR), await changed(house, DEAR)
    assert (first.number, again.number) == (2, 2)


@pytest.mark.parametrize(
    ("prices", "path", "message"),
    [
        ({"stals": 3}, "prices.stals", "is not a section or pool of this sale; did you mean stalls?"),
        ({"stalls": {"hlaf": 3}}, "prices.stalls.hlaf", "is not one of the ticket types; did you mean half?"),
        ({"floor": "1.005"}, "prices.floor", "has more decimals than EUR allows (2 decimals)"),
        ({"floor": -1}, "prices.floor", "must be 0 or more"),
        ({"floor": {}}, "prices.floor", None),
        ({"Floor": 3}, "prices.Floor", "is Floor, which has its prices already"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_changes(
    house: House, prices: Mapping[str, Any], path: str, message: str | None
) -> None:
    wrong = await asked(house, prices)
    assert isinstance(wrong, list), wrong
    assert path in [each.path for each in wrong], wrong
    assert message is None or message in [each.message for each in wrong], wrong
    assert await house.engine.db.fetchval("SELECT count(*) FROM price_list WHERE sale_id = $1", house.sale.id) == 0


async def test_all_that_is_sold_is_named(house: House) -> None:
    lists = house.engine.catalog.price_lists
    few = {"prices": {each: price for each, price in AT_FIRST.items() if each not in ("circle", "gift")}}
    wrong = await lists.change(Act(house.organizer, "test"), house.sale.id, few)
    assert isinstance(wrong, list)
    assert [(each.path, each.message) for each in wrong] == [("prices", "name all that is sold, and lack Circle, Gift")]


async def test_prices_of_a_sale_that_is_over_or_of_others_do_not_change(house: House) -> None:
    by = Act(await house.engine.access.create_organizer("Sala Sur"), "test")
    lists = house.engine.catalog.price_lists
    assert await lists.change(by, house.sale.id, {"prices": AT_FIRST}) == Refused(Code.UNKNOWN_SALE)
    assert await lists.of(by.organizer_id, house.sale.id) == Refused(Code.UNKNOWN_SALE)
    await house.engine.catalog.close_early(Act(house.organizer, "test"), house.sale.id)
    assert await asked(house, DEAR) == Refused(Code.SALE_CLOSED)


@asynccontextmanager
async def not_had(engine: Engine, step: str) -> AsyncIterator[None]:
    """As if an older release might run beside this one still."""
    async with engine.db.acquire() as connection:
        row = await connection.fetchrow("SELECT * FROM schema_step WHERE name LIKE '%' || $1", step)
        assert row is not None
        await connection.execute("DELETE FROM schema_step WHERE number = $1", row["number"])
        try:
            yield
        finally:
            names = ", ".join(row.keys())
            places = ", ".join(f"${at}" for at in range(1, len(row) + 1))
            await connection.execute(f"INSERT INTO schema_step ({names}) VALUES ({places})", *row.values())


async def test_prices_stay_while_an_older_release_may_run(engine: Engine, sale_id: str) -> None:
    house = await open_house(engine, sale_id)
    async with not_had(engine, "carts_by_price_list"):
        wrong = await asked(house, DEAR)
    assert isinstance(wrong, list)
    assert "aforo db apply --contract" in wrong[0].message


async def test_fees_wait_while_an_older_release_may_run(engine: Engine, sale_id: str) -> None:
    """It would ask for the prices alone."""
    house = await open_house(engine, sale_id)
    lists, act = house.engine.catalog.price_lists, Act(house.organizer, "test")
    async with not_had(engine, "prices_with_dues"):
        wrong = await lists.change(
            act, house.sale.id, {"prices": {**AT_FIRST, **DEAR}, "taxes": {}, "fees": {"Service": 1}}
        )
        none = await lists.change(act, house.sale.id, {"prices": {**AT_FIRST, **DEAR}, "taxes": {}, "fees": {}})
        sale = await engine.catalog.create_sale(act, {**NEW_SALE, "taxes": {"IVA": 10}})
    assert isinstance(wrong, list)
    assert [(each.path, "aforo db apply --contract" in each.message) for each in wrong] == [("fees", True)]
    assert isinstance(none, ListedPrices)
    assert isinstance(sale, list)
    assert [(each.path, "aforo db apply --contract" in each.message) for each in sale] == [("taxes", True)]


async def test_a_paying_cart_that_redis_lost_keeps_its_list(house: House) -> None:
    """Should its payment fail after the rebuild, it is open again, and costs what it did."""
    engine = house.engine

    def die(step: Step) -> None:
        if step is Step.PLACED:
            raise ConnectionAbortedError

    dying = Orders(
        db=engine.db,
        onsale=engine.onsale,
        read_sale=engine.catalog.sale_info,
        vault=engine.vault,
        kind_of=engine.catalog.kinds.of,
        bring=engine.catalog.allocations.bring,
        meeting=engine.orders.meeting,
        own_credit=engine.orders.own_credit,
        signer=engine.signer,
        sealer=engine.sealer,
        provider=Sandbox(engine.db),
        at_step=die,
    )
    knows_at_once(house)
    buyer = await house.buyer_holding(1)
    before = await house.cart(buyer)
    with pytest.raises(ConnectionAbortedError):
        await dying.purchase(Purchase(house.sale.id, buyer, "one", card()))
    await changed(house, DEAR)
    await engine.redis.delete(*sale_keys(house.sale.id, *(name for name in SALE_KEYS if name != "feed")))
    await engine.keeper.rebuild(house.sale.id)
    after = await house.cart(buyer)
    assert (after.state, after.id, after.opened_at_ms) == ("locked", before.id, before.opened_at_ms)
    assert ((await view(house, buyer)).total, (await view(house, buyer)).list) == (4500, 1)
    await engine.orders.finish(order_after_s=0.0, cart_after_ms=0.0, abandon_after_s=0.0)


async def test_a_rehearsal_has_the_lists_of_its_sale(house: House) -> None:
    await changed(house, DEAR)
    shadow = await house.engine.rehearsals.make(Actor("test"), house.sale.id, RoomPlan(10, 1_000, 10))
    assert shadow is not None
    real, copied = [await house.engine.catalog.sale_info(each) for each in (house.sale.id, shadow)]
    assert real is not None
    assert copied is not None
    assert (copied.lists, len(copied.lists)) == (real.lists, 2)
    await house.engine.rehearsals.remove(shadow)


async def test_watchers_hear_of_a_new_list_and_a_rebuild_remembers_it(house: House) -> None:
    made = await asked(house, DEAR, ahead_ms=60_000)
    assert isinstance(made, ListedPrices)
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    assert (snapshot.room.list, snapshot.room.list_from_ms) == (2, made.valid_from_ms)
    await house.engine.keeper.rebuild(house.sale.id, snapshot.epoch)
    again = await house.sale.snapshot()
    assert not isinstance(again, Refused)
    assert (again.room.list, again.room.list_from_ms) == (2, made.valid_from_ms)
