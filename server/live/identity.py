"""Who is behind a request: the signed buyer cookie, the page a socket was opened from, the address.

Guarantees: a cookie is HttpOnly, SameSite=Lax, and Secure over https; a page of another site opens no socket and
sends no change.
"""

from __future__ import annotations

from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from aiohttp import web

from engine.settings import Settings

BUYER_COOKIE = "aforo_buyer"
YEAR_S = 365 * 24 * 3600


def is_https(request: web.Request) -> bool:
    return request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"


def cookie_of(token: str, request: web.Request) -> str:
    """The Set-Cookie header that keeps a buyer for a year."""
    cookie = SimpleCookie()
    cookie[BUYER_COOKIE] = token
    morsel = cookie[BUYER_COOKIE]
    morsel["path"] = "/"
    morsel["max-age"] = YEAR_S
    morsel["httponly"] = True
    morsel["samesite"] = "Lax"
    if is_https(request):
        morsel["secure"] = True
    return morsel.OutputString()


def origin_allowed(request: web.Request, settings: Settings) -> bool:
    """A request without an origin is no browser's; one with an origin must come from our pages."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "same-site", "none")
    if origin in settings.origins or (settings.base_url and origin == settings.base_url):
        return True
    return urlsplit(origin).netloc == request.host != ""
