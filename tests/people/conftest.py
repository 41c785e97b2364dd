"""The same worlds as in the tests of promos."""

from tests.promos.conftest import city, engine, settings, world

__all__ = ["city", "engine", "settings", "world"]
