"""What goes back is taken back on paper too: a credit note for each refund, after the receipt, without a gap."""

from __future__ import annotations

from engine.ids import new_id
from engine.orders import Bought, RefundAsk, Refunding
from engine.receipts.issuing import CREDIT_NOTE, RECEIPT
from engine.verify import verify, verify_contexts
from tests.orders.house import House
from tests.orders.test_giving_back import by


async def bought(house: House, *seats: int) -> str:
    made = await house.buy(await house.buyer_holding(*seats))
    assert isinstance(made, Bought), made
    return made.order.id


async def give_back(house: House, order: str, *lines: int) -> Refunding:
    ask = RefundAsk(order, new_id("rfd"), lines)
    done = await house.engine.orders.refunds.give_back(by(house), house.sale.id, ask)
    assert isinstance(done, Refunding), done
    return done


async def issue(house: House) -> None:
    issuing = house.engine.receipts.issuing
    await issuing.consumer.step(house.engine.db)
    await issuing.step()


async def sound(house: House) -> None:
    assert await verify(house.engine, house.sale.id, grace_s=0) == []
    assert (await verify_contexts(house.engine, grace_s=0))["receipts"] == []


async def test_each_refund_has_a_credit_note_that_says_what_went_back(house: House) -> None:
    order = await bought(house, 0, 1)
    await issue(house)
    first = await give_back(house, order, 0)
    await issue(house)
    second = await give_back(house, order)
    await issue(house)
    papers = await house.engine.receipts.all_of_order(house.sale.id, order)
    assert [each.kind for each in papers] == [RECEIPT, CREDIT_NOTE, CREDIT_NOTE]
    assert [each.total for each in papers[1:]] == [first.amount, second.amount]
    assert papers[0].total == first.amount + second.amount
    assert papers[0].tax == papers[1].tax + papers[2].tax, "no cent of the tax is left, and none too many"
    assert [int(each.number[-6:]) for each in papers] == [1, 2, 3]
    await sound(house)


async def test_a_credit_note_waits_for_its_receipt(house: House) -> None:
    order = await bought(house, 0)
    await give_back(house, order)
    issuing = house.engine.receipts.issuing
    await issuing.consumer.step(house.engine.db)
    assert await issuing._notes_page(await house.engine.db.fetchval("SELECT now()")) == 0
    await issue(house)
    papers = await house.engine.receipts.all_of_order(house.sale.id, order)
    assert [each.kind for each in papers] == [RECEIPT, CREDIT_NOTE]
    await sound(house)


async def test_a_month_adds_up_to_what_is_left(house: House) -> None:
    orders = [await bought(house, seat) for seat in range(3)]
    await issue(house)
    back = await give_back(house, orders[1])
    await issue(house)
    await issue(house)
    month = await house.engine.receipts.month(house.organizer, None, 50)
    assert month is not None
    assert (month.gapless, [each.kind for each in month.items]) == (True, [RECEIPT] * 3 + [CREDIT_NOTE])
    assert month.items[3].total == -back.amount
    assert month.sums[0].total == sum(each.total for each in month.items) == 2 * month.items[0].total
    await sound(house)


async def test_what_cost_nothing_has_neither(house: House) -> None:
    made = await house.buy(await house.buyer_holding(units={"gift": 1}))
    assert isinstance(made, Bought)
    await issue(house)
    await give_back(house, made.order.id)
    await issue(house)
    assert await house.engine.receipts.all_of_order(house.sale.id, made.order.id) == []
    await sound(house)
