"""Moving orders of an organizer to other seats, or to another date: what it would come to, and doing it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from engine.access import Permission
from engine.audit import Act, Ground
from engine.orders import Tender
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of, listed_orders, named_in
from server.api.office.refunds import REFUSED
from server.api.office.selling import SELLING
from server.contract.moves import (
    MoveBody,
    MoveMadeShape,
    MovePlanShape,
    MoveShape,
    MovesShape,
    MoveWantedBody,
    move_plan_shape,
    move_shape,
)
from server.contract.routes import route
from server.who.admission import lacking
from server.who.call import Call

MOVES = "/api/organizer/sales/{sale}/orders/{order}/moves"
CODES = tuple(dict.fromkeys((*REFUSED, *SELLING)))


@route("POST", f"{MOVES}/preview", needs=Permission.ORDER_REFUND, codes=CODES)
async def preview_move(call: Call, body: MoveWantedBody) -> MovePlanShape:
    """What a move would come to. Nothing is held, and nothing is written."""
    wanted = body.engine_ask(call.part("order"), body.instead(""))
    moves = call.services.engine.orders.moved_by_staff
    return move_plan_shape(accept(await moves.preview(call.organizer, call.sale_part(), wanted)))


@route("GET", MOVES, needs=Permission.ORDER_READ, codes=(Code.UNKNOWN_SALE,))
async def list_moves(call: Call) -> MovesShape:
    """Moves of an order of yours: to where its lines went, or may be on their way."""
    found = await call.services.engine.orders.moving.of_order(await own_sale(call), call.part("order"))
    return {"items": [move_shape(each) for each in found]}


async def gives_back_little(call: Call, body: MoveBody) -> bool:
    """Whether what goes back is no more than one member gives back of an order alone, with all that did before."""
    wanted = body.engine_ask(call.part("order"), body.instead(""))
    found = accept(await call.services.engine.orders.moved_by_staff.preview(call.organizer, call.sale_part(), wanted))
    policy = await call.services.engine.accounts.policies.of(call.organizer)
    return found.old.owner.given_back + found.rest <= policy.refund_alone_max


@route(
    "POST",
    MOVES,
    needs=Permission.ORDER_REFUND,
    steps_up=True,
    two_persons="order.refund",
    alone=gives_back_little,
    status=201,
    codes=CODES,
)
async def move_order(call: Call, body: MoveBody) -> MoveMadeShape:
    """Give a buyer other seats, or another date, for lines of their order.

    The new order is sold as members sell (`order:issue` in its sale), and paid with what the lines count for: what is
    missing, you have taken in by hand; what is left over goes back. The lines end at that moment, all of it or nothing.
    Repeating the same `move` moves nothing twice.
    """
    sale, orders = call.sale_part(), call.services.engine.orders
    instead = replace(
        body.instead(body.move, Tender(body.tender) if body.tender else Tender.NONE),
        reference=body.reference,
        due=body.due,
        over_maximum=await call.may(Permission.ORDER_OVER_MAXIMUM, body.to.sale),
    )
    wanted = body.engine_ask(call.part("order"), instead, body.reason)
    selling = await act_of_seller(call, body.to.sale)
    move, order = accept(await orders.moved_by_staff.make(act_of(call), sale, wanted, selling))
    (listed,) = await listed_orders(call, [order], in_full=await named_in(call, order.sale))
    return {"move": move_shape(move), "order": listed}


@route(
    "POST",
    MOVES + "/{move}/undo",
    needs=Permission.ORDER_REFUND,
    codes=(Code.UNKNOWN_SALE, Code.NOT_FOUND, Code.CART_LOCKED, Code.UNAVAILABLE),
)
async def undo_move(call: Call) -> MoveShape:
    """Let the lines of a move be as they were, unless its new order is bought, or being paid, already."""
    moving, sale = call.services.engine.orders.moving, await own_sale(call)
    found = await moving.one(call.part("move"))
    if found is None or (found.sale, found.order) != (sale, call.part("order")):
        raise RefusalError(Code.NOT_FOUND)
    return move_shape(accept(await moving.undo(found.id, act_of(call))))


async def act_of_seller(call: Call, sale: str) -> Act:
    """The same act, on the ground that its caller may sell in another sale."""
    await own_sale(call)
    about = await call.about(sale)
    if about is None:
        raise RefusalError(Code.INVALID, fields=[{"path": "to.sale", "message": "is no sale of yours"}])
    assert call.permit is not None, "it was admitted"
    if call.permit.decides(Permission.ORDER_ISSUE, about, datetime.now(UTC)) is None:
        raise lacking(Permission.ORDER_ISSUE)
    ground = Ground(Permission.ORDER_ISSUE.value, about.event, about.venue)
    return replace(act_of(call), ground=ground)


async def own_sale(call: Call) -> str:
    """The sale of the path, which has to be one of the caller's."""
    if await call.about(call.sale_part()) is None:
        raise RefusalError(Code.UNKNOWN_SALE)
    return call.sale_part()
