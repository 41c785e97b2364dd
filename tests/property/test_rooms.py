"""Any interleaving of joining, calling, coming, missing and leaving keeps a room's promises."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from engine.access.signing import Signer
from engine.catalog.model import RoomPlan, SaleState
from engine.keyring import Keyring
from engine.onsale import Onsale
from engine.onsale.model import Cart, Joined
from engine.refusals import Code, Refused
from engine.stores.redis import connect
from tests.onsale.plans import plan_of
from tests.property.test_stock import bounded

ROOM = RoomPlan(shoppers_max=2, claim_ms=10_000, per_second_max=100)
CART_MS = 15_000
BUYERS = [f"buyer-{number:010}" for number in range(6)]
buyers = st.sampled_from(BUYERS)


class RoomMachine(RuleBasedStateMachine):
    """A fresh sale per example; `runner` and `client` are set by the test."""

    runner: asyncio.Runner
    client: Any

    @initialize()
    def begin(self) -> None:
        self.now = 1_795_000_000_000
        self.waiting: dict[str, int] = {}  # buyer -> place
        self.called_at: dict[int, int] = {}  # place -> when it was called first
        self.numbers: set[int] = set()
        self.serving = 0
        plan = plan_of(f"s-{secrets.token_hex(8)}", room=ROOM, cart_ms=CART_MS)
        self.onsale = Onsale(
            self.client, Signer(Keyring.of_secret(b"the secret of all the tests")), clock=lambda: self.now
        )
        self.sale = self.onsale.sale(plan.id)
        self.run(self.onsale.publish(plan))
        assert self.run(self.sale.set_state(SaleState.OPEN))
        for buyer in BUYERS:
            self.join(buyer)

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def admit(self, calls: int) -> tuple[int, int]:
        """Answers how many were called, and how many are inside or called."""
        verdict = self.run(self.onsale.calls(self.sale.id).ask("room_admit", (calls, "0.00", 0)))
        _, admitted, called, said = verdict
        serving, shopping = said[4], said[7]
        assert serving >= self.serving, "serving only grows"
        for place in range(self.serving, serving):
            self.called_at[place] = self.now
        self.serving = serving
        return admitted, shopping + called

    def cart_of(self, buyer: str) -> Cart | None:
        cart = self.run(self.sale.cart(buyer))
        return cart if isinstance(cart, Cart) and cart.state != "ended" else None

    @rule(buyer=buyers)
    def join(self, buyer: str) -> None:
        inside = self.cart_of(buyer)
        joined = self.run(self.sale.join(buyer))
        assert isinstance(joined, Joined)
        if buyer in self.waiting:
            assert (joined.number, joined.again) == (self.waiting[buyer], True)
        elif inside is not None:
            assert joined.again
        else:
            assert joined.number not in self.numbers, "a number is given once"
            assert joined.number >= self.serving, "a newcomer stands behind everybody called"
            assert all(joined.number > place for place in self.waiting.values())
            self.numbers.add(joined.number)
            self.waiting[buyer] = joined.number

    @rule(buyer=buyers)
    def leave(self, buyer: str) -> None:
        assert self.run(self.sale.leave(buyer)) is None
        self.waiting.pop(buyer, None)
        assert self.cart_of(buyer) is None

    @rule(some=st.lists(buyers, min_size=1, max_size=4, unique=True))
    def come(self, some: list[str]) -> None:
        for buyer in some:
            self.enter(buyer)

    def enter(self, buyer: str) -> None:
        inside = self.cart_of(buyer)
        entered = self.run(self.sale.enter(buyer))
        if inside is not None:
            assert isinstance(entered, Cart)
            return
        if buyer not in self.waiting:
            assert isinstance(entered, Refused)
            assert entered.code in (Code.NO_PLACE, Code.CART_ENDED)
            return
        place = self.waiting[buyer]
        if place >= self.serving:
            assert entered == Refused(Code.NOT_YOUR_TURN, {"place": place, "serving": self.serving})
        elif self.now < self.called_at[place] + ROOM.claim_ms:
            assert isinstance(entered, Cart), "whoever is called and comes in time is let in"
        if isinstance(entered, Cart):
            del self.waiting[buyer]
        elif place < self.serving:
            assert entered == Refused(Code.TURN_MISSED)

    @rule(calls=st.integers(1, 5))
    def keeper_steps(self, calls: int) -> None:
        ahead = sorted(place for place in self.waiting.values() if place >= self.serving)
        admitted, inside = self.admit(calls)
        assert admitted <= calls
        assert inside <= ROOM.shoppers_max
        served = [place for place in ahead if place < self.serving]
        assert served == ahead[: len(served)], "places are called in order"

    @rule(ms=st.sampled_from([500, ROOM.claim_ms, ROOM.claim_ms, CART_MS]))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    @rule()
    def everybody_inside_leaves_and_the_next_come(self) -> None:
        """Free slots do get used: first by who missed a turn and asked again, then in order."""
        for buyer in BUYERS:
            if self.cart_of(buyer) is not None:
                self.leave(buyer)
        self.now += ROOM.claim_ms
        missed = sorted((place, buyer) for buyer, place in self.waiting.items() if place < self.serving)
        for _, buyer in missed:
            self.enter(buyer)
        self.admit(100)
        present = sorted((place, buyer) for buyer, place in self.waiting.items())
        for _, buyer in present:
            self.enter(buyer)
        inside = sum(self.cart_of(buyer) is not None for buyer in BUYERS)
        assert inside == ROOM.shoppers_max or not self.waiting

    @invariant()
    def the_limit_holds(self) -> None:
        if hasattr(self, "sale"):
            self.run(self.onsale.calls(self.sale.id).ask("carts_expire", (100, 600_000, 10**9)))
            assert self.admit(0)[1] <= ROOM.shoppers_max


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_a_room_keeps_its_promises(redis_url: str, runner: asyncio.Runner) -> None:
    client = runner.run(connect(redis_url))

    class Machine(RoomMachine):
        pass

    Machine.runner, Machine.client = runner, client
    try:
        run_state_machine_as_test(Machine, settings=bounded(60))
    finally:
        runner.run(client.aclose())
