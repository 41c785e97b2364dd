"""The feed of a sale: what each script call changed, as it was published in the same atomic step.

Guarantees: every subscription, also one made again after a loss, begins with a delta of epoch "": read a snapshot
now, and use what follows with a greater seq. Fails only when its task is cancelled.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from engine.onsale.model import Delta, SeatState
from engine.stores.keys import feed_key
from engine.stores.listening import listen
from engine.stores.redis import RedisClient
from engine.stores.scripts import unpack

SUBSCRIBED = Delta(epoch="", seq=0)
SEAT_STATES = tuple(SeatState)


def delta_of(packed: bytes) -> Delta:
    """{e: epoch, q: seq, s: [seat * 4 + state], p: pools, r: room, c: counters, b: buyers}"""
    said: dict[str, Any] = unpack(packed)
    return Delta(
        epoch=said["e"],
        seq=said["q"],
        seats={each >> 2: SEAT_STATES[each & 3] for each in said.get("s", ())},
        pools=said.get("p", {}),
        room=said.get("r", {}),
        counters=said.get("c", {}),
        carts=tuple(said.get("b", ())),
    )


async def deltas(client: RedisClient, sale_id: str) -> AsyncGenerator[Delta]:
    """The feed of a sale from now on; each (re)subscription begins with SUBSCRIBED."""
    async with aclosing(listen(client, feed_key(sale_id))) as messages:
        async for message in messages:
            yield SUBSCRIBED if message is None else delta_of(message)
