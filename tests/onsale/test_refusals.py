"""What a sale answers while a store is away or too much waits, to asks that make no sense, and while it is lost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as ConnectionLost

from engine import limits
from engine.access.signing import Signer
from engine.catalog.model import RoomPlan, SaleState
from engine.ids import new_buyer
from engine.keyring import Keyring
from engine.limits import SALE_HANDLE_UNUSED_S_MAX
from engine.onsale import Onsale, Sale
from engine.onsale.answers import AnswerFault, refused
from engine.onsale.model import BestHold, Cart, Held, Joined, PoolHold, Release, SeatsHold
from engine.onsale.sale import PLACE_TRIES
from engine.refusals import Code, Refused
from engine.stores import keys
from engine.stores.batcher import Batcher
from engine.stores.keys import SALE_KEYS, sale_keys
from engine.stores.redis import Standalone
from tests.onsale.conftest import OpenSale
from tests.onsale.plans import SECRET, plan_of

SIGNER = Signer(Keyring.of_secret(b"the secret of all the tests"))
ROOM = RoomPlan(shoppers_max=2, claim_ms=60_000, per_second_max=100)
BUSY, AWAY = Refused(Code.BUSY), Refused(Code.UNAVAILABLE)


def nobody(folder: Path) -> Standalone:
    """A client of a store that is not there."""
    return Standalone.from_url(f"unix://{folder}/nobody.sock")


async def elsewhere(onsale: Onsale, sale: Sale) -> None:
    """A draw was held, of which this process does not know yet."""
    calls = onsale.calls(sale.id)
    drawn = await calls.ask("room_draw", ())
    assert not isinstance(drawn, Refused)
    assert await calls.ask("room_open", (SECRET.hex(), *drawn[1:], 0)) == ["set", "open"]


async def test_no_command_gets_past_a_full_queue(
    onsale: Onsale, open_sale: OpenSale, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, buyer = await open_sale(), new_buyer()
    assert isinstance(await sale.hold(SeatsHold(buyer, "h1", (3,))), Held)
    assert isinstance(await sale.lock(buyer, "o1"), Cart)
    monkeypatch.setitem(Batcher.__init__.__kwdefaults__, "queue_max", 0)
    full = Onsale(onsale.client, SIGNER).sale(sale.id)
    assert await full.join(buyer) == BUSY
    assert await full.leave(buyer) == BUSY
    assert await full.enter(buyer) == BUSY
    assert await full.enter_uncounted(buyer, None) == BUSY
    assert await full.cart(buyer) == BUSY
    for hold in (SeatsHold(buyer, "h2", (4,)), BestHold(buyer, "h3", 2), PoolHold(buyer, "h4", "floor", 1)):
        assert await full.hold(hold) == BUSY
    assert await full.release(Release(buyer, "r1")) == BUSY
    assert await full.lock(buyer, "o1") == BUSY
    assert await full.unlock(buyer, "o1") == BUSY
    assert await full.locked(0, 10) == BUSY
    assert await full.sell(buyer, "o1", 1_000, (3,), {}) == BUSY
    assert await full.set_state(SaleState.PAUSED) == BUSY
    monkeypatch.undo()
    cart = await sale.unlock(buyer, "o1")
    assert isinstance(cart, Cart)
    assert cart.seats == (3,), "nothing of it was done"


@pytest.mark.parametrize(
    ("hold", "field"),
    [
        (SeatsHold("b", "h1", ()), "seats"),
        (SeatsHold("b", "h1", tuple(range(limits.SEATS_PER_HOLD_MAX + 1))), "seats"),
        (SeatsHold("b", "h1", (3, 3)), "seats"),
        (SeatsHold("b", "h1", (-1,)), "seats"),
        (SeatsHold("b", "", (3,)), "hold"),
        (BestHold("b", "h1", 0), "seats"),
        (BestHold("b", "h1", limits.SEATS_PER_HOLD_MAX + 1), "seats"),
        (BestHold("b", "x" * 1_000, 2), "hold"),
        (PoolHold("b", "h1", "floor", 0), "units"),
        (PoolHold("b", "h1", "floor", limits.UNITS_PER_HOLD_MAX + 1), "units"),
        (PoolHold("b", "\0", "floor", 1), "hold"),
        (Release("b", "r1", tuple(range(limits.SEATS_PER_HOLD_MAX + 1))), "seats"),
        (Release("b", "r1", (), {f"p{at}": 1 for at in range(limits.POOLS_PER_SALE_MAX + 1)}), "units"),
        (Release("b", ""), "release"),
    ],
)
async def test_asks_that_make_no_sense_name_their_field(
    tmp_path: Path, hold: SeatsHold | BestHold | PoolHold | Release, field: str
) -> None:
    """They cost no store anything: here is none."""
    sale = Onsale(nobody(tmp_path), SIGNER).sale("jazz")
    answer = await (sale.release(hold) if isinstance(hold, Release) else sale.hold(hold))
    assert answer == Refused(Code.INVALID, {"fields": [field]})


async def test_the_phase_of_a_sale(onsale: Onsale, sale_id: str, tmp_path: Path) -> None:
    lost: list[str] = []
    sale = Sale(sale_id, onsale.client, onsale.calls(sale_id), SIGNER, lost.append)
    assert await sale.joined_in() == AWAY
    assert lost == [sale_id]
    await onsale.publish(plan_of(sale_id, room=ROOM))
    assert await sale.joined_in() == Refused(Code.SALE_NOT_OPEN)
    for state, joined_in in [
        (SaleState.LOBBY, "lobby"),
        (SaleState.OPEN, "open"),
        (SaleState.PAUSED, "open"),
        (SaleState.CLOSED, Refused(Code.SALE_CLOSED)),
    ]:
        assert await sale.set_state(state)
        assert await sale.joined_in() == joined_in
    away = Sale(sale_id, nobody(tmp_path), onsale.calls(sale_id), SIGNER, lost.append)
    assert await away.joined_in() == AWAY
    assert lost == [sale_id], "a store that does not answer has lost nothing yet"


async def test_who_can_not_read_the_draw_gives_no_place(onsale: Onsale, sale_id: str, tmp_path: Path) -> None:
    await onsale.publish(plan_of(sale_id, room=ROOM))
    sale, ana = onsale.sale(sale_id), new_buyer()
    await sale.set_state(SaleState.LOBBY)
    first = await sale.join(ana)
    assert isinstance(first, Joined)
    await elsewhere(onsale, sale)
    away = Sale(sale_id, nobody(tmp_path), onsale.calls(sale_id), SIGNER, print)
    assert await away.join(new_buyer()) == AWAY, "a new number"
    assert await away.enter(ana) == AWAY, "a number of the lobby"
    again = await sale.join(ana)
    assert isinstance(again, Joined)
    assert (again.number, again.place, again.again) == (first.number, 0, True)


async def test_a_place_is_not_asked_for_without_end(
    onsale: Onsale, sale_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer says that something became known meanwhile; at some point somebody must be told to come back."""
    await onsale.publish(plan_of(sale_id, room=ROOM))
    sale, ana, asked = onsale.sale(sale_id), new_buyer(), 0
    await sale.set_state(SaleState.LOBBY)
    await sale.join(ana)
    await elsewhere(onsale, sale)

    def never_known(_: Sale, number: int) -> int:
        nonlocal asked
        asked += 1
        return -1

    monkeypatch.setattr(Sale, "_place_of", never_known)
    assert await sale.enter(ana) == AWAY
    assert asked == PLACE_TRIES


