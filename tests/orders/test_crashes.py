"""A process dies at each step of a purchase; the finisher completes or undoes it, and every invariant holds."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from engine.orders import Bought, Step
from engine.orders.model import OrderState
from engine.refusals import Code, Refused
from engine.settings import Settings
from engine.verify import verify
from tests.orders.house import GOOD, House

ROOT = Path(__file__).resolve().parents[2]
DECLINED = "4000000000000002"
# As if a minute had passed since.
NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}


async def dies(settings: Settings, step: Step, house: House, buyer: str, number: str) -> None:
    """Run a purchase in a process of its own that is killed at a step."""
    assert settings.redis_url is not None
    assert settings.database_url is not None
    environment = os.environ | {
        "AFORO_REDIS_URL": settings.redis_url,
        "AFORO_DATABASE_URL": settings.database_url,
        "AFORO_SECRET": "s" * 32,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.orders.dying_buyer", step.value, house.sale.id, buyer, number]
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL


@pytest.mark.faults
@pytest.mark.parametrize(
    ("step", "number", "state"),
    [
        (Step.LOCKED, GOOD, OrderState.VOID),
        (Step.PLACED, GOOD, OrderState.FAILED),
        (Step.CHARGED, GOOD, OrderState.PAID),
        (Step.SETTLED, GOOD, OrderState.PAID),
        (Step.SOLD, GOOD, OrderState.PAID),
        (Step.CHARGED, DECLINED, OrderState.FAILED),
        (Step.SETTLED, DECLINED, OrderState.FAILED),
    ],
)
async def test_whatever_step_a_process_dies_at_the_finisher_ends_the_purchase(
    house: House, settings: Settings, step: Step, number: str, state: OrderState
) -> None:
    buyer = await house.buyer_holding(3, 4, units={"early": 1})
    await dies(settings, step, house, buyer, number)
    orders = house.engine.orders
    await orders.finish(**NOW)
    order = house.engine.signer.order_id(house.sale.id, buyer, "one")
    assert await house.state_of(order) == state.value
    cart = await house.cart(buyer)
    assert cart.state == ("ended" if state is OrderState.PAID else "open")
    assert await verify(house.engine, house.sale.id, grace_s=0) == []
    again = await house.buy(buyer)
    match state:
        case OrderState.PAID:
            assert isinstance(again, Bought)
            assert len(again.order.tickets) == 3
        case OrderState.VOID:
            assert again == Refused(Code.CONFLICT)
        case _:
            assert isinstance(again, Refused)
            assert again.code is Code.PAYMENT_DECLINED
    if state is not OrderState.PAID:
        assert isinstance(await house.buy(buyer, order="two"), Bought)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


@pytest.mark.faults
async def test_a_purchase_asked_again_after_a_crash_is_answered_once_it_is_finished(
    house: House, settings: Settings
) -> None:
    buyer = await house.buyer_holding(3)
    await dies(settings, Step.CHARGED, house, buyer, GOOD)
    asking = asyncio.create_task(house.buy(buyer))
    order = house.engine.signer.order_id(house.sale.id, buyer, "one")
    assert await house.state_of(order) == "paying"
    await house.engine.orders.finish(**NOW)
    again = await asking
    assert isinstance(again, Bought)
    assert again.again
    assert await house.count("charges") == 1


async def test_two_finishers_at_once_do_no_harm(house: House) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(4)]
    unknown = "4000000000000093"
    answers = await asyncio.gather(*(house.buy(buyer, unknown) for buyer in buyers))
    assert all(isinstance(each, Refused) and each.code is Code.PAYMENT_PENDING for each in answers)
    await house.engine.db.execute("UPDATE sandbox_charge SET visible_at = now()")
    await asyncio.gather(*(house.engine.orders.finish(**NOW) for _ in range(3)))
    assert (await house.count("paid"), await house.count("tickets")) == (4, 4)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []
