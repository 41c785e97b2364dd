"""Tasks end, also those that lose a cancellation."""

import asyncio
import gc
import weakref

from engine.ending import end


async def stubborn(times: int) -> None:
    """Goes on after so many cancellations, as a wait does that ended in the same instant."""
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if not times:
                raise
            times -= 1


async def failing() -> None:
    try:
        await asyncio.sleep(3600)
    finally:
        raise OSError("on the way out")


async def test_all_end() -> None:
    tasks = [asyncio.create_task(stubborn(times)) for times in (0, 1, 2)]
    tasks.append(asyncio.create_task(failing()))
    await asyncio.sleep(0)
    await end([*tasks, None])
    assert all(task.done() for task in tasks)
    await end(tasks)


class Follower:
    """Owns a task that works on it, as a hub does."""

    def __init__(self) -> None:
        self.task = asyncio.create_task(self.follow())

    async def follow(self) -> None:
        async with asyncio.timeout(3600):
            await asyncio.sleep(3600)


async def test_what_a_task_worked_on_does_not_wait_for_the_collector() -> None:
    follower = Follower()
    left = weakref.ref(follower)
    await asyncio.sleep(0)
    gc.disable()
    try:
        await end([follower.task])
        del follower
        assert left() is None
    finally:
        gc.enable()
