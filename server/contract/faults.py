"""What clients are told when a call fails: `unavailable` (ask again) while a store is away, else `internal`.

Guarantees: an outage is logged in one line without a traceback, since every request in flight meets it at once. Text
that Postgres cannot store is the client's mistake, and asking again will not help: `invalid`. Field types should have
refused it by name, so it is also logged as a gap in one of them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

import asyncpg

from engine.refusals import Code, RefusalError
from engine.stores.batcher import LOST, store_is_away

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


async def or_unavailable(answer: Awaitable[Answer], what: str) -> Answer:
    """The answer, or the refusal that a store is away; `what` was asked for."""
    try:
        return await answer
    except LOST as fault:
        if not store_is_away(fault):
            raise
        log.warning("%s: a store does not answer: %s", what, fault)
        raise RefusalError(Code.UNAVAILABLE) from fault
    except asyncpg.DataError as fault:
        if not is_bad_text(fault):
            raise
        log.error("%s: a text went past the types: %s", what, type(fault).__name__)
        raise RefusalError(Code.INVALID, "A text contains a character that cannot be kept.") from fault


def is_bad_text(fault: asyncpg.DataError) -> bool:
    """Whether a text holds what UTF-8 in Postgres cannot: NUL, or half of a character."""
    refused = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
    return isinstance(fault, refused) or isinstance(fault.__cause__, UnicodeEncodeError)
