"""Where a request comes from: its address behind proxies, the page it was sent from, whether an operator sent it.

Guarantees: a page of another site opens no socket and sends no change. Operators are known by the network they ask
from; what a proxy passes on is no operator's, whatever it says of itself, so a path that slips past the rules of a
proxy meets this one.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from sys import intern
from urllib.parse import urlsplit

from aiohttp import web

from engine.access import lies_in
from engine.limits import AGENT_CHARS_MAX
from engine.settings import Settings

# One of these tells that somebody else asked first.
PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


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


def agent_of(request: web.Request) -> str:
    """What the other end calls itself, in plain letters. Many say the same, and share it."""
    said = request.headers.get("User-Agent", "")[:AGENT_CHARS_MAX]
    return intern(said.encode("ascii", "ignore").decode("ascii"))


def is_proxy(address: str, proxies: tuple[str, ...]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks(proxies))


def is_https(request: web.Request) -> bool:
    return request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"


def origin_allowed(request: web.Request, settings: Settings) -> bool:
    """A request without an origin is no browser's; one with an origin must come from our pages."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "same-site", "none")
    if origin in settings.origins or (settings.base_url and origin == settings.base_url):
        return True
    return urlsplit(origin).netloc == request.host != ""


def is_operator(request: web.Request, settings: Settings) -> bool:
    """Whether it comes straight from one of the networks that may read the metrics."""
    return not any(name in request.headers for name in PASSED_ON) and is_near(request.remote, settings)


def is_near(remote: str | None, settings: Settings) -> bool:
    """Whether the other end of a connection is in one of those networks."""
    return lies_in(remote or "", networks(settings.metrics_networks))
