"""Orders that draw on an allocation: what leaves it is somebody's at once, and comes out of it once."""

import asyncio
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog import Allocation
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import Held, PoolHold, SeatsHold
from engine.orders import BestSeats, Bought, Contact, Step
from engine.refusals import Code, Refused, accept
from engine.verify import verify
from tests.orders.house import House
from tests.orders.test_staff_orders import NOW, Died, asked, make, rosa

SPONSOR = {"name": "Sponsor", "purpose": "sponsor", "staff": True}
FORTY = {**SPONSOR, "seats": {"stalls": ["A", "B", "C", "D"]}}
SOME = {**SPONSOR, "seats": {"stalls": "A 1-4"}, "units": {"early": 3}}
FREE, HELD, SOLD, OFF = range(4)


async def withhold(house: House, body: dict[str, Any]) -> Allocation:
    made = await house.engine.catalog.allocations.make(rosa(house), house.sale.id, body)
    assert isinstance(made, Allocation), made
    return made


async def left(house: House) -> Allocation:
    (found,) = await house.engine.catalog.allocations.of(house.organizer, house.sale.id)
    return found


async def free(house: House) -> dict[str, int]:
    snapshot = accept(await house.sale.snapshot())
    return {**snapshot.pools, "left": snapshot.room.left, "free": snapshot.room.free}


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def nobody_gets(house: House, *seats: int) -> None:
    """As nobody who looks for seats finds them."""
    states = await house.seat_states()
    assert FREE not in [states[seat] for seat in seats]
    buyer = new_buyer()
    accept(await house.sale.enter_by_staff(buyer, None))  # past the room
    for seat in seats:
        assert isinstance(await house.sale.hold(SeatsHold(buyer, new_id("h"), (seat,))), Refused)
    await house.sale.leave(buyer)


async def test_forty_for_a_sponsor_six_by_name_and_the_rest_by_the_clock(house: House, engine: Engine) -> None:
    before = await free(house)
    await withhold(house, FORTY)
    for nth, name in enumerate(("Ana", "Luis", "Eva", "Ivo", "Mar", "Noa")):
        ask = asked(nth, order=name, allocation="sponsor", contact=Contact(name, f"{name.lower()}@example.org"))
        sold = accept(await make(house, ask))
        assert (sold.order.contact.name, len(sold.order.tickets)) == (name, 1)
        await sound(house)
    assert (await house.seat_states())[:40] == [SOLD] * 6 + [OFF] * 34
    assert len((await left(house)).seats) == 34
    due = "UPDATE allocation SET release_at = now() - interval '1 s' WHERE sale_id = $1"
    await engine.db.execute(due, house.sale.id)
    await engine.catalog.allocations.step()
    assert (await house.seat_states())[:40] == [SOLD] * 6 + [FREE] * 34
    assert await free(house) == before | {"left": before["left"] - 6, "free": before["free"] - 6}
    late = await make(house, asked(9, order="late", allocation="sponsor"))
    assert late == Refused(Code.NOT_ALLOCATED, {"seats": [9], "short": {}})
    assert isinstance(await make(house, asked(9, order="late")), Bought)
    await sound(house)


async def test_seats_and_units_leave_it_with_the_order(house: House) -> None:
    await withhold(house, SOME)
    before = await free(house)
    sold = accept(await make(house, asked(1, 2, units={"early": 2}, allocation="sponsor")))
    assert (sold.order.total, len(sold.order.tickets), sold.order.allocation) == (12_000, 4, "sponsor")
    now = await left(house)
    assert (now.seats, now.units) == ([0, 3], {"early": 1})
    assert await free(house) == before
    assert (await house.seat_states())[:4] == [OFF, SOLD, SOLD, OFF]
    await sound(house)
    found = (
        "SELECT count(*) FROM audit WHERE act = 'order.issue' AND subject = $1 AND detail ->> 'allocation' = 'sponsor'"
    )
    assert await house.engine.db.fetchval(found, sold.order.id) == 1


async def test_what_it_does_not_have_is_refused_and_nothing_leaves_it(house: House) -> None:
    made = await withhold(house, SOME)
    refused = await make(house, asked(3, 4, units={"early": 4}, allocation="sponsor"))
    assert refused == Refused(Code.NOT_ALLOCATED, {"seats": [4], "short": {"early": 3}})
    for wrong, path in (
        (asked(3, allocation="press"), "allocation"),
        (asked(allocation="sponsor"), "seats"),
    ):
        refused = await make(house, wrong)
        assert isinstance(refused, Refused)
        assert [each["path"] for each in refused.detail["fields"]] == [path]
    mistyped = await make(house, asked(3, type="senior", allocation="sponsor"))
    assert isinstance(mistyped, Refused)
    assert mistyped.code is Code.CART_INCOMPLETE
    assert (await left(house)).seats == made.seats
    await nobody_gets(house, 0, 1, 2, 3)
    await sound(house)


async def test_seats_together_are_found_in_it(house: House) -> None:
    await withhold(house, {**SPONSOR, "seats": {"stalls": ["A 2-4", "A 9-10", "B 1-3"], "circle": "A 1-4"}})
    wanted = [BestSeats(2), BestSeats(2), BestSeats(3), BestSeats(3, "circle"), BestSeats(2)]
    found = []
    for nth, best in enumerate(wanted):
        sold = await make(house, asked(order=f"o{nth}", best=best, allocation="sponsor"))
        found.append([each.line.seat for each in sold.order.lines] if isinstance(sold, Bought) else sold.code)
    assert found == [[1, 2], [8, 9], [10, 11, 12], [40, 41, 42], Code.NONE_TOGETHER]
    await sound(house)


async def test_many_look_for_seats_in_it_at_once(house: House) -> None:
    await withhold(house, FORTY)
    asks = [asked(order=f"o{nth}", best=BestSeats(2), allocation="sponsor") for nth in range(4)]
    sold = [each for each in await asyncio.gather(*(make(house, each) for each in asks)) if isinstance(each, Bought)]
    assert len({line.line.seat for each in sold for line in each.order.lines}) == 2 * len(sold) >= 4
    await sound(house)


async def test_only_where_it_says_so(house: House) -> None:
    await withhold(house, SOME | {"staff": False})
    refused = await make(house, asked(0, allocation="sponsor"))
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID
    await nobody_gets(house, 0)


async def test_members_race_for_what_it_has(house: House) -> None:
    await withhold(house, SOME)
    asks = [asked(nth % 4, units={"early": 1}, order=f"o{nth}", allocation="sponsor") for nth in range(8)]
    answers = await asyncio.gather(*(make(house, each) for each in asks))
    assert sum(isinstance(each, Bought) for each in answers) == 3
    assert {each.code for each in answers if isinstance(each, Refused)} == {Code.NOT_ALLOCATED}
    assert (len((await left(house)).seats), (await left(house)).units) == (1, {})
    await sound(house)


async def test_a_draw_and_a_release_race(house: House, engine: Engine) -> None:
    await withhold(house, SOME)
    release = engine.catalog.allocations.release(rosa(house), house.sale.id, "sponsor")
    sold, released = await asyncio.gather(make(house, asked(0, allocation="sponsor")), release)
    assert isinstance(released, Allocation)
    states = await house.seat_states()
    assert states[0] == (SOLD if isinstance(sold, Bought) else FREE)
    assert states[1:4] == [FREE] * 3
    await sound(house)


async def test_a_draw_waits_for_a_change_that_takes(house: House, engine: Engine) -> None:
    await withhold(house, SOME)
    press = {"name": "Press", "purpose": "press", "seats": {"stalls": "D"}}
    other = engine.catalog.allocations.make(rosa(house), house.sale.id, press)
    sold, made = await asyncio.gather(make(house, asked(0, allocation="sponsor")), other)
    assert isinstance(sold, Bought)
    assert isinstance(made, Allocation)
    await sound(house)


async def test_repeating_it_draws_nothing_more(house: House) -> None:
    await withhold(house, SOME)
    ask = asked(units={"early": 1}, allocation="sponsor")
    answers = [accept(each) for each in await asyncio.gather(*(make(house, ask) for _ in range(4)))]
    answers.append(accept(await make(house, ask)))
    assert len({each.order.id for each in answers}) == 1
    assert answers[-1].again
    assert (await left(house)).units == {"early": 2}
    await sound(house)


