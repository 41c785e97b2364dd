"""Uses of coupons by somebody who is erased: they stay counted, and nobody can tell any more whose they were."""

from __future__ import annotations

import pytest

from engine.audit import Actor
from engine.engine import Engine
from engine.orders import Bought
from engine.rights import Chosen, Erased
from tests.orders.discounting import SALE, bearing, coupon, pay, prove, sound
from tests.orders.house import House, open_sale


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def test_the_mark_of_an_address_goes_with_its_owner(house: House) -> None:
    engine = house.engine
    buyer = await bearing(house, "DESCONTO10", email="eva@example.org")
    await prove(house, buyer, "eva@example.org")
    assert isinstance(await pay(house, buyer), Bought)
    counted = "SELECT count(*) FROM coupon_person"
    whose = "SELECT person FROM order_coupon WHERE sale_id = $1"
    assert await engine.db.fetchval(counted) == 1
    assert (await engine.db.fetchval(whose, house.sale.id)).startswith("contact ")
    people = await engine.vault.find_email("eva@example.org")
    assert isinstance(await engine.erasing.erase(Actor("test"), Chosen(people)), Erased)
    assert await engine.db.fetchval(counted) == 0
    assert await engine.db.fetchval(whose, house.sale.id) is None
    assert (await coupon(engine, house, "DESCONTO10"))["uses"] == 1
    await sound(house)
