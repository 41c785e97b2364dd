"""The sales of one process: handles, publication, and the response to a sale that Redis lost.

Owns: one `Sale` per sale id, with its batchers. Fails as its parts do.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from engine.catalog.model import SalePlan, SaleState
from engine.limits import SALE_HANDLE_UNUSED_S_MAX
from engine.onsale.calls import Calls, Clock
from engine.onsale.moves import Moves
from engine.onsale.plan import free_units, packed_rows, packed_seats, section_fields, settings_of
from engine.onsale.sale import PlaceSigner, Sale
from engine.refusals import Refused
from engine.stores import keys
from engine.stores.batcher import BatchHook
from engine.stores.keys import SALE_KEYS, SaleKeys, rebuild_key
from engine.stores.lease import Lease
from engine.stores.redis import RedisClient
from engine.stores.scripts import pack, unpack

EPOCH_BYTES = 6
HANDLES_LET_GO_EVERY_S = 30.0
FORGET_LEASE_MS = 10_000


class Onsale:
    """One per process."""

    def __init__(
        self,
        client: RedisClient,
        signer: PlaceSigner,
        *,
        clock: Clock | None = None,
        on_batch: BatchHook | None = None,
    ) -> None:
        self.client = client
        self.moves = Moves(client, clock)
        self.on_lost: Callable[[str], None] | None = None  # the archive, which may have put it away
        self._signer = signer
        self._clock = clock
        self._on_batch = on_batch
        self._sales: dict[str, Sale] = {}
        self._calls: dict[str, Calls] = {}
        self._used_at: dict[str, float] = {}
        self._let_go_at = time.monotonic()

    def sale(self, sale_id: str) -> Sale:
        """A cheap handle; the same one for the same sale, as long as it is used now and then."""
        calls, sale = self.calls(sale_id), self._sales.get(sale_id)
        if sale is None:
            sale = self._sales[sale_id] = Sale(sale_id, self.client, calls, self._signer, self._lost)
        return sale

    def calls(self, sale_id: str) -> Calls:
        calls = self._calls.get(sale_id)
        now = self._used_at[sale_id] = time.monotonic()
        if calls is None:
            self._let_go(now)
            calls = self._calls[sale_id] = Calls(self.client, sale_id, self._clock, self._on_batch, self.moves.note)
        return calls

    async def clock_ms(self, sale_id: str) -> int | Refused:
        """The clock that opens the carts of a sale."""
        snapshot = await self.sale(sale_id).snapshot()
        return snapshot if isinstance(snapshot, Refused) else snapshot.now_ms

    async def publish(self, plan: SalePlan) -> str:
        """Write the sale's state to Redis unless it is there; then only its settings. Answers the epoch.

        Only for a sale that has sold nothing: what Redis lost is rebuilt. `Keeper.publish` tells the two apart.
        """
        return await self._put(plan, new_epoch())

    async def update(self, plan: SalePlan) -> bool:
        """Write the settings of a sale that was published before; False when Redis has lost it."""
        return bool(await self._put(plan, ""))

    async def _put(self, plan: SalePlan, epoch: str) -> str:
        pools = [value for pool in free_units(plan.pools, {}).items() for value in pool]
        room = ["commit", plan.draw_commit]
        wanted = (epoch, SaleState.SCHEDULED.value, settings_of(plan), pools, room)
        seats = bytes(packed_seats(plan.seats, (*plan.off_seats, *plan.withheld)))
        calls = self.calls(plan.id)
        arguments = (pack(wanted), seats, pack(packed_rows(plan)), pack(section_fields(plan)))

        async def put(_: SaleKeys) -> str:
            there: str = unpack(await calls.plain("sale_put", arguments))[1]
            return there

        return await calls.read(put)

    @asynccontextmanager
    async def forgotten(self, sale_id: str) -> AsyncIterator[None]:
        """Deletes the sale's state when the block is left well, in which the caller deletes its rows.

        Under the lease of rebuilds: one that runs ends first, and one that comes after finds no rows.
        """
        async with Lease(self.client, rebuild_key(sale_id), FORGET_LEASE_MS):
            yield
            await self.remove_keys(sale_id)
            self._sales.pop(sale_id, None)
            self._calls.pop(sale_id, None)

    async def remove_keys(self, sale_id: str, *kept: str) -> None:
        """Redis forgets the sale, but for the keys named; the caller has the lease of rebuilds."""
        names = [name for name in SALE_KEYS if name not in kept]
        for layout in keys.LAYOUTS:
            await self.client.unlink(*SaleKeys(sale_id, layout).keys(names))

    def _let_go(self, now: float) -> None:
        """Drop handles of sales that were not used for a while; a caller that still has one may go on using it."""
        if now - self._let_go_at < HANDLES_LET_GO_EVERY_S:
            return
        self._let_go_at = now
        for sale_id in [each for each, at in self._used_at.items() if now - at > SALE_HANDLE_UNUSED_S_MAX]:
            calls = self._calls.get(sale_id)
            if calls is None or calls.idle:
                del self._used_at[sale_id]
                self._calls.pop(sale_id, None)
                self._sales.pop(sale_id, None)

    def waiting(self) -> dict[str, int]:
        """script → asks of all sales that wait for its next call."""
        total: dict[str, int] = {}
        for calls in self._calls.values():
            for name, count in calls.waiting().items():
                total[name] = total.get(name, 0) + count
        return total

    async def drained(self) -> None:
        """Wait until nothing is in flight."""
        for calls in list(self._calls.values()):  # more may come while it waits
            await calls.drained()
        await self.moves.drained()

    async def close(self) -> None:
        await self.moves.close()

    def _lost(self, sale_id: str) -> None:
        """Redis does not know this sale (any more): the keeper looks, and rebuilds it."""
        self.moves.note(sale_id)
        if self.on_lost is not None:
            self.on_lost(sale_id)


def new_epoch() -> str:
    """The name of a generation of a sale's state."""
    return secrets.token_hex(EPOCH_BYTES)
