"""A lost reply means that the same batch is sent again: nothing more happens, and the answers are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.catalog.model import PoolPlan, RoomPlan
from engine.ids import new_buyer
from engine.onsale import Onsale, Sale
from engine.onsale.calls import BATCH_KEYS
from engine.onsale.model import NOTHING, Held, PoolHold, SeatsHold
from engine.refusals import Code, Refused
from engine.stores.keys import sale_keys
from engine.stores.scripts import call, pack, script, unpack
from tests.onsale.conftest import HandClock, OpenSale

ROOM = RoomPlan(shoppers_max=10)
FLOOR = (PoolPlan("floor", "Floor", 10), PoolPlan("type:half", "Half", 3))


async def twice(onsale: Onsale, sale: Sale, clock: HandClock, name: str, items: Sequence[Any]) -> Any:
    """Send a batch two times, as after a lost reply; nothing may change between the two."""
    arguments = (pack(items), clock.at_ms)
    keys = sale_keys(sale.id, *BATCH_KEYS[name])
    first = unpack(await call(onsale.client, script(f"onsale/{name}"), keys, arguments))
    between = await sale.snapshot()
    again = unpack(await call(onsale.client, script(f"onsale/{name}"), keys, arguments))
    assert await sale.snapshot() == between
    assert [alike(verdict) for verdict in again] == [alike(verdict) for verdict in first]
    return first


def alike(said: Any) -> Any:
    """A verdict without what a repeat says otherwise: that it is one, and of a cart that it opened none."""
    match said:
        case ["held" | "released" | "joined" | "sold" | "again", *rest]:
            return ["yes", *map(alike, rest)]
        case ["cart", *rest]:
            return ["cart", *rest[:-1]]
        case _:
            return said


async def test_every_command_may_be_sent_twice(open_sale: OpenSale, onsale: Onsale, clock: HandClock) -> None:
    sale = await open_sale(room=ROOM, pools=FLOOR)
    ana, bo, cy = new_buyer(), new_buyer(), new_buyer()
    everybody = [(buyer, -1, -1, 0, NOTHING.packed()) for buyer in (ana, bo, cy)]
    assert [number for _, number, _ in await twice(onsale, sale, clock, "room_join", everybody)] == [0, 1, 2]
    await onsale.calls(sale.id).ask("room_admit", (10, "0.00", 0))
    await twice(
        onsale,
        sale,
        clock,
        "cart_open",
        [(buyer, f"cart_{n}", n, n, NOTHING.packed()) for n, buyer in enumerate((ana, bo, cy))],
    )
    holds = [(ana, "h1", (0, 1), ""), (bo, "h1", (1, 2), ""), (bo, "h2", (2, 3), "", 1), (ana, "h3", (99,), "", 1)]
    words = [verdict[0] for verdict in await twice(onsale, sale, clock, "seats_hold", holds)]
    assert words == ["held", "seat_taken", "held", "unknown_seat"]
    await twice(onsale, sale, clock, "seats_best", [(cy, "h1", (2, ""), "", 1), (cy, "h2", (40, ""), "")])
    await twice(onsale, sale, clock, "pool_take", [(ana, "h4", ("floor", 2), "", 1), (bo, "h4", ("floor", 9), "")])
    release = [(ana, "r1", ((0,), ("floor", 1)), 1), (ana, "r2", ((7,), ())), (bo, "r1", ((), ()))]
    words = [verdict[0] for verdict in await twice(onsale, sale, clock, "cart_release", release)]
    assert words == ["released", "not_held", "released"]
    await twice(onsale, sale, clock, "cart_types", [(ana, "cart_0", "", ("half", 1)), (bo, "cart_1", "", ("half", 9))])
    await twice(onsale, sale, clock, "cart_show", [(ana, "cart_0", "friends"), (bo, "cart_9", "friends")])
    await twice(onsale, sale, clock, "cart_lock", [(ana, "ord_1"), (bo, "ord_2"), (cy, "ord_3")])
    await twice(onsale, sale, clock, "cart_unlock", [(cy, "ord_3")])
    await twice(onsale, sale, clock, "cart_sell", [(ana, "ord_1", 500, (1,), ("floor", 1), ("half", 1))])
    await twice(onsale, sale, clock, "cart_end", [(cy, -1, -1), (bo, -1, -1)])


async def test_at_least_the_last_32_answers_are_kept(open_sale: OpenSale) -> None:
    sale = await open_sale(rows=0, pools=(PoolPlan("floor", "Floor", 500),), person_max=100)
    ana = new_buyer()
    first = await sale.hold(PoolHold(ana, "c0", "floor", 1))
    assert isinstance(first, Held)
    for number in range(1, 80):
        await sale.hold(PoolHold(ana, f"c{number}", "floor", 1))
    for number in range(48, 80):
        again = await sale.hold(PoolHold(ana, f"c{number}", "floor", 1))
        assert again == Held((), {"floor": 1}, first.deadline_at_ms, again=True)


async def test_an_id_that_is_part_of_another_is_not_that_other(open_sale: OpenSale) -> None:
    sale = await open_sale()
    ana = new_buyer()
    await sale.hold(SeatsHold(ana, "hold-10", (0,)))
    assert isinstance(await sale.hold(SeatsHold(ana, "hold-1", (1,))), Held)
    cart = await sale.cart(ana)
    assert not isinstance(cart, Refused)
    assert cart.seats == (0, 1)
    assert await sale.hold(SeatsHold(ana, "hold-1", (2,))) == Refused(Code.CONFLICT)
