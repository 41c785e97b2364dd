"""Opening an order, and listing the orders of a sale."""

from __future__ import annotations

from typing_extensions import TypedDict

from engine.refusals import Code
from server.api.routing import Call, Paged, Who, route
from server.live.commands.orders import OrderAnswer, OrderAsk, order
from server.live.shapes import OrderShape


@route("POST", "/api/orders/open", codes=(Code.BAD_ORDER_KEY, Code.TOO_MANY_ASKS))
async def open_order(call: Call, body: OrderAsk) -> OrderAnswer:
    """Open an order with its code and the key its buyer chose."""
    return await order(call, body)


class OrderPage(TypedDict):
    items: list[OrderShape]
    next: str | None


@route("GET", "/api/sales/{sale}/orders", Who.ORGANIZER, answer=OrderPage, codes=(Code.UNKNOWN_SALE, Code.FORBIDDEN))
async def list_orders(call: Call, query: Paged) -> dict[str, object]:
    """Orders of a sale of yours, oldest first."""
    page = await call.process.engine.orders.page(call.organizer, call.sale_part(), query.after, query.limit)
    return {"items": [each.wire() for each in page.items], "next": page.next}
