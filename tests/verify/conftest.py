"""The same house as in the tests of orders."""

from tests.orders.conftest import database_url, engine, house, settings

__all__ = ["database_url", "engine", "house", "settings"]
