"""How the running sale describes itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine import limits
from engine.context import Context, Floor
from engine.limits import KEEPER_PATIENCE_S
from engine.onsale.key_layouts import KeyLayouts
from engine.onsale.unnoted import Unnoted
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

KEEPER_EVERY_S = 0.05  # a look at which sales are due; each has its own pace
ARCHIVE_EVERY_S = 10.0
KEY_LAYOUTS_EVERY_S = 10.0
UNNOTED_EVERY_S = 1.0
STOCK_EVERY_S = 1.0
STOCK = Bound(seconds=60, items=limits.ALLOCATIONS_RELEASED_MAX + limits.SALES_LED_MAX)
ARCHIVE = Bound(seconds=60, items=limits.SALES_OVER_MAX)
LAYING_OUT = Bound(seconds=60, items=limits.SALES_LAID_OUT_MAX)


def jobs(engine: Engine) -> list[Job]:
    return [
        Job(
            "keeper",
            partial(engine.keeper.step, KEEPER_PATIENCE_S),
            KEEPER_EVERY_S,
            Bound(seconds=5),
            lease="keeper",
            next_s=engine.keeper.next_s,
        ),
        Job("stock", engine.catalog.allocations.step, STOCK_EVERY_S, STOCK, due_s=engine.catalog.allocations.due_s),
        Job("archive", engine.archive.step, ARCHIVE_EVERY_S, ARCHIVE, due_s=engine.archive.due_s),
        Job("key layouts", KeyLayouts(engine.redis, engine.db).step, KEY_LAYOUTS_EVERY_S, LAYING_OUT),
        Job("unnoted moves", Unnoted(engine.onsale, engine.db).step, UNNOTED_EVERY_S, Bound(seconds=10)),
    ]


CONTEXT = Context(
    name="onsale",
    floor=Floor.SELL,
    owns="places in rooms, live carts, holds, free stock",
    source="Redis; rebuilt from Postgres and signed places",
    tables=("sale_run",),
    jobs=jobs,
)
