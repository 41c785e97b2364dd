"""A channel that sends nothing: it writes each message as a line of JSON into a file, for demos and tests."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson

from engine.messages.channel import Channel
from engine.messages.model import Message, Outcome, Sent


class Sandbox(Channel):
    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.path = folder / f"{name}.jsonl"

    async def _send(self, message: Message) -> Sent:
        line = {
            "id": message.id,
            "to": message.to,
            "locale": message.locale,
            "subject": message.words.subject,
            "text": message.words.short if self.name == "sms" else message.words.text,
            "link": message.link,
            "unsubscribe": message.unsubscribe,
        }
        await asyncio.to_thread(self._append, orjson.dumps(line) + b"\n")
        return Sent(Outcome.SENT, "sandbox")

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(line)

    async def close(self) -> None:
        """Nothing is open between messages."""
