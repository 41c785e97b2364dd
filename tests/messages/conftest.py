"""A post whose channels say what a test wants, on a database without messages; an SMTP server that can misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from engine.access import Sealer
from engine.keyring import LETTERS, Keyring
from engine.messages import Channel, Letter, Letterbox, Mailbox, Message, MessageDesk, Outcome, Post, Sent, inbox_of
from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from tests.conftest import TEMPLATE

SECRET = b"the secret of this installation, 1"
STATE = "SELECT state, tries, doubts, said, due_at > now() AS later FROM message WHERE key = $1"
LINK = "https://a.example/reset#token-of-ana"


def inbox(channel: str, address: str) -> bytes:
    return sha256(f"{channel}|{inbox_of(channel, address)}".encode()).digest()


class Scripted(Channel):
    """Answers in turn what it was told to, and `sent` after that."""

    def __init__(self, name: str = "email") -> None:
        self.name = name
        self.took: list[Message] = []
        self.answers: list[Sent] = []
        self.hangs = asyncio.Event()
        self.hangs.set()

    async def _send(self, message: Message) -> Sent:
        self.took.append(message)
        await self.hangs.wait()
        return self.answers.pop(0) if self.answers else Sent(Outcome.SENT)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Office:
    """A letterbox, and posts that empty it."""

    db: asyncpg.Pool
    folder: Path = Path("nowhere")
    channel: Scripted = field(default_factory=Scripted)
    sms: Scripted = field(default_factory=lambda: Scripted("sms"))
    dead: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.channels: dict[str, Channel] = {"email": self.channel, "sms": self.sms}
        self.sealer = Sealer(Keyring.of_secret(SECRET), b"letter", LETTERS)
        self.post = self.another_post()
        self.mailbox = Mailbox(self.db, self.sealer, self.post, sender="Aforo <no-reply@a.example>", folder=self.folder)
        self.desk = MessageDesk(self.db, self.sealer, self.mailbox)
        self.letterbox = Letterbox(self.sealer, inbox, self.post, self.mailbox, self.desk)

    def another_post(self, per_second: float = 1_000) -> Post:
        async def on_dead(channel: str, address: str) -> None:
            self.dead.append((channel, address))

        pace = {"email": per_second, "sms": per_second}
        return Post(self.db, self.sealer, self.channels, site="a.example", per_second=pace, on_dead=on_dead)

    async def write(self, key: str, **more: Any) -> bool:
        async with self.db.acquire() as connection, connection.transaction():
            return await self.letterbox.write(connection, a_letter(key, **more))

    async def state(self, key: str) -> Any:
        return await self.db.fetchrow(STATE, key)

    async def again(self, key: str) -> None:
        """Its time has come again; a lease that is over looks the same."""
        await self.db.execute("UPDATE message SET due_at = now() WHERE key = $1", key)

    async def send(self) -> int:
        started = await self.post.step()
        await self.post.settle()
        return started


def a_letter(key: str, **more: Any) -> Letter:
    return Letter(
        **{"key": key, "template": "reset", "to": "ana@example.org", "locale": "es", "data": {"link": LINK}, **more}
    )


@pytest.fixture(scope="session")
def letters_url(stores: EmbeddedStores) -> str:
    """One database for all of these tests: making one takes longer than most of them."""
    name = "test_messages"

    async def make() -> None:
        admin = await database.connect_one(stores.database_url)
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        await admin.close()

    asyncio.run(make())
    return stores.postgres.url_of(name)


@pytest.fixture
async def database_url(letters_url: str) -> str:
    """The same database, without messages of the test before."""
    connection = await database.connect_one(letters_url)
    await connection.execute("TRUNCATE message")
    await connection.close()
    return letters_url


@pytest.fixture
def office(db: asyncpg.Pool, tmp_path: Path) -> Office:
    return Office(db, tmp_path)


@dataclass
class Sink:
    """An SMTP server that keeps what it is sent; refuses the recipients it is set to refuse."""

    letters: list[EmailMessage] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    refuse: str = ""
    fault: str = ""  # once it has a letter: drop the connection, or hang
    on_letter: Callable[[], None] = lambda: None
    port: int = 0

    async def handle_RCPT(  # a name of aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse and self.refuse.startswith("rcpt "):
            return self.refuse.removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse
        self.sessions.add(id(session))
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.on_letter()
        if self.fault == "drop":
            assert server.transport is not None
            server.transport.abort()
        elif self.fault == "hang":
            await asyncio.sleep(60)
        return "250 taken"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    sink = Sink()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, loop=loop, hostname="sink"), "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    yield sink
    server.close()
    await server.wait_closed()
