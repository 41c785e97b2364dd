"""Who may look inside: operators, known by the network they ask from.

Guarantees: what a proxy passes on is no operator's, whatever it says of itself. A path that slips past the rules of a
proxy meets this one.
"""

from __future__ import annotations

from aiohttp import web

from engine.access.networks import lies_in
from engine.settings import Settings
from server.live.identity import networks

# One of these tells that somebody else asked first.
PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


def is_operator(request: web.Request, settings: Settings) -> bool:
    """Whether it comes straight from one of the networks that may read the metrics."""
    return not any(name in request.headers for name in PASSED_ON) and is_near(request.remote, settings)


def is_near(remote: str | None, settings: Settings) -> bool:
    """Whether the other end of a connection is in one of those networks."""
    return lies_in(remote or "", networks(settings.metrics_networks))
