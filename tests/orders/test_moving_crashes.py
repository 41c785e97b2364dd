"""A process dies at each step of a move; the finisher completes or undoes it, and every cent is where it belongs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.audit import Act
from engine.orders import Bought, MoveWanted, StaffOrder, Step, Tender
from engine.orders.model import CartRef
from engine.orders.move_model import MoveAsk, MoveState
from engine.refusals import Code, Refused
from engine.settings import Settings
from tests.orders.house import GOOD, House
from tests.orders.moving import FREE_BOTH, NOW, SOLD_BOTH, Dates, cash, old_seats, on_the_way, pays, sound, two_dates

ROOT = Path(__file__).resolve().parents[2]
DECLINED = "4000000000000002"
OPEN, DONE, UNDONE = MoveState.OPEN, MoveState.DONE, MoveState.UNDONE


async def dies(settings: Settings, step: Step, ends: str, dates: Dates, number: str) -> None:
    """Move the order in a process of its own that is killed at a step."""
    assert settings.redis_url is not None
    assert settings.database_url is not None
    environment = os.environ | {
        "AFORO_REDIS_URL": settings.redis_url,
        "AFORO_DATABASE_URL": settings.database_url,
        "AFORO_SECRET": "s" * 32,
        "PYTHONPATH": str(ROOT),
    }
    said = (step.value, ends, dates.old.sale.id, dates.order.id, dates.new.sale.id, dates.buyer, number)
    command = [sys.executable, "-m", "tests.orders.dying_mover", *said]
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL


class Death(NamedTuple):
    seats: tuple[int, ...]  # of the second date
    step: Step
    ends: str
    number: str
    state: MoveState  # of the move, once the finisher has run


@pytest.mark.faults
@pytest.mark.parametrize(
    "death",
    [
        Death((0, 1, 2), Step.MOVE_BEGUN, "buys", GOOD, OPEN),
        Death((0, 1, 2), Step.LOCKED, "buys", GOOD, OPEN),
        Death((0, 1, 2), Step.PLACED, "buys", GOOD, OPEN),
        Death((0, 1, 2), Step.CHARGED, "buys", GOOD, DONE),
        Death((0, 1, 2), Step.SETTLED, "buys", GOOD, DONE),
        Death((0, 1, 2), Step.SOLD, "buys", GOOD, DONE),
        Death((0, 1, 2), Step.MOVED, "buys", GOOD, DONE),
        Death((0, 1, 2), Step.CHARGED, "buys", DECLINED, OPEN),
        Death((40,), Step.PLACED, "buys", GOOD, DONE),  # nothing was left to pay
        Death((40,), Step.SETTLED, "buys", GOOD, DONE),
        Death((40,), Step.SOLD, "buys", GOOD, DONE),
        Death((40,), Step.MOVED, "buys", GOOD, DONE),
        Death((0, 1), Step.MOVE_UNDONE, "undoes", GOOD, UNDONE),
    ],
)
async def test_whatever_step_a_process_dies_at_the_move_is_done_or_undone(
    house: House, settings: Settings, death: Death
) -> None:
    seats, step, ends, number, state = death
    dates = await two_dates(house)
    await dates.new.fill(dates.buyer, seats, {})
    await dies(settings, step, ends, dates, number)
    orders = house.engine.orders
    for _ in range(2):
        await orders.finish(**NOW)
    (move,) = await orders.moving.of_order(dates.old.sale.id, dates.order.id)
    assert move.state is state
    assert await on_the_way(dates) == (9000 if state is OPEN else 0)
    assert await old_seats(dates) == (FREE_BOTH if state is DONE else SOLD_BOTH)
    costs = 13500 if len(seats) == 3 else 3000
    assert await cash(dates) == (costs if state is DONE else 9000)
    await sound(dates)
    if state is not OPEN:
        return
    # It is as if nothing had happened: the same cart buys, or the move is undone.
    bought = await pays(dates.new, dates.buyer, GOOD, "two")
    assert isinstance(bought, Bought), bought
    (move,) = await orders.moving.of_order(dates.old.sale.id, dates.order.id)
    assert (move.state, move.to_order) == (DONE, bought.order.id)
    assert await cash(dates) == costs
    await sound(dates)


@pytest.mark.faults
@pytest.mark.parametrize("step", [Step.MOVE_BEGUN, Step.LOCKED, Step.PLACED])
async def test_where_nobody_goes_on_the_lines_are_as_they_were(house: House, settings: Settings, step: Step) -> None:
    dates = await two_dates(house)
    await dates.new.fill(dates.buyer, (0, 1, 2), {})
    await dies(settings, step, "buys", dates, GOOD)
    orders = house.engine.orders
    await orders.finish(**NOW)
    await dates.new.sale.leave(dates.buyer)
    await orders.note_ended_carts()
    await orders.finish(**NOW)
    (move,) = await orders.moving.of_order(dates.old.sale.id, dates.order.id)
    assert move.state is UNDONE
    assert (await old_seats(dates), await cash(dates), await on_the_way(dates)) == (SOLD_BOTH, 9000, 0)
    await sound(dates)


async def test_many_who_finish_at_once_end_it_once(house: House) -> None:
    dates = await two_dates(house)
    await dates.new.fill(dates.buyer, (0, 1), {})
    orders, cart = house.engine.orders, await dates.new.cart(dates.buyer)
    ask = MoveAsk(dates.order.id, "one", CartRef(dates.new.sale.id, cart.id, dates.buyer))
    await orders.moving.begin(dates.by, dates.old.sale.id, ask)
    await asyncio.gather(pays(dates.new, dates.buyer, None), *(orders.moving.step() for _ in range(6)))
    await asyncio.gather(*(orders.finish(**NOW) for _ in range(3)))
    (move,) = await orders.moving.of_order(dates.old.sale.id, dates.order.id)
    assert move.state is DONE
    assert len(await orders.refunds.of_order(dates.old.sale.id, dates.order.id)) == 1
    await sound(dates)


@pytest.mark.faults
@pytest.mark.parametrize("step", [Step.MOVE_BEGUN, Step.LOCKED, Step.PLACED, Step.SOLD, Step.MOVED])
async def test_what_a_member_began_is_done_once_whoever_asks_again(
    house: House, settings: Settings, step: Step
) -> None:
    dates = await two_dates(house)
    await dies(settings, step, "member", dates, GOOD)
    orders, by = house.engine.orders, Act(house.organizer, "rosa")
    for _ in range(2):
        await orders.finish(**NOW)
    (move,) = await orders.moving.of_order(dates.old.sale.id, dates.order.id)
    assert move.state is (OPEN if step in (Step.MOVE_BEGUN, Step.LOCKED) else DONE)
    await sound(dates)
    made = None
    for request in ("dying", "once more"):
        asked = MoveWanted(dates.order.id, dates.new.sale.id, StaffOrder(request, Tender.CASH, (0, 1, 2)))
        made = await orders.moved_by_staff.make(by, dates.old.sale.id, asked)
        if not isinstance(made, Refused):
            break
        assert (step, made.code) == (Step.LOCKED, Code.CONFLICT), "that order can never be placed any more"
    assert made is not None
    assert not isinstance(made, Refused)
    assert (made[0].state, len(made[1].tickets)) == (DONE, 3)
    assert len(await orders.refunds.of_order(dates.old.sale.id, dates.order.id)) == 1
    assert (await old_seats(dates), await cash(dates), await on_the_way(dates)) == (FREE_BOTH, 9000, 0)
    await sound(dates)
