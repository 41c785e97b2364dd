"""What workers do again and again, and how often."""

from __future__ import annotations

from functools import partial

from engine.contacts import OLD_ROWS as OLD_ROWS_OF_CONTACTS
from engine.engine import Engine
from engine.orders import OLD_ROWS as OLD_ROWS_OF_ORDERS
from engine.promos import OLD_ROWS as OLD_ROWS_OF_PROMOS
from engine.stores.old_rows import remove_old
from engine.workers import Job

KEEPER_EVERY_S = 0.05  # a look at which sales are due; each has its own pace
KEEPER_PATIENCE_S = 0.5  # with a sale whose part of Redis does not answer
FINISHER_EVERY_S = 1.0
ENDED_CARTS_EVERY_S = 5.0
ORDER_KEYS_EVERY_S = 2.0
OLD_ANSWERS_EVERY_S = 3_600.0
OLD_REHEARSALS_EVERY_S = 5.0
ARCHIVE_EVERY_S = 10.0
LETTERS_EVERY_S = 0.5
OLD_ROWS_EVERY_S = 3_600.0


def jobs_of(engine: Engine) -> list[Job]:
    """Every job of an installation; each has one owner at a time."""

    async def remove_old_rows() -> None:
        await remove_old(engine.db, (*OLD_ROWS_OF_ORDERS, *OLD_ROWS_OF_PROMOS, *OLD_ROWS_OF_CONTACTS))

    promos = [Job(name, step, pause_s) for name, step, pause_s in engine.promos.jobs()]
    return [
        Job("keeper", partial(engine.keeper.step, KEEPER_PATIENCE_S), KEEPER_EVERY_S),
        Job("archive", engine.archive.step, ARCHIVE_EVERY_S),
        Job("finisher", engine.orders.finish, FINISHER_EVERY_S),
        Job("ended carts", engine.orders.note_ended_carts, ENDED_CARTS_EVERY_S),
        Job("order keys", engine.orders.hash_keys, ORDER_KEYS_EVERY_S),
        Job("old answers", engine.answers.forget_old, OLD_ANSWERS_EVERY_S),
        Job("old rows", remove_old_rows, OLD_ROWS_EVERY_S),
        Job("old rehearsals", engine.rehearsals.remove_left, OLD_REHEARSALS_EVERY_S),
        Job("contacts letters", engine.letters.step, LETTERS_EVERY_S),
        *promos,
    ]
