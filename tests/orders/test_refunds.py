"""Money that goes back, though a provider can't be reached, or does not say that it went."""

from __future__ import annotations

import pytest

from engine.orders import Bought
from engine.payments import Sandbox
from engine.verify import verify
from tests.orders.house import House
from tests.orders.test_payment import NOW, failed_order, pay_late


async def owed_back(house: House) -> tuple[str, Sandbox]:
    """An order whose money has to go back once it comes, since its cart was bought again; and who gives it back."""
    buyer = await house.buyer_holding(3)
    order = await failed_order(house, buyer)
    assert isinstance(await house.buy(buyer, order="two"), Bought)
    provider = house.engine.orders._till.provider
    assert isinstance(provider, Sandbox)
    return order, provider


async def test_a_refund_whose_answer_is_lost_is_asked_again_and_goes_back_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.orders.late.CHARGE_S_MAX", 0.2)
    order, provider = await owed_back(house)
    provider.silent = True
    await pay_late(house, order, 4500)
    assert await house.state_of(order) == "refunding"
    provider.silent = False
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order) == "refunded"
    given = "SELECT array_agg(amount) FROM sandbox_refund WHERE order_id = $1"
    assert await house.engine.db.fetchval(given, order) == [4500]
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_refund_that_did_not_go_through_is_asked_again(house: House) -> None:
    order, provider = await owed_back(house)
    provider.down = True
    await pay_late(house, order, 4500)
    assert await house.state_of(order) == "refunding"
    provider.down = False
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order) == "refunded"


async def test_money_that_is_told_of_once_more_while_it_goes_back_goes_back_all_the_same(house: House) -> None:
    """The news note it as captured again, at the moment at which the refund was written."""
    order, provider = await owed_back(house)
    provider.down = True
    await pay_late(house, order, 4500)
    provider.down = False
    await house.engine.db.execute("UPDATE payment SET state = 'captured' WHERE order_id = $1", order)
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order) == "refunded"
    assert await house.engine.db.fetchval("SELECT state FROM payment WHERE order_id = $1", order) == "refunded"
    assert await verify(house.engine, house.sale.id, grace_s=0) == []
