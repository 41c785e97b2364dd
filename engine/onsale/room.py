"""What Redis says of a room's draw, and who is in its lobby.

Owns: reading the draw for place computations, and the roster for `aforo draw`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

from engine.onsale.draw import Draw, draw_of
from engine.stores.keys import SaleKeys
from engine.stores.redis import RedisClient

SCAN_COUNT = 1_000
# A number, after '-' once its place was used, and before the lobby number of a buyer who joined again later.
PLACE = re.compile(r"-?(?P<number>\d+)(?: (?P<lobby>\d+))?")


async def read_draw(client: RedisClient, keys: SaleKeys) -> Draw | None:
    """The draw of a sale, None before it was held."""
    asked: Any = client.hmget(keys.key("room"), ["secret", "lobby", "digest"])
    secret, lobby, digest = await asked
    if not secret:
        return None
    return draw_of(bytes.fromhex(secret.decode()), int(lobby), digest.decode())


async def roster(client: RedisClient, keys: SaleKeys) -> AsyncIterator[tuple[str, int]]:
    """Every buyer Redis knows with the number they joined with first; no order."""
    async for buyer, place in client.hscan_iter(keys.key("places"), count=SCAN_COUNT):
        found = PLACE.fullmatch(place.decode())
        assert found is not None, "only the scripts write places"
        yield buyer.decode(), int(found["lobby"] or found["number"])
