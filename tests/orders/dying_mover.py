"""A process that moves an order, or undoes that, and dies for real at a step of it: run by test_moving_crashes."""

import asyncio
import os
import signal
import sys
import time

from engine.audit import Act, ActorKind
from engine.engine import Engine
from engine.orders import MoveWanted, Purchase, StaffOrder, Step, Tender
from engine.orders.model import CartRef
from engine.orders.move_model import Move, MoveAsk
from engine.settings import load
from tests.orders.house import card, orders_of


async def main(step: str, ends: str, *said: str) -> None:
    sale, order, to, buyer, number = said

    def die_at(reached: Step) -> None:
        if reached.value == step:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)

    async with Engine.open(load()) as engine:
        orders = orders_of(engine, at_step=die_at)
        organizer = await engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", sale)
        if ends == "member":
            instead = StaffOrder("dying", Tender.CASH, (0, 1, 2))
            await orders.moved_by_staff.make(Act(organizer, "rosa"), sale, MoveWanted(order, to, instead))
            return
        by, cart = Act(organizer, "acc_office", ActorKind.ACCOUNT), await engine.onsale.sale(to).cart(buyer)
        ask = MoveAsk(order, "dying", CartRef(to, cart.id, buyer))
        move = await orders.moving.begin(by, sale, ask)
        assert isinstance(move, Move), move
        if ends == "buys":
            await orders.purchase(Purchase(to, buyer, "one", card(number)))
        else:
            await orders.moving.undo(move.id, by)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:8]))
