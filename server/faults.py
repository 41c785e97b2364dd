"""What clients are told while a store is away: `unavailable`, and to ask again; every other fault is `internal`.

Guarantees: it is logged in a line, without a trace: it is nobody's mistake, and comes in crowds.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

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
