"""What goes back of orders that credit paid, and money that goes back as credit: to the cent, and once."""

from __future__ import annotations

import asyncio
from typing import Any

from engine.orders import Bought, CartChange
from engine.orders.refund_model import AsCredit, RefundState, Way
from engine.orders.refund_plan import RefundAsk
from engine.orders.takings import takings_of
from engine.refusals import Code, Refused
from tests.orders.crediting import accounts, balance, bearing, charged, in_days, issued, pay, seen, sound, voucher
from tests.orders.house import GOOD, House
from tests.orders.test_giving_back import at_provider, by, give_back, given, provider
from tests.orders.test_payment import NOW


async def two_seats(house: House, *codes: str, number: str | None = GOOD) -> Bought:
    """Two seats of 45 euros, paid with these vouchers and a card."""
    buyer = await house.buyer_holding(0, 1)
    for code in codes:
        assert not isinstance(
            await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(voucher=code)), Refused
        )
    bought = await pay(house, buyer, number)
    assert isinstance(bought, Bought), bought
    return bought


async def owed(house: House) -> int:
    """How much credit and how many vouchers there are of this house."""
    return len(await house.engine.credit.all_of(house.organizer))


async def codes_of(house: House, order: str) -> list[dict[str, Any]]:
    """What the page of the order tells its buyer."""
    view = await house.engine.orders.one(house.sale.id, order)
    assert view is not None
    told: list[dict[str, Any]] = view.wire()["vouchers"]
    assert "vouchers" not in view.listed(in_full=True), "the office has no use for codes"
    return told


async def test_money_goes_back_first_and_then_the_voucher(house: House) -> None:
    code = await voucher(house, 3000)
    order = (await two_seats(house, code)).order
    assert await charged(house) == 6000
    first = await given(house, order.id, lines=(0,))
    assert (first.amount, first.returned, first.way, first.state) == (4500, 0, Way.PROVIDER, RefundState.DONE)
    assert (await at_provider(house, order.id), await balance(house, code)) == (4500, 0)
    await sound(house)
    last = await given(house, order.id, lines=(1,))
    assert (last.amount, last.returned, last.money, last.way) == (4500, 3000, 1500, Way.PROVIDER)
    assert (await at_provider(house, order.id), await balance(house, code)) == (6000, 3000)
    assert await house.state_of(order.id) == "refunded"
    assert {account: amount for account, amount in (await accounts(house)).items() if amount} == {}
    await sound(house)


async def test_of_an_order_that_credit_paid_whole_nobody_asks_the_provider_for_anything(house: House) -> None:
    code = await voucher(house, 10000)
    order = (await two_seats(house, code, number=None)).order
    provider(house).down = True
    refund = await given(house, order.id, amount=1000)
    assert (refund.amount, refund.returned, refund.way, refund.state) == (1000, 1000, Way.CREDIT, RefundState.DONE)
    assert await balance(house, code) == 2000
    await given(house, order.id)
    assert await balance(house, code) == 10000
    assert await house.state_of(order.id) == "refunded"
    await sound(house)


async def test_of_several_vouchers_each_has_what_it_had(house: House) -> None:
    codes = [await voucher(house, amount) for amount in (2000, 3000, 4000)]
    order = (await two_seats(house, *codes, number=None)).order
    for at in (0, 1):
        await given(house, order.id, lines=(at,))
        await sound(house)
    assert [await balance(house, code) for code in codes] == [2000, 3000, 4000]


async def test_a_voucher_that_ended_meanwhile_may_be_spent_for_some_days_more(house: House) -> None:
    code = await voucher(house, 4500, expires_at=in_days(1))
    order = (await two_seats(house, code)).order
    over = "UPDATE credit SET expires_at = now() - interval '1 hour' WHERE organizer_id = $1"
    await house.engine.db.execute(over, house.organizer)
    await given(house, order.id)
    buyer = await bearing(house, code, seat=5)
    bought = await pay(house, buyer, None)
    assert isinstance(bought, Bought), bought
    await sound(house)


