"""Joining, leaving, calls, missed turns, and places that outlive Redis."""

from __future__ import annotations

from typing import Any

from engine.catalog.model import PoolPlan, RoomPlan, SaleState
from engine.ids import new_buyer
from engine.onsale import Onsale, Sale
from engine.onsale.draw import draw_of, next_digest
from engine.onsale.model import Cart, Joined, Release, RoomState, SeatsHold, Snapshot
from engine.refusals import Code, Refused
from engine.stores.keys import SALE_KEYS, sale_keys
from tests.onsale.conftest import HandClock, OpenSale
from tests.onsale.plans import SECRET, plan_of

ROOM = RoomPlan(shoppers_max=2, claim_ms=60_000, per_second_max=100)


async def admit(onsale: Onsale, sale: Sale, calls: int = 100) -> int:
    verdict = await onsale.calls(sale.id).ask("room_admit", (calls, "0.00", 0))
    assert not isinstance(verdict, Refused)
    assert verdict[0] == "admitted"
    return int(verdict[1])


async def join(sale: Sale, buyer: str | None = None, token: str | None = None) -> tuple[str, Joined]:
    buyer = buyer or new_buyer()
    joined = await sale.join(buyer, token)
    assert isinstance(joined, Joined)
    return buyer, joined


async def room_of(sale: Sale) -> RoomState:
    snapshot = await sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    return snapshot.room


async def lose(onsale: Onsale, sale: Sale) -> None:
    await onsale.client.delete(*sale_keys(sale.id, *SALE_KEYS))


async def test_places_are_called_in_order_up_to_the_limit(open_sale: OpenSale, onsale: Onsale) -> None:
    sale = await open_sale(room=ROOM)
    buyers = [(await join(sale))[0] for _ in range(4)]
    assert await sale.enter(buyers[0]) == Refused(Code.NOT_YOUR_TURN, {"place": 0, "serving": 0})
    assert await admit(onsale, sale) == 2
    assert isinstance(await sale.enter(buyers[0]), Cart)
    assert await sale.enter(buyers[2]) == Refused(Code.NOT_YOUR_TURN, {"place": 2, "serving": 2})
    assert await admit(onsale, sale) == 0
    assert await sale.leave(buyers[0]) is None
    assert await admit(onsale, sale) == 1
    assert isinstance(await sale.enter(buyers[2]), Cart)
    assert isinstance(await sale.enter(buyers[1]), Cart)
    assert await admit(onsale, sale) == 0
    room = await room_of(sale)
    assert (room.tail, room.serving, room.shopping) == (4, 3, 2)


async def test_the_same_buyer_keeps_the_same_place(open_sale: OpenSale) -> None:
    sale = await open_sale(room=ROOM)
    ana, first = await join(sale)
    await join(sale)
    _, again = await join(sale, ana)
    assert (again.number, again.token, again.again) == (first.number, first.token, True)


async def test_a_used_place_leads_to_the_end_of_the_line(open_sale: OpenSale, onsale: Onsale) -> None:
    sale = await open_sale(room=ROOM)
    ana, first = await join(sale)
    await join(sale)
    await admit(onsale, sale)
    cart = await sale.enter(ana)
    assert isinstance(cart, Cart)
    again = (await join(sale, ana))[1]
    assert (again.number, again.again) == (0, True), "inside, the place stays"
    await sale.leave(ana)
    assert await sale.enter(ana, first.token) == Refused(Code.CART_ENDED)
    _, later = await join(sale, ana, first.token)
    assert (later.number, later.again) == (2, False)


async def test_whoever_left_while_waiting_is_passed_over(open_sale: OpenSale, onsale: Onsale) -> None:
    sale = await open_sale(room=ROOM)
    buyers = [(await join(sale))[0] for _ in range(5)]
    await sale.leave(buyers[0])
    await sale.leave(buyers[2])
    assert await admit(onsale, sale) == 2
    assert (await room_of(sale)).serving == 4
    assert isinstance(await sale.enter(buyers[3]), Cart)


