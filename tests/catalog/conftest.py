"""A catalog on a fresh database, with an organizer to act for."""

import asyncpg
import pytest

from engine.access.api_keys import ApiKeys
from engine.audit import Act
from engine.catalog import Catalog
from engine.stores.office import Office
from tests.catalog.keeping import coupons_of

SHORTEST = """\
event: Jazz at the Corner
starts: 2037-03-01 20:30
zone: Europe/Madrid
currency: EUR
opens: 2037-01-10 10:00
sections:
  stalls: {rows: 10, seats: 20, price: 45.00}
pools:
  floor: {capacity: 300, price: 30.00}
"""


@pytest.fixture
def shortest() -> str:
    """The shortest description of a sale that has both seats and a pool."""
    return SHORTEST


@pytest.fixture
def converged() -> list[str]:
    """Sale ids that the catalog asked to converge, in order."""
    return []


@pytest.fixture
def catalog(db: asyncpg.Pool, converged: list[str]) -> Catalog:
    async def converge(sale_id: str) -> None:
        converged.append(sale_id)

    return Catalog(db, Office(db), mark_code=str.casefold, coupons=coupons_of(db), converge=converge)


@pytest.fixture
async def by(db: asyncpg.Pool) -> Act:
    return Act(await ApiKeys(db).create_organizer("Teatros del Río"), "cli")
