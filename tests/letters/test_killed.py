"""A worker that is killed at any step of it: each paid order has one letter in the end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from functools import partial

import pytest

from engine.settings import Settings
from tests.letters.conftest import Desk
from tests.mail_sink import Sink

ORDERS = 3


@pytest.mark.parametrize("step", ["heard", "writing", "written", "taken", "drawn", "sent"])
async def test_each_order_has_one_letter(desk: Desk, sink: Sink, settings: Settings, step: str) -> None:
    orders = [await desk.buy(units={"floor": 1}) for _ in range(ORDERS)]
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.letters.dying_worker", step), env={**os.environ, **environment_of(settings)}
    )
    if step == "sent":  # the server has a letter, and says so to nobody
        sink.on_letter = partial(end, worker.pid)
    assert await worker.wait() == -signal.SIGKILL
    sink.on_letter = lambda: None
    for _ in range(2):
        await desk.engine.db.execute("UPDATE message SET due_at = now() WHERE state = 'queued'")  # leases end
        await desk.work()
    for order in orders:
        (row,) = await desk.letters(order)
        assert row["state"] == "sent"
    assert len({letter["Message-ID"] for letter in sink.letters}) == ORDERS
    assert len(sink.letters) <= ORDERS + (step == "sent") * ORDERS, "only what may have been sent is sent again"


def end(pid: int) -> None:
    """By its number: asking the process object again would take its end from the loop, which waits for it."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def environment_of(settings: Settings) -> dict[str, str]:
    assert settings.secret is not None
    return {
        "AFORO_REDIS_URL": settings.redis_url or "",
        "AFORO_DATABASE_URL": settings.database_url or "",
        "AFORO_SECRET": settings.secret.get_secret_value(),
        "AFORO_BASE_URL": settings.base_url or "",
        "AFORO_SMTP_URL": settings.smtp_url.get_secret_value(),
        "AFORO_MAIL_FROM": settings.mail_from,
    }