async def test_a_missed_turn_gets_the_next_free_slot(open_sale: OpenSale, onsale: Onsale, clock: HandClock) -> None:
    sale = await open_sale(room=ROOM)
    buyers = [(await join(sale))[0] for _ in range(5)]
    await admit(onsale, sale)
    clock.at_ms += ROOM.claim_ms
    # The first two never came; the next two are called.
    assert await admit(onsale, sale) == 2
    assert isinstance(await sale.enter(buyers[2]), Cart)
    assert isinstance(await sale.enter(buyers[3]), Cart)
    assert await sale.enter(buyers[1]) == Refused(Code.TURN_MISSED)
    assert await sale.enter(buyers[0]) == Refused(Code.TURN_MISSED)
    await sale.leave(buyers[2])
    assert await admit(onsale, sale) == 1
    assert await sale.enter(buyers[1]) == Refused(Code.TURN_MISSED)
    assert isinstance(await sale.enter(buyers[0]), Cart), "the earlier place comes first"
    assert await sale.enter(buyers[4]) == Refused(Code.NOT_YOUR_TURN, {"place": 4, "serving": 4})


async def test_a_missed_turn_comes_in_at_once_while_a_slot_is_free(
    open_sale: OpenSale, onsale: Onsale, clock: HandClock
) -> None:
    sale = await open_sale(room=ROOM)
    ana, _ = await join(sale)
    await admit(onsale, sale)
    clock.at_ms += ROOM.claim_ms
    assert isinstance(await sale.enter(ana), Cart)


async def test_only_an_open_sale_calls(open_sale: OpenSale, onsale: Onsale) -> None:
    sale = await open_sale(room=ROOM)
    ana, _ = await join(sale)
    await sale.set_state(SaleState.PAUSED)
    assert await admit(onsale, sale) == 0
    assert await sale.enter(ana) == Refused(Code.SALE_PAUSED)
    await sale.set_state(SaleState.ENDED)
    assert await sale.join(new_buyer()) == Refused(Code.SALE_CLOSED)


async def test_an_unseen_buyer_with_an_empty_cart_is_gone(
    open_sale: OpenSale, onsale: Onsale, clock: HandClock
) -> None:
    sale = await open_sale(room=ROOM)
    buyers = [(await join(sale))[0] for _ in range(3)]
    await admit(onsale, sale)
    for buyer in buyers[:2]:
        await sale.enter(buyer)
    await sale.hold(SeatsHold(buyers[1], "h1", (0,)))
    clock.at_ms += 59_999
    await sale.touch([buyers[0]])
    clock.at_ms += 1
    expire: tuple[Any, ...] = (100, 600_000, 60_000)
    await onsale.calls(sale.id).ask("carts_expire", expire)
    assert [getattr(await sale.cart(buyer), "state", "") for buyer in buyers[:2]] == ["open", "open"]
    clock.at_ms += 60_000
    await onsale.calls(sale.id).ask("carts_expire", expire)
    carts = [await sale.cart(buyer) for buyer in buyers[:2]]
    assert [(cart.state, cart.end_reason) for cart in carts if isinstance(cart, Cart)] == [
        ("ended", "gone"),
        ("open", ""),
    ]


async def test_who_is_told_the_cart_was_seen(open_sale: OpenSale, onsale: Onsale, clock: HandClock) -> None:
    sale = await open_sale(room=ROOM)
    buyer, _ = await join(sale)
    await admit(onsale, sale)
    await sale.enter(buyer)
    clock.at_ms += 50_000
    await sale.hold(SeatsHold(buyer, "h1", (0,)), tell_cart=True)
    clock.at_ms += 50_000
    await sale.release(Release(buyer, "r1"), tell_cart=True)
    clock.at_ms += 59_000
    await onsale.calls(sale.id).ask("carts_expire", (100, 600_000, 60_000))
    cart = await sale.cart(buyer)
    assert isinstance(cart, Cart)
    assert cart.state == "open"


