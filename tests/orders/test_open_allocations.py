"""Allocations that buyers draw on whom a code or a phase lets: nobody else has a seat before they are released."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog import Allocation, SaleInfo
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import BestHold, Held, Release, SeatsHold
from engine.orders import BestSeats, Bought, CartView, Step
from engine.refusals import Code, Refused, accept
from engine.verify import verify
from tests.orders.house import House, open_sale
from tests.orders.test_phases import Clock
from tests.orders.test_staff_orders import NOW, Died, asked
from tests.orders.test_staff_orders import make as make_order
from tests.orders.test_unlocks import brings, mistakes, pays, shopper

pytestmark = pytest.mark.every_redis
SALE = """
event: Sala Oeste
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
person_max: 4
cart_minutes: 10
sections:
  stalls: {{rows: 6, seats: 10, price: 40}}
pools:
  floor: {{capacity: 10, price: 10}}
allocations:
  sponsors: {{purpose: sponsor, seats: {{stalls: [A 3-4]}}, staff: true}}
  press: {{purpose: press, seats: {{stalls: [B 1]}}}}
unlocks:
  guests: {{codes: GUESTS2037, allocations: sponsors}}
"""
FREE, HELD, SOLD, OFF = range(4)
DECLINED = "4000000000000002"
ONE, TWO, PRESS = 2, 3, 10  # seats A 3, A 4 and B 1
MINUTE = 1 / 24 / 60


@pytest.fixture
def clock(engine: Engine) -> Clock:
    clock = engine.onsale._clock = Clock()
    return clock


@pytest.fixture
async def house(engine: Engine, clock: Clock) -> House:
    return await open_sale(engine, SALE)


async def guest(house: House, *seats: int) -> str:
    buyer = await shopper(house)
    accept(await brings(house, buyer, "guests2037"))
    if seats:
        accept(await house.sale.hold(SeatsHold(buyer, new_id("h"), seats)))
    return buyer


async def takes(house: House, buyer: str, *seats: int) -> Held | Refused:
    return await house.sale.hold(SeatsHold(buyer, new_id("h"), seats))


async def release(house: House) -> None:
    act = Act(house.organizer, "t")
    assert isinstance(await house.engine.catalog.allocations.release(act, house.sale.id, "sponsors"), Allocation)


async def states(house: House, *seats: int) -> list[int]:
    found = await house.seat_states()
    return [found[seat] for seat in seats]


async def withheld(house: House) -> list[int]:
    found = await house.engine.catalog.allocations.of(house.organizer, house.sale.id)
    return next(list(each.seats) for each in found if each.id == "sponsors")


async def rest(house: House) -> tuple[int, int]:
    """What is left and free, as everybody is told."""
    snapshot = accept(await house.sale.snapshot())
    return snapshot.room.left, snapshot.room.free


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def rebuilt(house: House) -> None:
    """Redis has lost the sale, but for the carts; then everything of it."""
    sale = house.engine.onsale.calls(house.sale.id).keys.key("sale")
    await house.engine.redis.delete(sale)
    await house.engine.keeper.rebuild(house.sale.id)


async def test_a_guest_draws_and_buys_and_a_neighbour_never_does(house: House) -> None:
    left, free = await rest(house)
    neighbour = await shopper(house)
    assert await takes(house, neighbour, ONE) == Refused(Code.SEAT_TAKEN, {"seats": [ONE]})
    buyer = await guest(house)
    view = accept(await house.engine.orders.cart_view(house.sale.id, buyer))
    assert view.unlocked is not None
    assert view.unlocked["seats"] == [[ONE, 2]]
    assert await takes(house, buyer, PRESS) == Refused(Code.SEAT_TAKEN, {"seats": [PRESS]})
    assert isinstance(await takes(house, buyer, ONE, TWO), Held)
    assert await states(house, ONE, TWO, PRESS) == [HELD, HELD, OFF]
    assert await rest(house) == (left + 2, free)
    assert isinstance(await takes(house, neighbour, ONE), Refused)
    await sound(house)
    bought = accept(await pays(house, buyer))
    assert bought.order.allocation == "sponsors"
    assert (await states(house, ONE, TWO), await withheld(house)) == ([SOLD, SOLD], [])
    assert await rest(house) == (left, free)
    await sound(house)
    await rebuilt(house)
    assert await rest(house) == (left, free)
    await sound(house)


async def test_two_guests_race_for_the_last_seat(house: House) -> None:
    guests = [await guest(house) for _ in range(6)]
    answers = await asyncio.gather(*(takes(house, each, ONE) for each in guests))
    assert sum(isinstance(each, Held) for each in answers) == 1
    await sound(house)


@pytest.mark.parametrize("how", ["lapse", "give back", "leave"])
@pytest.mark.parametrize("released", [False, True])
async def test_what_a_cart_gives_back_is_nobodys_before_the_release(
    house: House, clock: Clock, how: str, released: bool
) -> None:
    left, free = await rest(house)
    buyer = await guest(house, ONE, TWO)
    if released:
        await release(house)
        assert await states(house, ONE, TWO) == [HELD, HELD]
        await sound(house)
    if how == "lapse":
        clock.days += 11 * MINUTE
    elif how == "leave":
        await house.sale.leave(buyer)
    else:
        ask = Release(buyer, new_id("r"), (ONE, TWO))
        accept(await house.sale.release(ask))
        assert accept(await house.sale.release(ask)).again
    neighbour = await shopper(house, 5)
    answer = await takes(house, neighbour, ONE)
    assert isinstance(answer, Held if released else Refused)
    assert await states(house, TWO) == [FREE if released else OFF]
    more = 2 if released else 0
    assert await rest(house) == (left + more, free + more - 1 - released)
    await sound(house)


async def test_best_seats_are_those_for_everybody(house: House) -> None:
    buyer = await guest(house)
    held = accept(await house.sale.hold(BestHold(buyer, new_id("h"), 4)))
    assert not {ONE, TWO, PRESS} & set(held.seats)


@pytest.mark.parametrize("step", [Step.LOCKED, Step.PLACED, Step.CHARGED, Step.SETTLED, Step.SOLD])
@pytest.mark.parametrize("between", ["nothing", "release", "loss", "both"])
async def test_whatever_happens_at_whatever_step(
    engine: Engine, house: House, step: Step, between: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies there, and meanwhile the clock releases the allocation, Redis is lost, or both."""
    left, _ = await rest(house)
    buyer = await guest(house, ONE)
    await house.ready(buyer, await house.cart(buyer))

    def dies(at: Step) -> None:
        if at is step:
            raise Died

    monkeypatch.setattr(engine.orders._purchases, "_at_step", dies)
    with pytest.raises(Died):
        await house.buy(buyer, order="one")
    monkeypatch.undo()
    if between in ("release", "both"):
        due = "UPDATE allocation SET release_at = now() - interval '1 s' WHERE sale_id = $1 AND id = 'sponsors'"
        await engine.db.execute(due, house.sale.id)
        await engine.catalog.allocations.step()
    if between in ("loss", "both"):
        await engine.onsale.remove_keys(house.sale.id)
        await engine.keeper.rebuild(house.sale.id)
    neighbour = await shopper(house)
    placed = step is not Step.LOCKED
    if placed or between in ("nothing", "loss"):
        assert isinstance(await takes(house, neighbour, ONE), Refused)
    await engine.orders.finish(**NOW)
    await engine.orders.finish(**NOW)
    paid = await engine.db.fetchval("SELECT count(*) FROM orders WHERE sale_id = $1 AND state = 'paid'", house.sale.id)
    released = between in ("release", "both")
    if paid:
        assert (await states(house, ONE), await withheld(house)) == ([SOLD], [] if released else [TWO])
    await house.sale.leave(buyer)
    if not paid and not released:
        assert (await states(house, ONE), await withheld(house)) == ([OFF], [ONE, TWO])
    if paid:
        assert (await rest(house))[0] == left + (1 if released else 0)
    await sound(house)


