"""Phases of a sale: who enters when, what is sold to whom, and that an open cart stays in the phase it began in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.catalog.model import SaleState
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import NOTHING, BestHold, Brought, Cart, Held, Joined, PoolHold, SeatsHold
from engine.orders import Bought, CartChange, CartView
from engine.refusals import Code, Refused
from engine.verify import verify
from tests.orders.house import House, open_sale

pytestmark = pytest.mark.every_redis
SALE = """
event: Sala Este
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
person_max: 2
ticket_types:
  general: General
  member: Member
sections:
  stalls: {{rows: 2, seats: 10, price: {{general: 40, member: 30}}}}
  circle: {{rows: 2, seats: 10, price: {{general: 20, member: 15}}}}
pools:
  floor: {{capacity: 10, price: {{general: 10, member: 5}}}}
phases:
  members: {{name: Members, until: in 1 day, entry: {{code: SOCIOS}}, types: member, places: [stalls], person_max: 4}}
  public: {{from: in 2 days, types: general}}
"""
DAY = 24 * 3_600_000


class Clock:
    """The clock of the scripts: so many days after now."""

    def __init__(self) -> None:
        self.began = int(datetime.now(UTC).timestamp() * 1000)
        self.days = 0.0

    def __call__(self) -> int:
        return self.began + int(self.days * DAY)


@pytest.fixture
def clock(engine: Engine) -> Clock:
    clock = engine.onsale._clock = Clock()
    return clock


@pytest.fixture
async def house(engine: Engine, clock: Clock) -> House:
    return await open_sale(engine, SALE)


def code(engine: Engine, word: str = "SOCIOS") -> Brought:
    return Brought(code=engine.signer.entry_code_mark(word))


async def enters(house: House, brought: Brought | None = None) -> str:
    buyer = new_buyer()
    cart = await house.sale.enter(buyer, None, brought or NOTHING)
    assert isinstance(cart, Cart), cart
    return buyer


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_presale_shares_its_seats_with_the_public_sale(house: House, engine: Engine, clock: Clock) -> None:
    stranger = new_buyer()
    assert await house.sale.enter(stranger) == Refused(Code.ENTRY_CODE_NEEDED)
    assert await house.sale.enter(stranger, None, code(engine, "OTROS!")) == Refused(Code.ENTRY_CODE_WRONG)
    member = await enters(house, code(engine))
    elsewhere = await house.sale.hold(SeatsHold(member, new_id("h"), (0, 25)))
    assert elsewhere == Refused(Code.NOT_IN_PHASE, {"seats": [25]})
    assert await house.sale.hold(PoolHold(member, new_id("h"), "floor", 1)) == Refused(Code.NOT_IN_PHASE, {"seats": []})
    assert await house.sale.hold(BestHold(member, new_id("h"), 1, "circle")) == Refused(
        Code.NOT_IN_PHASE, {"seats": []}
    )
    held = await house.sale.hold(BestHold(member, new_id("h"), 3))
    assert isinstance(held, Held)
    assert all(seat < 20 for seat in held.seats)
    await house.ready(member, await house.cart(member))
    view = await engine.orders.cart_view(house.sale.id, member)
    assert isinstance(view, CartView)
    assert (view.phase, view.person_max, view.total) == ("members", 4, 9_000)
    wrong = await engine.orders.change_cart(
        house.sale.id, member, CartChange(types={f"seat:{held.seats[0]}": "general"})
    )
    assert isinstance(wrong, CartView)
    assert [issue.code for issue in wrong.issues] == ["type_not_in_phase"]
    assert isinstance(await house.buy(member), Refused)
    await engine.orders.change_cart(house.sale.id, member, CartChange(types={f"seat:{held.seats[0]}": "member"}))
    assert isinstance(await house.buy(member), Bought)

    clock.days = 1.5
    gap = await house.sale.enter(stranger)
    assert isinstance(gap, Refused)
    assert gap.code is Code.BETWEEN_PHASES
    assert await house.sale.hold(SeatsHold(stranger, new_id("h"), (1,))) == gap

    clock.days = 2.5
    assert await house.sale.hold(SeatsHold(stranger, new_id("h"), (held.seats[0],))) == Refused(
        Code.SEAT_TAKEN, {"seats": [held.seats[0]]}
    )
    assert isinstance(await house.sale.hold(SeatsHold(stranger, new_id("h"), (25,))), Held)
    view = await engine.orders.cart_view(house.sale.id, stranger)
    assert isinstance(view, CartView)
    assert (view.phase, view.person_max, view.total) == ("public", 2, 2_000)
    await house.ready(stranger, await house.cart(stranger))
    assert isinstance(await house.buy(stranger), Bought)
    phases = await engine.db.fetch("SELECT phase, count(*) FROM orders WHERE sale_id = $1 GROUP BY 1", house.sale.id)
    assert {row["phase"]: row["count"] for row in phases} == {"members": 1, "public": 1}
    await sound(house)
    await engine.db.execute("UPDATE orders SET phase = 'public' WHERE sale_id = $1", house.sale.id)
    (found,) = await verify(engine, house.sale.id, grace_s=0)
    assert str(found).endswith("it has tickets of type member, which phase public doesn't sell")


async def test_a_cart_keeps_the_phase_it_began_in(house: House, engine: Engine, clock: Clock) -> None:
    """It was opened a moment before the end, and is paid when strangers shop already."""
    clock.days = 0.999
    member = await enters(house, code(engine))
    assert isinstance(await house.sale.hold(SeatsHold(member, new_id("h"), (0, 1, 2))), Held)
    clock.days = 1.001
    assert isinstance(await house.sale.hold(SeatsHold(member, new_id("h"), (3,))), Held)
    assert await house.sale.hold(SeatsHold(member, new_id("h"), (4,))) == Refused(
        Code.OVER_MAXIMUM, {"person_max": 4, "has": 4}
    )
    await house.ready(member, await house.cart(member))
    bought = await house.buy(member)
    assert isinstance(bought, Bought)
    assert bought.order.total == 12_000
    await sound(house)
    assert await engine.keeper.rebuild(house.sale.id, (await epoch(house)))
    await sound(house)


async def epoch(house: House) -> str:
    snapshot = await house.sale.snapshot()
    assert not isinstance(snapshot, Refused)
    return snapshot.epoch


# ── the room ──

ROOMED = SALE.replace("room: false", "room: {{shoppers: 2}}").replace(
    "public: {{from: in 2 days, types: general}}",
    "fans: {{from: in 2 days, until: in 3 days, entry: {{code: FANATICS}}}}\n  public: {{entry: open}}",
)


async def joins(house: House, brought: Brought = NOTHING) -> tuple[str, Joined]:
    buyer = new_buyer()
    joined = await house.sale.join(buyer, None, brought)
    assert isinstance(joined, Joined), joined
    return buyer, joined


async def calls(house: House, many: int) -> int:
    scripts = house.engine.onsale.calls(house.sale.id)
    assert (await scripts.ask("carts_expire", (100, 60_000, 60_000)))[0] != "lost"
    verdict = await scripts.ask("room_admit", (many, "0.00", 0))
    assert not isinstance(verdict, Refused)
    return int(verdict[1])


async def test_the_room_knows_phases(engine: Engine, clock: Clock) -> None:
    """Nobody is called between two; a place of one phase doesn't stand for the entry of the next."""
    house = await open_sale(engine, ROOMED)
    stranger = new_buyer()
    assert await house.sale.join(stranger) == Refused(Code.ENTRY_CODE_NEEDED)
    (first, one), (second, two) = await joins(house, code(engine)), await joins(house, code(engine))
    assert await calls(house, 1) == 1
    assert isinstance(await house.sale.enter(first, one.token), Cart)

    clock.days = 1.5
    assert await calls(house, 1) == 0, "nobody is called while nothing is sold"
    assert await house.sale.join(stranger) == Refused(Code.ENTRY_CODE_NEEDED)
    assert await house.sale.join(stranger, None, code(engine)) == Refused(Code.ENTRY_CODE_WRONG)
    fan, three = await joins(house, code(engine, "FANATICS"))
    info = await engine.catalog.sale_info(house.sale.id)
    assert info is not None
    gap = Refused(Code.BETWEEN_PHASES, {"next_at_ms": info.phases[1].from_ms})
    assert await house.sale.enter(second, two.token) == gap

    clock.days = 2.5
    assert await calls(house, 2) == 2
    assert await house.sale.enter(second, two.token) == Refused(Code.ENTRY_CODE_NEEDED)
    assert await house.sale.enter(second, two.token, code(engine)) == Refused(Code.ENTRY_CODE_WRONG)
    assert isinstance(await house.sale.enter(fan, three.token), Cart), "the code was asked as they joined"
    assert isinstance(await house.sale.enter(second, two.token, code(engine, "FANATICS")), Cart)

    clock.days = 3.5
    anybody, four = await joins(house)
    assert await calls(house, 2) == 1
    assert isinstance(await house.sale.enter(anybody, four.token), Cart)


async def test_numbers_are_asked_anew_after_a_loss(engine: Engine, clock: Clock) -> None:
    """Redis has forgotten which numbers were joined for the fans' phase: they are asked once more, never less."""
    house = await open_sale(engine, ROOMED)
    clock.days = 1.5
    fan, place = await joins(house, code(engine, "FANATICS"))
    await engine.redis.flushdb()
    await engine.keeper.rebuild(house.sale.id)
    await house.sale.set_state(SaleState.OPEN)
    back = await house.sale.join(fan, place.token)
    assert isinstance(back, Joined)
    assert back.number == place.number
    await joins(house, code(engine, "FANATICS"))
    clock.days = 2.5
    assert await calls(house, 2) > 0
    assert await house.sale.enter(fan, back.token) == Refused(Code.ENTRY_CODE_NEEDED)
    assert isinstance(await house.sale.enter(fan, back.token, code(engine, "FANATICS")), Cart)
