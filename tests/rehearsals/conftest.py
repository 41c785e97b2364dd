"""A house to rehearse: an open sale in a database that the tests here share."""

from tests.orders.conftest import database_url, engine, house, settings

__all__ = ["database_url", "engine", "house", "settings"]
