"""Who is behind a request: the signed buyer cookie, the page a socket was opened from, the address.

Guarantees: a cookie is HttpOnly, SameSite=Lax, and Secure over https; a page of another site opens no socket and
sends no change.
"""

from __future__ import annotations

from functools import lru_cache
from http.cookies import SimpleCookie
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from engine.limits import ORDER_PASS_S
from engine.settings import Settings

BUYER_COOKIE = "aforo_buyer"
OPENED_COOKIE = "aforo_opened"
YEAR_S = 365 * 24 * 3600


@lru_cache(maxsize=8)
def networks(proxies: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each, strict=False) for each in proxies)


def address_of(request: web.Request, settings: Settings) -> str:
    """The address of the other end: behind proxies that are believed, the nearest one that is not such a proxy."""
    address = request.remote or ""
    if not settings.proxies:
        return address
    for each in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not is_proxy(address, settings.proxies):
            break
        address = each.strip() or address
    return address


def is_proxy(address: str, proxies: tuple[str, ...]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks(proxies))


def is_https(request: web.Request) -> bool:
    return request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"


def cookie_of(token: str, request: web.Request) -> str:
    """The Set-Cookie header that keeps a buyer for a year."""
    return _set_cookie(BUYER_COOKIE, token, request, path="/", seconds=YEAR_S, same_site="Lax")


def opened_cookie_of(token: str, code: str, request: web.Request) -> str:
    """The Set-Cookie header for a browser that has just opened an order with its key: good for that order's files."""
    return _set_cookie(OPENED_COOKIE, token, request, path=f"/o/{code}", seconds=ORDER_PASS_S, same_site="Strict")


def _set_cookie(name: str, value: str, request: web.Request, *, path: str, seconds: int, same_site: str) -> str:
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


def origin_allowed(request: web.Request, settings: Settings) -> bool:
    """A request without an origin is no browser's; one with an origin must come from our pages."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "same-site", "none")
    if origin in settings.origins or (settings.base_url and origin == settings.base_url):
        return True
    return urlsplit(origin).netloc == request.host != ""
