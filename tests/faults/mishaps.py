"""What befalls a sale in these tests, and what its workers do about it."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from engine.context import Violation
from engine.refusals import Refused
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.keys import SALE_KEYS, sale_keys
from engine.verify import verify
from tests.orders.house import House

# As if a minute had passed since.
NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}
MENDED_S_MAX = 8.0
SYNCED_MS_MAX = 30_000


async def without_room(house: House) -> House:
    """A sale that everybody may enter, also after it was rebuilt."""
    await house.engine.db.execute("UPDATE sale SET room = NULL WHERE id = $1", house.sale.id)
    return house


async def lose_redis(house: House) -> None:
    """Redis forgets the sale, all of it."""
    await house.engine.redis.delete(*sale_keys(house.sale.id, *SALE_KEYS))


def copied(valkey: EmbeddedValkey) -> Path:
    """What the server has written so far, as a replica that then falls behind would have it."""
    write_out(valkey)
    copy = valkey.folder.with_name(valkey.folder.name + ".copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(valkey.folder / "appendonlydir", copy)
    return copy


def write_out(valkey: EmbeddedValkey) -> None:
    """Wait until all that was acknowledged is in the file; during a sync a server may keep it back for two seconds."""
    with Redis(unix_socket_path=str(valkey.socket_path)) as client:
        client.set("written-out", "yes", ex=1)  # the wait is for what this connection wrote, and so for all before it
        synced, _ = client.execute_command("WAITAOF", 1, 0, SYNCED_MS_MAX)
        assert synced == 1


def fails_over(valkey: EmbeddedValkey, copy: Path) -> None:
    """The server dies, and another answers in its place that has only what was copied."""
    dies(valkey)
    comes_back(valkey, copy)


def dies(valkey: EmbeddedValkey) -> None:
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGKILL)
    while valkey.alive():
        time.sleep(0.01)


def comes_back(valkey: EmbeddedValkey, copy: Path) -> None:
    shutil.rmtree(valkey.folder / "appendonlydir")
    copy.rename(valkey.folder / "appendonlydir")
    valkey.start()


async def epoch_of(house: House) -> str:
    """The epoch Redis tells; "" while it tells none."""
    snapshot = await house.sale.snapshot()
    return "" if isinstance(snapshot, Refused) else snapshot.epoch


async def mended(house: House) -> list[Violation]:
    """Let keeper and finisher work until the sale is sound; what is still broken when the time is up."""
    until = time.monotonic() + MENDED_S_MAX
    while True:
        found = [Violation(0, "sale", "the stores have not answered")]
        with contextlib.suppress(RedisError, OSError):  # connections that the death of a server has cut
            await house.engine.keeper.step()
            await house.engine.orders.finish(**NOW)
            found = await verify(house.engine, house.sale.id, grace_s=0)
        if not found or time.monotonic() > until:
            return found
        await asyncio.sleep(0.1)
