"""What an organizer may ask, with an API key: what is sold, to whom, and who is told of it."""

from server.api.office import (
    catalog,
    coupons,
    credit,
    events,
    links,
    notes,
    orders,
    organizers,
    people,
    pictures,
    promos,
    receipts,
    sales,
    selling,
    stock,
    webhooks,
)

__all__ = [
    "catalog",
    "coupons",
    "credit",
    "events",
    "links",
    "notes",
    "orders",
    "organizers",
    "people",
    "pictures",
    "promos",
    "receipts",
    "sales",
    "selling",
    "stock",
    "webhooks",
]
