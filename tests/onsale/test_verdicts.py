"""Words that scripts of a sale answer, each from the sale or the cart that makes them answer it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.catalog.model import Entry, EntryRule, PoolPlan, RoomPlan, SaleState
from engine.ids import new_buyer
from engine.onsale import Onsale
from engine.onsale.calls import BATCH_KEYS
from engine.onsale.model import (
    BestHold,
    Brought,
    Cart,
    Held,
    PoolHold,
    Release,
    Released,
    SeatsHold,
    Snapshot,
    Uncounted,
)
from engine.refusals import Code, Refused
from tests.onsale.conftest import OpenSale
from tests.onsale.plans import plan_of

FLOOR = (PoolPlan("floor", "Floor", 10),)
ROOM = RoomPlan(shoppers_max=2, claim_ms=60_000, per_second_max=100)
BUYER = "b" * 16
ITEMS: dict[str, tuple[Any, ...]] = {
    "seats_hold": (BUYER, "h1", (3,), "cart_1"),
    "seats_best": (BUYER, "h1", (2, ""), "cart_1"),
    "pool_take": (BUYER, "h1", ("floor", 1), "cart_1"),
    "cart_open": (BUYER, "cart_1", -1, -1, (1,)),
    "cart_issue": (BUYER, "cart_1", 0),
    "cart_read": (BUYER,),
    "cart_touch": (BUYER,),
    "cart_release": (BUYER, "r1", ((3,), ())),
    "cart_types": (BUYER, "cart_1", "", ("half", 1)),
    "cart_show": (BUYER, "cart_1", "friends"),
    "cart_lock": (BUYER, "o1"),
    "cart_unlock": (BUYER, "o1"),
    "cart_sell": (BUYER, "o1", 1_000, (3,), (), ()),
    "order_free": (BUYER, "o1", 1, 0, 0, (3,), (), ()),
    "order_reserve": (BUYER, "o1", (3,), (), ()),
    "order_release": (BUYER, "o1"),
    "cart_end": (BUYER, -1, -1),
    "carts_expire": (),
    "room_join": (BUYER, -1, -1, 0, (1,)),
    "room_draw": (),
    "room_open": ("00", 1, "", 0),
    "room_admit": (10, "0.00", 0),
    "sale_set": ("open", ["scheduled"], None),
    "stock_change": (1, 1, (3,), (), 0),
    "sale_viewers": ("process", 3, 15_000),
}


@pytest.mark.parametrize("name", sorted(BATCH_KEYS))
async def test_of_a_sale_that_is_not_there_every_script_says_so(onsale: Onsale, sale_id: str, name: str) -> None:
    verdict = await onsale.calls(sale_id).ask(name, ITEMS[name])
    assert not isinstance(verdict, Refused)
    assert verdict[0] == "lost"
    assert await onsale.client.exists(*onsale.calls(sale_id).keys.every()) == 0


async def test_settings_make_no_sale(onsale: Onsale, sale_id: str) -> None:
    assert await onsale.update(plan_of(sale_id)) is False
    assert await onsale.client.exists(*onsale.calls(sale_id).keys.every()) == 0


async def test_a_sale_that_is_not_open_lets_nobody_hold(onsale: Onsale, sale_id: str) -> None:
    await onsale.publish(plan_of(sale_id, pools=FLOOR))
    sale = onsale.sale(sale_id)
    for states, code in [
        ((), Code.SALE_NOT_OPEN),
        ((SaleState.OPEN, SaleState.PAUSED), Code.SALE_PAUSED),
        ((SaleState.CLOSED,), Code.SALE_CLOSED),
    ]:
        for state in states:
            assert await sale.set_state(state)
        for hold in (SeatsHold(BUYER, "h1", (3,)), BestHold(BUYER, "h2", 2), PoolHold(BUYER, "h3", "floor", 1)):
            assert await sale.hold(hold) == Refused(code)
        assert await sale.enter(BUYER) == Refused(code)
    assert await onsale.calls(sale_id).ask("room_open", ("00", 0, "", 0)) == ["kept", "closed"]


async def test_what_a_cart_is_needed_for(onsale: Onsale, open_sale: OpenSale) -> None:
    sale, buyer = await open_sale(pools=FLOOR, room=ROOM), new_buyer()

    async def refused_as(code: Code) -> None:
        for hold in (SeatsHold(buyer, "h1", (3,)), BestHold(buyer, "h2", 2), PoolHold(buyer, "h3", "floor", 1)):
            assert await sale.hold(hold) == Refused(code)
        assert await sale.release(Release(buyer, "r1")) == Refused(code)
        assert await sale.lock(buyer, "o1") == Refused(code)

    await refused_as(Code.NO_CART)
    assert await sale.unlock(buyer, "o1") == Refused(Code.NO_CART)
    await sale.join(buyer)
    await onsale.calls(sale.id).ask("room_admit", (10, "0.00", 0))
    assert isinstance(await sale.enter(buyer), Cart)
    assert isinstance(await sale.hold(SeatsHold(buyer, "h0", (3,))), Held)
    assert isinstance(await sale.lock(buyer, "o0"), Cart)
    await refused_as(Code.CART_LOCKED)
    assert await sale.leave(buyer) == Refused(Code.CART_LOCKED)
    assert await sale.unlock(buyer, "o1") == Refused(Code.CART_LOCKED)
    assert isinstance(await sale.unlock(buyer, "o0"), Cart)
    assert await sale.leave(buyer) is None
    await refused_as(Code.CART_ENDED)


async def test_an_id_means_one_thing(open_sale: OpenSale) -> None:
    sale, buyer = await open_sale(pools=FLOOR), new_buyer()
    assert isinstance(await sale.hold(PoolHold(buyer, "h1", "floor", 2)), Held)
    assert await sale.hold(PoolHold(buyer, "h1", "floor", 3)) == Refused(Code.CONFLICT)
    assert isinstance(await sale.release(Release(buyer, "r1", units={"floor": 1})), Released)
    assert await sale.release(Release(buyer, "r1", units={"floor": 2})) == Refused(Code.CONFLICT)


async def test_nothing_is_sold_that_is_not_there(open_sale: OpenSale) -> None:
    sale = await open_sale(pools=FLOOR)
    assert await sale.sell(BUYER, "o1", 1_000, (999,), {}) == Refused(Code.UNKNOWN_SEAT, {"seats": [999]})
    assert await sale.sell(BUYER, "o1", 1_000, (), {"loft": 1}) == Refused(Code.UNKNOWN_POOL)


async def test_who_watches_is_counted_by_process(onsale: Onsale, open_sale: OpenSale) -> None:
    sale = await open_sale()
    await sale.report_viewers("one", 3)
    await sale.report_viewers("two", 4)
    await sale.report_viewers("one", 5)
    snapshot = await sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    assert snapshot.counters.viewers == 9


@pytest.mark.parametrize(
    ("rule", "brought", "code"),
    [
        (EntryRule.CHALLENGE, Brought(), Code.CHALLENGE_NEEDED),
        (EntryRule.CONTACT, Brought(), Code.CONTACT_NEEDED),
        (EntryRule.ACCOUNT, Brought(contact=True), Code.ACCOUNT_NEEDED),
        (EntryRule.SEGMENT, Brought(account=True), Code.ACCOUNT_NEEDED),
        (EntryRule.SEGMENT, Brought(segments=("seg_1",)), Code.ACCOUNT_NEEDED),
        (EntryRule.SEGMENT, Brought(account=True, segments=("seg_2", "seg_3")), Code.NOT_IN_SEGMENT),
        (EntryRule.SEGMENT, Brought(account=True, segments=()), Code.NOT_IN_SEGMENT),
        (EntryRule.CODE, Brought(), Code.ENTRY_CODE_NEEDED),
        (EntryRule.CODE, Brought(code="another"), Code.ENTRY_CODE_WRONG),
    ],
)
async def test_what_entering_costs(onsale: Onsale, sale_id: str, rule: EntryRule, brought: Brought, code: Code) -> None:
    """A place where there is a room, and else a cart."""
    entry, places = Entry(rule, ("the mark",) if rule is EntryRule.CODE else (), "seg_1"), f"{sale_id}-r"
    for plan in (plan_of(sale_id), plan_of(places, room=ROOM)):
        await onsale.publish(replace(plan, entry=entry))
        await onsale.sale(plan.id).set_state(SaleState.OPEN)
    assert await onsale.sale(sale_id).enter(BUYER, brought=brought) == Refused(code)
    assert await onsale.sale(places).join(BUYER, brought=brought) == Refused(code)
    assert await onsale.sale(sale_id).enter_uncounted(BUYER, None) == Uncounted()
