"""One sale as its callers know it: typed asks in, typed verdicts out.

Owns nothing but the calls to its scripts. Guarantees: a refusal is a value; repeating a command id changes
nothing and answers the same. Fails as `unavailable` when the sale's state in Redis was lost, and says so to `on_lost`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from types import MappingProxyType
from typing import Any, Protocol

from engine import limits
from engine.catalog import MAY_FOLLOW
from engine.catalog.model import SaleState
from engine.ids import is_chosen_id, new_id
from engine.onsale.answers import cart_end_of, cart_of, flat_units, held_of, refused, released_of, sold_of
from engine.onsale.asks import freed_item, invalid, mistake_of, wanted_by
from engine.onsale.calls import Calls, Verdict
from engine.onsale.draw import Draw
from engine.onsale.feed import deltas
from engine.onsale.model import (
    NOTHING,
    BestHold,
    Brought,
    Cart,
    CartEnd,
    Delta,
    FreedOrder,
    Held,
    Joined,
    LockedCart,
    PoolHold,
    Release,
    Released,
    SeatsHold,
    Snapshot,
    Sold,
    Uncounted,
)
from engine.onsale.room import read_draw
from engine.onsale.snapshot import VIEWERS_COUNT_MS, snapshot_of
from engine.refusals import Code, Refused
from engine.stores.batcher import LOST
from engine.stores.keys import SaleKeys
from engine.stores.redis import RedisClient
from engine.stores.scripts import unpack

YES = ("held", "again")
# Number and draw may each become known once while a command is on its way.
PLACE_TRIES = 4


class PlaceSigner(Protocol):
    """Signs places, so that they survive the loss of every store."""

    def place_token(self, sale: str, number: int, buyer: str) -> str: ...

    def place_number(self, token: str, sale: str, buyer: str) -> int | None: ...


class Sale:
    """A handle on one sale; `Onsale.sale` gives it."""

    def __init__(
        self, sale_id: str, client: RedisClient, calls: Calls, signer: PlaceSigner, on_lost: Callable[[str], None]
    ) -> None:
        self.id = sale_id
        self._client = client
        self._calls = calls
        self._signer = signer
        self._on_lost = on_lost
        # Once a draw was held it stays as it is.
        self._draw: Draw | None = None
        # How many numbers of the room were given, as far as this process knows: more than Redis does once it lost some.
        self._given = 0
        self._learning = asyncio.Lock()

    # ── looking ──

    async def joined_in(self) -> str | Refused:
        """What challenges for a place are bound to: "lobby" or "open"; refused where there is no place to be had."""
        try:
            state = await self._calls.read(self._state)
        except LOST:
            return Refused(Code.UNAVAILABLE)
        match None if state is None else SaleState(state.decode()):
            case None:
                return self.lost()
            case SaleState.SCHEDULED:
                return Refused(Code.SALE_NOT_OPEN)
            case SaleState.CLOSED | SaleState.ENDED:
                return Refused(Code.SALE_CLOSED)
            case SaleState.LOBBY:
                return SaleState.LOBBY.value
            case SaleState.OPEN | SaleState.PAUSED:
                return SaleState.OPEN.value

    async def _state(self, keys: SaleKeys) -> bytes | None:
        asked: Any = self._client.hget(keys.key("sale"), "state")
        state: bytes | None = await asked
        return state

    async def snapshot(self, *, wake: bool = False) -> Snapshot | Refused:
        """Everything a watcher starts from, in one atomic step. `wake`: a sale that was put away comes back for it."""
        try:
            arguments = (VIEWERS_COUNT_MS, self._calls.instant())
            read = await self._calls.read(lambda _: self._calls.plain("sale_read", arguments))
        except LOST:
            return Refused(Code.UNAVAILABLE)
        if read:
            return snapshot_of(read)
        return self.lost() if wake else Refused(Code.UNAVAILABLE)

    async def watch(self) -> AsyncGenerator[Delta]:
        """The feed from now on. A delta of epoch "" means: (re)subscribed, read a snapshot now."""
        async with aclosing(deltas(self._client, self.id)) as feed:
            async for delta in feed:
                self._know(delta.room.get("tail", 0))
                yield delta

    async def report_viewers(self, process: str, viewers: int) -> None:
        """Tell how many watch the sale through this process; at least every VIEWERS_COUNT_MS while there are any."""
        await self._calls.ask("sale_viewers", (process, viewers, VIEWERS_COUNT_MS))

    # ── the room ──

    async def join(self, buyer: str, token: str | None = None, brought: Brought = NOTHING) -> Joined | Refused:
        """A place in the room: the same one for the same buyer, also after Redis was lost if they kept the token.

        `brought` is looked at when a new number has to be given.
        """
        number = self._signed(buyer, token)
        if number is None:
            return Refused(Code.BAD_PLACE)
        verdict = await self._placed("room_join", (buyer,), number, self._given, brought.packed())
        if isinstance(verdict, Refused):
            return verdict
        if verdict[0] not in ("joined", "again"):
            return self._refused(verdict)
        word, number, drawn = verdict
        self._know(number + 1)
        if drawn and not await self._knows_draw():
            return Refused(Code.UNAVAILABLE)
        return Joined(
            number=number,
            place=self._place_of(number) if drawn else None,
            token=self._signer.place_token(self.id, number, buyer),
            again=word == "again",
        )

    async def leave(self, buyer: str) -> Refused | None:
        """Give up the place, and the cart with all it holds."""
        verdict = await self._placed("cart_end", (buyer,), -1)
        if isinstance(verdict, Refused):
            return verdict
        return None if verdict[0] == "left" else self._refused(verdict)

    def _signed(self, buyer: str, token: str | None) -> int | None:
        """The number a token was signed for, -1 without a token; None when it was not signed by us for this buyer."""
        return -1 if token is None else self._signer.place_number(token, self.id, buyer)

    def signed_for(self, buyer: str, token: str | None) -> bool:
        """Whether the token is a place of this buyer, so that joining with it gives no new one."""
        return token is not None and self._signed(buyer, token) is not None

    def _know(self, given: int | str | float) -> None:
        if isinstance(given, int) and given > self._given:
            self._given = given

    async def _placed(self, name: str, item: tuple[str, ...], number: int, *more: Any) -> Verdict | Refused:
        """Ask with a number and its place; ask again when Redis knows the buyer by another number, or of a draw."""
        for _ in range(PLACE_TRIES):
            verdict = await self._calls.ask(name, (*item, number, self._place_of(number), *more))
            if isinstance(verdict, Refused) or verdict[0] != "place":
                return verdict
            _, number, drawn = verdict
            if drawn and not await self._knows_draw():
                break
        return Refused(Code.UNAVAILABLE)

    def _place_of(self, number: int) -> int:
        """The place of a number; -1 while no draw is known here."""
        return -1 if self._draw is None or number < 0 else self._draw.place_of(number)

    async def _knows_draw(self) -> bool:
        """Read the draw that was held, once; False when Redis does not answer."""
        async with self._learning:
            if self._draw is None:
                try:
                    self._draw = await self._calls.read(lambda keys: read_draw(self._client, keys))
                except LOST:
                    return False
        return self._draw is not None

    # ── carts ──

    async def enter(self, buyer: str, token: str | None = None, brought: Brought = NOTHING) -> Cart | Refused:
        """Open the buyer's cart when it is their turn; a live cart is answered as it is.

        `brought` is looked at when the sale has no room and the cart is a new one.
        """
        return self._cart(buyer, await self._enter(buyer, token, brought.packed()))

    async def enter_uncounted(self, buyer: str, token: str | None) -> Cart | Uncounted | Refused:
        """The same, but a new cart in a sale without a room is not opened: the asker's network is counted first."""
        verdict = await self._enter(buyer, token, NOTHING.packed(counted=False))
        if not isinstance(verdict, Refused) and verdict[0] == "uncounted":
            return Uncounted()
        return self._cart(buyer, verdict)

    async def _enter(self, buyer: str, token: str | None, brought: tuple[Any, ...]) -> Verdict | Refused:
        number = self._signed(buyer, token)
        if number is None:
            return Refused(Code.BAD_PLACE)
        verdict = await self._placed("cart_open", (buyer, new_id("cart")), number, brought)
        if token is not None and not isinstance(verdict, Refused) and verdict[0] == Code.NO_PLACE.word:
            # Redis lost this place; the signature brings it back.
            joined = await self.join(buyer, token)
            if isinstance(joined, Refused):
                return joined
            verdict = await self._placed("cart_open", (buyer, new_id("cart")), joined.number, brought)
        return verdict

    async def enter_by_staff(self, buyer: str, most: int | None) -> Cart | Refused:
        """Open a cart for a member, who waits for no turn; `most`: seats and units, instead of the sale's maximum."""
        return self._cart(buyer, await self._calls.ask("cart_issue", (buyer, new_id("cart"), most or 0)))

    async def cart(self, buyer: str) -> Cart | Refused:
        return self._cart(buyer, await self._calls.ask("cart_read", (buyer,)))

    async def touch(self, buyers: Iterable[str]) -> None:
        """These buyers are there: one with an empty cart stays inside as long as this is said often enough."""
        await asyncio.gather(*(self._calls.ask("cart_touch", (buyer,)) for buyer in buyers))

    async def hold(self, ask: SeatsHold | BestHold | PoolHold, *, tell_cart: bool = False) -> Held | Refused:
        """Hold what is asked, or nothing of it; repeating `ask.hold` is harmless. `tell_cart`: and the cart then."""
        wrong = mistake_of(ask)
        if wrong is not None:
            return invalid(wrong)
        name, wanted = wanted_by(ask)
        verdict = await self._calls.ask(name, (ask.buyer, ask.hold, wanted, new_id("cart"), int(tell_cart)))
        if isinstance(verdict, Refused):
            return verdict
        return held_of(ask, verdict) if verdict[0] in YES else self._refused(verdict)

    async def release(self, ask: Release, *, tell_cart: bool = False) -> Released | Refused:
        """Give seats and units back, all those named or none; all of the cart when none is named."""
        if len(ask.seats) > limits.SEATS_PER_HOLD_MAX:
            return invalid("seats")
        if len(ask.units) > limits.POOLS_PER_SALE_MAX:
            return invalid("units")
        if not is_chosen_id(ask.release):
            return invalid("release")
        item = (ask.buyer, ask.release, (ask.seats, flat_units(ask.units)), int(tell_cart))
        verdict = await self._calls.ask("cart_release", item)
        if isinstance(verdict, Refused):
            return verdict
        if verdict[0] in ("released", "again"):
            return released_of(ask.buyer, verdict)
        return self._refused(verdict)

    # ── checkout ──

    async def lock(self, buyer: str, order: str) -> Cart | Refused:
        """Keep the cart past its deadline while `order` is paid; repeating it answers the same."""
        return self._cart(buyer, await self._calls.ask("cart_lock", (buyer, order)))

    async def unlock(self, buyer: str, order: str) -> Cart | Refused:
        """The order came to nothing: the cart is open again, until its deadline."""
        return self._cart(buyer, await self._calls.ask("cart_unlock", (buyer, order)))

    async def locked(self, for_ms: float, carts_max: int) -> list[LockedCart] | Refused:
        """Carts that have been locked for so long, the longest first."""

        async def longest(keys: SaleKeys) -> list[tuple[bytes, float]]:
            asked: Any = self._client.zrange(keys.key("locked"), 0, carts_max - 1, withscores=True)
            return list(await asked)

        since = {buyer.decode(): at_ms for buyer, at_ms in await self._calls.read(longest)}
        found = []
        for cart in await asyncio.gather(*(self.cart(buyer) for buyer in since)):
            if isinstance(cart, Refused):
                return cart
            if cart.state == "locked" and cart.now_ms - since[cart.buyer] >= for_ms:
                found.append(LockedCart(cart.id, cart.buyer, cart.order))
        return found

    async def ends(self, carts_max: int) -> list[CartEnd]:
        """Carts that ended and were not forgotten, in no order; about so many at once."""

        async def some(keys: SaleKeys) -> list[CartEnd]:
            found: list[CartEnd] = []
            cursor = -1
            while cursor and len(found) < carts_max:
                asked: Any = self._client.hscan(keys.key("ends"), max(cursor, 0), count=carts_max)
                cursor, page = await asked
                found += [cart_end_of(cart.decode(), unpack(packed)) for cart, packed in page.items()]
            return found

        return await self._calls.read(some)

    async def forget_ends(self, carts: Sequence[str]) -> None:
        """They are written down."""

        async def forget(keys: SaleKeys) -> int:
            asked: Any = self._client.hdel(keys.key("ends"), *carts)
            return int(await asked)

        await self._calls.read(forget)

    async def count_types(self, cart: Cart, types: Mapping[str, int]) -> Refused | None:
        """Set so many tickets of each type that has a number aside for a cart, in place of what it had.

        A locked cart is counted for the order that locked it. Repeating it is harmless.
        """
        item = (cart.buyer, cart.id, cart.order, flat_units(types))
        return self._done(await self._calls.ask("cart_types", item), "counted")

    async def show(self, cart: Cart, unlock: str) -> Refused | None:
        """Let a live cart have what an unlock shows; repeating it is harmless."""
        return self._done(await self._calls.ask("cart_show", (cart.buyer, cart.id, unlock)), "shown")

    async def sell(
        self,
        buyer: str,
        order: str,
        revenue: int,
        seats: Iterable[int],
        units: Mapping[str, int],
        *,
        types: Mapping[str, int] = MappingProxyType({}),
        revision: int = 0,
    ) -> Sold | Refused:
        """What `order` paid for is sold, whatever became of its cart; repeating it is harmless.

        `types` counts its tickets by their type, `revision` says how often something of it was given back.
        """
        item = (buyer, order, revenue, tuple(seats), flat_units(units), flat_units(types), revision)
        verdict = await self._calls.ask("cart_sell", item)
        if isinstance(verdict, Refused):
            return verdict
        if verdict[0] in ("sold", "again"):
            return sold_of(buyer, verdict)
        return self._refused(verdict)

    async def free(self, gone: FreedOrder) -> Refused | None:
        """What an order gave back is free again; a revision that is known already changes nothing."""
        return self._done(await self._calls.ask("order_free", freed_item(gone)), "freed", "again")

    async def reserve(
        self, buyer: str, order: str, seats: Iterable[int], units: Mapping[str, int], types: Mapping[str, int]
    ) -> Sold | Refused | None:
        """What `order` has is nobody else's while its money is awaited; None when it was paid or over before."""
        verdict = await self._calls.ask(
            "order_reserve", (buyer, order, tuple(seats), flat_units(units), flat_units(types))
        )
        if isinstance(verdict, Refused) or verdict[0] == "over":
            return verdict if isinstance(verdict, Refused) else None
        return sold_of(buyer, verdict) if verdict[0] in ("reserved", "again") else self._refused(verdict)

    async def release_order(self, buyer: str, order: str) -> Refused | None:
        """The money of an order did not come: what was reserved for it is free. Repeating it is harmless."""
        return self._done(await self._calls.ask("order_release", (buyer, order)), "released", "again", "over")

    # ── steering ──

    async def set_state(self, state: SaleState, steered: int | None = None) -> bool | Refused:
        """Move the sale to `state`; False when it may not follow the present one, is it already, or `steered`, which
        says how often the sale had been steered as its row was read, is behind what another process knew.
        """
        item = (state.value, sorted(each.value for each in MAY_FOLLOW[state]), steered)
        verdict = await self._calls.ask("sale_set", item)
        if isinstance(verdict, Refused):
            return verdict
        return verdict[0] == "set" if verdict[0] in ("set", "kept") else self._refused(verdict)

    # ── verdicts ──

    def _cart(self, buyer: str, verdict: Verdict | Refused) -> Cart | Refused:
        if isinstance(verdict, Refused):
            return verdict
        return cart_of(buyer, verdict) if verdict[0] == "cart" else self._refused(verdict)

    def _done(self, verdict: Verdict | Refused, *words: str) -> Refused | None:
        """None when the verdict is one of these words."""
        if isinstance(verdict, Refused):
            return verdict
        return None if verdict[0] in words else self._refused(verdict)

    def _refused(self, verdict: Sequence[Any]) -> Refused:
        return self.lost() if verdict[0] == "lost" else refused(verdict)

    def lost(self) -> Refused:
        """What is said while Redis does not know this sale."""
        self._on_lost(self.id)
        return Refused(Code.UNAVAILABLE)
