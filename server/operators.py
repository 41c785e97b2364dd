"""Who may look inside: operators, known by the network they ask from.

Guarantees: what a proxy passes on is no operator's, whatever it says of itself. A path that slips past the rules of a
proxy meets this one.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from aiohttp import web

from engine.settings import Settings
from server.live.identity import networks

# One of these tells that somebody else asked first.
PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


def is_operator(request: web.Request, settings: Settings) -> bool:
    """Whether it comes straight from one of the networks that may read the metrics."""
    return not any(name in request.headers for name in PASSED_ON) and is_near(request.remote, settings)


def is_near(remote: str | None, settings: Settings) -> bool:
    """Whether the other end of a connection is in one of those networks."""
    try:
        address = ip_address(remote or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks(settings.metrics_networks))
