"""Processes that give numbers, each of which dies for real before another statement: run by test_numbers.

Prints how many there were: the last had no statement left to die before.
"""

import asyncio
import os
import signal
import sys
from typing import Any

import asyncpg

from engine.receipts import Issuing
from engine.stores import database
from tests.receipts.selling import sold

SAYS = ("execute", "fetch", "fetchrow", "fetchval")
PROCESSES_MAX = 40


async def sell(url: str, sale: str, nth: int) -> None:
    db = await database.connect(url)
    await sold(db, sale, 3, f"o{nth}-")
    await db.close()


async def issue(url: str, nth: int) -> None:
    """A step that dies before its nth statement, where it has so many."""
    said = 0

    def counted(name: str) -> None:
        real = getattr(asyncpg.Connection, name)

        async def says(connection: asyncpg.Connection, *args: Any, **more: Any) -> Any:
            nonlocal said
            said += 1
            if said == nth:
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()
            return await real(connection, *args, **more)

        setattr(asyncpg.Connection, name, says)

    db = await database.connect(url)
    for name in SAYS:
        counted(name)
    await Issuing(db).step()


def main(url: str, sale: str) -> None:
    for nth in range(1, PROCESSES_MAX):
        asyncio.run(sell(url, sale, nth))
        process = os.fork()
        if process == 0:
            asyncio.run(issue(url, nth))
            os._exit(0)
        _, status = os.waitpid(process, 0)
        if not os.WIFSIGNALED(status):
            assert status == 0, "it failed rather than died"
            print(nth)
            return


if __name__ == "__main__":
    main(*sys.argv[1:3])
