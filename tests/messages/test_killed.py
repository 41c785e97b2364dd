"""A sender that is killed between sending a letter and noting it: another sends it again, and a reader can tell."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE

from engine.messages.email import Email
from tests.eventually import until
from tests.mail_sink import Sink
from tests.messages.conftest import Office

SENDER = """
import asyncio, sys
from engine.stores import database
from engine.messages.email import Email
from tests.messages.conftest import Office

async def main(database_url, port):
    office = Office(await database.connect(database_url))
    office.channels["email"] = Email(f"smtp://127.0.0.1:{port}", "Aforo <no-reply@a.example>")
    while True:
        await office.send()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_senders_letter_is_sent_again_under_its_id(
    office: Office, sink: Sink, database_url: str
) -> None:
    await office.write("reset:1")
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SENDER, database_url, str(sink.port), stdin=PIPE
    )
    # The server has the letter, and says so to nobody.
    sink.on_letter = sender.kill
    await until("a letter", lambda: has_letters(sink, 1))
    await sender.wait()
    sink.on_letter = lambda: None
    row = await office.state("reset:1")
    assert (row["state"], row["tries"], row["doubts"], row["later"]) == ("queued", 1, 1, True)
    email = Email(f"smtp://127.0.0.1:{sink.port}", "Aforo <no-reply@a.example>")
    office.channels["email"] = email
    assert await office.send() == 0, "until the lease is over, the sender may still be at it"
    await office.again("reset:1")
    assert await office.send() == 1
    await email.close()
    assert len({letter["Message-ID"] for letter in sink.letters}) == 1
    assert len(sink.letters) == 2
    assert (await office.state("reset:1"))["state"] == "sent"


async def has_letters(sink: Sink, count: int) -> bool:
    return len(sink.letters) >= count
