"""Gives back the connections that a burst opened; the client's own pools would keep each of them for ever.

Owns a look at the pools of one client every few seconds. Guarantees that a connection in use is never closed, and that
one that closes was spare at every look of the last minute, beyond a few that are kept for the next asks. The server's
own idle timeout won't do: it may close a connection just as a request goes out on it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import AbstractConnection

from engine import limits
from engine.ending import end


class Pool(Protocol):
    """The connections to one server that nobody uses now."""

    name: str

    def free(self) -> int: ...

    def take(self) -> AbstractConnection:
        """Take one of them out for good; the pool knows it no more."""
        ...


class PoolOfServer:
    def __init__(self, pool: ConnectionPool) -> None:
        self.name = ""
        self._pool = pool

    def free(self) -> int:
        return len(self._pool._available_connections)

    def take(self) -> AbstractConnection:
        # What came back last goes out first, so that the first has been unused the longest.
        return self._pool._available_connections.pop(0)


class PoolOfNode:
    def __init__(self, node: ClusterNode) -> None:
        self.name = node.name
        self._node = node

    def free(self) -> int:
        return len(self._node._free)

    def take(self) -> AbstractConnection:
        connection = self._node._free.popleft()
        self._node._connections.remove(connection)
        return connection


def pools_of(client: Redis | RedisCluster) -> Sequence[Pool]:
    if isinstance(client, Redis):
        return [PoolOfServer(client.connection_pool)]
    return [PoolOfNode(node) for node in client.get_nodes()]


class Spare:
    """Of one client: `start` once it is connected, `stop` before it is closed."""

    def __init__(self, client: Redis | RedisCluster) -> None:
        self._client = client
        self._looks: dict[str, deque[int]] = {}
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._looking = asyncio.create_task(self._keep_looking(), name="spare connections")

    async def stop(self) -> None:
        await end([self._looking])
        self._looking = None

    async def look(self) -> None:
        """Close what was spare at each of the last looks."""
        before, self._looks = self._looks, {}
        for pool in pools_of(self._client):
            looks = self._looks[pool.name] = before.get(pool.name) or deque(maxlen=limits.SPARE_LOOKS)
            looks.append(pool.free())
            if len(looks) == limits.SPARE_LOOKS:
                for _ in range(min(looks) - limits.SPARE_CONNECTIONS):
                    # Closed without waiting, so nothing else runs between one and the next.
                    await pool.take().disconnect(nowait=True)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(limits.SPARE_LOOK_S)
            await self.look()
