"""The HTML pages: each address answers the same small document, with its own head and first data.

A sale that does not exist answers 404 with a page; when a store does not answer, a page is served without its facts.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from contextlib import suppress
from typing import Any

from aiohttp import web
from redis.exceptions import RedisError

from engine.limits import PAGE_FACTS_S_MAX
from engine.links import LINK_NAME, touched
from engine.money import money
from engine.orders import OwnOrders
from engine.payments import Served
from engine.refusals import Code, RefusalError
from engine.stores.database import UNREACHABLE
from server.buying.orders import listed_own, opened_order
from server.buying.sales import listed, paid_at, series_of
from server.contract.needs import Need
from server.contract.sales import sale_shape
from server.contract.stamps import today
from server.contract.wire import encode
from server.pages.assets import Entry, accepted_encodings
from server.pages.changed import NOTHING_THEN, when_words
from server.pages.context import PAGES, Pages
from server.pages.facts import SaleFacts
from server.pages.headers import page_headers
from server.pages.language import say
from server.pages.linked_data import event_json
from server.pages.shell import Page, document
from server.services import SERVICES
from server.who.addresses import is_https
from server.who.call import identified
from server.who.languages import language_of
from server.who.tokens import buyer_of, session_cookie_name, source_carried, source_cookie_of

FIRST_SALES = 50  # as the page asks for them
GZIP_LEVEL = 5  # a tenth of a millisecond for a document
PRIVATE = "private, no-store"
FROM = "from"  # in the query of a page: the name of a link
SALE_VIEWS = ("room", "seats", "checkout")


async def show_home(request: web.Request) -> web.StreamResponse:
    return shell(request, "/", "home_title", "home_text", view="home", data=await first_list(request))


async def first_list(request: web.Request) -> bytes:
    """The list of sales, or nothing when it cannot be had right now: the page then asks for it."""
    try:
        async with asyncio.timeout(PAGE_FACTS_S_MAX):
            answer = await listed(request.app[SERVICES], near=None, words=None, after=None, limit=FIRST_SALES)
    except (RefusalError, RedisError, *UNREACHABLE):
        return b"{}"
    return encode({"api": {"/api/sales": answer}})


async def show_promos(request: web.Request) -> web.StreamResponse:
    return shell(request, "/promos", "promos_title", "home_text", view="promos")


async def show_own_orders(request: web.Request) -> web.StreamResponse:
    """My tickets: with this browser's orders, when its cookie says whose they are."""
    services = request.app[SERVICES]
    buyer = buyer_of(services, request)
    # An account may have bought in other browsers too: then the page asks.
    if buyer is None or session_cookie_name(request) in request.cookies:
        return shell(request, request.path, "order_title", "home_text", view="tickets", listed=False)
    found: dict[str, Any] = {}
    with suppress(RefusalError, TimeoutError, RedisError, *UNREACHABLE):  # the page asks for what it lacks
        async with asyncio.timeout(PAGE_FACTS_S_MAX):
            for which in OwnOrders:
                found[f"/api/orders?when={which.value}"] = await listed_own(
                    services.engine, [buyer], which, limit=FIRST_SALES
                )
    return private(request, "tickets", found)


async def show_order(request: web.Request) -> web.StreamResponse:
    """One order: whole for the browser that bought it, or that gave its key within the hour."""
    services = request.app[SERVICES]
    found: dict[str, Any] = {}
    with suppress(RefusalError, TimeoutError, RedisError, *UNREACHABLE):
        async with asyncio.timeout(PAGE_FACTS_S_MAX):
            call = await identified(services, request, Need.OPENED)
            if call.order is not None:
                code = request.match_info["code"]
                found[f"/api/orders/{code}"] = await opened_order(services.engine, call.order)
                look = await request.app[PAGES].sources.look(call.order.sale)
                if look is not None:
                    tills = await tills_of(request, look.info.id)
                    found[f"/api/sales/{look.info.id}"] = paid_at(
                        look.info, sale_shape(look.info, look.facts.state), tills
                    )
    return private(request, "order", found)


def private(request: web.Request, view: str, found: dict[str, Any]) -> web.Response:
    """A page that may hold what is one buyer's alone: no cache keeps it, on a shared computer neither."""
    data = encode({"api": found})
    response = shell(request, request.path, "order_title", "home_text", view=view, listed=False, data=data)
    response.headers["Cache-Control"] = PRIVATE
    return response


async def show_missing(request: web.Request) -> web.StreamResponse:
    """A page for people; a program that asks for something else gets the usual problem document."""
    if "text/html" not in request.headers.get("Accept", ""):
        raise RefusalError(Code.NOT_FOUND)
    return shell(request, "/", "missing_title", "missing_text", listed=False, status=404)


async def show_sale(request: web.Request) -> web.StreamResponse:
    """The event page, and the room, seats and checkout of its sale."""
    pages, language = request.app[PAGES], language_of(request)
    sale_id, view = request.match_info["sale"], request.match_info.get("view", "")
    path = f"/s/{sale_id}"
    try:
        look = await pages.sources.look(sale_id)
    except RefusalError:
        return shell(request, path, "home_title", "home_text", listed=False)
    if look is None:
        return shell(request, path, "missing_title", "missing_text", listed=False, status=404)
    sale = look.facts
    tills = await tills_of(request, sale_id)
    # Nowhere else: whoever comes here from another page of the sale loads this document anew.
    collecting = next((till.collecting for _, till in tills if till.collecting is not None), None)
    opened_for = collecting.script if view == "checkout" and collecting is not None else ""
    data: dict[str, Any] = {
        "api": {f"/api/sales/{sale_id}": paid_at(look.info, sale_shape(look.info, sale.state), tills)}
    }
    picture = f"{path}/picture.png?lang={language}"
    origin = pages.origin(request)
    shown = respond(
        request,
        Page(
            language=language,
            origin=origin,
            path=path,
            title=sale_title(sale, view, language),
            description=sale_text(sale, language),
            entry=program(pages, "buyer", view or "event", language),
            picture=picture,
            linked=linked(sale, origin, picture) if view == "" and sale.listed else None,
            listed=sale.listed and view == "",
            calendar=f"{path}/event.ics",
            data=encode({**data, "opened_for": opened_for} if opened_for else data),
            opened_for=opened_for,
        ),
    )
    await note_visit(request, look.info.organizer.id, shown)
    return shown