async def unbrought(_: str) -> None:
    """Postgres knows of a change, and whoever should tell Redis died."""


@pytest.mark.parametrize("lost", [False, True])
async def test_a_release_of_which_redis_was_not_told(
    house: House, engine: Engine, lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, _ = await rest(house)
    buyer = await guest(house, ONE)
    monkeypatch.setattr(engine.catalog.allocations, "_bring", unbrought)
    await release(house)
    monkeypatch.undo()
    if lost:
        await rebuilt(house)
    neighbour = await shopper(house)
    assert isinstance(await takes(house, neighbour, ONE), Refused)
    assert isinstance(await pays(house, buyer), Bought)
    await engine.catalog.allocations.bring(house.sale.id)
    assert await states(house, ONE, TWO) == [SOLD, FREE]
    assert (await rest(house))[0] == left + 1
    await sound(house)


async def test_it_is_paid_while_a_change_waits_for_redis(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing leaves an allocation meanwhile: whoever paid leads the change through first."""
    buyer = await guest(house, ONE)
    monkeypatch.setattr(engine.catalog.allocations, "_bring", unbrought)
    body = {"name": "Late", "purpose": "press", "seats": {"stalls": "C"}}
    answer = await engine.catalog.allocations.make(Act(house.organizer, "t"), house.sale.id, body)
    assert answer == Refused(Code.UNAVAILABLE)
    monkeypatch.undo()
    assert isinstance(await pays(house, buyer), Bought)
    assert (await states(house, ONE, 20), await withheld(house)) == ([SOLD, OFF], [TWO])
    await sound(house)


async def test_a_declined_card_gives_nothing_to_others(house: House, clock: Clock) -> None:
    buyer = await guest(house, ONE)
    await house.ready(buyer, await house.cart(buyer))
    assert isinstance(await house.buy(buyer, DECLINED), Refused)
    assert (await states(house, ONE), await withheld(house)) == ([HELD], [ONE, TWO])
    clock.days += 11 * MINUTE
    neighbour = await shopper(house, 5)
    assert isinstance(await takes(house, neighbour, ONE), Refused)
    assert (await states(house, ONE), await withheld(house)) == ([OFF], [ONE, TWO])
    await sound(house)


async def test_a_lost_redis_whose_carts_survived_keeps_what_is_drawn(house: House) -> None:
    left, free = await rest(house)
    buyer = await guest(house, ONE)
    await rebuilt(house)
    assert (await states(house, ONE, TWO), await rest(house)) == ([HELD, OFF], (left + 1, free))
    await sound(house)
    assert isinstance(await takes(house, buyer, TWO), Held)
    assert isinstance(await pays(house, buyer), Bought)
    await sound(house)


async def test_a_change_of_the_sale_meanwhile_counts_nothing_twice(house: House, engine: Engine) -> None:
    left, free = await rest(house)
    await guest(house, ONE)
    plan = await engine.catalog.plan(house.sale.id)
    assert plan is not None
    await release(house)
    await engine.onsale.update(plan)  # as it was read before
    assert await rest(house) == (left + 2, free + 1)
    changed = await engine.catalog.change_sale(Act(house.organizer, "t"), house.sale.id, {"person_max": 3})
    assert isinstance(changed, SaleInfo)
    assert await rest(house) == (left + 2, free + 1)
    await sound(house)


async def test_a_member_and_a_guest_want_the_same_seat(house: House) -> None:
    """Whoever pays first has it: what a cart only holds gives way to an order that is paid."""
    buyer = await guest(house, ONE)
    order = asked(order="m1", best=BestSeats(2), allocation="sponsors")
    sold = await make_order(house, order)
    assert isinstance(sold, Bought)
    assert (await states(house, ONE, TWO), await withheld(house)) == ([SOLD, SOLD], [])
    assert accept(await house.sale.cart(buyer)).seats == ()
    await sound(house)


@pytest.mark.parametrize("seed", range(3))
async def test_in_any_order(house: House, clock: Clock, seed: int) -> None:
    dice = random.Random(seed)
    guests = [await guest(house) for _ in range(3)]
    others = [await shopper(house) for _ in range(2)]
    released = False
    for _ in range(40):
        buyer, seat = dice.choice(guests + others), dice.choice([ONE, TWO, PRESS, 0, 5])
        match dice.randrange(7):
            case 0 | 1 | 2:
                held = await takes(house, buyer, seat)
                assert not (isinstance(held, Held) and (buyer in others and seat in (ONE, TWO)) and not released)
                assert not (isinstance(held, Held) and seat == PRESS)
            case 3:
                await house.sale.release(Release(buyer, new_id("r"), (seat,)))
            case 4:
                await rebuilt(house)
            case 5:
                if dice.random() < 0.3 and not released:
                    await release(house)
                    released = True
            case 6:
                if accept(await house.sale.cart(buyer)).seats:
                    await pays(house, buyer)
                    accept(await house.sale.enter(buyer))
                    if buyer in guests:
                        assert isinstance(await brings(house, buyer, "guests2037"), CartView)
        await sound(house)


PHASED = SALE + "phases:\n  friends: {{until: in 1 day, allocations: press}}\n  all: {{from: in 1 day}}\n"


async def test_a_phase_lets_everybody_draw(engine: Engine, clock: Clock) -> None:
    house = await open_sale(engine, PHASED)
    friend = await shopper(house)
    assert isinstance(await takes(house, friend, ONE), Refused)
    assert isinstance(await takes(house, friend, PRESS), Held)
    accept(await house.sale.release(Release(friend, new_id("r"))))
    clock.days = 1.5
    late = await shopper(house)
    assert isinstance(await takes(house, late, PRESS), Refused)
    await sound(house)


# ── as it is written ──


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("allocations: sponsors", "allocations: sponsorz", "unlocks.guests.allocations"),
        ("staff: true", "units: {{floor: 2}}", "unlocks.guests.allocations"),
        (", allocations: sponsors", "", "unlocks.guests"),
    ],
)
async def test_what_is_wrong_is_said_at_its_line(engine: Engine, before: str, after: str, said: str) -> None:
    assert before in SALE
    (found,) = await mistakes(engine, SALE.replace(before, after))
    assert said in found


async def test_an_allocation_is_opened_while_the_sale_runs(house: House, engine: Engine) -> None:
    buyer = await guest(house)
    assert isinstance(await takes(house, buyer, PRESS), Refused)
    change: dict[str, Any] = {"unlocks": {"guests": {"allocations": ["sponsors", "press"]}}}
    assert isinstance(await engine.catalog.change_sale(Act(house.organizer, "t"), house.sale.id, change), SaleInfo)
    assert isinstance(await takes(house, buyer, PRESS), Held)
    await sound(house)
    change = {"unlocks": {}}
    assert isinstance(await engine.catalog.change_sale(Act(house.organizer, "t"), house.sale.id, change), SaleInfo)
    await house.sale.leave(buyer)
    assert await states(house, PRESS) == [OFF], "it goes back, whatever the code shows by then"
    await sound(house)
    assert new_buyer()


async def test_it_is_released_in_part_and_grows_for_whom_a_code_lets(house: House, engine: Engine) -> None:
    buyer, other = await guest(house, ONE), await shopper(house)
    act, allocations = Act(house.organizer, "test"), engine.catalog.allocations
    part = await allocations.release_part(act, house.sale.id, "sponsors", {"seats": {"stalls": ["A 3"]}})
    assert isinstance(part, Allocation), part
    accept(await house.sale.release(Release(buyer, new_id("r"), (ONE,), {})))
    assert isinstance(await takes(house, other, ONE), Held), "it was let go meanwhile"
    grown = await allocations.withhold(act, house.sale.id, "sponsors", {"seats": {"stalls": ["C 1-2"]}})
    assert isinstance(grown, Allocation), grown
    assert list(grown.seats) == [TWO, 20, 21]
    assert isinstance(await takes(house, other, 20), Refused)
    assert isinstance(await takes(house, buyer, TWO, 20), Held)
    accept(await house.sale.release(Release(buyer, new_id("r"), (20,), {})))
    assert (await house.seat_states())[20] == OFF, "it is the allocation's again"
    assert isinstance(await pays(house, buyer), Bought)
    await sound(house)
    units = await allocations.withhold(act, house.sale.id, "sponsors", {"units": {"floor": 1}})
    assert isinstance(units, list)
    assert [each.path for each in units] == ["units"]
