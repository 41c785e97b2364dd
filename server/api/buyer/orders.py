"""A buyer's own orders: all of them, and one, with nothing but the proof of who bought."""

from __future__ import annotations

from engine.refusals import Code
from server.buying.orders import listed_own, opened_order
from server.contract.needs import Need
from server.contract.orders import OrderAnswer, OwnOrdersPage, OwnOrdersQuery
from server.contract.routes import route
from server.who.call import Call


@route("GET", "/api/orders", needs=Need.BUYER)
async def list_own_orders(call: Call, query: OwnOrdersQuery) -> OwnOrdersPage:
    """What you bought in any sale: what is to come, soonest first, or what is past, latest first."""
    return await listed_own(
        call.services.engine, call.known_buyer(), query.asked(), after=query.after, limit=query.limit
    )


@route("GET", "/api/orders/{code}", needs=Need.OPENED, codes=(Code.BAD_ORDER_KEY,))
async def read_order(call: Call) -> OrderAnswer:
    """An order of yours, without its key."""
    return await opened_order(call.services.engine, call.opened_order())
