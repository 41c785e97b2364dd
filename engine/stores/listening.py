"""Listens to one sharded channel, on one server or a cluster, and comes back after a loss.

Guarantees: every subscription, also one made again, begins with None: what was said meanwhile is unknown.
Fails only when its task is cancelled.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from redis.asyncio import RedisCluster

from engine.stores.redis import RedisClient, is_away

AGAIN_AFTER_S = 0.2
LISTEN_S = 5.0


async def listen(client: RedisClient, channel: str) -> AsyncGenerator[bytes | None]:
    """None once subscribed, then each message; and so on after each loss."""
    while True:
        try:
            async with aclosing(_subscription(client, channel)) as messages:
                async for message in messages:
                    yield message
        except Exception as error:
            if not is_away(error):
                raise
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Closing a connection in the middle of a read raises an error that hides the cancellation.
                raise asyncio.CancelledError from None
            await asyncio.sleep(AGAIN_AFTER_S)


async def _subscription(client: RedisClient, channel: str) -> AsyncGenerator[bytes | None]:
    pubsub: Any = client.pubsub()
    try:
        await pubsub.ssubscribe(channel)
        while True:
            if isinstance(client, RedisCluster):
                message = await pubsub.get_sharded_message(timeout=LISTEN_S)
            else:
                message = await pubsub.get_message(timeout=LISTEN_S)
            if message is None:
                continue
            if message["type"] == "ssubscribe":
                yield None
            elif message["type"] == "smessage":
                yield message["data"]
    finally:
        await pubsub.aclose()
