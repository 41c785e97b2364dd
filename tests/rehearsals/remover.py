"""Tries to delete a sale as if it had been a rehearsal; run by a test in a process of its own, as with `python -O`.

Ends with 0 when nothing let it.
"""

import asyncio
import sys

from engine.engine import Engine
from engine.orders import NotARehearsal
from engine.settings import load

REFUSED, DELETED, ASSERTS_WORK = 0, 1, 2


async def main(sale: str) -> int:
    async with Engine.open(load()) as engine:
        await engine.rehearsals.remove(sale)
        async with engine.db.acquire() as connection, connection.transaction():
            try:
                await engine.orders.rehearsed.forget(sale, connection)
            except NotARehearsal:
                return REFUSED
    return DELETED


if __name__ == "__main__":
    sys.exit(ASSERTS_WORK if __debug__ else asyncio.run(main(sys.argv[1])))
