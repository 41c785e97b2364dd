"""What a buyer may ask, one function each, run by a command of the socket and by a route of HTTP alike.

Importing this package fills the table of commands.
"""

from server.buying import cart, orders, promos, room, session

__all__ = ["cart", "orders", "promos", "room", "session"]
