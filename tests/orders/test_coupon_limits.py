"""Limits of coupons: never one too many, however many buyers, sales and processes come at once, and die."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from engine.audit import Act
from engine.coupons import CouponView
from engine.engine import Engine
from engine.orders import Bought, Step
from engine.payments import Captured, PaymentNews
from engine.refusals import Refused
from engine.settings import Settings
from engine.verify import verify
from tests.orders.discounting import SALE, bearing, coupon, pay, reasons, seen, sound
from tests.orders.house import GOOD, House, open_sale

ROOT = Path(__file__).resolve().parents[2]
DECLINED = "4000000000000002"
NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}
PLAIN = """
event: Sala {at}
id: {{sale}}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
pools:
  floor: {{{{capacity: 500, price: 20}}}}
"""


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def test_a_hundred_uses_under_two_thousand_buyers_are_a_hundred(house: House) -> None:
    buyers = []
    for _ in range(20):
        buyers += await asyncio.gather(*(bearing(house, "HUNDRED") for _ in range(100)))
    answers = await asyncio.gather(*(pay(house, buyer, 1150) for buyer in buyers))
    assert sum(isinstance(each, Bought) for each in answers) == 100
    refused = [reasons(each) for each in answers if isinstance(each, Refused)]
    assert refused == [["coupon_used_up"]] * 1900
    row = await coupon(house.engine, house, "HUNDRED")
    assert (row["uses"], row["money"]) == (100, 100 * 1000)
    await sound(house)


async def test_uses_that_fail_come_back_for_others(house: House) -> None:
    """Of two waves the first is declined: the limit is the second's, whole."""
    buyers = [await bearing(house, "HUNDRED") for _ in range(150)]
    await house.engine.db.execute(
        "UPDATE coupon SET uses_max = 40 WHERE key = 'HUNDRED' AND sale_id = $1", house.sale.id
    )
    declined = asyncio.gather(*(house.buy(buyer, DECLINED) for buyer in buyers[:50]))
    accepted = asyncio.gather(*(pay(house, buyer, 1150) for buyer in buyers[50:]))
    await declined
    first = sum(isinstance(each, Bought) for each in await accepted)
    for buyer in buyers[:50]:
        if isinstance(await pay(house, buyer, order="two"), Bought):
            first += 1
    assert first == 40
    await sound(house)


async def test_one_coupon_over_many_sales_is_used_no_more_often(engine: Engine) -> None:
    first = await open_sale(engine, PLAIN.format(at=0))
    by = Act(first.organizer, "test")
    made = await engine.coupons.make(by, {"key": "EVERYWHERE", "percent": 50, "uses": 60})
    assert isinstance(made, CouponView), made
    houses = [first]
    for at in range(1, 20):
        text = PLAIN.format(at=at)
        sale = await engine.catalog.sale_from_yaml(text.format(sale=f"{first.sale.id[:30]}-{at}"), by)
        assert not isinstance(sale, list), sale
        plan = await engine.catalog.plan(sale.id)
        assert plan is not None
        await engine.onsale.publish(plan)
        houses.append(House(engine, engine.onsale.sale(sale.id), first.organizer))
    carts = [(house, await bearing(house, "everywhere")) for house in houses for _ in range(10)]
    answers = await asyncio.gather(*(pay(house, buyer, 1000) for house, buyer in carts))
    assert sum(isinstance(each, Bought) for each in answers) == 60
    for house in houses:
        await sound(house)


async def test_batches_that_use_the_same_coupons_do_not_wait_for_one_another_for_ever(engine: Engine) -> None:
    """Two sales, coupons in either order, orders that fail and orders that don't: no deadlock, and all is counted."""
    first = await open_sale(engine, PLAIN.format(at=0))
    by = Act(first.organizer, "test")
    for key in ("ONE", "TWO", "THREE"):
        made = await engine.coupons.make(by, {"key": key, "fixed": 1, "currency": "EUR"})
        assert isinstance(made, CouponView), made
    created = await engine.catalog.sale_from_yaml(PLAIN.format(at=1).format(sale=f"{first.sale.id[:30]}-b"), by)
    assert not isinstance(created, list)
    plan = await engine.catalog.plan(created.id)
    assert plan is not None
    await engine.onsale.publish(plan)
    second = House(engine, engine.onsale.sale(created.id), first.organizer)
    carts = [
        (house, await bearing(house, typed))
        for house in (first, second)
        for typed in ("ONE TWO THREE", "THREE ONE", "TWO THREE")
        for _ in range(20)
    ]
    cards = [GOOD if at % 3 else DECLINED for at in range(len(carts))]
    answers = await asyncio.gather(
        *(house.buy(buyer, number) for (house, buyer), number in zip(carts, cards, strict=True))
    )
    assert sum(isinstance(each, Bought) for each in answers) == sum(number == GOOD for number in cards)
    for house in (first, second):
        await sound(house)


@pytest.mark.parametrize(("uses_max", "state"), [(2, "paid"), (1, "refunded")])
async def test_late_money_takes_its_use_again_or_goes_back(house: House, uses_max: int, state: str) -> None:
    engine = house.engine
    buyer = await bearing(house, "HUNDRED")
    assert isinstance(await house.buy(buyer, DECLINED), Refused)
    order = engine.signer.order_id(house.sale.id, buyer, "one")
    assert isinstance(await pay(house, await bearing(house, "HUNDRED")), Bought)
    await engine.db.execute(
        "UPDATE coupon SET uses_max = $2 WHERE key = 'HUNDRED' AND sale_id = $1", house.sale.id, uses_max
    )
    await engine.db.execute("UPDATE sandbox_charge SET outcome = 'captured' WHERE order_id = $1", order)
    news = PaymentNews(house.sale.id, order, Captured(1150, "late"))
    await asyncio.gather(*(engine.orders.payment_answered(news) for _ in range(3)))
    await engine.orders.finish(**NOW)
    assert await house.state_of(order) == state
    assert (await coupon(engine, house, "HUNDRED"))["uses"] == uses_max
    assert await verify(engine, house.sale.id, grace_s=0) == []


async def dies(settings: Settings, step: Step, house: House, buyer: str) -> None:
    environment = os.environ | {
        "AFORO_REDIS_URL": str(settings.redis_url),
        "AFORO_DATABASE_URL": str(settings.database_url),
        "AFORO_SECRET": "s" * 32,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.orders.dying_buyer", step.value, house.sale.id, buyer, GOOD]
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL


@pytest.mark.faults
@pytest.mark.parametrize("step", [Step.LOCKED, Step.PLACED, Step.CHARGED, Step.SETTLED, Step.SOLD])
async def test_whatever_step_a_process_dies_at_as_many_uses_are_counted_as_orders_have(
    house: House, settings: Settings, step: Step
) -> None:
    buyer = await bearing(house, "HUNDRED VIP50", vip=1)
    total = (await seen(house, buyer)).total
    await dies(settings, step, house, buyer)
    await house.engine.orders.finish(**NOW)
    await sound(house)
    paid = step in (Step.CHARGED, Step.SETTLED, Step.SOLD)
    for key in ("HUNDRED", "VIP50"):
        assert (await coupon(house.engine, house, key))["uses"] == (1 if paid else 0)
    if not paid:
        assert isinstance(await pay(house, buyer, total, order="two"), Bought)
    await sound(house)
