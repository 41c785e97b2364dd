"""A worker that writes letters of orders, and dies for real at a step of it: run by test_killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.engine import Engine
from engine.messages import Letterbox, Template
from engine.settings import load
from server.pages.documents import Documents
from server.pages.order_letters import OrderLetters


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def dying(act: Callable[..., Awaitable[Any]], *, before: bool = False) -> Callable[..., Awaitable[Any]]:
    async def run(*given: Any) -> Any:
        if before:
            die()
        await act(*given)
        die()

    return run


async def main(step: str) -> None:
    async with Engine.open(load()) as engine:
        letters = OrderLetters(engine, Documents())
        letters.register()
        match step:
            case "writing":  # in the transaction, after the rows
                pytest.MonkeyPatch().setattr(Letterbox, "write_many", dying(Letterbox.write_many))
            case "taken":
                engine.letterbox.post.drawn_by(Template.ORDER_CONFIRMED, dying(letters.confirmed, before=True))
            case "drawn":
                engine.letterbox.post.drawn_by(Template.ORDER_CONFIRMED, dying(letters.confirmed))
        await engine.confirming.consumer.step(engine.db)
        if step == "heard":
            die()
        await engine.confirming.step()
        if step == "written":
            die()
        await engine.letterbox.post.step()
        await engine.letterbox.post.settle()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
