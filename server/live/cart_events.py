"""What a buyer's sockets are told when their cart changed by itself: `cart`, and `order` when a purchase ended.

Owns: why it changed, derived from how the cart stands now. The feed says only whose cart it was.
"""

from __future__ import annotations

from typing import Any

from engine.engine import Engine
from engine.orders import CartView, OrderState, OrderView
from engine.refusals import Code, RefusalError, accept
from server.contract.events import event


class CartEvents:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, sale: str, buyer: str) -> list[dict[str, Any]]:
        try:
            view = accept(await self._engine.orders.cart_view(sale, buyer))
        except RefusalError as refusal:
            if refusal.code is Code.NO_CART:
                return []
            raise
        events = [event("cart", sale=sale, cart=view.wire(), reason=reason(view))]
        ended = await self._ended_order(sale, buyer, view)
        if ended is not None:
            events.append(event("order", sale=sale, order=ended.wire()))
        return events

    async def _ended_order(self, sale: str, buyer: str, view: CartView) -> OrderView | None:
        """The order that this cart was bought by, or that came to nothing just now."""
        if view.order is not None and view.state == "ended":
            return await self._engine.orders.one(sale, view.order)
        if reason(view) == "unlocked":
            orders = await self._engine.orders.of_buyer(sale, buyer)
            return orders[-1] if orders and orders[-1].state is OrderState.FAILED else None
        return None


def reason(view: CartView) -> str:
    """An ended cart says why it ended; a live one was opened, or came back from a purchase that failed."""
    if view.state == "ended":
        return view.end_reason
    return "unlocked" if view.issues and any(issue.code.startswith("payment_") for issue in view.issues) else "changed"
