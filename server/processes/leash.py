"""The pipe between the supervisor and a child: orders go down, `ready` comes up, and end-of-file means the other has
died.

Guarantees: a child learns at once that its supervisor died; secrets travel here, not in the environment.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import asdict, dataclass

import orjson
from pydantic import SecretStr

from engine.settings import Settings

READY = b"ready\n"


@dataclass(frozen=True, slots=True)
class Go:
    """What a child needs to begin."""

    redis_url: str
    database_url: str
    secret: str
    old_secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, redis_url: str, database_url: str) -> Go:
        """With these stores, and the secrets of the settings."""
        older = tuple(secret.get_secret_value() for secret in settings.old_secrets)
        return cls(redis_url, database_url, settings.signing_secret().decode(), older)

    def settings(self, base: Settings) -> Settings:
        """The settings with what came down the leash."""
        given = {
            "redis_url": self.redis_url,
            "database_url": self.database_url,
            "secret": SecretStr(self.secret),
            "old_secrets": tuple(map(SecretStr, self.old_secrets)),
        }
        return base.model_copy(update=given)


class LeashBroken(Exception):
    """The supervisor is gone."""


class Leash:
    """A child's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def held(cls, descriptor: int) -> Leash:
        reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
        return cls(reader, writer)

    async def go(self) -> Go:
        line = await self._reader.readline()
        if not line:
            raise LeashBroken
        return Go(**orjson.loads(line))

    def ready(self) -> None:
        self._writer.write(READY)

    async def broken(self) -> None:
        """Wait until the supervisor is gone."""
        while await self._reader.read(64):
            pass


def said(go: Go) -> bytes:
    return orjson.dumps(asdict(go)) + b"\n"
