"""A process that gives numbers, and dies for real before one of its statements: run by test_numbers."""

import asyncio
import os
import signal
import sys
from typing import Any

import asyncpg

from engine.engine import Engine
from engine.settings import load

SAYS = ("execute", "fetch", "fetchrow", "fetchval")


async def main(nth: int) -> None:
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

    async with Engine.open(load()) as engine:
        for name in SAYS:
            counted(name)
        await engine.receipts.issuing.step()
    print(said)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
