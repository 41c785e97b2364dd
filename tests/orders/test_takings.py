"""Takings: one figure of money, from the ledger, wherever it is told; its parts add up whatever was sold."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from engine.orders.takings import Takings
from engine.refusals import accept
from engine.verify import verify
from tests.orders.house import House, open_sale
from tests.orders.prices import knows_at_once
from tests.orders.test_recomputed import SALE, SHIRT, mixed, of_every_kind


@pytest.fixture
async def house(engine: Engine) -> House:
    house = await open_sale(engine, SALE)
    knows_at_once(house)
    return house


async def takings(house: House) -> Takings:
    return await house.engine.orders.takings_of(house.sale.id)


async def counted(house: House) -> int:
    return accept(await house.sale.snapshot()).counters.revenue


async def test_nothing_was_taken_in_before_anything_was_sold(house: House) -> None:
    assert await takings(house) == Takings(0, 0, 0, 0, 0, {})


async def test_an_order_is_in_its_parts(house: House) -> None:
    await mixed(house, 0)
    # 20.00 and 25.00 with 10 % and 21 % in them, 9.99 and 7.25 % added; fees with 21 % and 10 % in them.
    prices = {"general": 1818, "half": 999, SHIRT: 2066}
    assert await takings(house) == Takings(6218, 1818 + 999 + 2066, 0, 551, 784, prices)


async def test_they_add_up_to_what_was_charged_and_is_counted_live_whatever_was_sold(house: House) -> None:
    await of_every_kind(house)
    found = await takings(house)
    assert found.captured == found.prices - found.discount + found.fees + found.taxes
    assert sum(found.by_type.values()) == found.prices
    charged = "SELECT sum(amount) FROM payment WHERE sale_id = $1 AND state = 'captured'"
    assert found.captured == await house.engine.db.fetchval(charged, house.sale.id) == await counted(house)


async def test_a_rebuild_counts_the_same(house: House) -> None:
    await of_every_kind(house)
    before = await takings(house)
    await house.engine.keeper.rebuild(house.sale.id, accept(await house.sale.snapshot()).epoch)
    assert (await takings(house), await counted(house)) == (before, before.captured)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_sale_has_no_part_in_the_takings_of_its_neighbour(house: House, engine: Engine) -> None:
    neighbour = await open_sale(engine, SALE)
    await mixed(neighbour, 0)
    assert (await takings(house)).captured == 0
