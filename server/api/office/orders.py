"""An organizer's orders: listed, found by whatever somebody has of one, and looked at.

Guarantees: names and addresses are masked for whoever may not read who bought, and nobody finds an order by them there.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from engine.access import Permission
from engine.orders import Sought
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of, listed_orders, named_in
from server.buying.sales import info_of
from server.contract.orders import FindOrdersBody, FoundOrdersShape, LetterAgain, OrderPage, OrdersQuery
from server.contract.records import OrderRecordShape, record_shape
from server.contract.routes import route
from server.who.call import Call


@route("GET", "/api/sales/{sale}/orders", needs=Permission.ORDER_READ, answer=OrderPage, codes=(Code.UNKNOWN_SALE,))
async def list_orders(call: Call, query: OrdersQuery) -> dict[str, object]:
    """Orders of a sale of yours, oldest first; `resume` goes on later, with what is placed from now on.

    Names and addresses are masked for whoever may not read them (`order:pii`). `answers` asks for what was answered as
    well, which is told to those alone; the audit trail notes it.
    """
    orders, sale = call.services.engine.orders, call.sale_part()
    in_full = await named_in(call, sale)
    by = act_of(call) if in_full and query.answers else None
    page = accept(
        await orders.page(call.organizer, sale, query.after, query.limit, channel=query.asked_channel(), answers_for=by)
    )
    items = await listed_orders(call, page.items, in_full=in_full)
    return {"items": items, "next": page.next, "resume": page.resume}


@route("POST", "/api/organizer/orders/find", needs=Permission.ORDER_READ, narrowed=True)
async def find_orders(call: Call, body: FindOrdersBody) -> FoundOrdersShape:
    """Orders of yours by whatever you have of one, newest first: its code or id, a ticket, the last four digits of a
    card; the buyer's address, number or whole words of the name; with `sale`, a seat as well.

    By people, and with their names in full, only where you may read who bought (`order:pii`). `more`: there are others.
    """
    engine, permit = call.services.engine, call.permit
    assert permit is not None, "it was admitted"

    async def shown(sales: Collection[str]) -> dict[str, bool]:
        now, abouts = datetime.now(UTC), await engine.catalog.about_sales(call.organizer, sales)
        return {
            sale: permit.decides(Permission.ORDER_PII, about, now) is not None
            for sale, about in abouts.items()
            if permit.decides(Permission.ORDER_READ, about, now) is not None
        }

    by_people = bool(permit.reach(Permission.ORDER_PII, datetime.now(UTC)))
    sought = Sought(
        call.organizer, body.words, by_people, body.sale, body.asked_state(), body.asked_channel(), body.limit
    )
    found = await engine.orders.find(sought, shown)
    items = await listed_orders(call, found.items, in_full=found.names)
    events = await engine.catalog.events_of(sorted({order.sale for order in found.items}))
    return {"items": items, "events": {sale: held.event.name for sale, held in events.items()}, "more": found.more}


@route("GET", "/api/organizer/sales/{sale}/orders/{order}", needs=Permission.ORDER_READ, codes=(Code.UNKNOWN_SALE,))
async def read_own_order(call: Call) -> OrderRecordShape:
    """An order of a sale of yours: what was bought, how it was paid, and what it moved in the ledger.

    Masked like the list. Whoever may read names (`order:pii`) reads what was answered too, and the trail notes it.
    """
    engine, sale = call.services.engine, call.sale_part()
    in_full = await named_in(call, sale)
    by = act_of(call) if in_full else None
    record = accept(await engine.orders.record(call.organizer, sale, call.part("order"), by))
    if record is None:
        raise RefusalError(Code.NOT_FOUND)
    (order,) = await listed_orders(call, [record.order], in_full=in_full)
    letters = await engine.letterbox.desk.of_order(order["id"])
    disputes = await engine.reconciliation.disputes.of_order(call.organizer, order["id"])
    return record_shape(record, order, await info_of(call, sale), letters, disputes)


@route(
    "POST",
    "/api/sales/{sale}/orders/{order}/letter",
    needs=Permission.ORDER_READ,
    status=202,
    codes=(Code.UNKNOWN_SALE, Code.NO_LETTER, Code.TOO_MANY_LETTERS),
)
async def send_letter_again(call: Call) -> LetterAgain:
    """Send the letter with its tickets once more, to the order's own address: a few times a day."""
    confirming = call.services.engine.confirming
    return {"to": accept(await confirming.again(call.sale_part(), call.part("order"), act_of(call)))}
