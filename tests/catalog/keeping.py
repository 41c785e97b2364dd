"""Who keeps the coupons of sales, for tests of the catalog by itself."""

from functools import partial

import asyncpg

from engine.catalog.reading import read_sale
from engine.coupons import Coupons
from engine.stores.office import Office


class Reading(Coupons):
    """Reads what was written, and keeps nothing."""

    def __init__(self) -> None:
        pass


def coupons_of(db: asyncpg.Pool) -> Coupons:
    return Coupons(db, Office(db), lambda: partial(read_sale, db))
