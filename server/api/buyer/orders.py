"""A buyer's own orders: all of them, and one, with nothing but the proof of who bought."""

from __future__ import annotations

from engine.orders import Choice
from engine.refusals import Code, accept
from server.buying.orders import listed_own, opened_order
from server.contract.needs import Need
from server.contract.orders import ChoiceBody, KeyBody, OrderAnswer, OwnOrdersPage, OwnOrdersQuery
from server.contract.refunds import OwnRefundBody, OwnRefundWanted, RefundPlanShape, plan_shape
from server.contract.routes import route
from server.contract.tax_identity import NameReceiptBody
from server.who.call import Call


@route("GET", "/api/orders", needs=Need.OWN)
async def list_own_orders(call: Call, query: OwnOrdersQuery) -> OwnOrdersPage:
    """What you bought, here or in a browser linked to your account: what is to come, soonest first; or what is past,
    latest first."""
    buyers = await call.buyers()
    return await listed_own(call.services.engine, buyers, query.asked(), after=query.after, limit=query.limit)


@route("GET", "/api/orders/{code}", needs=Need.OPENED, codes=(Code.BAD_ORDER_KEY,))
async def read_order(call: Call) -> OrderAnswer:
    """An order of yours, without its key."""
    return await opened_order(call.services.engine, call.opened_order())


@route("PUT", "/api/orders/{code}/key", needs=Need.OPENED, codes=(Code.BAD_ORDER_KEY, Code.KEY_IS_SET, Code.INVALID))
async def choose_key(call: Call, body: KeyBody) -> OrderAnswer:
    """Choose the key of an order that you bought without one; it is chosen once."""
    engine = call.services.engine
    view = accept(await engine.orders.choose_key(call.opened_order().code, call.buyer or "", body.key))
    return await opened_order(engine, view)


@route(
    "PUT",
    "/api/orders/{code}/choice",
    needs=Need.OPENED,
    codes=(Code.BAD_ORDER_KEY, Code.CHOICE_CLOSED, Code.INVALID),
)
async def choose(call: Call, body: ChoiceBody) -> OrderAnswer:
    """Choose what becomes of an order whose event was cancelled or changed; what gives something back, once."""
    engine, order = call.services.engine, call.opened_order()
    accept(await engine.orders.offering.choose(order.sale, order.id, Choice(body.choice)))
    return await opened_order(engine, order)


GIVING_BACK = (
    *(Code.BAD_ORDER_KEY, Code.NOT_REFUNDABLE, Code.GIVEN_BACK, Code.COMPANION_ALONE, Code.UNKNOWN_SALE),
    *(Code.MOVING, Code.DISPUTED, Code.INVALID, Code.UNAVAILABLE),
)


@route("POST", "/api/orders/{code}/refunds/preview", needs=Need.OPENED, codes=GIVING_BACK)
async def preview_own_refund(call: Call, body: OwnRefundWanted) -> RefundPlanShape:
    """What giving these tickets of yours back would bring. Nothing is written."""
    return plan_shape(accept(await call.services.engine.own_refunds.plan(call.opened_order(), tuple(body.lines))))


@route("POST", "/api/orders/{code}/refunds", needs=Need.OPENED, status=201, codes=GIVING_BACK)
async def give_back_own(call: Call, body: OwnRefundBody) -> OrderAnswer:
    """Give tickets of yours back, where and as long as their organizer lets you. Repeating it gives nothing twice."""
    engine, order = call.services.engine, call.opened_order()
    accept(await engine.own_refunds.give_back(order, tuple(body.lines), body.refund))
    return await opened_order(engine, await engine.orders.one(order.sale, order.id) or order)


@route(
    "PUT",
    "/api/orders/{code}/tax-identity",
    needs=Need.OPENED,
    codes=(Code.BAD_ORDER_KEY, Code.RECEIPT_IS_NUMBERED, Code.INVALID),
)
async def name_receipt(call: Call, body: NameReceiptBody) -> OrderAnswer:
    """Say whom the receipt of an order is made out to, until it has its number; afterwards it goes on saying what it
    said."""
    engine, order = call.services.engine, call.opened_order()
    accept(await engine.receipts.naming.change(order.sale, order.id, body.tax_identity.identity()))
    return await opened_order(engine, order)
