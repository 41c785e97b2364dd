"""The HTTP side: every live thing has a plain form here, and organizers steer their sales."""

from __future__ import annotations

from importlib import import_module

from server.api.routing import ROUTES, Route

# Each declares its routes as it is imported.
PARTS = (
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
)
for part in PARTS:
    import_module(f"server.api.{part}")


def all_routes() -> tuple[Route, ...]:
    """Every route that was declared."""
    return tuple(ROUTES)
