"""The channels of an installation: real ones where addresses are set, else files in the data folder.

Guarantees: a channel's `send` never raises for what the outside does; it answers an outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from engine.messages.email import Email
from engine.messages.model import Message, Sent
from engine.messages.push import Push
from engine.messages.sandbox import Sandbox
from engine.messages.sms import Sms


class Channel(Protocol):
    @property
    def name(self) -> str: ...

    async def send(self, message: Message) -> Sent:
        """Send one message; may be asked again with the same id."""

    async def close(self) -> None: ...


Channels = Mapping[str, Channel]


def open_channels(
    *, smtp_url: str, mail_from: str, sms_url: str, sms_token: str, push_contact: str, secret: bytes, folder: Path
) -> Channels:
    """Push always goes to the browser's own push service; the others are files until they have an address."""
    return {
        "email": Email(smtp_url, mail_from) if smtp_url else Sandbox("email", folder),
        "sms": Sms(sms_url, sms_token) if sms_url else Sandbox("sms", folder),
        "push": Push(secret, push_contact),
    }
