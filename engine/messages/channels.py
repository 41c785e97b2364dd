"""The channels of an installation: real ones where addresses are set, else files in the data folder."""

from __future__ import annotations

from pathlib import Path

from engine.messages.channel import Channels
from engine.messages.email import Email
from engine.messages.push import Push
from engine.messages.sandbox import Sandbox
from engine.messages.sms import OnlyTo, Sms
from engine.outgoing import Outgoing


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