async def test_money_is_given_as_a_voucher_with_a_bonus_and_the_page_of_the_order_tells_its_code(house: House) -> None:
    order = (await two_seats(house)).order
    refund = await given(house, order.id, lines=(0,), as_credit=AsCredit(voucher=True, bonus_percent=10))
    assert (refund.amount, refund.bonus, refund.way, refund.state) == (4500, 450, Way.VOUCHER, RefundState.DONE)
    assert await at_provider(house, order.id) == 0
    (told,) = await codes_of(house, order.id)
    assert (told["refund"], told["amount"]) == (1, 4950)
    assert await codes_of(house, order.id) == [told], "it is the same whenever it is looked at"
    assert await accounts(house) == {"clearing": 9000, "voucher": -4500, "revenue:general": -4500}
    takings = await takings_of(house.engine.db, house.sale.id)
    assert takings.captured == 4500
    await sound(house)
    # Whoever has it spends it, all of it.
    buyer = await bearing(house, told["code"], seat=0)
    assert (await seen(house, buyer)).due == 0
    bought = await pay(house, buyer, None)
    assert isinstance(bought, Bought), bought
    assert await balance(house, told["code"]) == 450
    await sound(house)


async def test_the_voucher_of_a_refund_goes_back_as_itself(house: House) -> None:
    """Given back, spent, given back again: never more than was paid, and never to the card."""
    order = (await two_seats(house)).order
    await given(house, order.id, as_credit=AsCredit(voucher=True))
    (told,) = await codes_of(house, order.id)
    again = (await two_seats(house, told["code"], number=None)).order
    assert (await given(house, again.id)).way is Way.CREDIT
    assert await balance(house, told["code"]) == 9000
    assert await charged(house) == 9000
    await sound(house)


async def test_credit_is_of_whoever_bought(house: House) -> None:
    order = (await two_seats(house)).order
    ends = in_days(30)
    await given(house, order.id, lines=(1,), as_credit=AsCredit(expires_at=ends))
    (credit,) = await house.engine.credit.all_of(house.organizer, email="ana@example.org")
    assert (credit.credit.balance, credit.credit.expires_at) == (4500, ends)
    assert await codes_of(house, order.id) == []
    await sound(house)


async def test_what_credit_paid_comes_back_as_that_and_only_money_is_given_anew(house: House) -> None:
    code = await voucher(house, 3000)
    order = (await two_seats(house, code)).order
    refund = await given(house, order.id, as_credit=AsCredit(voucher=True, bonus_percent=50))
    assert (refund.amount, refund.returned, refund.bonus) == (9000, 3000, 3000)
    (told,) = await codes_of(house, order.id)
    assert (await balance(house, code), await balance(house, told["code"])) == (3000, 9000)
    await sound(house)


async def test_a_request_that_is_repeated_gives_once(house: House) -> None:
    order = (await two_seats(house)).order
    asked = [give_back(house, order.id, request="one", lines=(0,), as_credit=AsCredit(voucher=True)) for _ in range(8)]
    answers = await asyncio.gather(*asked)
    assert all(answer == answers[0] for answer in answers)
    assert len(await codes_of(house, order.id)) == 1
    assert await owed(house) == 1
    await sound(house)


async def test_nobody_in_particular_is_given_no_credit(house: House) -> None:
    order = (await two_seats(house)).order
    await house.engine.db.execute("UPDATE orders SET person_id = NULL, contact = '{}' WHERE id = $1", order.id)
    refused = await give_back(house, order.id, as_credit=AsCredit())
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID
    assert await house.engine.orders.refunds.of_order(house.sale.id, order.id) == []
    assert await owed(house) == 0
    assert isinstance(await give_back(house, order.id, as_credit=AsCredit(bonus_percent=101, voucher=True)), Refused)
    await given(house, order.id, as_credit=AsCredit(voucher=True))


async def test_a_card_that_takes_nothing_back_holds_up_no_credit(house: House) -> None:
    """The provider is asked for its part alone, and until then the order is being given back."""
    code = await voucher(house, 3000)
    order = (await two_seats(house, code)).order
    provider(house).down = True
    refund = await given(house, order.id)
    assert (refund.state, refund.returned) == (RefundState.DUE, 3000)
    assert await balance(house, code) == 3000, "it may be spent at once"
    await sound(house)
    provider(house).down = False
    await house.engine.orders.finish(**NOW)
    assert await house.state_of(order.id) == "refunded"
    assert await at_provider(house, order.id) == 6000
    await sound(house)


async def test_a_preview_says_what_becomes_of_it(house: House) -> None:
    code = await voucher(house, 3000)
    order = (await two_seats(house, code)).order
    ask = RefundAsk(order.id, "", as_credit=AsCredit(voucher=True, bonus_percent=10))
    plan = await house.engine.orders.refunds.plan(by(house).organizer_id, house.sale.id, ask)
    assert not isinstance(plan, Refused)
    assert (plan.amount, plan.money, plan.bonus, plan.way) == (9000, 6000, 600, Way.VOUCHER)
    assert await issued(house, 1)  # nothing of the preview was written
    assert await owed(house) == 2
