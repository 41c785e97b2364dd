"""A sender that is killed between sending a code and noting it: another sends the same letter again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from engine.contacts import Confirmed, Purpose
from engine.engine import Engine
from engine.settings import Settings
from tests.contacts.asking import ANA, ask, code_of, new_buyer, send
from tests.letters.test_killed import end, environment_of
from tests.mail_sink import Sink, open_sink

SENDER = """
import asyncio
from engine.engine import Engine
from engine.settings import load

async def main():
    async with Engine.open(load()) as engine:
        await engine.letterbox.post.step()
        await engine.letterbox.post.settle()

asyncio.run(main())
"""


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
def settings(sink: Sink, redis_url: str, database_url: str, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "redis_url": redis_url,
            "database_url": database_url,
            "secret": "s" * 32,
            "data_dir": tmp_path,
            "smtp_url": f"smtp://127.0.0.1:{sink.port}",
        }
    )


async def test_a_code_that_may_have_arrived_comes_again_and_is_the_same(sink: Sink, settings: Settings) -> None:
    buyer = new_buyer()
    async with Engine.open(settings) as engine:
        await engine.contacts.ask(ask(buyer))
        sender = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SENDER, env={**os.environ, **environment_of(settings)}
        )
        sink.on_letter = lambda: end(sender.pid)  # the server has the letter, and says so to nobody
        assert await sender.wait() == -signal.SIGKILL
        sink.on_letter = lambda: None
        assert await send(engine) == 0, "until the lease is over, the sender may still be at it"
        await engine.db.execute("UPDATE message SET due_at = now()")
        assert await send(engine) == 1
        first, second = sink.letters
        assert first["Message-ID"] == second["Message-ID"]
        assert text_of(first) == text_of(second)
        code = code_of({"text": text_of(second)})
        assert isinstance(await engine.contacts.confirm_code(Purpose.ENTRY, buyer, "email", ANA, code), Confirmed)


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
