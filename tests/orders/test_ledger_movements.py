"""The ledger: each capture one movement that adds up to nothing, whatever was bought and whoever died in between."""

from __future__ import annotations

import asyncpg
import pytest

from engine.engine import Engine
from engine.orders import Bought
from engine.payments import Captured, PaymentNews
from engine.refusals import Refused
from engine.verify import verify
from tests.orders.house import House, open_sale
from tests.orders.test_dues import SALE, SHIRT

ENTRIES = """
SELECT e.account, e.amount FROM ledger_movement m, unnest(m.accounts, m.amounts) AS e (account, amount)
WHERE m.sale_id = $1 AND m.order_id = $2
"""
UNKNOWN_FOR_EVER, DECLINES = "4000000000000143", "4000000000000002"


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def entries(house: House, order: str) -> dict[str, int]:
    rows = await house.engine.db.fetch(ENTRIES, house.sale.id, order)
    return {row["account"]: row["amount"] for row in rows}


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_a_capture_says_what_came_in_and_for_what(house: House) -> None:
    bought = await house.buy(await house.buyer_holding(0, 1, units={SHIRT: 1}))
    assert isinstance(bought, Bought)
    assert await entries(house, bought.order.id) == {
        "clearing": 7050,
        "revenue:general": -(4000 - 364),
        f"revenue:{SHIRT}": -(2500 - 434),
        "fee": -(550 - 87),
        "tax": -(364 + 434 + 87),
    }
    await sound(house)


async def test_it_is_written_once_however_often_it_is_told(house: House) -> None:
    assert isinstance(await house.buy(await house.buyer_holding(0), number=UNKNOWN_FOR_EVER), Refused)
    order: str = await house.engine.db.fetchval("SELECT id FROM orders WHERE sale_id = $1", house.sale.id)
    assert await entries(house, order) == {}, "placing moves nothing"
    for _ in range(3):
        await house.engine.orders.payment_answered(PaymentNews(house.sale.id, order, Captured(2200, "late")))
    assert (await entries(house, order))["clearing"] == 2200
    await sound(house)


async def test_what_failed_or_cost_nothing_moves_nothing(house: House) -> None:
    assert isinstance(await house.buy(await house.buyer_holding(0), number=DECLINES), Refused)
    free = await house.buy(await house.buyer_holding(units={"gift": 1}))
    assert isinstance(free, Bought)
    assert await house.engine.db.fetchval("SELECT count(*) FROM ledger_movement WHERE sale_id = $1", house.sale.id) == 0
    await sound(house)


async def test_nobody_writes_a_movement_that_does_not_balance(house: House) -> None:
    bought = await house.buy(await house.buyer_holding(0))
    assert isinstance(bought, Bought)
    wrong = "UPDATE ledger_movement SET amounts[1] = amounts[1] + 1 WHERE sale_id = $1"
    with pytest.raises(asyncpg.CheckViolationError):
        await house.engine.db.execute(wrong, house.sale.id)


async def test_verify_tells_of_an_order_without_its_movement(house: House) -> None:
    bought = await house.buy(await house.buyer_holding(0))
    assert isinstance(bought, Bought)
    await house.engine.db.execute("DELETE FROM ledger_movement WHERE sale_id = $1", house.sale.id)
    (found,) = await verify(house.engine, house.sale.id, grace_s=0)
    assert found.invariant == 7
    assert "its movements are none" in found.text
    await house.engine.db.execute("SELECT ledger_capture($1, $2)", house.sale.id, [bought.order.id])
    await sound(house)
