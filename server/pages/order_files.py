"""Files of one order: tickets and receipt as PDF, each ticket as a picture and its QR code, its event for the calendar.

They need an order that is open: to the browser that bought it, by its signed cookie, and to one that gave the key, by a
pass it keeps for an hour. Guarantees: code and key are tried at the rate of `/api/orders/open`; caches keep nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from engine.orders import OrderState, OrderView, admitted
from engine.payments import PIX
from engine.refusals import Code, RefusalError, accept
from server.buying.about import About, about
from server.contract.orders import LetterAgain
from server.contract.wire import encode
from server.pages.calendar import Appointment, calendar_file, each_day
from server.pages.changed import NOTHING_THEN
from server.pages.context import PAGES
from server.pages.credit_notes import credit_note_data
from server.pages.facts import Names
from server.pages.receipts import receipt_data
from server.pages.tickets import qr_png, qr_svg, tickets_data
from server.who.call import OPENED
from server.who.languages import language_of

TICKET_PPI = 150.0  # 874 x 1240 pixels: sharp on a phone, and its code is read from the screen
PDF, CALENDAR = "application/pdf", "text/calendar; charset=utf-8"
PRIVATE = {"Cache-Control": "private, no-store", "Cross-Origin-Resource-Policy": "same-origin"}


def with_tickets(request: web.Request) -> OrderView:
    """An order that has tickets, of an event or of a promo."""
    order = request[OPENED]
    if order.state is not OrderState.PAID:
        raise RefusalError(Code.NOT_FOUND, "This order has no tickets.")
    return order


def once_paid(request: web.Request) -> OrderView:
    """An order that was paid, whatever of it was given back since."""
    order = request[OPENED]
    if order.paid_at is None:
        raise RefusalError(Code.NOT_FOUND, "This order was not paid.")
    return order


async def paid(request: web.Request) -> tuple[OrderView, About, Names]:
    """An order with what is needed to print its papers."""
    order = once_paid(request)
    pages = request.app[PAGES]
    seats = frozenset(line.line.seat for line in order.lines if line.line.seat is not None)
    return order, await about(pages.engine, order.sale), await pages.sources.names(order.sale, seats)


def to_keep(request: web.Request) -> None:
    """Whoever takes tickets away has chosen a key: the browser that bought may forget who it is."""
    if not request[OPENED].has_key:
        raise RefusalError(Code.KEY_NEEDED)


async def show_tickets(request: web.Request) -> web.StreamResponse:
    pages = request.app[PAGES]
    to_keep(request)
    pages.may_draw(request)
    with_tickets(request)
    body = await pages.documents.pdf("tickets", tickets_data(*await paid(request), language_of(request)))
    return attached(body, PDF, f"tickets-{request[OPENED].code}.pdf")


async def show_receipt(request: web.Request) -> web.StreamResponse:
    """The receipt; before it has its number, and where nothing was paid, a summary that says it is none."""
    pages = request.app[PAGES]
    pages.may_draw(request)
    order = once_paid(request)
    receipt = await pages.engine.receipts.of_order(order.sale, order.id)
    name = await pages.engine.receipts.naming.of(order.sale, order.id)
    data = receipt_data(*await paid(request), language_of(request), receipt, name=name)
    body = await pages.documents.pdf("receipt", data)
    return attached(body, PDF, f"receipt-{request[OPENED].code}.pdf")


async def show_credit_note(request: web.Request) -> web.StreamResponse:
    """What of the receipt a refund takes back, once that has its number."""
    pages = request.app[PAGES]
    pages.may_draw(request)
    order, refund = once_paid(request), int(request.match_info["refund"])
    papers = {each.movement: each for each in await pages.engine.receipts.all_of_order(order.sale, order.id)}
    movement = next((each.movement for each in order.refunds if each.nth == refund), None)
    if movement is None or movement not in papers or 0 not in papers:
        raise RefusalError(Code.NOT_FOUND)
    name = await pages.engine.receipts.naming.of(order.sale, order.id)
    parts = await pages.engine.orders.refunds.parts_of(order.sale, order.id, refund)
    of = await paid(request)
    data = credit_note_data(*of, language_of(request), papers[movement], corrects=papers[0], parts=parts, name=name)
    body = await pages.documents.pdf("receipt", data)
    return attached(body, PDF, f"credit-note-{order.code}-{refund}.pdf")


async def show_ticket(request: web.Request) -> web.StreamResponse:
    """One ticket as a picture: all of it, to be kept among the photos of a phone."""
    pages = request.app[PAGES]
    to_keep(request)
    pages.may_draw(request)
    with_tickets(request)
    data = tickets_data(*await paid(request), language_of(request))
    wanted = request.match_info["ticket"]
    nth = next((nth for nth, each in enumerate(data["tickets"], 1) if each["id"] == wanted), None)
    if nth is None:
        raise RefusalError(Code.NOT_FOUND)
    body = await pages.documents.png("tickets", data | {"tickets": [data["tickets"][nth - 1]]}, ppi=TICKET_PPI)
    return attached(body, "image/png", f"ticket-{request[OPENED].code}-{nth}.png")


async def show_qr(request: web.Request) -> web.StreamResponse:
    """One ticket's code, as SVG or PNG."""
    order = with_tickets(request)
    payload = next((each.payload for each in order.tickets if each.id == request.match_info["ticket"]), None)
    if payload is None:
        raise RefusalError(Code.NOT_FOUND)
    if request.match_info["form"] == "svg":
        return web.Response(body=qr_svg(payload), content_type="image/svg+xml", headers=PRIVATE)
    return web.Response(body=qr_png(payload), content_type="image/png", headers=PRIVATE)


