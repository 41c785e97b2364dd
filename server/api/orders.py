"""Opening an order, and listing the orders of a sale."""

from __future__ import annotations

from typing_extensions import TypedDict

from engine.limits import ORDER_PASS_S
from engine.refusals import Code, accept
from server.api.routing import Call, Paged, Reply, Who, route
from server.clock import now_ms
from server.live.commands.orders import OrderAnswer, OrderAsk, order
from server.live.identity import opened_cookie_of
from server.live.shapes import ListedOrderShape


@route(
    "POST", "/api/orders/open", answer=OrderAnswer, codes=(Code.BAD_ORDER_KEY, Code.NETWORK_BUSY, Code.TOO_MANY_TRIES)
)
async def open_order(call: Call, body: OrderAsk) -> Reply:
    """Open an order with its code and the key its buyer chose; its files are then open to this browser for an hour."""
    answer = await order(call, body)
    code = answer["order"]["code"]
    token = call.process.engine.signer.pass_token(code, now_ms() // 1000 + ORDER_PASS_S)
    return Reply(answer, 200, {"Set-Cookie": opened_cookie_of(token, code, call.request)})


class OrderPage(TypedDict):
    items: list[ListedOrderShape]
    next: str | None
    resume: str | None


@route("GET", "/api/sales/{sale}/orders", Who.ORGANIZER, answer=OrderPage, codes=(Code.UNKNOWN_SALE,))
async def list_orders(call: Call, query: Paged) -> dict[str, object]:
    """Orders of a sale of yours, oldest first; `resume` goes on later, with what is placed from now on."""
    page = accept(await call.process.engine.orders.page(call.organizer, call.sale_part(), query.after, query.limit))
    return {"items": [each.listed() for each in page.items], "next": page.next, "resume": page.resume}
