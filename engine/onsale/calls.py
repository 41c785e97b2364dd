"""The scripts of a sale as calls: which keys each takes, and one batcher per sale and script.

Guarantees: what is asked of one script at the same moment travels as one call; a batch item is answered in order; what
is asked of keys that the sale has no more is asked again of those that it has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from engine.limits import FLIGHTS_MAX, GATHER_MS
from engine.onsale.key_layouts import locate
from engine.refusals import Code, RefusalError, Refused
from engine.stores import keys as all_keys
from engine.stores.batcher import LOST, Batcher, BatchHook
from engine.stores.keys import SaleKeys
from engine.stores.redis import RedisClient
from engine.stores.scripts import call, pack, script, unpack

# A clock of tests and rehearsals; None is the clock of the store.
Clock = Callable[[], int]
Verdict = Sequence[Any]
T = TypeVar("T")
# Hears that something may have been done in a sale.
MoveHook = Callable[[str], None]


def no_hook(_: str) -> None:
    """Nobody wants to hear."""


CART_KEYS = ("sale", "feed", "seats", "pools", "carts", "due", "ended", "seen", "ends")
ORDER_KEYS = (*CART_KEYS, "buyers", "locked", "sold", "owners", "awaiting")
BATCH_KEYS = {
    "seats_hold": (*CART_KEYS, "buyers"),
    "seats_best": (*CART_KEYS, "buyers", "layout"),
    "pool_take": (*CART_KEYS, "buyers"),
    "cart_open": (*CART_KEYS, "buyers", "room", "places", "back", "gone", "spent"),
    "cart_issue": (*CART_KEYS, "buyers"),
    "cart_read": (*CART_KEYS, "buyers"),
    "cart_touch": ("sale", "feed", "seen"),
    "cart_release": (*CART_KEYS, "buyers"),
    "cart_types": CART_KEYS,
    "cart_show": CART_KEYS,
    "cart_lock": (*CART_KEYS, "buyers", "locked"),
    "cart_unlock": (*CART_KEYS, "buyers", "locked"),
    "cart_sell": (*ORDER_KEYS, "freed"),
    "order_free": (*CART_KEYS, "buyers", "sold", "owners", "freed"),
    "order_reserve": ORDER_KEYS,
    "order_release": ORDER_KEYS,
    "cart_end": (*CART_KEYS, "room", "places", "back", "gone", "returned"),
    "carts_expire": CART_KEYS,
    "room_join": ("sale", "feed", "room", "places", "carts", "gone", "returned", "spent"),
    "room_draw": ("sale", "feed", "room"),
    "room_open": ("sale", "feed", "room"),
    "room_admit": ("sale", "feed", "room", "back", "gone", "returned"),
    "sale_set": ("sale", "feed"),
    "stock_change": (*CART_KEYS, "locked", "sold", "awaiting"),
    "sale_viewers": ("sale", "feed", "viewers"),
}
# What may give the keeper, or another job, something to do; what the keeper itself asks again and again is not.
MOVES = frozenset(BATCH_KEYS) - {"cart_read", "cart_touch", "carts_expire", "room_admit", "room_draw", "sale_viewers"}
PLAIN_KEYS = {
    "sale_put": ("sale", "feed", "seats", "pools", "layout", "room"),
    "sale_read": ("sale", "seats", "pools", "room", "gone", "viewers"),
    "sale_rebuild": (
        *("sale", "feed", "seats", "owners", "pools", "carts", "due", "locked", "ended", "seen"),
        *("buyers", "sold", "layout", "room", "awaiting", "freed"),
    ),
}


class Calls:
    """The scripts of one sale."""

    def __init__(
        self,
        client: RedisClient,
        sale_id: str,
        clock: Clock | None = None,
        on_batch: BatchHook | None = None,
        on_move: MoveHook = no_hook,
    ) -> None:
        self.keys = SaleKeys(sale_id)
        self._client = client
        self._clock = clock
        self._on_batch = on_batch
        self._on_move = on_move
        self._batchers: dict[str, Batcher[Sequence[Any], Verdict]] = {}

    def instant(self) -> int | str:
        """The argument that tells a script the instant: '' for the clock of the store."""
        return self._clock() if self._clock else ""

    async def plain(self, name: str, arguments: Sequence[str | bytes | int]) -> Any:
        """One call of a script that takes no batch."""
        return await call(self._client, script(f"onsale/{name}"), self.keys.keys(PLAIN_KEYS[name]), arguments)

    async def read(self, look: Callable[[SaleKeys], Awaitable[T]]) -> T:
        """What `look` finds, asked again elsewhere when it finds nothing because the sale is there."""
        while True:
            layout = self.keys.layout
            found = await look(self.keys)
            if found or not await self.is_elsewhere(layout):
                return found

    async def is_elsewhere(self, layout: str) -> bool:
        """Whether the sale has another layout than it was just asked in; then it is known from now on."""
        if self.keys.layout == layout and len(all_keys.LAYOUTS) > 1:
            self.keys.layout = await locate(self._client, self.keys.sale_id) or layout
        return self.keys.layout != layout

    async def ask(self, name: str, item: Sequence[Any]) -> Verdict | Refused:
        """The verdict on one item, which may travel with others; a full queue or an absent store refuse it."""
        batcher = self._batchers.get(name)
        if batcher is None:
            batcher = self._batchers[name] = self._batcher(name)
        while True:
            layout = self.keys.layout
            try:
                verdict = await batcher.submit(item)
                if verdict[0] != "lost" or not await self.is_elsewhere(layout):
                    return verdict
            except RefusalError as refusal:
                return Refused(refusal.code)
            except LOST:
                return Refused(Code.UNAVAILABLE)

    def waiting(self) -> dict[str, int]:
        """script → asks that wait for its next call."""
        return {name: batcher.waiting for name, batcher in self._batchers.items()}

    @property
    def idle(self) -> bool:
        return all(batcher.idle for batcher in self._batchers.values())

    async def drained(self) -> None:
        for batcher in list(self._batchers.values()):  # more may come while it waits
            await batcher.drained()

    def _batcher(self, name: str) -> Batcher[Sequence[Any], Verdict]:
        what = script(f"onsale/{name}")
        names, keys = BATCH_KEYS[name], self.keys
        client, clock = self._client, self._clock  # and not `self`, which would be a cycle for the collector to free
        on_move = self._on_move if name in MOVES else no_hook
        spelled: dict[str, list[str]] = {}  # by layout

        async def send(items: list[Sequence[Any]]) -> Sequence[Verdict]:
            instant = clock() if clock else ""
            if keys.layout not in spelled:
                spelled[keys.layout] = keys.keys(names)
            verdicts: Sequence[Verdict] = unpack(await call(client, what, spelled[keys.layout], (pack(items), instant)))
            on_move(keys.sale_id)
            return verdicts

        return Batcher(f"onsale/{name}", send, gather_ms=GATHER_MS, flights_max=FLIGHTS_MAX, on_batch=self._on_batch)
