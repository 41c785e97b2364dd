"""Any interleaving of commands on seats and pools, on the real scripts, beside the model."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.access.signing import Signer
from engine.catalog.model import PoolPlan, SaleState
from engine.keyring import Keyring
from engine.onsale import Onsale
from engine.onsale.model import (
    BestHold,
    Cart,
    Delta,
    Held,
    PoolHold,
    Release,
    Released,
    SeatsHold,
    SeatState,
    Snapshot,
    Sold,
)
from engine.refusals import Refused
from engine.stores.redis import connect
from tests.onsale.plans import plan_of
from tests.property.stock_model import OFF, ModelCart, StockModel

ROWS, ROW = 2, 7
OFF_SEATS = (3,)
POOLS = (
    PoolPlan("floor", "Floor", 7),
    PoolPlan("early", "Early bird", 4, ("floor",)),
    PoolPlan("club", "Club", 3, ("early",)),
    PoolPlan("gift", "Gift", 2),
)
DRAWN = {"floor": ("floor",), "early": ("early", "floor"), "club": ("club", "early", "floor"), "gift": ("gift",)}
CART_MS = 10_000
BUYERS = [f"buyer-{name:-<10}" for name in ("ana", "bo", "cy")]

buyers = st.sampled_from(BUYERS)
commands = st.sampled_from([f"c{number}" for number in range(8)])
orders = st.sampled_from([f"ord_{number}" for number in range(5)])
pools = st.sampled_from([pool.id for pool in POOLS])
seats = st.lists(st.integers(0, ROWS * ROW), min_size=1, max_size=3, unique=True).map(tuple)
known_seats = st.lists(st.integers(0, ROWS * ROW - 1), max_size=2, unique=True).map(tuple)
units = st.dictionaries(pools, st.integers(1, 3), max_size=2)


def told(answer: Any) -> Any:
    """An answer of the engine in the words of the model."""
    match answer:
        case Refused(code):
            return code
        case Held(held_seats, held_units):
            return next(iter(held_units.items())) if held_units else held_seats
        case Released(seats=back, units=back_units):
            return back, dict(back_units)
        case Sold(again):
            return "again" if again else "sold"
        case Cart():
            return cart_told(answer)
        case _:
            return answer


def cart_told(cart: Cart | ModelCart) -> tuple[Any, ...]:
    if isinstance(cart, ModelCart):
        return cart.state, cart.deadline, cart.order, sorted(cart.seats), cart.units, cart.end
    return cart.state, cart.deadline_at_ms, cart.order, sorted(cart.seats), dict(cart.units), cart.end_reason


class StockMachine(RuleBasedStateMachine):
    """A fresh sale per example; `url` and `runner` are set by the test."""

    url: str
    runner: asyncio.Runner
    client: Any

    @initialize()
    def begin(self) -> None:
        self.plan = plan_of(
            f"s-{secrets.token_hex(8)}",
            rows=ROWS,
            seats_per_row=ROW,
            pools=POOLS,
            person_max=5,
            cart_ms=CART_MS,
            off_seats=OFF_SEATS,
        )
        self.model = StockModel(
            seats=[OFF if seat in OFF_SEATS else 0 for seat in range(ROWS * ROW)],
            free={pool.id: pool.capacity for pool in POOLS},
            drawn=DRAWN,
            person_max=5,
            cart_ms=CART_MS,
            now=1_795_000_000_000,
        )
        self.onsale = Onsale(
            self.client, Signer(Keyring.of_secret(b"the secret of all the tests")), clock=lambda: self.model.now
        )
        self.sale = self.onsale.sale(self.plan.id)
        self.feed: list[Delta] = []
        self.heard = asyncio.Event()
        self.run(self.start())

    async def start(self) -> None:
        await self.onsale.publish(self.plan)
        await self.sale.set_state(SaleState.OPEN)
        started = await self.sale.snapshot()
        assert isinstance(started, Snapshot)
        self.started = started
        subscribed = asyncio.Event()
        self.listening = asyncio.create_task(self.listen(subscribed))
        await subscribed.wait()

    async def listen(self, subscribed: asyncio.Event) -> None:
        async with aclosing(self.sale.watch()) as feed:
            async for delta in feed:
                if not delta.epoch:
                    subscribed.set()
                else:
                    self.feed.append(delta)
                    self.heard.set()

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    # ── commands ──

    @rule(asks=st.lists(st.tuples(buyers, commands, seats), min_size=1, max_size=4))
    def hold_seats(self, asks: list[tuple[str, str, tuple[int, ...]]]) -> None:
        """What is asked at once travels in one call, in order."""
        answers = self.run(self.at_once([SeatsHold(*ask) for ask in asks]))
        for ask, answer in zip(asks, answers, strict=True):
            assert told(answer) == self.model.hold_seats(*ask)
        self.carts_are(asks, answers)

    async def at_once(self, asks: list[Any]) -> list[Any]:
        return list(await asyncio.gather(*(self.sale.hold(ask, tell_cart=True) for ask in asks)))

    def carts_are(self, asks: Sequence[tuple[Any, ...]], answers: Sequence[Any]) -> None:
        """The last that a buyer is told of the cart is how the cart stands."""
        last = {ask[0]: answer for ask, answer in zip(asks, answers, strict=True)}
        for buyer, answer in last.items():
            if not isinstance(answer, Refused) and answer.cart is not None:
                assert cart_told(answer.cart) == cart_told(self.model.carts[buyer])

    @rule(asks=st.lists(st.tuples(buyers, commands, pools, st.integers(1, 4)), min_size=1, max_size=4))
    def hold_units(self, asks: list[tuple[str, str, str, int]]) -> None:
        answers = self.run(self.at_once([PoolHold(*ask) for ask in asks]))
        for ask, answer in zip(asks, answers, strict=True):
            assert told(answer) == self.model.hold_units(*ask)
        self.carts_are(asks, answers)

    @rule(asks=st.lists(st.tuples(buyers, commands, st.integers(1, 4)), min_size=1, max_size=3))
    def hold_best(self, asks: list[tuple[str, str, int]]) -> None:
        answers = self.run(self.at_once([BestHold(*ask) for ask in asks]))
        rows = [range(row * ROW, (row + 1) * ROW) for row in range(ROWS)]
        for ask, answer in zip(asks, answers, strict=True):
            assert told(answer) == self.model.hold_best(*ask, rows, told(answer))
        self.carts_are(asks, answers)

    @rule(buyer=buyers, command=commands, gone=known_seats, back=units)
    def release(self, buyer: str, command: str, gone: tuple[int, ...], back: dict[str, int]) -> None:
        answer = self.run(self.sale.release(Release(buyer, command, gone, back), tell_cart=True))
        assert told(answer) == self.model.release(buyer, command, gone, back)
        self.carts_are([(buyer,)], [answer])

    @rule(buyer=buyers, command=commands)
    def release_what_is_held(self, buyer: str, command: str) -> None:
        cart = self.model.carts.get(buyer, ModelCart("ended", 0))
        gone, back = tuple(cart.seats[:1]), dict(itertools.islice(cart.units.items(), 1))
        self.release(buyer, command, gone, back)

    @rule(buyer=buyers)
    def leave(self, buyer: str) -> None:
        answer = self.run(self.sale.leave(buyer))
        assert told(answer) == self.model.leave(buyer)

    @rule(buyer=buyers, order=orders)
    def lock(self, buyer: str, order: str) -> None:
        expected = self.model.lock(buyer, order)
        answer = told(self.run(self.sale.lock(buyer, order)))
        assert answer == (cart_told(expected) if isinstance(expected, ModelCart) else expected)

    @rule(buyer=buyers, order=orders)
    def unlock(self, buyer: str, order: str) -> None:
        expected = self.model.unlock(buyer, order)
        answer = told(self.run(self.sale.unlock(buyer, order)))
        assert answer == (cart_told(expected) if isinstance(expected, ModelCart) else expected)

    @precondition(lambda self: any(cart.state == "locked" for cart in self.model.carts.values()))
    @rule(data=st.data())
    def sell_a_locked_cart(self, data: st.DataObject) -> None:
        locked = {buyer: cart for buyer, cart in self.model.carts.items() if cart.state == "locked"}
        buyer = data.draw(st.sampled_from(sorted(locked)))
        cart = locked[buyer]
        self.sell(buyer, cart.order, tuple(cart.seats), dict(cart.units))

    @rule(buyer=buyers, order=orders, what=known_seats, much=units)
    def sell(self, buyer: str, order: str, what: tuple[int, ...], much: dict[str, int]) -> None:
        """Also what no cart holds: an order paid after its cart was lost."""
        answer = self.run(self.sale.sell(buyer, order, 100, what, much))
        assert told(answer) == self.model.sell(buyer, order, what, much, 100)
        self.carts_are([(buyer,)], [answer])

    @rule(ms=st.sampled_from([1, 2_500, CART_MS - 1, CART_MS]))
    def time_passes(self, ms: int) -> None:
        self.model.now += ms

    @rule(ms=st.sampled_from([1, 2_500]))
    def clock_goes_back(self, ms: int) -> None:
        """As when another server takes over: whatever has ended stays ended."""
        self.model.now -= ms

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        self.run(self.sale.set_state(SaleState.PAUSED if paused else SaleState.OPEN))
        self.model.state = "paused" if paused else "open"

    # ── what must hold ──

    @invariant()
    def both_say_the_same(self) -> None:
        if not hasattr(self, "sale"):
            return
        self.model.expire()
        self.run(self.onsale.calls(self.sale.id).ask("carts_expire", (100, 600_000, 60_000)))
        snapshot = self.run(self.sale.snapshot())
        assert isinstance(snapshot, Snapshot)
        assert states_in(snapshot) == self.model.seats
        assert dict(snapshot.pools) == self.model.free
        assert min(self.model.free.values()) >= 0
        counters = snapshot.counters
        carts = self.model.carts
        assert counters.held == sum(cart.size() for cart in carts.values())
        assert counters.shopping == sum(cart.state != "ended" for cart in carts.values())
        assert (counters.sold, counters.orders) == (self.model.sold, len(self.model.orders))
        for buyer, cart in carts.items():
            assert told(self.run(self.sale.cart(buyer))) == cart_told(cart)

    def teardown(self) -> None:
        if hasattr(self, "sale"):
            self.run(self.replay())

    async def replay(self) -> None:
        """The first snapshot and all deltas after it make the last snapshot."""
        last = await self.sale.snapshot()
        assert isinstance(last, Snapshot)
        async with asyncio.timeout(10):
            while last.seq > self.started.seq and (not self.feed or self.feed[-1].seq < last.seq):
                self.heard.clear()
                await self.heard.wait()
        self.listening.cancel()
        await asyncio.wait([self.listening])
        deltas = [delta for delta in self.feed if delta.seq > self.started.seq]
        assert [delta.seq for delta in deltas] == list(range(self.started.seq + 1, last.seq + 1))
        seen, free = states_in(self.started), dict(self.started.pools)
        counters = {
            name: getattr(self.started.counters, name) for name in ("held", "sold", "shopping", "revenue", "orders")
        }
        room = {"state": "open", "free": self.started.room.free, "left": self.started.room.left}
        for delta in deltas:
            for seat, state in delta.seats.items():
                seen[seat] = state
            free.update(delta.pools)
            counters.update({name: count for name, count in delta.counters.items() if name in counters})
            room.update({name: value for name, value in delta.room.items() if name in room})
        assert seen == states_in(last)
        assert free == dict(last.pools)
        assert counters == {name: getattr(last.counters, name) for name in counters}
        assert room == {"state": last.state.value, "free": last.room.free, "left": last.room.left}


def states_in(snapshot: Snapshot) -> list[int]:
    states = [int(SeatState(byte >> shift & 3)) for byte in snapshot.seats for shift in (6, 4, 2, 0)]
    return states[: ROWS * ROW]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.mark.every_redis
def test_scripts_do_what_the_model_does(redis_url: str, runner: asyncio.Runner) -> None:
    client = runner.run(connect(redis_url))

    class Machine(StockMachine):
        pass

    Machine.url, Machine.runner, Machine.client = redis_url, runner, client
    try:
        run_state_machine_as_test(Machine, settings=bounded(40))
    finally:
        runner.run(client.aclose())


def bounded(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