async def test_a_signed_place_outlives_redis(open_sale: OpenSale, onsale: Onsale) -> None:
    sale = await open_sale(room=ROOM)
    (ana, first), (bo, second) = await join(sale), await join(sale)
    await lose(onsale, sale)
    assert await sale.join(ana, first.token) == Refused(Code.UNAVAILABLE)
    await onsale.publish(plan_of(sale.id, room=ROOM))
    await sale.set_state(SaleState.OPEN)
    assert (await join(sale, bo, second.token))[1].number == 1
    assert (await join(sale))[1].number == 2, "new numbers lie above every place that was shown"
    assert await sale.enter(ana, first.token) == Refused(Code.NOT_YOUR_TURN, {"place": 0, "serving": 0})
    assert await sale.join(ana, second.token) == Refused(Code.BAD_PLACE)


async def test_lobby_and_draw(onsale: Onsale, sale_id: str) -> None:
    await onsale.publish(plan_of(sale_id, room=ROOM, pools=(PoolPlan("floor", "Floor", 5),)))
    sale, calls = onsale.sale(sale_id), onsale.calls(sale_id)
    assert await sale.join(new_buyer()) == Refused(Code.SALE_NOT_OPEN)
    await sale.set_state(SaleState.LOBBY)
    lobby = [await join(sale) for _ in range(8)]
    assert [joined.place for _, joined in lobby] == [None] * 8
    left = lobby[3][0]
    await sale.leave(left)
    assert (await join(sale, left))[1].number == 3, "in the lobby nothing is lost by leaving"
    assert await sale.enter(lobby[0][0]) == Refused(Code.SALE_NOT_OPEN)
    verdict = await calls.ask("room_draw", ())
    digest = ""
    for buyer, _ in lobby:
        digest = next_digest(digest, buyer)
    assert verdict == ["drawn", 8, digest]
    late, joined = await join(sale)
    assert joined.number == 8
    assert await calls.ask("room_draw", ()) == verdict
    assert (await room_of(sale)).secret is None
    assert await calls.ask("room_open", (SECRET.hex(), 8, digest, 0)) == ["set", "open"]
    room = await room_of(sale)
    assert (room.secret, room.lobby, room.digest) == (SECRET.hex(), 8, digest)
    draw = draw_of(SECRET, 8, digest)
    places = {buyer: (await join(sale, buyer))[1].place for buyer, _ in lobby}
    assert places == {buyer: draw.place_of(number) for number, (buyer, _) in enumerate(lobby)}
    assert (await join(sale, late))[1].place == 8
    await admit(onsale, sale)
    for buyer, place in places.items():
        entered = await sale.enter(buyer)
        assert isinstance(entered, Cart) == (place is not None and place < 2)


async def test_a_place_of_the_lobby_that_redis_lost_counts_as_it_was_drawn(onsale: Onsale, sale_id: str) -> None:
    """Also at a process that has not heard of the draw."""
    await onsale.publish(plan_of(sale_id, room=ROOM))
    sale, calls = onsale.sale(sale_id), onsale.calls(sale_id)
    await sale.set_state(SaleState.LOBBY)
    lobby = [await join(sale) for _ in range(4)]
    _, places, digest = await calls.ask("room_draw", ())
    assert await calls.ask("room_open", (SECRET.hex(), places, digest, 0)) == ["set", "open"]
    ana, first = lobby[0]
    await onsale.client.hdel(calls.keys.key("places"), ana)
    elsewhere = Onsale(onsale.client, onsale._signer).sale(sale_id)
    again = await elsewhere.join(ana, first.token)
    assert isinstance(again, Joined)
    assert (again.number, again.place) == (first.number, draw_of(SECRET, places, digest).place_of(first.number))
