"""Every command a socket understands; importing this package fills the table."""

from server.live.commands import cart, orders, promos, room, session, watch

__all__ = ["cart", "orders", "promos", "room", "session", "watch"]
