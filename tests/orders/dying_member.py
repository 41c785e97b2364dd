"""A process in which a member says that money came, and that dies for real: before that is written, or right after."""

import asyncio
import os
import signal
import sys
from datetime import date

import pytest

from engine.audit import Act, ActorKind
from engine.engine import Engine
from engine.orders import money_by_hand
from engine.orders.late import LateMoney
from engine.payments import Came
from engine.settings import load
from tests.orders.house import orders_of


async def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(60)


async def main(when: str, organizer: str, sale: str, order: str, amount: str) -> None:
    monkey = pytest.MonkeyPatch()
    if when == "before":
        monkey.setattr(money_by_hand, "write", die)
    async with Engine.open(load()) as engine:
        orders = orders_of(engine)
        if when == "after":
            monkey.setattr(orders._desk, "tell_redis", die)
            monkey.setattr(LateMoney, "take_in", die)
        member = Act(organizer, "ana", ActorKind.OPERATOR)
        await orders.money_by_hand.came(member, sale, order, Came(int(amount), date(2026, 7, 1)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:6]))
