"""The HTTP side: every live thing has a plain form here, and organizers steer their sales.

Importing this package fills the table of routes.
"""

from __future__ import annotations

from server.api import buyer, office, public, security
from server.contract.routes import ROUTES, Route

__all__ = ["all_routes", "buyer", "office", "public", "security"]


def all_routes() -> tuple[Route, ...]:
    """Every route that was declared."""
    return tuple(ROUTES)
