"""Finisher: completes or undoes whatever a purchase left behind, whichever process died at whichever step.

Guarantees: a step is bounded, and may be repeated or run twice at once; an order stays `paying` until the provider
knows, or `awaiting` until its deadline; nothing stays locked without a running payment. Fails with RefusalError
unavailable; the next step goes on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any

from engine.limits import LOCKED_CARTS_PER_SALE_MAX, ORDERS_ASKED_AGAIN_MAX, ORDERS_FINISHED_PER_STEP_MAX
from engine.orders import sql
from engine.orders.asking import Asking, Pending
from engine.orders.awaiting import Awaiting
from engine.orders.desk import Desk
from engine.orders.late import LateMoney
from engine.orders.model import OrderState
from engine.orders.moving import Moving
from engine.orders.refunds import Refunds
from engine.payments import Captured
from engine.refusals import Refused

log = logging.getLogger(__name__)

MOVED_WITHIN_MS = 30_000  # the keeper notes a sale with carts more often
ORDER_AFTER_S = 2.0  # a purchase that runs well has ended by then
CART_AFTER_MS = 10_000  # longer than placing an order may be tried
ABANDON_AFTER_S = 30.0  # longer than a charge may be on its way
ASK_AGAIN_S = 1.0
ASK_AGAIN_S_MAX = 60.0
EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Finisher:
    def __init__(self, desk: Desk, late: LateMoney, refunds: Refunds, asking: Asking, moving: Moving) -> None:
        self._desk = desk
        self._late = late
        self._refunds = refunds
        self._asking = asking
        self._moving = moving
        self._awaiting = Awaiting(desk, late)
        self._after: tuple[datetime, str] = (EVER, "")
        self._ask_at: dict[str, tuple[float, float]] = {}  # order → when to ask the provider again, and the pause then

    async def step(
        self,
        *,
        order_after_s: float = ORDER_AFTER_S,
        cart_after_ms: float = CART_AFTER_MS,
        abandon_after_s: float = ABANDON_AFTER_S,
    ) -> int:
        """Look at some unsettled orders and at carts locked for long; answers how many were completed or undone."""
        await self._desk.look_whether_payments_are_down()
        rows = await self._desk.db.fetch(sql.READ_UNSETTLED, order_after_s, *self._after, ORDERS_FINISHED_PER_STEP_MAX)
        full = len(rows) == ORDERS_FINISHED_PER_STEP_MAX
        self._after = (rows[-1]["placed_at"], rows[-1]["id"]) if full else (EVER, "")
        done = await asyncio.gather(*(self._finish_safely(row, abandon_after_s) for row in rows))
        lately = await self._desk.onsale.moves.lately(MOVED_WITHIN_MS)
        opened = [await self._open_locked(sale, cart_after_ms) for sale in lately]
        return sum(done) + sum(opened) + await self._awaiting.step() + await self._moving.step()

    async def _finish_safely(self, row: Any, abandon_after_s: float) -> bool:
        try:
            return await self._finish(row, abandon_after_s)
        except Exception:  # an order that fails must not stop the others
            log.exception("finishing order %s failed", row["id"])
            return False

    async def _finish(self, row: Any, abandon_after_s: float) -> bool:
        sale, order = row["sale_id"], row["id"]
        match OrderState(row["state"]):
            case OrderState.AWAITING | OrderState.FAILED | OrderState.VOID if row["captured"]:
                await self._late.take_in(sale, order, Captured(row["amount"], row["reference"]))
                return True
            case OrderState.PAYING:
                return await self._ask(row, abandon=row["age_s"] >= abandon_after_s)
            case OrderState.PAID | OrderState.REFUNDING | OrderState.REFUNDED if row["revision"]:
                return await self._refunds.go_on(sale, order)
            case OrderState.REFUNDING:
                return await self._late.refund(sale, order, row["provider"])
            case _:
                return await self._desk.tell_redis(sale, order)

    async def _ask(self, row: Any, *, abandon: bool) -> bool:
        """Ask the provider how the payment went; less and less often while it does not know."""
        sale, order = row["sale_id"], row["id"]
        if time.monotonic() < self._ask_at.get(order, (0.0, 0.0))[0]:
            return False
        pending = Pending(sale, order, row["provider"], row["due"])
        looked = await self._asking.ask(pending, give_up=abandon)
        if not looked.known:
            self._ask_later(order)
            return False
        self._ask_at.pop(order, None)
        return looked.done

    def _ask_later(self, order: str) -> None:
        if len(self._ask_at) >= ORDERS_ASKED_AGAIN_MAX:
            self._ask_at.clear()
        _, pause_s = self._ask_at.get(order, (0.0, ASK_AGAIN_S))
        self._ask_at[order] = (time.monotonic() + pause_s, min(pause_s * 2, ASK_AGAIN_S_MAX))

    async def _open_locked(self, sale: str, cart_after_ms: float) -> int:
        """Carts that stay locked although their order has ended, or never was: then it never will be."""
        carts = await self._desk.onsale.sale(sale).locked(cart_after_ms, LOCKED_CARTS_PER_SALE_MAX)
        if isinstance(carts, Refused) or not carts:
            return 0
        rows = await self._desk.db.fetch(sql.READ_STATES, sale, [cart.order for cart in carts])
        states = {row["id"]: OrderState(row["state"]) for row in rows}
        opened = 0
        for cart in carts:
            if cart.order not in states:
                await self._desk.bury(sale, cart.order, cart=cart.id, buyer=cart.buyer)
            if states.get(cart.order) is not OrderState.PAYING:
                opened += await self._desk.tell_redis(sale, cart.order)
        return opened
