"""What a buyer may ask, known by a cookie or token: places, carts, purchases, contacts, promos."""

from server.api.buyer import carts, contacts, promos

__all__ = ["carts", "contacts", "promos"]