async def test_a_lost_place_that_can_not_be_brought_back(onsale: Onsale, open_sale: OpenSale) -> None:
    sale, ana = await open_sale(room=ROOM), new_buyer()
    joined = await sale.join(ana)
    assert isinstance(joined, Joined)
    assert await sale.enter(ana, "forged") == Refused(Code.BAD_PLACE)
    await onsale.client.delete(*sale_keys(sale.id, *SALE_KEYS))
    await onsale.publish(plan_of(sale.id, room=ROOM))
    await sale.set_state(SaleState.OPEN)
    calls = onsale.calls(sale.id)
    joins = calls._batchers["room_join"]
    calls._batchers["room_join"] = Batcher("full", joins._send, queue_max=0)
    assert await sale.enter(ana, joined.token) == BUSY
    calls._batchers["room_join"] = joins
    assert await sale.enter(ana, joined.token) == Refused(Code.NOT_YOUR_TURN, {"place": 0, "serving": 0})


async def test_a_store_that_dies_while_a_sale_is_looked_for(
    onsale: Onsale, sale_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sale that is not where it was asked for may have another layout."""

    async def dies(*_: object) -> str:
        raise ConnectionLost

    monkeypatch.setattr(keys, "LAYOUTS", ("a1", "b1"))
    monkeypatch.setattr("engine.onsale.calls.locate", dies)
    assert await onsale.sale(sale_id).cart("buyer") == AWAY


async def test_handles_that_nobody_uses_are_let_go(onsale: Onsale, open_sale: OpenSale) -> None:
    idle, busy = await open_sale(), await open_sale()
    asking = asyncio.create_task(busy.cart("buyer"))
    await asyncio.sleep(0)
    onsale._let_go(time.monotonic() + 2 * SALE_HANDLE_UNUSED_S_MAX)
    assert onsale.sale(busy.id) is busy, "something of it is on its way"
    assert onsale.sale(idle.id) is not idle
    assert await asking == Refused(Code.NO_CART)


def test_a_verdict_that_nobody_knows_is_a_fault() -> None:
    with pytest.raises(AnswerFault, match="perhaps"):
        refused(["perhaps"])
