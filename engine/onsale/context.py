"""How the running sale describes itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.context import Context, Floor
from engine.onsale.key_layouts import KeyLayouts
from engine.onsale.unnoted import Unnoted
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

KEEPER_EVERY_S = 0.05  # a look at which sales are due; each has its own pace
KEEPER_PATIENCE_S = 0.5  # with a sale whose part of Redis does not answer
ARCHIVE_EVERY_S = 10.0
KEY_LAYOUTS_EVERY_S = 10.0
UNNOTED_EVERY_S = 1.0


def jobs(engine: Engine) -> list[Job]:
    return [
        Job(
            "keeper",
            partial(engine.keeper.step, KEEPER_PATIENCE_S),
            KEEPER_EVERY_S,
            lease="keeper",
            next_s=engine.keeper.next_s,
        ),
        Job("archive", engine.archive.step, ARCHIVE_EVERY_S),
        Job("key layouts", KeyLayouts(engine.redis, engine.db).step, KEY_LAYOUTS_EVERY_S),
        Job("unnoted moves", Unnoted(engine.onsale, engine.db).step, UNNOTED_EVERY_S),
    ]


CONTEXT = Context(
    name="onsale",
    floor=Floor.SELL,
    owns="places in rooms, live carts, holds, free stock",
    source="Redis; rebuilt from Postgres and signed places",
    jobs=jobs,
)
