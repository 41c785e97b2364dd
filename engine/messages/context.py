"""How messages describe themselves."""

from __future__ import annotations

from engine.context import Context, Floor

CONTEXT = Context(
    name="messages",
    floor=Floor.WHO,
    owns="transports, addresses, words in the reader's language",
    source="-",
)