async def show_payment_code(request: web.Request) -> web.StreamResponse:
    """What a bank's app scans, of an order whose money is awaited by such a code."""
    step = request[OPENED].pay_with or {}
    if step.get("kind") != PIX:
        raise RefusalError(Code.NOT_FOUND, "This order is not paid by such a code.")
    return web.Response(body=qr_svg(step["code"]), content_type="image/svg+xml", headers=PRIVATE)


async def show_order_calendar(request: web.Request) -> web.StreamResponse:
    """The event; nobody wrote down when the product of a promo has to be fetched."""
    order, occasion, _ = await paid(request)
    if occasion.starts_at is None:
        raise RefusalError(Code.NOT_FOUND, "This order has no date.")
    made = calendar_of(order, occasion, f"{request.app[PAGES].origin(request)}/o/{order.code}")
    return attached(made, CALENDAR, f"{order.sale}.ics")


async def send_again(request: web.Request) -> web.StreamResponse:
    """The letter with the tickets once more, to the order's own address: a few times a day, for who has it open."""
    order = request[OPENED]
    to = accept(await request.app[PAGES].engine.confirming.again(order.sale, order.id))
    return web.Response(body=encode(LetterAgain(to=to)), status=202, content_type="application/json", headers=PRIVATE)


def calendar_of(order: OrderView, occasion: About, link: str) -> bytes:
    """The event of an order, or the days to which its tickets admit; `link` leads to the order."""
    assert occasion.starts_at is not None, "it has a date"
    event = Appointment(
        uid=f"{order.sale}@aforo",
        name=occasion.name,
        description=order.code,
        place=occasion.where,
        address=link,
        zone=occasion.zone,
        starts_at=occasion.starts_at,
        ends_at=occasion.ends_at,
        written_at=datetime.now(UTC),
        latitude=occasion.latitude,
        longitude=occasion.longitude,
        sequence=occasion.revision,
        cancelled=occasion.status in NOTHING_THEN,
    )
    days = each_day(event, order.sale, admitted(order))
    whole = [] if days and all(ticket.days for ticket in order.tickets) else [event]
    return calendar_file(*whole, *days)


def attached(body: bytes, kind: str, name: str) -> web.Response:
    """A file to keep."""
    headers = {**PRIVATE, "Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, headers=headers)
