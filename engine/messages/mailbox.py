"""Mailbox: what was written to people lately, as they get it; for demos, where nothing leaves the machine.

Reads the rows of `message`, and the files of the sandbox for what has no row. Guarantees: the newest first; a message
that was sent twice is shown once; one that can't be read any more is shown without its text. Fails as Postgres does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from engine.access import Sealer
from engine.limits import SANDBOX_READ_BYTES
from engine.messages import sql
from engine.messages.email import header_fields
from engine.messages.letters import Template
from engine.messages.model import CHANNELS, File, Message, Words
from engine.messages.post import Post, unsealed

EMPTY = Words("", "", "", "")
KNOWN = frozenset(Template)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message. `words` are empty when it can't be read."""

    channel: str
    at: datetime
    message: Message
    headers: Sequence[tuple[str, str]]
    state: str
    template: str = ""  # of a row
    tries: int = 0
    said: str = ""
    files: Sequence[File] = ()  # beside its words


class Mailbox:
    def __init__(self, db: asyncpg.Pool, sealer: Sealer, post: Post, *, sender: str, folder: Path) -> None:
        self._db = db
        self._sealer = sealer
        self._post = post
        self._sender = sender
        self._folder = folder

    async def newest(self, limit: int) -> list[Mail]:
        rows = [await self._row(row) for row in await self._db.fetch(sql.NEWEST, limit)]
        lines = await asyncio.to_thread(self._lines)
        return sorted([*rows, *lines], key=lambda mail: mail.at, reverse=True)[:limit]

    async def one(self, message: str) -> Mail | None:
        row = await self._db.fetchrow(sql.ONE, message)
        if row is not None:
            return await self._row(row)
        lines = await asyncio.to_thread(self._lines)
        return next((mail for mail in lines if mail.message.id == message), None)

    async def _row(self, row: Any) -> Mail:
        """As it was sent, or would be now; what it is about is shown as that stands."""
        content = unsealed(self._sealer, row["id"], row["sealed"])
        message = Message(row["id"], "", row["locale"], EMPTY, "", "")
        files: Sequence[File] = ()
        if content is not None and row["template"] in KNOWN:
            at = row["done_at"] or datetime.now(UTC)
            told = await self._post.told(row["template"], row["locale"], content, at)
            words, link, files = (EMPTY, "", ()) if told is None else (told.words, told.link, told.files)
            message = Message(row["id"], content.to, row["locale"], words, link, content.data.get("stop", ""))
        return Mail(
            row["channel"],
            row["created_at"],
            message,
            self._headers(row["channel"], message, row["created_at"]),
            row["state"],
            row["template"],
            row["tries"],
            row["said"],
            files,
        )

    def _headers(self, channel: str, message: Message, at: datetime) -> Sequence[tuple[str, str]]:
        return header_fields(message, message.to, self._sender, at) if channel == "email" and message.to else ()

    def _lines(self) -> list[Mail]:
        found = {}
        for channel in CHANNELS:
            for line in newest_lines(self._folder / f"{channel}.jsonl"):
                if not line["id"].startswith("msg_"):  # those have rows
                    found[channel, line["id"]] = self._line(channel, line)
        return list(found.values())

    def _line(self, channel: str, line: Any) -> Mail:
        text = line["text"]
        words = Words(line["subject"] or "", text, line.get("html", ""), text if channel == "sms" else "")
        message = Message(line["id"], line["to"], line["locale"], words, line["link"], line["unsubscribe"])
        at = datetime.fromtimestamp(line.get("at", 0), UTC)
        return Mail(channel, at, message, self._headers(channel, message, at), "sent")


def newest_lines(path: Path) -> Iterator[Any]:
    """The last lines of a file that grows, the oldest first."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - SANDBOX_READ_BYTES))
            lines = file.read(SANDBOX_READ_BYTES).split(b"\n")
    except OSError:  # nothing was sent yet
        return
    for line in lines[1:] if size > SANDBOX_READ_BYTES else lines:
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError:
            continue  # it is being written
