"""What Stripe tells by itself: whether it is Stripe who tells it, and which payment it is about.

Pure; time comes in as an argument. Guarantees: nothing that was not signed within minutes by one of the account's
secrets counts, compared in constant time. Of what counts only the id of a payment or a dispute is taken: how it stands
is asked.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from engine.limits import HOOK_TOLERANCE_S

SCHEME = "v1"
DIGITS_MAX = 12
INTENT = re.compile("pi_[A-Za-z0-9_]{1,100}")  # it becomes part of an address
DISPUTE = re.compile("(dp|du)_[A-Za-z0-9_]{1,100}")


def is_signed(header: str, body: bytes, secrets: Sequence[str], now_s: float) -> bool:
    """Whether `t=…,v1=…[,v1=…]` is a signature of this body, by one of these secrets, of about now."""
    at, given = "", []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            at = value
        elif name == SCHEME:
            given.append(value.encode("utf-8", "surrogateescape"))
    if not (at.isascii() and at.isdigit() and len(at) <= DIGITS_MAX) or abs(now_s - int(at)) > HOOK_TOLERANCE_S:
        return False
    fits = False
    for secret in secrets:
        ours = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest().encode()
        for each in given:
            fits |= hmac.compare_digest(ours, each)
    return fits


@dataclass(frozen=True, slots=True)
class Hooked:
    """What an event is about: by ids alone."""

    intent: str | None = None
    dispute: str | None = None
    books: bool = False  # money moved in the account besides


def read_hook(body: bytes) -> Hooked:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Hooked()
    data = event.get("data") if isinstance(event, dict) else None
    about = data.get("object") if isinstance(data, dict) else None
    if not isinstance(about, dict):
        return Hooked()
    kind, its = about.get("object"), about.get("id")
    if kind == "dispute":
        return Hooked(dispute=its if isinstance(its, str) and DISPUTE.fullmatch(its) else None)
    found = its if kind == "payment_intent" else about.get("payment_intent")
    return Hooked(
        found if isinstance(found, str) and INTENT.fullmatch(found) else None, books=kind in ("refund", "payout")
    )
