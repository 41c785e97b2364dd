"""The channels of an installation: real ones where addresses are set, else files in the data folder."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import orjson

from engine.messages.channel import Channel, Channels
from engine.messages.email import Email
from engine.messages.model import Message, Outcome, Sent
from engine.messages.push import Push
from engine.messages.sms import OnlyTo, Sms
from engine.outgoing import Outgoing


class Sandbox(Channel):
    """Sends nothing: it writes each message as a line of JSON into a file, for demos and tests."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.path = folder / f"{name}.jsonl"

    async def _send(self, message: Message) -> Sent:
        line = {
            "id": message.id,
            "at": time.time(),
            "to": message.to,
            "locale": message.locale,
            "subject": message.words.subject,
            "text": message.words.short if self.name == "sms" else message.words.text,
            "html": "" if self.name == "sms" else message.words.html,
            "link": message.link,
            "unsubscribe": message.unsubscribe,
            "attachments": [each.name for each in message.attachments],
        }
        await asyncio.to_thread(self._append, orjson.dumps(line) + b"\n")
        return Sent(Outcome.SENT, "sandbox")

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(line)

    async def close(self) -> None:
        """Nothing is open between messages."""


def open_channels(
    *,
    smtp_url: str,
    mail_from: str,
    sms_url: str,
    sms_token: str,
    sms_countries: frozenset[str],
    push_contact: str,
    push_key: bytes,
    folder: Path,
    outgoing: Outgoing,
) -> Channels:
    """Push always goes to the browser's own push service; the others are files until they have an address."""
    return {
        "email": Email(smtp_url, mail_from) if smtp_url else Sandbox("email", folder),
        "sms": OnlyTo(sms_countries, Sms(sms_url, sms_token) if sms_url else Sandbox("sms", folder)),
        "push": Push(push_key, push_contact, outgoing),
    }
