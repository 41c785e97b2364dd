"""What a sale loses in Redis, and how it comes back."""

from __future__ import annotations

from collections.abc import Mapping

from engine.refusals import Refused
from engine.stores.keys import SALE_KEYS, sale_keys
from tests.orders.house import House

KEPT = tuple(name for name in SALE_KEYS if name != "feed")


async def rebuilt(house: House) -> None:
    snapshot = await house.sale.snapshot()
    keeper, sale = house.engine.keeper, house.sale.id
    await keeper.rebuild(sale, None if isinstance(snapshot, Refused) else snapshot.epoch)
    assert not isinstance(await keeper.converge(sale), Refused)


async def kept(house: House) -> dict[str, bytes]:
    """All that Redis has of it, as a replica would."""
    redis = house.engine.redis
    dumps = {key: await redis.dump(key) for key in sale_keys(house.sale.id, *KEPT)}
    return {key: dump for key, dump in dumps.items() if dump is not None}


async def brought_back(house: House, copy: Mapping[str, bytes]) -> None:
    """The copy takes over."""
    await house.engine.onsale.remove_keys(house.sale.id)
    for key, dump in copy.items():
        await house.engine.redis.restore(key, 0, dump)
