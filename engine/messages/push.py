"""Web Push (RFC 8030, 8291, 8292): encrypted for the browser, signed with the installation's VAPID key.

The key is given, and never another one, since every subscription is bound to it. Buyers choose the address of the push
service, so it is called through `Outgoing`. One that says 404 or 410 has forgotten the subscription for good.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from engine.limits import PUSH_KEPT_S
from engine.messages.channel import Channel
from engine.messages.model import Message, Outcome, Sent
from engine.outgoing import Forbidden, Outgoing, Unanswered

TOPIC_CHARS = 32
GONE = frozenset({404, 410})
# The order of P-256, which a private key must be below.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class _Vapid(Protocol):
    def sign(self, claims: dict[str, Any]) -> dict[str, str]: ...


def private_number(push_key: bytes) -> int:
    return int.from_bytes(push_key) % (ORDER - 1) + 1


def vapid_public_key(push_key: bytes) -> str:
    """What a browser needs to subscribe: the uncompressed point, url-safe base64."""
    key = ec.derive_private_key(private_number(push_key), ec.SECP256R1()).public_key()
    raw = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Push(Channel):
    """A message's `to` is the subscription as the browser gave it, in JSON."""

    name = "push"

    def __init__(self, push_key: bytes, contact: str, outgoing: Outgoing) -> None:
        raw = base64.urlsafe_b64encode(private_number(push_key).to_bytes(32)).rstrip(b"=")
        self._vapid = cast("_Vapid", Vapid02.from_raw(raw))
        self._contact = contact
        self._outgoing = outgoing

    async def _send(self, message: Message) -> Sent:
        try:
            subscription = orjson.loads(message.to)
            endpoint = urlsplit(subscription["endpoint"])
        except (orjson.JSONDecodeError, TypeError, KeyError, ValueError):
            return Sent(Outcome.REFUSED, "not a subscription")
        body = orjson.dumps(
            {"id": message.id, "title": message.words.subject, "text": message.words.short, "link": message.link}
        )
        try:
            encoded = WebPusher(subscription).encode(body, content_encoding="aes128gcm")
        except (ValueError, TypeError, KeyError, WebPushException):
            return Sent(Outcome.BOUNCED, "the keys of the subscription are wrong")
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(PUSH_KEPT_S),
            "Urgency": "high",
            "Topic": hashlib.sha256(message.id.encode()).hexdigest()[:TOPIC_CHARS],
            **self._vapid.sign({"sub": self._contact, "aud": f"{endpoint.scheme}://{endpoint.netloc}"}),
        }
        try:
            answer = await self._outgoing.post(subscription["endpoint"], bytes(encoded["body"]), headers)
            return _outcome(answer.status)
        except Forbidden as forbidden:
            return Sent(Outcome.REFUSED, str(forbidden))
        except Unanswered as unanswered:
            return Sent(Outcome.LATER, str(unanswered))

    async def close(self) -> None:
        await self._outgoing.close()


def _outcome(status: int) -> Sent:
    if 200 <= status < 300:
        return Sent(Outcome.SENT)
    if status in GONE:
        return Sent(Outcome.BOUNCED, str(status))
    return Sent(Outcome.LATER if status == 429 or status >= 500 else Outcome.REFUSED, str(status))