async def test_two_processes_are_asked_for_the_same(house: House, engine: Engine) -> None:
    await withhold(house, SOME)
    async with Engine.open(engine.settings) as another:
        ask = asked(units={"early": 1}, allocation="sponsor")
        answers = await asyncio.gather(
            *(each.orders.by_staff.make(rosa(house), house.sale.id, ask) for each in (engine, another) * 3)
        )
        assert {each.order.id for each in answers if isinstance(each, Bought)}
        await another.orders.finish(**NOW)
    assert (await left(house)).units == {"early": 2}
    assert await house.count("tickets") == 1
    await sound(house)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("step", [Step.LOCKED, Step.PLACED, Step.SOLD])
async def test_whatever_step_a_process_dies_at_it_ends_well(
    engine: Engine, house: House, step: Step, lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And, where it was `lost`, Redis dies with it."""

    def dies(at: Step) -> None:
        if at is step:
            raise Died

    await withhold(house, SOME)
    monkeypatch.setattr(engine.orders._purchases, "_at_step", dies)
    ask = asked(3, units={"early": 1}, allocation="sponsor")
    with pytest.raises(Died):
        await make(house, ask)
    monkeypatch.undo()
    await nobody_gets(house, 0, 1, 2, 3)
    if lost:
        await engine.onsale.remove_keys(house.sale.id)
        await engine.keeper.rebuild(house.sale.id)
    await nobody_gets(house, 0, 1, 2, 3)
    await engine.orders.finish(**NOW)
    assert accept(await make(house, ask)).again is (step is not Step.LOCKED)
    assert await house.count("tickets") == 2
    assert ((await left(house)).seats, (await left(house)).units) == ([0, 1, 2], {"early": 2})
    await sound(house)


async def test_redis_has_the_change_and_not_the_order(
    engine: Engine, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was drawn waits in the cart of its order, however long, and is lost with Redis as little as any."""

    def dies(at: Step) -> None:
        if at is Step.PLACED:
            raise Died

    await withhold(house, SOME)
    monkeypatch.setattr(engine.orders._purchases, "_at_step", dies)
    with pytest.raises(Died):
        await make(house, asked(3, units={"early": 1}, allocation="sponsor"))
    monkeypatch.undo()
    before = await free(house)
    assert await engine.catalog.allocations.bring(house.sale.id) is None
    assert (await house.seat_states())[3] == HELD
    assert (await free(house)) == before | {"left": before["left"] + 2}
    buyer = await engine.db.fetchval("SELECT buyer_id FROM orders WHERE sale_id = $1", house.sale.id)
    cart = await house.cart(buyer)
    assert (cart.state, cart.seats, cart.units) == ("locked", (3,), {"early": 1})
    await nobody_gets(house, 3)
    await engine.orders.finish(**NOW)
    assert (await house.seat_states())[3] == SOLD
    await sound(house)


async def test_buyers_go_on_beside_it(house: House) -> None:
    """Who holds the last units that are for sale keeps them, and gets none of those that are drawn."""
    await withhold(house, SOME)
    buyer = await house.buyer_holding(units={"early": 6})
    other = await house.buyer_holding(units={"early": 1})
    assert isinstance(await make(house, asked(units={"early": 3}, allocation="sponsor")), Bought)
    assert isinstance(await house.sale.hold(PoolHold(other, new_id("h"), "early", 1)), Refused)
    assert isinstance(await house.buy(buyer), Bought)
    assert isinstance(await house.sale.hold(PoolHold(other, new_id("h"), "floor", 1)), Held)
    await sound(house)


async def test_a_release_that_knows_of_no_draws_tells_of_the_order_first(house: House, engine: Engine) -> None:
    await withhold(house, SOME)
    before = await free(house)

    async def nothing(_: str) -> None:
        return None

    bring, engine.orders._desk.bring = engine.orders._desk.bring, nothing
    assert isinstance(await make(house, asked(3, units={"early": 1}, allocation="sponsor")), Bought)
    engine.orders._desk.bring = bring
    assert await bring(house.sale.id) is None
    assert await free(house) == before
    await sound(house)


async def test_neighbours_draw_on_nothing(house: House, engine: Engine) -> None:
    await withhold(house, SOME)
    other = Act(await engine.access.create_organizer("Sala Sur"), "rosa")
    assert await make(house, asked(0, allocation="sponsor"), other) == Refused(Code.UNKNOWN_SALE)
    await nobody_gets(house, 0)
