"""Files of one order: tickets and receipt as PDF, each ticket's QR code, its event for the calendar.

They need an order that is open: to the browser that bought it, by its signed cookie, and to one that gave the key, by a
pass it keeps for an hour. Guarantees: code and key are tried at the rate of `/api/orders/open`; caches keep nothing.
"""

from __future__ import annotations

from aiohttp import web

from engine.orders import OrderState, OrderView
from engine.refusals import Code, RefusalError
from server.pages.context import PAGES, language_of
from server.pages.facts import Names, SaleFacts
from server.pages.files import calendar_response
from server.pages.tickets import qr_png, qr_svg, receipt_data, tickets_data
from server.who.call import OPENED

PRIVATE = {"Cache-Control": "private, no-store", "Cross-Origin-Resource-Policy": "same-origin"}


def with_tickets(request: web.Request) -> OrderView:
    """An order that has tickets, of an event or of a promo."""
    order = request[OPENED]
    if order.state is not OrderState.PAID:
        raise RefusalError(Code.NOT_FOUND, "This order has no tickets.")
    return order


async def paid(request: web.Request) -> tuple[OrderView, SaleFacts, Names]:
    """An order for an event, with what is needed to print its tickets."""
    order = with_tickets(request)
    sources = request.app[PAGES].sources
    sale = await sources.facts(order.sale)
    if sale is None:
        raise RefusalError(Code.UNKNOWN_SALE)
    seats = frozenset(line.line.seat for line in order.lines if line.line.seat is not None)
    return order, sale, await sources.names(order.sale, seats)


async def show_tickets(request: web.Request) -> web.StreamResponse:
    pages = request.app[PAGES]
    pages.may_draw(request)
    order, sale, names = await paid(request)
    body = await pages.documents.pdf("tickets", tickets_data(order, sale, names, language_of(request)))
    return pdf(body, f"tickets-{order.code}")


async def show_receipt(request: web.Request) -> web.StreamResponse:
    pages = request.app[PAGES]
    pages.may_draw(request)
    order, sale, names = await paid(request)
    body = await pages.documents.pdf("receipt", receipt_data(order, sale, names, language_of(request)))
    return pdf(body, f"receipt-{order.code}")


async def show_qr(request: web.Request) -> web.StreamResponse:
    """One ticket's code, as SVG or PNG."""
    order = with_tickets(request)
    payload = next((each.payload for each in order.tickets if each.id == request.match_info["ticket"]), None)
    if payload is None:
        raise RefusalError(Code.NOT_FOUND)
    if request.match_info["form"] == "svg":
        return web.Response(body=qr_svg(payload), content_type="image/svg+xml", headers=PRIVATE)
    return web.Response(body=qr_png(payload), content_type="image/png", headers=PRIVATE)


async def show_order_calendar(request: web.Request) -> web.StreamResponse:
    order, sale, _ = await paid(request)
    response = calendar_response(sale, f"{request.app[PAGES].origin(request)}/o/{order.code}", order.code)
    response.headers.update(PRIVATE)
    return response


def pdf(body: bytes, name: str) -> web.Response:
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return web.Response(body=body, content_type="application/pdf", headers=headers)
