"""Credentials of a request: the signed buyer cookie, the cookie of a session, a bearer token, an organizer's key.

Guarantees: a cookie is HttpOnly, SameSite=Lax, and Secure over https; a bad token counts as none.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from http.cookies import SimpleCookie

from aiohttp import web
from multidict import CIMultiDict

from engine.access import KeyShown, Permit, network_of, permit_of
from engine.accounts import SessionShown
from engine.audit import RefusalKind
from engine.limits import CEREMONY_S, ORDER_PASS_S, SOURCE_COOKIE_CHARS_MAX, SOURCE_KEPT_DAYS
from server.services import Services
from server.who.addresses import is_https

BUYER_COOKIE = "aforo_buyer"
OPENED_COOKIE = "aforo_opened"
SOURCE_COOKIE = "aforo_from"
SESSION_COOKIE = "aforo_session"
BROWSER_COOKIE = "aforo_browser"
CARRIED_COOKIE = "aforo_outside"
BROWSER_BYTES = 24
BROWSER = re.compile(r"[A-Za-z0-9_-]{32}")
KEY_PREFIX = "ak_"
DOTS_OF_SIGNED = 2
DAY_S = 24 * 3600
YEAR_S = 365 * DAY_S
RENEWED = web.RequestKey("renewed", str)  # the Set-Cookie header of a session that got another token


async def key_shown(services: Services, token: str, address: str) -> KeyShown | None:
    """The API key in a token; one that is no use from there is noted in the audit trail."""
    found = await services.engine.access.look(token, address)
    if isinstance(found, KeyShown):
        return found
    if token.startswith(KEY_PREFIX):
        services.key_refused(token, address, found)
    return None


async def permit_shown(services: Services, token: str, address: str) -> Permit | None:
    """What the API key, the token made from one, or the guest link in a token may do."""
    if token.startswith(KEY_PREFIX):
        key = await key_shown(services, token, address)
        return None if key is None else permit_of(key)
    if token.count(".") == DOTS_OF_SIGNED:
        return await signed_shown(services, token, address)
    return await services.engine.accounts.guests.permit(token)


async def signed_shown(services: Services, token: str, address: str) -> Permit | None:
    """What a token made from an API key may do, while that key is of use from there; forged ones are noted."""
    engine, claims = services.engine, services.engine.key_tokens.read(token)
    if claims is not None:
        key = await engine.access.again(claims.organizer, claims.key, address)
        if key is not None:
            return claims.permit(key)
    organizer, about = (None, "token") if claims is None else (claims.organizer, claims.key)
    engine.audit.tally.note(RefusalKind.SIGNATURE, network_of(address), about, organizer)
    return None


async def session_of(services: Services, request: web.Request) -> SessionShown | None:
    """The live session of the cookie. When it is to get another token, the answer to this request brings it."""
    token = request.cookies.get(session_cookie_name(request))
    sessions = services.engine.accounts.sessions
    found = None if token is None else await sessions.find(token)
    if token is not None and found is not None and found.renew and (new := await sessions.renewed(found.id, token)):
        request[RENEWED] = session_cookie_of(new.token, request, seconds_until(new.until_at))
    return found


def seconds_until(instant: datetime) -> int:
    return max(1, int((instant - datetime.now(UTC)).total_seconds()))


def session_cookie_name(request: web.Request) -> str:
    """Over https only a cookie counts that no other host and no path could have set."""
    return f"__Host-{SESSION_COOKIE}" if is_https(request) else SESSION_COOKIE


def session_cookie_of(token: str, request: web.Request, seconds: int) -> str:
    """The Set-Cookie header of a session; with no seconds left it takes the cookie back."""
    return set_cookie(session_cookie_name(request), token, request, path="/", seconds=seconds, same_site="Lax")


def visitor_of(request: web.Request) -> str | None:
    """The browser that a challenge was made for, while nobody has logged in."""
    found = request.cookies.get(browser_cookie_name(request), "")
    return found if BROWSER.fullmatch(found) else None


def new_visitor() -> str:
    return secrets.token_urlsafe(BROWSER_BYTES)


def browser_cookie_name(request: web.Request) -> str:
    return f"__Host-{BROWSER_COOKIE}" if is_https(request) else BROWSER_COOKIE


def visitor_cookie_of(visitor: str, request: web.Request) -> str:
    """The Set-Cookie header that binds a challenge to a browser. Lax: it comes along from a provider, too."""
    name = browser_cookie_name(request)
    return set_cookie(name, visitor, request, path="/", seconds=2 * CEREMONY_S, same_site="Lax")


def carried_of(request: web.Request) -> str:
    """What the browser took along to an outside provider."""
    return request.cookies.get(carried_cookie_name(request), "")


def carried_cookie_name(request: web.Request) -> str:
    return f"__Host-{CARRIED_COOKIE}" if is_https(request) else CARRIED_COOKIE


def carried_cookie_of(carried: str, request: web.Request, seconds: int) -> str:
    """The Set-Cookie header for that; Lax, since a page of the provider sends the browser back."""
    return set_cookie(carried_cookie_name(request), carried, request, path="/", seconds=seconds, same_site="Lax")


def bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def buyer_of(services: Services, request: web.Request) -> str | None:
    """The buyer of the cookie, or of the bearer token; a bad token counts as none."""
    for token in (bearer(request), request.cookies.get(BUYER_COOKIE)):
        buyer = None if token is None else services.engine.signer.buyer_of(token)
        if buyer is not None:
            return buyer
    return None


def cookie_of(token: str, request: web.Request) -> str:
    """The Set-Cookie header that keeps a buyer for a year."""
    return set_cookie(BUYER_COOKIE, token, request, path="/", seconds=YEAR_S, same_site="Lax")


def opened_cookie_of(token: str, code: str, request: web.Request, seconds: int = ORDER_PASS_S) -> str:
    """The Set-Cookie header for a browser that has just opened an order with its key: good for that order's files."""
    return set_cookie(OPENED_COOKIE, token, request, path=f"/o/{code}", seconds=seconds, same_site="Strict")


def source_carried(request: web.Request) -> str:
    """By which links this browser came, as its cookie says; anybody may write anything into it."""
    return request.cookies.get(SOURCE_COOKIE, "")[: SOURCE_COOKIE_CHARS_MAX + 1]


def source_cookie_of(text: str, request: web.Request, seconds: int = SOURCE_KEPT_DAYS * DAY_S) -> str:
    """The Set-Cookie header that keeps by which links a browser came."""
    return set_cookie(SOURCE_COOKIE, text, request, path="/", seconds=seconds, same_site="Lax")


def forgetting_cookies(codes: Iterable[str], request: web.Request) -> CIMultiDict[str]:
    """The Set-Cookie headers that take back who the buyer is, how they came, and the orders with these codes."""
    forgotten = CIMultiDict[str]()
    forgotten.add("Set-Cookie", set_cookie(BUYER_COOKIE, "", request, path="/", seconds=0, same_site="Lax"))
    forgotten.add("Set-Cookie", source_cookie_of("", request, seconds=0))
    for code in codes:
        forgotten.add("Set-Cookie", opened_cookie_of("", code, request, seconds=0))
    return forgotten


def set_cookie(name: str, value: str, request: web.Request, *, path: str, seconds: int, same_site: str) -> str:
    cookie = SimpleCookie()
    cookie[name] = value
    morsel = cookie[name]
    morsel["path"] = path
    morsel["max-age"] = seconds
    morsel["httponly"] = True
    morsel["samesite"] = same_site
    if is_https(request):
        morsel["secure"] = True
    return morsel.OutputString()
