"""Tasks end, also those that lose a cancellation."""

import asyncio

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
