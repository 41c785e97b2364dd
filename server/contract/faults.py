"""What clients are told while a store is away: `unavailable`, and to ask again; every other fault is `internal`.

Guarantees: it is logged in a line, without a trace: it is nobody's mistake, and comes in crowds.
A character that Postgres cannot keep is the asker's mistake, and asking again would not mend it: `invalid`. Fields have
types that refuse such characters with the field's name, so this is logged as a hole in one of them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

import asyncpg

from engine.refusals import Code, Refusal
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
        raise Refusal(Code.UNAVAILABLE) from fault
    except asyncpg.DataError as fault:
        if not is_bad_text(fault):
            raise
        log.error("%s: a text went past the types: %s", what, type(fault).__name__)
        raise Refusal(Code.INVALID, "A text contains a character that cannot be kept.") from fault


def is_bad_text(fault: asyncpg.DataError) -> bool:
    """Whether a text holds what UTF-8 in Postgres cannot: NUL, or half of a character."""
    refused = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
    return isinstance(fault, refused) or isinstance(fault.__cause__, UnicodeEncodeError)
