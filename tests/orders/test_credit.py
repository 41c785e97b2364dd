"""Orders paid with vouchers and credit, in part and whole: what is charged, what the ledger says, what comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from engine.audit import Act
from engine.catalog.model import SaleState
from engine.engine import Engine
from engine.ids import new_id
from engine.orders import Bought, CartView, Step
from engine.payments import Captured, PaymentNews
from engine.refusals import Code, Refused
from engine.settings import Settings
from tests.orders.crediting import accounts, balance, bearing, charged, in_days, pay, put, seen, sound, voucher
from tests.orders.house import GOOD, YAML, House, open_house
from tests.orders.test_coupon_limits import dies

DECLINED = "4000000000000002"
NEVER_KNOWN = "4000000000000085"
NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}


async def test_a_voucher_pays_a_part_and_the_card_the_rest(house: House) -> None:
    code = await voucher(house, 3000)
    buyer = await bearing(house, code)
    view = await seen(house, buyer)
    assert (view.total, view.due) == (4500, 1500)
    assert [(each.used, each.why) for each in view.credits] == [(3000, None)]
    bought = await pay(house, buyer, due=1500)
    assert isinstance(bought, Bought), bought
    assert bought.order.total == 4500
    assert [each.wire() for each in bought.order.credits] == [
        {"kind": "voucher", "code_end": code[-4:], "amount": 3000}
    ]
    assert await charged(house) == 1500
    assert await balance(house, code) == 0
    assert await accounts(house) == {"clearing": 1500, "voucher": 3000, "revenue:general": -4500}
    await sound(house)


async def test_a_voucher_that_has_more_pays_all_and_nobody_is_charged(house: House) -> None:
    code = await voucher(house, 10000)
    buyer = await bearing(house, code)
    assert (await seen(house, buyer)).due == 0
    bought = await pay(house, buyer, None)
    assert isinstance(bought, Bought), bought
    assert await house.count("charges") == 0
    assert await balance(house, code) == 5500
    assert await accounts(house) == {"voucher": 4500, "revenue:general": -4500}
    again = await pay(house, buyer, None)
    assert isinstance(again, Bought)
    assert again.again
    assert await balance(house, code) == 5500, "a repeat spends nothing more"
    await sound(house)


async def test_what_ends_first_is_spent_first(house: House) -> None:
    for_ever, soon, later = (
        await voucher(house, 2000),
        await voucher(house, 2000, expires_at=in_days(1)),
        await voucher(house, 2000, expires_at=in_days(2)),
    )
    buyer = await bearing(house, for_ever, later, soon)
    assert isinstance(await pay(house, buyer), Bought)
    assert [await balance(house, each) for each in (soon, later, for_ever)] == [0, 0, 1500]
    await sound(house)


async def test_an_order_without_credit_is_what_it_was(house: House) -> None:
    assert isinstance(await pay(house, await bearing(house)), Bought)
    assert await charged(house) == 4500
    assert await accounts(house) == {"clearing": 4500, "revenue:general": -4500}
    await sound(house)


async def test_of_two_orders_at_once_one_gets_the_voucher(house: House) -> None:
    code = await voucher(house, 4500)
    buyers = [await bearing(house, code, seat=seat) for seat in range(8)]
    answers = await asyncio.gather(*(pay(house, buyer, due=0) for buyer in buyers))
    assert sum(isinstance(each, Bought) for each in answers) == 1
    refused = [each for each in answers if isinstance(each, Refused)]
    assert {each.code for each in refused} <= {Code.PRICE_CHANGED, Code.CART_INCOMPLETE}
    assert await house.count("charges") == 0
    assert await balance(house, code) == 0
    await sound(house)


async def test_what_changed_between_shown_and_paid_is_asked_again_and_nothing_is_charged(house: House) -> None:
    code = await voucher(house, 6000)
    first, second = await bearing(house, code, seat=0), await bearing(house, code, seat=1)
    assert (await seen(house, second)).due == 0
    assert isinstance(await pay(house, first, due=0), Bought)
    answer = await pay(house, second, due=0)
    assert answer == Refused(Code.PRICE_CHANGED, {"total": 4500, "due": 3000})
    assert await house.count("charges") == 0
    assert isinstance(await pay(house, second, order="two", due=3000), Bought)
    assert await charged(house) == 3000
    await sound(house)


async def test_what_a_declined_order_spent_comes_back_once(house: House) -> None:
    code = await voucher(house, 3000)
    buyer = await bearing(house, code)
    assert isinstance(await pay(house, buyer, DECLINED), Refused)
    assert await balance(house, code) == 3000
    await sound(house)
    assert isinstance(await pay(house, buyer, DECLINED), Refused)
    await house.engine.orders.finish(**NOW)
    assert await balance(house, code) == 3000
    assert isinstance(await pay(house, buyer, order="two"), Bought)
    assert await balance(house, code) == 0
    await sound(house)


async def test_what_nobody_answers_for_keeps_its_credit_until_it_is_given_up(house: House) -> None:
    code = await voucher(house, 3000)
    buyer = await bearing(house, code)
    answer = await pay(house, buyer, NEVER_KNOWN)
    assert isinstance(answer, Refused)
    assert answer.code is Code.PAYMENT_PENDING
    assert await balance(house, code) == 0, "it is spent while the provider may still say that it was paid"
    await sound(house)
    await house.engine.orders.finish(**NOW)
    assert await balance(house, code) == 3000
    await sound(house)


async def test_what_comes_back_after_it_expired_may_be_spent_for_a_week(house: House) -> None:
    code = await voucher(house, 3000, expires_at=in_days(1))
    buyer = await bearing(house, code)
    assert isinstance(await pay(house, buyer, NEVER_KNOWN), Refused)
    await house.engine.db.execute("UPDATE credit SET expires_at = now() WHERE code_end = $1", code[-4:])
    await house.engine.orders.finish(**NOW)
    found = await house.engine.credit.by_code(house.organizer, code)
    assert found is not None
    assert found.balance == 3000
    assert found.expires_at is not None
    assert in_days(6.9) < found.expires_at < in_days(7.1)
    assert isinstance(await pay(house, buyer, order="two"), Bought)
    await sound(house)


@pytest.mark.parametrize(("left", "state"), [(3000, "paid"), (2999, "refunded")])
async def test_late_money_takes_its_credit_again_or_goes_back(house: House, left: int, state: str) -> None:
    engine = house.engine
    code = await voucher(house, 3000)
    buyer = await bearing(house, code)
    assert isinstance(await pay(house, buyer, DECLINED), Refused)
    order = engine.signer.order_id(house.sale.id, buyer, "one")
    if left < 3000:
        other = await bearing(house, code, seat=1)
        assert isinstance(await pay(house, other), Bought)
    await engine.db.execute("UPDATE sandbox_charge SET outcome = 'captured' WHERE order_id = $1", order)
    news = PaymentNews(house.sale.id, order, Captured(1500, "late"))
    await asyncio.gather(*(engine.orders.payment_answered(news) for _ in range(3)))
    await engine.orders.finish(**NOW)
    assert await house.state_of(order) == state
    assert await balance(house, code) == 0
    await sound(house)


@pytest.mark.parametrize("typed", ["NOSUCH", "2345-6789-ABCD-EFGH"])
async def test_a_code_that_means_nothing_is_refused_and_not_kept(house: House, typed: str) -> None:
    buyer = await bearing(house)
    answer = await put(house, buyer, typed)
    assert isinstance(answer, Refused)
    assert answer.code is Code.INVALID
    why = "unknown" if typed == "NOSUCH" else "mistyped"
    assert answer.detail["fields"][0]["why"] == why
    assert (await seen(house, buyer)).credits == ()


async def test_a_voucher_taken_out_pays_nothing(house: House) -> None:
    code = await voucher(house, 3000)
    buyer = await bearing(house, code)
    view = await put(house, buyer, "")
    assert isinstance(view, CartView)
    assert (view.credits, view.due) == ((), 4500)
    assert isinstance(await pay(house, buyer), Bought)
    assert await balance(house, code) == 3000


async def test_a_voucher_that_ends_in_the_cart_is_an_issue_until_it_is_taken_out(house: House) -> None:
    code = await voucher(house, 3000, expires_at=in_days(1))
    buyer = await bearing(house, code)
    await house.engine.db.execute("UPDATE credit SET expires_at = now() WHERE code_end = $1", code[-4:])
    answer = await pay(house, buyer)
    assert isinstance(answer, Refused)
    assert [each["code"] for each in answer.detail["issues"]] == ["voucher_expired"]
    assert await house.count("charges") == 0
    await put(house, buyer, "")
    assert isinstance(await pay(house, buyer), Bought)
    await sound(house)


async def test_a_minimum_and_a_sale_are_asked_for(house: House) -> None:
    code = await voucher(house, 3000, sum_min=5000)
    buyer = await bearing(house, code)
    view = await seen(house, buyer)
    assert [issue.code for issue in view.issues] == ["voucher_too_little"]
    assert view.due == 4500
    here = await voucher(house, 100, sales=(house.sale.id,))
    assert not isinstance(await put(house, buyer, here), Refused)


@pytest.mark.faults
@pytest.mark.parametrize("step", [Step.LOCKED, Step.PLACED, Step.CHARGED, Step.SETTLED, Step.SOLD])
async def test_whatever_step_a_process_dies_at_credit_is_spent_once_or_comes_back(
    house: House, settings: Settings, step: Step
) -> None:
    code = await voucher(house, 3000)
    buyer = await bearing(house, code)
    await dies(settings, step, house, buyer)
    await house.engine.orders.finish(**NOW)
    await sound(house)
    paid = step in (Step.CHARGED, Step.SETTLED, Step.SOLD)
    assert await balance(house, code) == (0 if paid else 3000)
    assert await charged(house) == (1500 if paid else 0)
    if not paid:
        assert isinstance(await pay(house, buyer, order="two", due=1500), Bought)
    assert (await balance(house, code), await charged(house)) == (0, 1500)
    await sound(house)


async def test_sales_that_spend_the_same_vouchers_do_not_wait_for_one_another_for_ever(engine: Engine) -> None:
    """Vouchers in either order, orders that fail and orders that don't: no deadlock, and never a cent too much."""
    houses = await same_organizers(engine, 3)
    codes = [await voucher(houses[0], 9000) for _ in range(3)]
    carts = [
        (house, await bearing(house, *typed, seat=seat))
        for house in houses
        for seat, typed in enumerate((codes, codes[::-1], codes[:1], codes[1:]))
    ]
    cards = [GOOD if at % 3 else DECLINED for at in range(len(carts))]
    await asyncio.gather(*(pay(house, buyer, number) for (house, buyer), number in zip(carts, cards, strict=True)))
    spent = 0
    for house in houses:
        await house.engine.orders.finish(**NOW)
        spent += (await accounts(house)).get("voucher", 0)
        await sound(house)
    assert spent + sum([await balance(houses[0], code) for code in codes]) == 27000


async def same_organizers(engine: Engine, number: int) -> list[House]:
    """Sales of one organizer."""
    first = await open_house(engine, f"s-{new_id('x')[2:].lower().replace('_', '0').replace('-', '1')}")
    houses = [first]
    for nth in range(1, number):
        cloned = YAML.format(
            sale=f"{first.sale.id}-{nth}",
            starts=f"{in_days(9):%Y-%m-%d 20:30}",
            opens=f"{in_days(-2):%Y-%m-%d 10:00}",
            closes=f"{in_days(8):%Y-%m-%d 10:00}",
            cart_minutes=30,
        ).replace("Jazz en el Rincón", f"Jazz {nth}")
        made = await engine.catalog.sale_from_yaml(cloned, Act(first.organizer, "test"))
        assert not isinstance(made, list), made
        plan = await engine.catalog.plan(made.id)
        assert plan is not None
        await engine.onsale.publish(replace(plan, room=None))
        sale = engine.onsale.sale(made.id)
        await sale.set_state(SaleState.OPEN)
        houses.append(House(engine, sale, first.organizer))
    return houses
