"""Giving back what was paid for an order of an organizer: what it would do, and doing it."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.access import Permission
from engine.limits import OPEN_REFUNDS_LISTED_MAX
from engine.orders import open_refunds
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of
from server.contract.refunds import (
    OfficeRefundShape,
    OpenRefundsShape,
    OwnRefundRuleBody,
    OwnRefundRuleShape,
    RefundAgainBody,
    RefundBody,
    RefundPlanShape,
    RefundWanted,
    open_shape,
    plan_shape,
    refund_shape,
    rule_shape,
)
from server.contract.routes import route
from server.who.call import Call

REFUNDS = "/api/organizer/sales/{sale}/orders/{order}/refunds"
REFUSED = (
    *(Code.UNKNOWN_SALE, Code.NOT_REFUNDABLE, Code.GIVEN_BACK, Code.MORE_THAN_LEFT, Code.COMPANION_ALONE),
    Code.MOVING,
    Code.DISPUTED,
    *(Code.INVALID, Code.UNAVAILABLE),
)


@route("POST", f"{REFUNDS}/preview", needs=Permission.ORDER_REFUND, codes=REFUSED)
async def preview_refund(call: Call, body: RefundWanted) -> RefundPlanShape:
    """What giving this back would do. Nothing is written."""
    refunds = call.services.engine.orders.refunds
    return plan_shape(accept(await refunds.plan(call.organizer, call.sale_part(), body.engine_ask(call.part("order")))))


@route("GET", "/api/organizer/refunds", needs=Permission.ORDER_REFUND, narrowed=True)
async def list_open_refunds(call: Call) -> OpenRefundsShape:
    """Refunds of yours that are not through: those that the provider does not give back, and slow ones."""
    engine, permit = call.services.engine, call.permit
    assert permit is not None, "it was admitted"
    found = await open_refunds(engine.db, call.organizer, OPEN_REFUNDS_LISTED_MAX)
    abouts, now = await engine.catalog.about_sales(call.organizer, {each.sale for each in found}), datetime.now(UTC)
    mine = {sale for sale, about in abouts.items() if permit.decides(Permission.ORDER_REFUND, about, now) is not None}
    return {"items": [open_shape(each) for each in found if each.sale in mine]}


async def is_small(call: Call, body: RefundBody) -> bool:
    """Whether it is no more than one member gives back of an order alone, with all that went back of it before."""
    refunds, sale = call.services.engine.orders.refunds, call.sale_part()
    plan = accept(await refunds.plan(call.organizer, sale, body.engine_ask(call.part("order"), body.refund)))
    policy = await call.services.engine.accounts.policies.of(call.organizer)
    return plan.owner.given_back + plan.amount + plan.bonus <= policy.refund_alone_max


@route(
    "POST",
    REFUNDS,
    needs=Permission.ORDER_REFUND,
    steps_up=True,
    two_persons="order.refund",
    alone=is_small,
    status=201,
    codes=REFUSED,
)
async def give_back(call: Call, body: RefundBody) -> OfficeRefundShape:
    """Give back some lines of an order, a sum of it, or all that is left, to where it came from.

    Its seats and units are free at once and its tickets open nothing any more; the provider is asked until the money is
    on its way. What members took in themselves is noted as given back. Repeating the same `refund` gives nothing twice.
    """
    ask = body.engine_ask(call.part("order"), body.refund, body.reason)
    return refund_shape(
        accept(await call.services.engine.orders.refunds.give_back(act_of(call), call.sale_part(), ask))
    )


@route(
    "POST",
    REFUNDS + "/{refund}/again",
    needs=Permission.ORDER_REFUND,
    steps_up=True,
    codes=(Code.UNKNOWN_SALE,),
)
async def refund_again(call: Call, body: RefundAgainBody) -> OfficeRefundShape:
    """Of a refund that the provider did not give back: ask it once more, or note that a member gave it back."""
    refunds, sale, order = call.services.engine.orders.refunds, call.sale_part(), call.part("order")
    nth = int(call.part("refund")) if call.part("refund").isdigit() else 0
    if (refused := await refunds.again(act_of(call), sale, order, nth, by_hand=body.by_hand)) is not None:
        raise RefusalError(refused.code)
    return next(refund_shape(each) for each in await refunds.of_order(sale, order) if each.nth == nth)


@route("GET", "/api/organizer/own-refunds", needs=Permission.ORDER_READ)
async def read_own_refund_rule(call: Call) -> OwnRefundRuleShape:
    """Whether buyers give tickets back by themselves, until when, and how."""
    return rule_shape(await call.services.engine.own_refunds.rule(call.organizer))


@route("PUT", "/api/organizer/own-refunds", needs=Permission.ORGANIZER_EDIT, codes=(Code.INVALID,))
async def write_own_refund_rule(call: Call, body: OwnRefundRuleBody) -> OwnRefundRuleShape:
    """Say whether they do. It counts at once, for what was bought before as well."""
    accept(await call.services.engine.own_refunds.set_rule(act_of(call), body.rule()))
    return rule_shape(body.rule())
