"""Logging in at an outside provider: the way there and back as a browser goes it, and the logins that are linked.

Guarantees: whatever comes back, the browser ends on a page of ours, which says in `outside` what went wrong; the state
of a journey is in a cookie of the browser that went, and is spent with its first answer.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web

from engine.accounts import NewSession, Provider, SessionState
from engine.limits import CEREMONY_S, LINE_CHARS_MAX
from engine.refusals import Code, RefusalError
from server.api.security.own import own_of, relying_party, stranger
from server.contract.needs import Address, Need
from server.contract.routes import Reply, route
from server.contract.security.outside import LinkedShape, OutsidesShape, linked_shape
from server.services import SERVICES
from server.who.browsers import browser_of, logged_in_cookies
from server.who.call import Call, admitted
from server.who.tokens import carried_cookie_of, carried_of, session_of

HOME = "/office"
# Where a second factor is asked for: by the pages that one was on.
BUYER_PAGES = re.compile(r"/account(?:$|[/?#])")
# One slash, and nothing that a browser takes for another one or drops on the way.
OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


@route("GET", "/api/security/outside", needs=Need.NOBODY)
async def list_outside(call: Call) -> OutsidesShape:
    """Where one may log in too."""
    providers = call.services.engine.outside.providers.values()
    return {"items": [{"id": each.id, "name": each.name} for each in providers]}


@route("GET", "/api/security/me/outside", needs=Need.ACCOUNT)
async def list_linked(call: Call) -> LinkedShape:
    """Where you may log in too."""
    return linked_shape(await call.services.engine.outside.linked(call.account))


@route(
    "DELETE",
    "/api/security/me/outside/{provider}",
    needs=Need.ACCOUNT,
    steps_up=True,
    status=204,
    answer=None,
    codes=(Code.CONFLICT,),
)
async def unlink_outside(call: Call) -> Reply:
    """Logins there open nothing here any more; refused for the only way in."""
    outside = call.services.engine.outside
    provider = outside.providers.get(call.part("provider"))
    unlinked = provider is not None and await outside.unlink(await own_of(call), provider)
    if unlinked is None:
        raise RefusalError(Code.CONFLICT, reason="last_way_in")
    if not unlinked:
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)


async def start(request: web.Request) -> web.StreamResponse:
    """Off to the provider; `next` is where to go afterwards, `link` adds the login to the account of the session."""
    call, provider = await asked(request)
    then = own_path(request.query.get("next", ""))
    linking = "link" in request.query
    if linking:
        call.session = await session_of(call.services, request)
        if not is_fresh(call):
            return onwards(call, then, "step_up_needed")
    session = call.session.id if linking and call.session is not None else ""
    outside = call.services.engine.outside
    way = await outside.way_there(stranger(call), provider, back_to(call, provider), then=then, session=session)
    if way is None:
        return onwards(call, then, "unreachable")
    cookie = carried_cookie_of(way.carried, request, CEREMONY_S)
    return web.Response(status=302, headers={"Location": way.url, "Set-Cookie": cookie, "Cache-Control": "no-store"})


async def back(request: web.Request) -> web.StreamResponse:
    """Back from the provider: logged in, linked, or told on a page what went wrong."""
    call, provider = await asked(request)
    outside, by = call.services.engine.outside, stranger(call)
    journey = outside.journey(carried_of(request))
    then = HOME if journey is None else journey.then
    identity = await outside.who_came(by, provider, journey, dict(request.query), back_to(call, provider))
    if identity is None or journey is None:
        return onwards(call, then, "refused")
    if journey.session:
        call.session = await session_of(call.services, request)
        if call.session is None or call.session.id != journey.session or not is_fresh(call):
            return onwards(call, then, "step_up_needed")
        linked = await outside.link(await own_of(call), identity)
        return onwards(call, then, "linked" if linked else "linked_elsewhere")
    call.session = await session_of(call.services, request)
    found = await outside.log_in(identity, browser_of(call))
    if isinstance(found, str):
        return onwards(call, then, found)
    pages = "/account" if BUYER_PAGES.match(then) else HOME
    page = f"{pages}/second-factor?{urlencode({'next': then})}" if found.methods else then
    return onwards(call, page, begun=found.session)


async def asked(request: web.Request) -> tuple[Call, Provider]:
    """The call, and the provider of the path."""
    call = await admitted(request.app[SERVICES], request, Need.NOBODY)
    provider = call.services.engine.outside.providers.get(request.match_info["provider"])
    if provider is None:
        raise RefusalError(Code.NOT_FOUND)
    return call, provider


def is_fresh(call: Call) -> bool:
    session = call.session
    return session is not None and session.state is SessionState.IN and session.is_fresh(datetime.now(UTC))


def back_to(call: Call, provider: Provider) -> str:
    return f"{relying_party(call).origin}/api/security/outside/{provider.id}/back"


def own_path(text: str) -> str:
    """A path of ours; never another site, however it is spelled."""
    return text if len(text) <= LINE_CHARS_MAX and OWN_PATH.fullmatch(text) else HOME


def onwards(call: Call, path: str, told: str = "", *, begun: NewSession | None = None) -> web.StreamResponse:
    """To a page of ours, with what it should tell; what was carried is taken back."""
    if told:
        path, _, anchor = path.partition("#")
        path = f"{path}{'&' if '?' in path else '?'}outside={told}{'#' if anchor else ''}{anchor}"
    response = web.Response(status=302, headers={"Location": path, "Cache-Control": "no-store"})
    response.headers.add("Set-Cookie", carried_cookie_of("", call.request, 0))
    if begun is not None:
        response.headers.extend(logged_in_cookies(call, begun))
    return response


ADDRESSES = (
    Address("GET", "/api/security/outside/{provider}/start", Need.NOBODY, start),
    Address("GET", "/api/security/outside/{provider}/back", Need.NOBODY, back),
)
