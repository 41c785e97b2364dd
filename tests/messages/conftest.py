"""A post whose channels say what a test wants, on a database without messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.access import Sealer
from engine.keyring import LETTERS, Keyring
from engine.messages import (
    ANY_TIME,
    Addressed,
    Channel,
    Letter,
    Letterbox,
    Mailbox,
    Message,
    MessageDesk,
    Outcome,
    Post,
    Sent,
    Wish,
    inbox_of,
)
from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from tests.conftest import TEMPLATE
from tests.mail_sink import Sink, open_sink

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
    wishes: dict[bytes, Wish] = field(default_factory=dict)

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

        async def ask(addressed: Addressed) -> Wish:
            return self.wishes.get(addressed.inbox, ANY_TIME)

        pace = {"email": per_second, "sms": per_second, "push": per_second}
        return Post(self.db, self.sealer, self.channels, site="a.example", per_second=pace, on_dead=on_dead, ask=ask)

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


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink
