"""Connections to Redis or Valkey: standalone, TLS, cluster, or a private socket.

Owns the timeouts, and turns off the client's own silent retries: after a lost reply nobody knows what was done, and
only the batcher, which knows the ids, may ask again. What a burst opened is closed again: see spare.py.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisClusterException, RedisError

from engine import limits
from engine.stores.faults import StoreFault
from engine.stores.spare import Spare

RedisClient = Redis | RedisCluster

CLUSTER_ATTEMPTS = 3
CLUSTER_SCHEMES = {"redis+cluster": "redis", "rediss+cluster": "rediss"}
# What the client raises when another task closed the connection, because its node died, while this one writes.
TRIPS = ("'NoneType' object has no attribute 'write", "the handler is closed")
SCHEMES = {"redis", "rediss", "unix", *CLUSTER_SCHEMES}


class Standalone(Redis):
    """A client of one server."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spare = Spare(self)

    async def aclose(self, *args: Any, **kwargs: Any) -> None:
        await self.spare.stop()
        await super().aclose(*args, **kwargs)


class Cluster(RedisCluster):
    """Reports an incomplete cluster as a lost connection, as for a server that is away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spare = Spare(self)

    async def aclose(self) -> None:
        await self.spare.stop()
        await super().aclose()

    async def initialize(self, *args: Any, **kwargs: Any) -> RedisCluster:
        try:
            return await super().initialize(*args, **kwargs)
        except RedisClusterException as error:
            raise ConnectionLost(str(error)) from error

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().execute_command(*args, **kwargs)
        except (RedisClusterException, AttributeError, RuntimeError) as error:
            if is_away(error):
                raise ConnectionLost(str(error)) from error
            raise


def is_away(error: Exception) -> bool:
    """Whether it says that the store, or the part of it that was asked, is not there now."""
    if isinstance(error, AttributeError | RuntimeError):
        return any(trip in str(error) for trip in TRIPS)
    return isinstance(error, RedisError | RedisClusterException | OSError)


async def connect(url: str) -> RedisClient:
    """A client of the store at `url`, after it has answered once; StoreFault when it does not."""
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES:
        raise StoreFault(f"AFORO_REDIS_URL must begin with one of {', '.join(sorted(SCHEMES))}://")
    try:
        if scheme in CLUSTER_SCHEMES:
            return await _cluster(url)
        client = _standalone(url)
        try:
            about = await client.info("cluster")
            if not about.get("cluster_enabled"):
                client.spare.start()
                return client
        except BaseException:
            await client.aclose()
            raise
        await client.aclose()
        return await _cluster(url)
    except (RedisError, OSError) as error:
        raise StoreFault(f"Redis at {without_password(url)} does not answer: {error}") from error


def _standalone(url: str) -> Standalone:
    pool: ConnectionPool = ConnectionPool.from_url(
        url,
        decode_responses=False,
        socket_connect_timeout=limits.REDIS_CONNECT_S_MAX,
        socket_timeout=limits.REDIS_ANSWER_S_MAX,
        max_connections=limits.REDIS_CONNECTIONS_MAX,
        retry=Retry(NoBackoff(), 0),
    )
    client = Standalone(connection_pool=pool)
    client.auto_close_connection_pool = True
    return client


async def _cluster(url: str) -> Cluster:
    """`url` may name several nodes: redis+cluster://one:7000,two:7000."""
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    client = Cluster(
        startup_nodes=[_node(host) for host in hosts.split(",")],
        username=user or None,
        password=password or None,
        ssl=CLUSTER_SCHEMES.get(parts.scheme, parts.scheme) == "rediss",
        decode_responses=False,
        socket_connect_timeout=limits.REDIS_CONNECT_S_MAX,
        socket_timeout=limits.REDIS_ANSWER_S_MAX,
        max_connections=limits.REDIS_CONNECTIONS_MAX,
        # Retries here only follow a moved slot or a failed-over node; commands carry their ids.
        retry=Retry(NoBackoff(), CLUSTER_ATTEMPTS),
    )
    await client.initialize()
    client.spare.start()
    return client


def _node(host: str) -> ClusterNode:
    name, _, port = host.rpartition(":")
    return ClusterNode(name.strip("[]"), int(port)) if name else ClusterNode(host, 6379)


def without_password(url: str) -> str:
    """The address fit for a log."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


def as_text(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    """A hash as Redis gives it, in text."""
    return {name.decode(): value.decode() for name, value in fields.items()}
