"""What providers' books do to an order: under its lock, once, and where it was paid there."""

from __future__ import annotations

from engine.audit import Act
from engine.orders import Bought, RefundAsk, block_tickets, refund_returned, unblock_tickets
from engine.refusals import Refused
from engine.verify import verify
from tests.orders.house import House

BLOCKED = "SELECT count(*) FROM ticket WHERE order_id = $1 AND blocked_at IS NOT NULL"


async def bought(house: House) -> str:
    found = await house.buy(await house.buyer_holding(0, 1))
    assert isinstance(found, Bought)
    return found.order.id


async def returned(house: House, order: str, name: str, provider: str = "sandbox") -> bool:
    async with house.engine.db.acquire() as connection, connection.transaction():
        return await refund_returned(connection, provider, house.sale.id, order, name)


async def test_a_refund_comes_back_once_by_its_own_name_and_from_where_it_went(house: House) -> None:
    order = await bought(house)
    for nth, amount in ((1, 1000), (2, 500)):
        ask = RefundAsk(order, f"ask {nth}", (), amount)
        done = await house.engine.orders.refunds.give_back(Act(house.organizer, "test"), house.sale.id, ask)
        assert not isinstance(done, Refused)
    assert not await returned(house, order, f"{order}:3")
    assert not await returned(house, order, f"{order}:2", "stripe:pac_other")
    assert not await returned(house, "ord_none", f"{order}:2")
    await house.engine.db.execute("UPDATE sandbox_refund SET failed_at = now() WHERE id = $1", f"{order}:2")
    assert await returned(house, order, f"{order}:2")
    assert not await returned(house, order, f"{order}:2")
    refunds = await house.engine.orders.refunds.of_order(house.sale.id, order)
    assert [(each.state.value, each.failure) for each in refunds] == [("done", None), ("failed", "returned")]
    kinds = "SELECT array_agg(kind ORDER BY nth) FROM ledger_movement WHERE order_id = $1"
    assert await house.engine.db.fetchval(kinds, order) == [
        *("capture", "refund", "payback", "refund", "payback", "return")
    ]
    assert await house.state_of(order) == "paid", "its tickets are its own still"
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_tickets_are_blocked_and_free_again(house: House) -> None:
    order = await bought(house)
    async with house.engine.db.acquire() as connection, connection.transaction():
        await block_tickets(connection, "stripe:pac_other", house.sale.id, order)
        assert await connection.fetchval(BLOCKED, order) == 0
        await block_tickets(connection, "sandbox", house.sale.id, order)
        assert await connection.fetchval(BLOCKED, order) == 2
        await unblock_tickets(connection, house.sale.id, order)
        assert await connection.fetchval(BLOCKED, order) == 0
