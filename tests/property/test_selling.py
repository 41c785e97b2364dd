"""Whatever is bought, left and lost while prices, pools, questions and what is withheld change: nobody loses anything.

A real engine and sale beside a model. The clock that carts end by is the model's.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import secrets
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import Phase as Stage
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.catalog import ListedPrices
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import Cart, PoolHold, Release, SeatsHold, Snapshot
from engine.orders import Bought, CartView, OrderState, Purchase
from engine.payments import TRANSFER, Means
from engine.payments.port import Captured, Declined, PaymentNews
from engine.refusals import Code, Refused
from engine.settings import Settings
from engine.verify import verify
from tests.orders.asking import answer, ask
from tests.orders.house import GOOD, card, open_house
from tests.orders.phasing import phased
from tests.orders.prices import asked, knows_at_once
from tests.orders.test_awaiting import PASSES
from tests.property.losses import brought_back, kept, rebuilt
from tests.property.members_machine import CAPACITY, MembersMachine, pools, some_seats, who
from tests.property.selling_model import ModelCart, ModelPhase, SellingModel
from tests.property.selling_steps import LetsGo, Resizes
from tests.property.test_stock import bounded, cart_told, told

BAD, LATE = "4000000000000002", "4000000000000143"
FOREVER_MS = 10**12
CART_MS = 30 * 60_000
DRAWN = {"floor": ("floor",), "early": ("early", "floor"), "gift": ("gift",)}
LIST = {"stalls": 4500, "circle": 3000, "floor": 2000, "early": 1500, "gift": 0}
some_places = st.sampled_from(
    [frozenset(LIST), frozenset(LIST), frozenset(LIST) - {"circle"}, frozenset({"circle", "floor"})]
)


class SellingMachine(MembersMachine):
    """A fresh sale per example; `runner` and the engines of two processes are set by the test."""

    runner: asyncio.Runner
    engine: Engine
    other: Engine

    @initialize()
    def begin(self) -> None:
        self.model = SellingModel(
            seats=[0] * 60,
            free=dict(CAPACITY),
            drawn=DRAWN,
            person_max=6,
            cart_ms=CART_MS,
            now=int(datetime.now(UTC).timestamp() * 1000),
            capacity=dict(CAPACITY),
            lists=[(0, LIST)],
            phases=[ModelPhase(0, 0, 6, frozenset(LIST))],
        )
        self.engine.onsale._clock = self.other.onsale._clock = lambda: self.model.now
        self.house = self.run(open_house(self.engine, f"s-{secrets.token_hex(8)}"))
        self.sale = self.house.sale
        self.other_house = replace(self.house, engine=self.other, sale=self.other.onsale.sale(self.sale.id))
        for each in (self.house, self.other_house):
            knows_at_once(each)
        self.buyers = [new_buyer() for _ in range(4)]
        self.numbers = itertools.count(1)
        self.run(self.engine.db.execute("UPDATE sale SET room = NULL WHERE id = $1", self.sale.id))
        for pool, capacity in CAPACITY.items():
            assert self.run(Resizes(pool, capacity).does(self.house)) == capacity
        self.copied: tuple[dict[str, bytes], dict[str, ModelCart]] | None = None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    # ── buyers ──

    @rule(asks=st.lists(st.tuples(who, some_seats.filter(bool)), min_size=1, max_size=3))
    def hold_seats(self, asks: list[tuple[int, tuple[int, ...]]]) -> None:
        for of, seats in asks:
            ask_of = (self.buyers[of], new_id("h"), seats)
            assert told(self.run(self.sale.hold(SeatsHold(*ask_of)))) == self.model.hold_seats(*ask_of)

    @rule(asks=st.lists(st.tuples(who, pools, st.integers(1, 3)), min_size=1, max_size=3))
    def hold_units(self, asks: list[tuple[int, str, int]]) -> None:
        for of, pool, units in asks:
            ask_of = (self.buyers[of], new_id("h"), pool, units)
            assert told(self.run(self.sale.hold(PoolHold(*ask_of)))) == self.model.hold_units(*ask_of)

    @rule(of=who, data=st.data())
    def gives_back(self, of: int, data: st.DataObject) -> None:
        """Some of what is held, or all, or what isn't."""
        cart = self.model.carts.get(self.buyers[of], ModelCart("ended", 0))
        seats = tuple(data.draw(st.sampled_from([cart.seats[:1], cart.seats, [2]])))
        units = data.draw(st.sampled_from([{}, dict(cart.units), dict.fromkeys(list(cart.units)[:1], 1)]))
        ask_of = (self.buyers[of], new_id("h"), seats, units)
        assert told(self.run(self.sale.release(Release(*ask_of)))) == self.model.release(*ask_of)

    @rule(of=who)
    def leaves(self, of: int) -> None:
        assert told(self.run(self.sale.leave(self.buyers[of]))) == self.model.leave(self.buyers[of])

    @rule(of=who, number=st.sampled_from([GOOD, GOOD, BAD, LATE, TRANSFER]), total=st.sampled_from([None, 0, 0, 1]))
    def buys(self, of: int, number: str, total: int | None) -> None:
        """`total` is how much more the buyer thinks it costs."""
        self.model.expire()
        buyer, order = self.buyers[of], f"o{next(self.numbers)}"
        cart = self.model.carts.get(buyer)
        if cart is not None and cart.state == "open":
            assert told(self.run(self.sale.cart(buyer))) == cart_told(cart)
            self.run(self.house.ready(buyer, self.run(self.house.cart(buyer))))
        seen = None if total is None or cart is None else self.model.total(cart) + total
        means = Means(TRANSFER) if number == TRANSFER else card(number)
        bought = self.run(self.engine.orders.purchase(Purchase(self.sale.id, buyer, order, means, total=seen)))
        known = self.engine.signer.order_id(self.sale.id, buyer, order)
        placed = self.model.place(buyer, known, seen)
        if isinstance(placed, Code):
            assert told(bought) == placed
        elif number == GOOD or not self.model.paying[known].total:
            self.model.capture(known)
            assert isinstance(bought, Bought), bought
        elif number == TRANSFER:
            self.model.reserve(known)
            assert isinstance(bought, Bought), bought
            assert bought.order.state is OrderState.AWAITING
        elif number == BAD:
            self.model.decline(known)
            assert bought == Refused(Code.PAYMENT_DECLINED, {"reason": "card_declined"})
        else:
            assert told(bought) == Code.PAYMENT_PENDING

    @precondition(lambda self: self.model.paying)
    @rule(data=st.data(), good=st.booleans(), times=st.integers(1, 2))
    def provider_tells(self, data: st.DataObject, good: bool, times: int) -> None:
        """Late, and perhaps twice."""
        order = data.draw(st.sampled_from(sorted(self.model.paying)))
        self.run(self.decided(order, good, times))
        if good:
            self.model.capture(order)
        else:
            self.model.decline(order)

    async def decided(self, order: str, good: bool, times: int) -> None:
        set_ = "UPDATE sandbox_charge SET visible_at = now(), outcome = $2, decline = $3 WHERE order_id = $1"
        outcome = ("captured", None) if good else ("declined", "card_declined")
        await self.engine.db.execute(set_, order, *outcome)
        total = self.model.paying[order].total
        said = Captured(total, order) if good else Declined("card_declined")
        for _ in range(times):
            await self.engine.orders.payment_answered(PaymentNews(self.sale.id, order, said))

    @precondition(lambda self: self.model.awaiting)
    @rule(data=st.data(), comes=st.booleans())
    def awaited_money_comes_or_not(self, data: st.DataObject, comes: bool) -> None:
        order = data.draw(st.sampled_from(sorted(self.model.awaiting)))
        if comes:
            assert self.run(self.engine.orders.transfer_arrives(order))
            self.model.arrives(order)
        else:
            self.run(self.engine.db.execute(PASSES, order))
            self.run(self.engine.orders.finish(order_after_s=3_600.0, cart_after_ms=FOREVER_MS))
            self.model.runs_out(order)

    @rule(of=who)
    def answers(self, of: int) -> None:
        self.model.expire()
        buyer, cart = self.buyers[of], self.model.carts.get(self.buyers[of])
        if cart is None or cart.state != "open" or not self.model.question:
            return
        said = self.run(answer(self.house, buyer, **{self.model.question: "Nuts"}))
        assert isinstance(said, CartView), said
        self.model.said.add((cart.serial, self.model.question))

    @rule(ms=st.sampled_from([1, CART_MS // 2, CART_MS - 1, CART_MS]))
    def time_passes(self, ms: int) -> None:
        self.model.now += ms

    # ── the office ──

    @precondition(lambda self: self.model.withheld)
    @rule(data=st.data(), by_hand=st.booleans())
    def releases(self, data: st.DataObject, by_hand: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.model.withheld)))
        step = LetsGo(name)
        if by_hand:
            self.takes(step)
        else:
            due = "UPDATE allocation SET release_at = now() - interval '1 s' WHERE sale_id = $1 AND id = $2"
            self.run(self.engine.db.execute(due, self.sale.id, name))
            self.run(self.engine.catalog.allocations.step())
            step.expects(self.model)

    @rule(stalls=st.integers(0, 9), early=st.integers(0, 9), gift=st.integers(0, 1))
    def changes_prices(self, stalls: int, early: int, gift: int) -> None:
        prices = {"stalls": stalls, "circle": 30, "floor": 20, "early": early, "gift": gift}
        made = self.run(asked(self.house, prices))
        assert isinstance(made, ListedPrices), made
        minor = {place: price * 100 for place, price in prices.items()}
        # The first list has a second type besides, and so is another.
        if len(self.model.lists) == 1 or self.model.lists[-1][1] != minor:
            self.model.lists.append((made.valid_from_ms, minor))
        assert made.number == len(self.model.lists)
        self.model.now = max(self.model.now, made.valid_from_ms)

    @rule(most=st.integers(1, 8), places=some_places, gap=st.booleans())
    def begins_a_phase(self, most: int, places: frozenset[str], gap: bool) -> None:
        """At once, or with a minute before it in which nothing is sold; the one before keeps its carts."""
        model, ends = self.model, self.model.now + 1
        since = ends + 60_000 if gap else ends
        if gap:
            model.phases[-1] = replace(model.phases[-1], to=ends)
        model.phases.append(ModelPhase(since, 0, most, places))
        self.run(phased(self.house, [(each.since, each.to, each.most, each.places) for each in model.phases]))
        model.now = ends if gap else since

    @rule(what=st.sampled_from(["none", "another", "same"]), required=st.booleans())
    def asks(self, what: str, required: bool) -> None:
        if what == "same" and not self.model.question:
            return
        if what != "same":
            self.model.question = f"q{next(self.numbers)}" if what == "another" else ""
        self.model.required = required
        asks = {self.model.question: {"ask": "Any allergies?", "required": required}} if self.model.question else {}
        self.run(ask(self.house, asks))

    # ── losses ──

    @precondition(lambda self: self.model.holding())
    @rule()
    def redis_is_lost(self) -> None:
        self.run(brought_back(self.house, {}))
        self.run(rebuilt(self.house))
        self.model.lose()

    @precondition(lambda self: self.model.holding())
    @rule()
    def is_rebuilt_where_nothing_was_lost(self) -> None:
        self.model.expire()
        self.run(rebuilt(self.house))
        self.model.survive(self.model.carts)

    @precondition(lambda self: self.model.holding())
    @rule()
    def is_copied(self) -> None:
        """As a replica has it that hears of nothing more."""
        self.model.expire()
        self.copied = self.run(kept(self.house)), copy.deepcopy(self.model.carts)

    @precondition(lambda self: self.copied is not None)
    @rule()
    def fails_over(self) -> None:
        """The copy takes over, and is found to lack what came after it."""
        assert self.copied is not None
        (copied, carts), self.copied = self.copied, None
        self.run(brought_back(self.house, copied))
        self.run(rebuilt(self.house))
        found = {buyer: cart for buyer in carts if isinstance(cart := self.run(self.sale.cart(buyer)), Cart)}
        self.model.survive(carts)
        self.model.keep(found)
        self.run(self.engine.orders.finish(order_after_s=0.0, cart_after_ms=0.0))
        self.model.open_failed()

    # ── what must hold ──

    @invariant()
    def both_say_the_same(self) -> None:
        if not hasattr(self, "copied"):
            return
        self.model.expire()
        self.run(self.engine.onsale.calls(self.sale.id).ask("carts_expire", (100, FOREVER_MS, FOREVER_MS)))
        self.run(self.look())

    async def look(self) -> None:
        model, snapshot = self.model, await self.sale.snapshot()
        assert isinstance(snapshot, Snapshot)
        assert [byte >> shift & 3 for byte in snapshot.seats for shift in (6, 4, 2, 0)][:60] == model.seats
        assert dict(snapshot.pools) == model.free
        assert min(model.free.values()) >= 0
        held = sum(cart.size() for cart in model.carts.values())
        counters, paid = snapshot.counters, model.paid.values()
        assert (counters.held, counters.sold, counters.orders) == (held, model.sold, len(paid))
        assert counters.reserved == model.reserved()
        assert counters.revenue == sum(payment.total for payment in paid)
        assert (snapshot.room.left, snapshot.room.free) == (model.left(), model.left() - held)
        for buyer, cart in model.carts.items():
            assert told(await self.sale.cart(buyer)) == cart_told(cart)
            if cart.state == "open":
                seen = await self.engine.orders.cart_view(self.sale.id, buyer)
                assert isinstance(seen, CartView)
                assert (seen.total, seen.list) == (model.total(cart), model.list_of(cart))
                assert seen.person_max == model.most_of(cart)
                asks_for = [issue.field for issue in seen.issues if issue.code == "answer_missing"]
                assert bool(asks_for) == (cart.size() > 0 and model.owes_an_answer(cart))

    def teardown(self) -> None:
        if hasattr(self, "copied"):
            self.run(self.ends())

    async def ends(self) -> None:
        """Whoever bought owns what they paid for, and paid what they saw."""
        model = self.model
        for order in list(model.paying):
            await self.decided(order, True, 1)
            model.capture(order)
        for buyer in self.buyers:
            for order in await self.engine.orders.of_buyer(self.sale.id, buyer):
                if order.id in model.paid:
                    payment = model.paid[order.id]
                    seats = tuple(sorted(each.line.seat for each in order.lines if each.line.seat is not None))
                    assert (order.state.value, order.total, seats) == (
                        "paid",
                        payment.total,
                        tuple(sorted(payment.seats)),
                    )
                    assert len(order.tickets) == payment.size()
                else:
                    assert order.state.value == ("awaiting" if order.id in model.awaiting else "failed")
        assert await self.house.count("paid") == len(model.paid)
        assert await self.house.count("tickets") == model.sold - model.reserved()
        await self.engine.orders.note_ended_carts()
        assert await verify(self.engine, self.sale.id, grace_s=0) == []


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return Settings.model_validate({"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32})


def unshrunk(examples: int) -> hypothesis_settings:
    """Making what fails smaller takes longer than a test may: it is told as it was found."""
    return hypothesis_settings(bounded(examples), phases=(Stage.explicit, Stage.generate), report_multiple_bugs=False)


@pytest.mark.every_redis
@pytest.mark.timeout(300)
@pytest.mark.parametrize("examples", [20, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])])
def test_nobody_loses_anything(settings: Settings, runner: asyncio.Runner, examples: int) -> None:
    stack = AsyncExitStack()

    class Machine(SellingMachine):
        pass

    Machine.runner = runner
    Machine.engine, Machine.other = (runner.run(stack.enter_async_context(Engine.open(settings))) for _ in range(2))
    try:
        run_state_machine_as_test(Machine, settings=unshrunk(examples))
    finally:
        runner.run(stack.aclose())
