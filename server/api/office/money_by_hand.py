"""Money that buyers of an organizer send by themselves: which is awaited, that it came, or that nobody waits for it."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.access import Permission
from engine.refusals import Code, RefusalError, Refused
from server.api.acts import act_of
from server.contract.money_by_hand import (
    AwaitedMoniesShape,
    MoneyCameBody,
    MoneySaidShape,
    awaited_shape,
)
from server.contract.routes import route
from server.who.call import Call

MONEY = "/api/organizer/sales/{sale}/orders/{order}/money"
CODES = (Code.UNKNOWN_SALE, Code.NOT_AWAITED, Code.UNAVAILABLE)


@route("GET", "/api/organizer/money", needs=Permission.ORDER_REFUND, narrowed=True)
async def list_awaited_money(call: Call) -> AwaitedMoniesShape:
    """Orders of yours whose buyers send the money by themselves, and of which nobody has seen it yet."""
    engine, permit = call.services.engine, call.permit
    assert permit is not None, "it was admitted"
    found = await engine.orders.money_by_hand.awaited(call.organizer)
    abouts, now = await engine.catalog.about_sales(call.organizer, {each.sale for each in found}), datetime.now(UTC)
    mine = {sale for sale, about in abouts.items() if permit.decides(Permission.ORDER_REFUND, about, now) is not None}
    return {"items": [awaited_shape(each) for each in found if each.sale in mine]}


@route("POST", MONEY, needs=Permission.ORDER_REFUND, steps_up=True, codes=(*CODES, Code.INVALID))
async def money_came(call: Call, body: MoneyCameBody) -> MoneySaidShape:
    """The money of an order is there. Saying it again changes nothing.

    Another sum than the order owes is refused, with what it owes. Of an order whose time was over it is late money: the
    order has its seats again while they are free, else somebody has to send it back.
    """
    hand = call.services.engine.orders.money_by_hand
    return await said(call, await hand.came(act_of(call), call.sale_part(), call.part("order"), body.came()))


@route("POST", f"{MONEY}/let-go", needs=Permission.ORDER_REFUND, steps_up=True, codes=CODES)
async def let_go(call: Call) -> MoneySaidShape:
    """The money of an order is awaited no longer, however it was to be paid: its seats are free as soon as its provider
    says that it takes none any more.
    """
    hand = call.services.engine.orders.money_by_hand
    return await said(call, await hand.let_go(act_of(call), call.sale_part(), call.part("order")))


@route("POST", f"{MONEY}/sent-back", needs=Permission.ORDER_REFUND, steps_up=True, codes=CODES)
async def sent_back(call: Call) -> MoneySaidShape:
    """What came too late for an order, by hand, was sent back to its buyer."""
    hand = call.services.engine.orders.money_by_hand
    return await said(call, await hand.sent_back(act_of(call), call.sale_part(), call.part("order")))


async def said(call: Call, refused: Refused | None) -> MoneySaidShape:
    if refused is not None:
        raise RefusalError(refused.code, **refused.detail)
    order = await call.services.engine.orders.one(call.sale_part(), call.part("order"))
    if order is None:
        raise RefusalError(Code.NOT_FOUND)
    return {"state": order.state.value}
