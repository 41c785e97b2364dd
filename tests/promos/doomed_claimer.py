"""A process that claims for a window and kills itself, for real, at a chosen step. Run by test_claims.py."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from engine import limits
from engine.promos.claims import Claims
from engine.segments import Audience
from engine.stores import database
from engine.stores.redis import connect
from tests.promos.test_claims import activation


def killer(wanted: str, nth: int) -> Callable[[str], None]:
    left = [nth]

    def step(name: str) -> None:
        if name == wanted:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return step


async def main(database_url: str, redis_url: str, space: str, step: str, nth: str) -> None:
    limits.NOTICES_PER_CLAIM_MAX = 10  # so that one window needs several claims
    db = await database.connect(database_url)
    redis = await connect(redis_url)
    await Claims(db, Audience(redis, space), killer(step, int(nth))).run(activation(1))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
