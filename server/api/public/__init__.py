"""What everybody may ask: sales and their live state, a buyer token, an order by its key."""

from server.api.public import live_state, passes, sales

__all__ = ["live_state", "passes", "sales"]
