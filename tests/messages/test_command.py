"""`aforo message …` as operators type it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner, Result

from engine.messages import Outcome, Sent
from server.cli.app import app
from server.cli.trouble import Trouble
from tests.messages.conftest import LINK, SECRET, Office


async def test_messages_are_listed_shown_and_sent_again(
    office: Office, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    given = {
        "AFORO_DATABASE_URL": database_url,
        "AFORO_REDIS_URL": redis_url,
        "AFORO_SECRET": SECRET.decode(),
        "AFORO_DATA_DIR": str(tmp_path),
        "COLUMNS": "200",
    }

    async def aforo(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["message", *words], env=given)

    office.channel.answers = [Sent(Outcome.REFUSED, "[554] spam")]
    await office.write("reset:1")
    await office.send()
    message = await office.db.fetchval("SELECT id FROM message")
    listed = await aforo("list", "--state", "refused")
    assert message in listed.stdout
    assert "[554] spam" in listed.stdout, "what a server says is text, not markup"
    assert isinstance((await aforo("list", "--state", "lost")).exception, Trouble)
    shown = (await aforo("show", message)).stdout
    assert "refused" in shown
    assert "ana@example.org" not in shown
    read = (await aforo("show", message, "--text")).stdout
    assert "ana@example.org" in read
    assert LINK in read
    assert "will be sent again" in (await aforo("send-again", message)).stdout
    assert "already" in (await aforo("send-again", message)).stdout
    await office.db.execute("UPDATE message SET state = 'sent', done_at = now(), sealed = NULL")
    assert "no longer kept" in str((await aforo("send-again", message)).exception)
    await office.write("ended:1", until=datetime.now(UTC) - timedelta(seconds=1))
    await office.send()
    ended = await office.db.fetchval("SELECT id FROM message WHERE key = 'ended:1'")
    assert "has ended" in str((await aforo("send-again", ended)).exception)
    for words in (("show", "msg_none"), ("send-again", "msg_none")):
        assert isinstance((await aforo(*words)).exception, Trouble)
