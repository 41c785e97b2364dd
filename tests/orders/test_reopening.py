"""Sales that are over go on: from memory, out of the archive, after a loss, and with their room as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.audit import Act
from engine.catalog import Switches
from engine.catalog.model import SaleState
from engine.engine import Engine
from engine.ids import new_buyer
from engine.limits import SALE_OVER_KEPT_S
from engine.onsale.model import Joined, Snapshot
from engine.onsale.records import Records
from engine.orders import Bought
from engine.refusals import Code, Refused
from engine.stores.keys import SALE_KEYS, sale_keys
from engine.verify import verify
from tests.orders.house import House
from tests.orders.test_archive import ACT_KEY, Hands

ROOMY = """
event: Noche de boleros
starts: in 30 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: {opens}
lobby: now
id: {sale}
room: {{shoppers: 2, per_second: 100}}
pools:
  floor: {{capacity: 100, price: 20.00}}
"""


@pytest.fixture
async def hands(house: House) -> AsyncIterator[Hands]:
    # As it was published.
    await house.engine.db.execute("UPDATE sale SET room = NULL, lobby_at = NULL WHERE id = $1", house.sale.id)
    hands = Hands(house)
    yield hands
    await hands.archive.close()


async def reopen(house: House, **body: str) -> None:
    done = await house.engine.catalog.reopen(Act(house.organizer, ACT_KEY), house.sale.id, body)
    assert isinstance(done, Switches), done


async def state_of(house: House) -> SaleState:
    found = await house.sale.snapshot(wake=True)
    assert isinstance(found, Snapshot), found
    return found.state


@pytest.mark.every_redis
async def test_a_closed_sale_goes_on_where_it_stood(hands: Hands) -> None:
    house = hands.house
    assert isinstance(await house.buy(await house.buyer_holding(3)), Bought)
    await hands.close()
    assert await state_of(house) is SaleState.CLOSED
    assert await house.sale.enter(new_buyer()) == Refused(Code.SALE_CLOSED)
    await reopen(house)
    assert await state_of(house) is SaleState.OPEN
    await reopen(house)  # which changes nothing
    assert isinstance(await house.buy(await house.buyer_holding(4), order="two"), Bought)
    states = await house.seat_states()
    assert (states[3], states[4], states[5]) == (2, 2, 0)
    assert await verify(house.engine, house.sale.id) == []


@pytest.mark.every_redis
async def test_out_of_the_archive(hands: Hands) -> None:
    house = hands.house
    assert isinstance(await house.buy(await house.buyer_holding(3, units={"early": 2})), Bought)
    await hands.close()
    assert await hands.away_after(SALE_OVER_KEPT_S)
    assert await hands.keys() == set()
    await reopen(house)
    assert await state_of(house) is SaleState.OPEN
    assert house.sale.id in await house.engine.keeper.live_sales()
    assert (await house.seat_states())[3] == 2
    assert isinstance(await house.buy(await house.buyer_holding(4), order="two"), Bought)
    assert not await hands.away_after(SALE_OVER_KEPT_S), "it is on sale"
    assert await verify(house.engine, house.sale.id) == []


async def test_a_worker_brings_back_what_nobody_else_could(hands: Hands) -> None:
    house = hands.house
    await hands.close()
    assert await hands.away_after(SALE_OVER_KEPT_S)
    # As if Redis had not answered whoever reopened it.
    await house.engine.db.execute("UPDATE sale SET closed_at = NULL WHERE id = $1", house.sale.id)
    assert await hands.keys() == set()
    await hands.archive.step()
    assert await state_of(house) is SaleState.OPEN
    assert not await hands.archive.is_away(house.sale.id)


async def test_a_removal_that_was_cut_short_is_not_finished_under_a_sale_that_goes_on(hands: Hands) -> None:
    house = hands.house
    await hands.close()
    record = await Records(house.engine.db).one(house.sale.id)
    assert record is not None
    over = await Records(house.engine.db).over(datetime.now(UTC), 1000, no_orders)
    (own,) = (each for each in over if each.id == house.sale.id)
    await reopen(house)
    assert not await Records(house.engine.db).is_leaving(own.id, datetime.now(UTC))
    assert not await Records(house.engine.db).write_leaving(own.id, own.epoch, datetime.now(UTC), no_orders)
    assert await state_of(house) is SaleState.OPEN


async def no_orders(*_: object) -> tuple[str, ...]:
    return ()


@pytest.mark.every_redis
async def test_after_redis_lost_it(hands: Hands) -> None:
    house = hands.house
    assert isinstance(await house.buy(await house.buyer_holding(3)), Bought)
    await hands.close()
    await house.engine.redis.delete(*sale_keys(house.sale.id, *SALE_KEYS))
    await reopen(house)
    assert await state_of(house) is SaleState.OPEN
    assert (await house.seat_states())[3] == 2
    assert await verify(house.engine, house.sale.id) == []


async def test_a_later_end_for_a_sale_that_the_clock_ended(hands: Hands) -> None:
    house = hands.house
    past = datetime.now(UTC) - timedelta(hours=1)
    await house.engine.db.execute("UPDATE sale SET closes_at = $2 WHERE id = $1", house.sale.id, past)
    await house.engine.keeper.converge(house.sale.id)
    assert await state_of(house) is SaleState.ENDED
    assert await hands.away_after(SALE_OVER_KEPT_S)
    act = Act(house.organizer, ACT_KEY)
    changed = await house.engine.catalog.change_sale(act, house.sale.id, {"closes": "in 5 days"})
    assert not isinstance(changed, Refused | list), changed
    assert await state_of(house) is SaleState.OPEN
    assert isinstance(await house.buy(await house.buyer_holding(9)), Bought)


async def test_an_older_row_does_not_reopen_what_was_closed_since(hands: Hands) -> None:
    house = hands.house
    older = await Records(house.engine.db).one(house.sale.id)
    assert older is not None
    await hands.close()
    assert not await house.sale.set_state(SaleState.OPEN, older.steered)
    assert await state_of(house) is SaleState.CLOSED


async def roomy(engine: Engine, sale_id: str, opens: str) -> House:
    organizer = await engine.access.create_organizer("Sala Norte")
    text = ROOMY.format(sale=sale_id, opens=opens)
    made = await engine.catalog.sale_from_yaml(text, Act(organizer, ACT_KEY))
    assert not isinstance(made, list), made
    return House(engine, engine.onsale.sale(sale_id), organizer)


async def joined(house: House, buyer: str, token: str | None = None) -> Joined:
    found = await house.sale.join(buyer, token)
    assert isinstance(found, Joined), found
    return found


@pytest.mark.parametrize("away", [False, True])
async def test_the_room_goes_on_and_no_number_is_given_twice(engine: Engine, sale_id: str, away: bool) -> None:
    house = await roomy(engine, sale_id, "now")
    hands = Hands(house)
    buyers = [new_buyer() for _ in range(5)]
    places = [await joined(house, buyer) for buyer in buyers]
    await engine.keeper.step()
    assert len({place.number for place in places}) == 5
    await hands.close()
    assert isinstance(await house.sale.join(new_buyer(), None), Refused)
    if away:
        assert await hands.away_after(SALE_OVER_KEPT_S)
    await reopen(house)
    assert await state_of(house) is SaleState.OPEN
    later = [await joined(house, new_buyer()) for _ in range(3)]
    assert not {place.number for place in later} & {place.number for place in places}
    assert min(place.number for place in later) > max(place.number for place in places)
    back = await joined(house, buyers[4], places[4].token)
    assert back.number == places[4].number, "who waited keeps the place"
    await hands.archive.close()


async def test_what_was_closed_before_it_opened_gathers_again_and_is_drawn(engine: Engine, sale_id: str) -> None:
    house = await roomy(engine, sale_id, "in 2 days")
    assert await state_of(house) is SaleState.LOBBY
    first = await joined(house, new_buyer())
    await Hands(house).close()
    assert await state_of(house) is SaleState.CLOSED
    await reopen(house)
    assert await state_of(house) is SaleState.LOBBY
    second = await joined(house, new_buyer())
    assert second.number > first.number
    await Hands(house).close()
    past = "UPDATE sale SET lobby_at = now() - interval '2 hours', opens_at = now() - interval '1 hour' WHERE id = $1"
    await house.engine.db.execute(past, house.sale.id)
    await reopen(house)
    snapshot = await house.sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    assert snapshot.state is SaleState.OPEN
    assert snapshot.room.secret is not None, "it was drawn"
    assert snapshot.room.lobby == 2
