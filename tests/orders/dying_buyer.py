"""A process that buys, and dies for real at a step of the purchase: run by test_crashes."""

import asyncio
import os
import signal
import sys
import time

from engine.engine import Engine
from engine.orders import Orders, Purchase, Step
from engine.payments import Sandbox
from engine.settings import load
from tests.orders.house import card


async def main(step: str, sale: str, buyer: str, number: str) -> None:
    def die_at(reached: Step) -> None:
        if reached.value == step:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)

    async with Engine.open(load()) as engine:
        orders = Orders(
            db=engine.db,
            onsale=engine.onsale,
            read_sale=engine.catalog.sale_info,
            vault=engine.vault,
            kind_of=engine.catalog.kinds.of,
            bring=engine.catalog.allocations.bring,
            meeting=engine.orders.meeting,
            own_credit=engine.orders.own_credit,
            signer=engine.signer,
            sealer=engine.sealer,
            provider=Sandbox(engine.db),
            at_step=die_at,
        )
        await orders.purchase(Purchase(sale, buyer, "one", card(number)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
