"""What a buyer may ask, known by a cookie or token: places, carts, purchases, orders, contacts, promos."""

from server.api.buyer import carts, contacts, orders, promos

__all__ = ["carts", "contacts", "orders", "promos"]
