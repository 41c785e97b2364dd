"""A process that buys, and dies for real at a step of the purchase: run by test_crashes."""

import asyncio
import os
import signal
import sys
import time

from engine.engine import Engine
from engine.orders import Purchase, Step
from engine.payments import TRANSFER, Means
from engine.settings import load
from tests.orders.house import card, orders_of


async def main(step: str, sale: str, buyer: str, number: str) -> None:
    def die_at(reached: Step) -> None:
        if reached.value == step:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)

    async with Engine.open(load()) as engine:
        orders = orders_of(engine, at_step=die_at)
        means = Means(TRANSFER) if number == TRANSFER else card(number)
        await orders.purchase(Purchase(sale, buyer, "one", means))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
