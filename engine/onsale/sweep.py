"""The sweep: reads the positions of many quiet sales in Redis at once, to find those that moved unnoticed.

Owns how that is asked: on one server by one SORT for many sales; on a cluster, or where SORT may not read other keys,
by one command for each. Fails as Redis does.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import RedisCluster
from redis.exceptions import ResponseError

from engine.stores.keys import SaleKeys, sweep_key
from engine.stores.redis import RedisClient

log = logging.getLogger(__name__)

FIELDS = ("epoch", "seq", "shopping")
TOKEN_BYTES = 6


@dataclass(frozen=True, slots=True)
class Position:
    """How far a sale has come."""

    epoch: str
    seq: int
    shopping: int = 0


class Sweep:
    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._key = sweep_key(secrets.token_hex(TOKEN_BYTES))
        self._one_by_one = isinstance(client, RedisCluster)

    async def positions(self, sales: Sequence[SaleKeys]) -> list[Position | None]:
        """In order; None where Redis has no such sale."""
        if not sales:
            return []
        if not self._one_by_one:
            try:
                return await self._sorted(sales)
            except ResponseError as error:
                log.info("SORT may not read many sales at once, so they are asked one by one: %s", error)
                self._one_by_one = True
        pipeline: Any = self._client.pipeline(transaction=False)
        for sale in sales:
            pipeline.hmget(sale.key("sale"), *FIELDS)
        return [position_of(*read) for read in await pipeline.execute()]

    async def _sorted(self, sales: Sequence[SaleKeys]) -> list[Position | None]:
        """SORT in no order reads fields of the keys that a list names."""
        pipeline: Any = self._client.pipeline(transaction=True)
        pipeline.rpush(self._key, *(sale.key("sale") for sale in sales))
        pipeline.sort(self._key, by="nosort", get=[f"*->{name}" for name in FIELDS])
        pipeline.delete(self._key)
        _, read, _ = await pipeline.execute()
        return [position_of(*read[at : at + len(FIELDS)]) for at in range(0, len(read), len(FIELDS))]

    async def servers(self) -> frozenset[str]:
        """The runs of the servers that hold sales: another one may lack what was written last."""
        if isinstance(self._client, RedisCluster):
            told: Any = await self._client.info("server", target_nodes=RedisCluster.PRIMARIES)
            # One node alone answers without its name.
            runs = [told] if "run_id" in told else told.values()
            return frozenset(each["run_id"] for each in runs)
        return frozenset([(await self._client.info("server"))["run_id"]])


def position_of(epoch: bytes | None, seq: bytes | None, shopping: bytes | None) -> Position | None:
    return None if epoch is None or seq is None else Position(epoch.decode(), int(seq), int(shopping or 0))
