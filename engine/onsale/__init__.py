"""On sale: rooms, carts and holds of one sale, in Redis, rebuildable from Postgres and from signed places."""

from engine.onsale.archive import Archive
from engine.onsale.context import CONTEXT
from engine.onsale.draw import commit_of, draw_of, next_digest
from engine.onsale.keeper import Keeper
from engine.onsale.moves import SinceLast
from engine.onsale.onsale import Onsale
from engine.onsale.plan import units_for_sale
from engine.onsale.records import UnknownSale
from engine.onsale.room import roster
from engine.onsale.sale import PlaceSigner, Sale
from engine.onsale.stocking import Stocking

__all__ = [
    "CONTEXT",
    "Archive",
    "Keeper",
    "Onsale",
    "PlaceSigner",
    "Sale",
    "SinceLast",
    "Stocking",
    "UnknownSale",
    "commit_of",
    "draw_of",
    "next_digest",
    "roster",
    "units_for_sale",
]
