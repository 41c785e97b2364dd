"""The scripts of a sale as calls: which keys each takes, and one batcher per sale and script.

Guarantees: what is asked of one script at the same moment travels as one call; a batch item is answered in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.limits import GATHER_MS
from engine.refusals import Refusal, Refused
from engine.stores.batcher import Batcher, BatchHook
from engine.stores.keys import sale_keys
from engine.stores.redis import RedisClient
from engine.stores.scripts import call, pack, script, unpack

# A clock of tests and rehearsals; None is the clock of the store.
Clock = Callable[[], int]
Verdict = Sequence[Any]
# Hears that something may have been done in a sale.
MoveHook = Callable[[str], None]


def no_hook(_: str) -> None:
    """Nobody wants to hear."""


CART_KEYS = ("sale", "feed", "seats", "pools", "carts", "due", "ended", "seen", "ends")
BATCH_KEYS = {
    "seats_hold": (*CART_KEYS, "buyers"),
    "seats_best": (*CART_KEYS, "buyers", "layout"),
    "pool_take": (*CART_KEYS, "buyers"),
    "cart_open": (*CART_KEYS, "buyers", "room", "places", "back", "gone", "spent"),
    "cart_read": (*CART_KEYS, "buyers"),
    "cart_touch": ("sale", "feed", "seen"),
    "cart_release": CART_KEYS,
    "cart_lock": (*CART_KEYS, "buyers", "locked"),
    "cart_unlock": (*CART_KEYS, "buyers", "locked"),
    "cart_sell": (*CART_KEYS, "buyers", "locked", "sold", "owners"),
    "cart_end": (*CART_KEYS, "room", "places", "back", "gone", "returned"),
    "carts_expire": CART_KEYS,
    "room_join": ("sale", "feed", "room", "places", "carts", "gone", "returned", "spent"),
    "room_draw": ("sale", "feed", "room"),
    "room_open": ("sale", "feed", "room"),
    "room_admit": ("sale", "feed", "room", "back", "gone", "returned"),
    "sale_set": ("sale", "feed"),
    "sale_viewers": ("sale", "feed", "viewers"),
}
# What may give the keeper, or another job, something to do; what the keeper itself asks again and again is not.
MOVES = frozenset(BATCH_KEYS) - {"cart_read", "cart_touch", "carts_expire", "room_admit", "room_draw", "sale_viewers"}
PLAIN_KEYS = {
    "sale_put": ("sale", "feed", "seats", "pools", "layout", "room"),
    "sale_read": ("sale", "seats", "pools", "room", "gone", "viewers"),
    "sale_rebuild": (
        *("sale", "feed", "seats", "owners", "pools", "carts", "due", "locked", "ended", "seen"),
        *("buyers", "sold", "layout", "room"),
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
        self._client = client
        self._sale_id = sale_id
        self._clock = clock
        self._on_batch = on_batch
        self._on_move = on_move
        self._batchers: dict[str, Batcher[Sequence[Any], Verdict]] = {}

    def instant(self) -> int | str:
        """The argument that tells a script the instant: '' for the clock of the store."""
        return self._clock() if self._clock else ""

    async def plain(self, name: str, arguments: Sequence[str | bytes | int]) -> Any:
        """One call of a script that takes no batch."""
        return await call(
            self._client, script(f"onsale/{name}"), sale_keys(self._sale_id, *PLAIN_KEYS[name]), arguments
        )

    async def ask(self, name: str, item: Sequence[Any]) -> Verdict | Refused:
        """The verdict on one item, which may travel with others; a full queue or an absent store refuse it."""
        batcher = self._batchers.get(name)
        if batcher is None:
            batcher = self._batchers[name] = self._batcher(name)
        try:
            return await batcher.submit(item)
        except Refusal as refusal:
            return Refused(refusal.code)

    def waiting(self) -> dict[str, int]:
        """script → asks that wait for its next call."""
        return {name: batcher.waiting for name, batcher in self._batchers.items()}

    @property
    def idle(self) -> bool:
        return all(batcher.idle for batcher in self._batchers.values())

    async def drained(self) -> None:
        for batcher in self._batchers.values():
            await batcher.drained()

    def _batcher(self, name: str) -> Batcher[Sequence[Any], Verdict]:
        what = script(f"onsale/{name}")
        keys = sale_keys(self._sale_id, *BATCH_KEYS[name])
        client, clock = self._client, self._clock  # and not `self`, which would be a cycle for the collector to free
        sale_id, on_move = self._sale_id, self._on_move if name in MOVES else no_hook

        async def send(items: list[Sequence[Any]]) -> Sequence[Verdict]:
            instant = clock() if clock else ""
            verdicts: Sequence[Verdict] = unpack(await call(client, what, keys, (pack(items), instant)))
            on_move(sale_id)
            return verdicts

        return Batcher(f"onsale/{name}", send, gather_ms=GATHER_MS, on_batch=self._on_batch)
