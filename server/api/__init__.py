"""The HTTP side: every live thing has a plain form here, and organizers steer their sales."""

from __future__ import annotations

from server.api import (
    buyers,
    carts,
    contacts,
    live_state,
    orders,
    organizer,
    people,
    promos,
    promos_organizer,
    sales,
    webhooks,
)
from server.api.routing import ROUTES, Route

__all__ = [
    "all_routes",
    "buyers",
    "carts",
    "contacts",
    "live_state",
    "orders",
    "organizer",
    "people",
    "promos",
    "promos_organizer",
    "sales",
    "webhooks",
]


def all_routes() -> tuple[Route, ...]:
    """Every route that was declared."""
    return tuple(ROUTES)
