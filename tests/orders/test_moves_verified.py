"""What is wrong with a move is said, whatever wrote it."""

from __future__ import annotations

import pytest

from engine.orders import Bought
from engine.orders.moving import MOVES, move_violations
from tests.orders.house import House
from tests.orders.moving import begun, pays, sound, two_dates


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("UPDATE refund SET moved = moved - 1 WHERE order_id = $1", "refund 1 says 2999"),
        ("UPDATE order_move SET amount = amount + 1 WHERE order_id = $1", "a move of 9001 is done"),
        (
            "UPDATE order_move SET state = 'open', ended_at = NULL, to_order = NULL, refund = NULL WHERE order_id = $1",
            "0 is on its way from order to order, and open moves stand for 9000",
        ),
        (
            "UPDATE credit_entry e SET amount = e.amount + 1 FROM order_move m "
            "WHERE m.credit_id = e.credit_id AND e.account = 'moved' AND m.order_id = $1 AND e.amount > 0",
            "its voucher stands for 3001",
        ),
    ],
)
async def test_what_does_not_come_to_the_same_is_named(house: House, wrong: str, says: str) -> None:
    dates = await two_dates(house)
    await begun(dates, 40)
    assert isinstance(await pays(dates.new, dates.buyer, None), Bought)
    await sound(dates)
    async with house.engine.db.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(wrong, dates.order.id)
        found = await move_violations(connection)
        await transaction.rollback()
    assert found
    assert {each.invariant for each in found} == {MOVES}
    assert any(says in each.text for each in found), found
    await sound(dates)


async def test_a_move_whose_cart_ended_is_named_after_a_while(house: House) -> None:
    dates = await two_dates(house)
    await begun(dates, 40)
    await dates.new.sale.leave(dates.buyer)
    await house.engine.orders.note_ended_carts()
    assert await move_violations(house.engine.db) == []
    later = "UPDATE cart SET ended_at = now() - interval '2 minutes' WHERE sale_id = $1"
    await house.engine.db.execute(later, dates.new.sale.id)
    (found,) = await move_violations(house.engine.db)
    assert "its move is open" in found.text
    await house.engine.orders.moving.step()
    await sound(dates)
