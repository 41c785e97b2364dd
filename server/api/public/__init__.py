"""What everybody may ask: sales, how they stand, a token to buy with, an order with its key."""

from server.api.public import live_state, passes, sales

__all__ = ["live_state", "passes", "sales"]
