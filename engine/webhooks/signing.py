"""Signing, as Standard Webhooks has it, so that its libraries verify what we send: HMAC-SHA256 over id.timestamp.body.

Pure. Guarantees: the same delivery has the same bytes in every try; only the time of the try changes.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def payload(topic: str, version: int, told_at: datetime, sequence: int, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": topic, "version": version, "timestamp": told_at, "sequence": sequence, "data": data}


def written(body: Mapping[str, Any]) -> bytes:
    return orjson.dumps(body)


def headers(secret: str, delivery: str, at_s: int, body: bytes) -> dict[str, str]:
    """What says that this comes from us, and that it is this delivery."""
    key = b64decode(secret.removeprefix(PREFIX))
    signed = f"{delivery}.{at_s}.".encode() + body
    return {
        "Content-Type": "application/json",
        "User-Agent": "Aforo-Webhooks/1",
        "webhook-id": delivery,
        "webhook-timestamp": str(at_s),
        "webhook-signature": "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode(),
    }
