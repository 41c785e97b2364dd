"""Asks for proofs of addresses, and reads the letters that come of them."""

from __future__ import annotations

import re
import secrets
from typing import Any

import orjson

from engine.contacts import ProofAsk, Purpose
from engine.engine import Engine
from engine.refusals import Code, Refused

ANA = "ana@example.org"


def ask(buyer: str, address: str = ANA, **change: Any) -> ProofAsk:
    known = {"purpose": Purpose.ENTRY, "channel": "email", "locale": "en", "came_from": "192.0.2.7", **change}
    return ProofAsk(address=address, buyer=buyer, **known)


def new_buyer() -> str:
    return secrets.token_urlsafe(12)


async def send(engine: Engine) -> int:
    started = await engine.letterbox.post.step()
    await engine.letterbox.post.settle()
    return started


async def letters(engine: Engine, channel: str = "email") -> list[dict[str, Any]]:
    """Every letter sent so far."""
    await send(engine)
    path = engine.settings.data_dir / "messages" / f"{channel}.jsonl"
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def code_of(letter: dict[str, Any]) -> str:
    found = re.search(r"^[\w ]+: (\d{6})$", letter["text"], re.MULTILINE)
    assert found is not None, letter
    return found[1]


def token_of(letter: dict[str, Any]) -> str:
    return str(letter["link"].rsplit("/", 1)[1])


async def later(engine: Engine, seconds: int) -> None:
    """Everything was asked so much earlier."""
    await engine.db.execute(
        "UPDATE contact_proof SET asked_at = asked_at - make_interval(secs => $1),"
        " code_until = code_until - make_interval(secs => $1), link_until = link_until - make_interval(secs => $1),"
        " confirmed_at = confirmed_at - make_interval(secs => $1)",
        seconds,
    )


def code(verdict: object) -> Code | None:
    return verdict.code if isinstance(verdict, Refused) else None
