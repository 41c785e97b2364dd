"""Orders that members of an organizer make for customers who stand there, or telephoned."""

from __future__ import annotations

from engine.access import Permission
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of, listed_orders, named_in
from server.contract.routes import route
from server.contract.staff import GivenAwayShape, StaffOrderAnswer, StaffOrderBody, given_away_shape
from server.who.call import Call

SELLING = (
    Code.UNKNOWN_SALE,
    Code.UNKNOWN_SEAT,
    Code.UNKNOWN_SECTION,
    Code.UNKNOWN_POOL,
    Code.SALE_NOT_OPEN,
    Code.SALE_PAUSED,
    Code.SALE_CLOSED,
    Code.SEAT_TAKEN,
    Code.SHORT,
    Code.NONE_TOGETHER,
    Code.NOT_ALLOCATED,
    Code.ALREADY_SOLD,
    Code.EVENT_CANCELLED,
    Code.OVER_MAXIMUM,
    Code.OVER_QUOTA,
    Code.TYPE_SHORT,
    Code.TYPE_MAXIMUM,
    Code.CART_INCOMPLETE,
    Code.CART_LOCKED,
    Code.CART_ENDED,
    Code.PRICE_CHANGED,
    Code.PAYMENT_PENDING,
    Code.CONFLICT,
    Code.BUSY,
    Code.UNAVAILABLE,
    Code.INVALID,
)


@route("POST", "/api/sales/{sale}/orders", needs=Permission.ORDER_ISSUE, status=201, codes=SELLING)
async def issue_order(call: Call, body: StaffOrderBody) -> StaffOrderAnswer:
    """Sell seats and units of a sale of yours to a customer who paid you, all of them or none.

    The room and what entering costs are passed, the maximum only by whoever may (`order:over_maximum`). With a `reason`
    it is given away, as far as your quota goes unless you may any number (`order:complimentary`). Repeating the same
    `order` sells nothing more.
    """
    sale = call.sale_part()
    ask = body.engine_ask(
        over_maximum=await call.may(Permission.ORDER_OVER_MAXIMUM, sale),
        over_quota=await call.may(Permission.ORDER_COMPLIMENTARY, sale),
    )
    made = accept(await call.services.engine.orders.by_staff.make(act_of(call), sale, ask))
    (order,) = await listed_orders(call, [made.order], in_full=await named_in(call, sale))
    return {"order": order, "again": made.again}


@route("GET", "/api/sales/{sale}/complimentary", needs=Permission.SALE_READ, codes=(Code.UNKNOWN_SALE,))
async def given_away(call: Call) -> GivenAwayShape:
    """How many tickets members gave away in a sale of yours, and how many you may."""
    sale = call.sale_part()
    found = await call.services.engine.orders.by_staff.given_away(act_of(call), sale)
    if found is None:
        raise RefusalError(Code.UNKNOWN_SALE)
    return given_away_shape(found, over_quota=await call.may(Permission.ORDER_COMPLIMENTARY, sale))