async def tills_of(request: web.Request, sale: str) -> Served:
    """Where a sale is paid; nowhere where nobody can tell, so that its page is shown all the same."""
    with suppress(RefusalError, TimeoutError, *UNREACHABLE):
        async with asyncio.timeout(PAGE_FACTS_S_MAX):
            return await request.app[SERVICES].engine.orders.tills(sale)
    return []


async def note_visit(request: web.Request, organizer: str, shown: web.Response) -> None:
    """Count whoever came by a link of this organizer, and let their browser keep which; other names are no links."""
    name = request.query.get(FROM, "").lower()
    if request.method != "GET" or LINK_NAME.fullmatch(name) is None:
        return
    links = request.app[SERVICES].engine.links
    link = None
    with suppress(RefusalError, *UNREACHABLE):  # the page is shown all the same
        link = await links.known.of(organizer, name)
    if link is None or not link.live:
        return
    links.visits.count(link.id)
    cookie = touched(source_carried(request), organizer, name, today())
    shown.headers.add("Set-Cookie", source_cookie_of(cookie, request))
    shown.headers["Cache-Control"] = "private, no-cache"


async def show_series(request: web.Request) -> web.StreamResponse:
    """The dates of a series."""
    series = request.match_info["series"]
    path = f"/series/{series}"
    try:
        async with asyncio.timeout(PAGE_FACTS_S_MAX):
            found = await series_of(request.app[SERVICES], series)
    except RefusalError:
        return shell(request, path, "missing_title", "missing_text", listed=False, status=404)
    except (TimeoutError, RedisError, *UNREACHABLE):
        return shell(request, path, "home_title", "home_text", view="series", listed=False)
    pages, language = request.app[PAGES], language_of(request)
    return respond(
        request,
        Page(
            language=language,
            origin=pages.origin(request),
            path=path,
            title=found["name"],
            description=found["description"] or found["name"],
            entry=program(pages, "buyer", "series", language),
            listed=True,
            data=encode({"api": {f"/api/series/{series}": found}}),
        ),
    )


def linked(sale: SaleFacts, origin: str, card: str) -> dict[str, Any]:
    """Search engines are shown the event's own picture first, then the one of shared links."""
    pictures = [origin + address for address in (sale.picture, card) if address]
    return event_json(sale, f"{origin}/s/{sale.id}", *pictures)


def program(pages: Pages, name: str, view: str, language: str) -> Entry | None:
    """The built program, with the parts that this page and language will ask for at once."""
    parts = (f"{name}/pages/{view}.tsx", f"{name}/i18n/{language}.ts", f"shared/i18n/{language}.ts")
    return pages.assets.entry(name, *parts)


def sale_title(sale: SaleFacts, view: str, language: str) -> str:
    if view in SALE_VIEWS:
        return say(language, f"{view}_title", name=sale.name)
    return say(language, "sale_title", name=sale.name, venue=sale.venue) if sale.venue else sale.name


def sale_text(sale: SaleFacts, language: str) -> str:
    when = when_words(sale, sale.starts_at, language)
    if sale.status in NOTHING_THEN:
        return f"{sale.name}. {when}."
    if sale.state in {"closed", "ended"}:
        return say(language, "sale_text_over", name=sale.name, when=when)
    if not sale.left:
        return say(language, "sale_text_sold_out", name=sale.name, when=when)
    if sale.from_price is None:
        return f"{sale.name}, {when}."
    return say(language, "sale_text", name=sale.name, when=when, price=money(sale.from_price, sale.currency, language))


def shell(
    request: web.Request,
    path: str,
    title: str,
    description: str,
    *,
    entry: str = "buyer",
    view: str = "",
    listed: bool = True,
    status: int = 200,
    data: bytes = b"{}",
) -> web.Response:
    """A page with the same head for everybody."""
    pages, language = request.app[PAGES], language_of(request)
    return respond(
        request,
        Page(
            language=language,
            origin=pages.origin(request),
            path=path,
            title=say(language, title),
            description=say(language, description),
            entry=program(pages, entry, view, language),
            listed=listed,
            data=data,
        ),
        status,
    )


def respond(request: web.Request, page: Page, status: int = 200) -> web.Response:
    """The document with its rules; 304 when the browser has it already."""
    body = document(page)
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'  # weak: the same in every encoding
    headers: dict[str, Any] = {
        **page_headers(request.host, https=is_https(request), frames=page.frames, opened_for=page.opened_for),
        "Cache-Control": "no-cache",
        "Content-Language": page.language,
        "ETag": etag,
        "Vary": "Accept-Encoding, Accept-Language, Cookie",
    }
    if status == web.HTTPOk.status_code and etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    if "gzip" in accepted_encodings(request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
    return web.Response(status=status, body=body, content_type="text/html", charset="utf-8", headers=headers)
