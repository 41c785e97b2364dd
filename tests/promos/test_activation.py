"""A window is activated once, by whichever worker, and tells whom its promo is for."""

import asyncio
from typing import Any

from engine import limits
from engine.catalog import write_window_sale
from engine.engine import Engine
from engine.ids import new_sale_id
from engine.onsale.model import Held
from engine.promos import shelf_sql
from engine.promos.promoter import window_sale
from engine.refusals import Code
from engine.settings import Settings
from tests.promos.city import BY, City, code


async def test_the_first_promo_of_an_organizer_waits_for_its_people(city: City) -> None:
    """It opens at once, before anybody has looked who may be told of this organizer's offers."""
    buyer = await city.buyer()
    await city.engine.follower.step()
    await city.promo(segments=["regulars"], stock=1)
    await city.engine.db.execute("UPDATE segment SET rule = 'everybody' WHERE name = 'regulars'")
    await city.promos.promoter.step()
    assert await city.told() == {}
    await city.step()
    assert await city.told() == {buyer: 1}


async def test_a_promo_does_not_wait_for_a_broken_segment(city: City) -> None:
    await city.buyer()
    promo = await city.promo(segments=["regulars"])
    await city.engine.db.execute("UPDATE segment SET rule = 'no rule at all' WHERE name = 'regulars'")
    await city.step()
    assert await city.told() == {}
    claimed = "SELECT claimed_at IS NOT NULL FROM promo_window WHERE promo_id = $1"
    assert await city.engine.db.fetchval(claimed, promo)


async def test_any_number_of_workers_activate_once(city: City, settings: Settings) -> None:
    for _ in range(30):
        await city.buyer()
    await city.promo()
    await city.engine.follower.step()
    async with Engine.open(settings) as other:
        promoters = [city.promos.promoter, other.promos.promoter, city.promos.promoter]
        await asyncio.gather(*(promoter.step() for promoter in promoters))
    assert list((await city.told()).values()) == [1] * 30
    activated = await city.engine.db.fetch("SELECT activated_at, claimed_at FROM promo_window")
    assert len(activated) == 1
    assert activated[0]["claimed_at"] >= activated[0]["activated_at"]


async def test_one_of_many_makes_the_sale_of_a_window(city: City) -> None:
    """Also when all of them look for it in the same instant: who comes second finds it, and breaks nothing."""
    await city.promo(once={"opens": "in 1 minute", "closes": "in 1 hour"})
    (row,) = await city.engine.db.fetch(shelf_sql.TO_PREPARE, limits.PROMO_PREPARED_S, 1)
    for _ in range(40):
        window = {**row, "sale_id": new_sale_id()}

        async def make(window: dict[str, Any] = window) -> bool:
            async with city.engine.db.acquire() as connection:
                return await write_window_sale(connection, window_sale(window["sale_id"], window))

        assert sorted(await asyncio.gather(*(make() for _ in range(8)))) == [False] * 7 + [True]


async def test_nothing_is_activated_before_the_audience_is_there(city: City) -> None:
    buyer = await city.buyer()
    await city.promo()
    await city.promos.promoter.step()
    assert await city.told() == {}
    await city.step()
    assert await city.told() == {buyer: 1}


async def test_a_promo_of_the_future_waits(city: City) -> None:
    await city.buyer()
    sale = await city.running(once={"opens": "in 5 minutes", "closes": "in 1 hour"})
    assert await city.told() == {}
    buyer = await city.buyer()
    assert await city.promos.board.promos(buyer, None) == []
    assert code(await city.claim(sale, buyer)) is Code.WINDOW_OVER
    await city.engine.db.execute("UPDATE promo_window SET opens_at = now() - interval '1 second'")
    await city.step()
    assert set((await city.told()).values()) == {1}


async def test_a_window_is_on_show_before_anybody_is_told_of_it(city: City) -> None:
    """A server that was told of one before could tell its sockets nothing."""
    buyer = await city.buyer()
    sale = await city.running(once={"opens": "in 5 minutes", "closes": "in 1 hour"})
    await city.promos.promoter.show()
    await city.engine.db.execute("UPDATE promo_window SET opens_at = now() - interval '1 second'")
    await city.promos.promoter.activate()
    assert await city.told() == {buyer: 1}
    await city.promos.board.refresh()
    assert set(city.promos.board.offered()) == {sale}


async def test_pause_and_resume(city: City) -> None:
    buyer = await city.buyer()
    sale = await city.running()
    (promo,) = await city.promos.of_organizer(BY.organizer_id)
    assert promo.state == "active"
    assert await city.promos.pause(BY, promo.id) == "paused"
    await city.promos.board.refresh()
    assert code(await city.claim(sale, buyer)) is Code.SALE_PAUSED
    (card,) = await city.cards(buyer)
    assert card.state == "paused"
    assert await city.promos.resume(BY, promo.id) == "scheduled"
    await city.promos.board.refresh()
    assert isinstance(await city.claim(sale, buyer), Held)


async def test_a_paused_promo_tells_nobody(city: City) -> None:
    buyer = await city.buyer()
    promo = await city.promo()
    await city.promos.pause(BY, promo)
    await city.step()
    assert await city.told() == {}
    await city.promos.resume(BY, promo)
    await city.step()
    assert await city.told() == {buyer: 1}
