"""Whatever carts are opened, filled, bought and left while prices, fees and taxes change: each pays the list of its
opening, and the ledger has every cent of it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import Held, PoolHold
from engine.orders import Bought, CartView, Purchase
from engine.refusals import Code, Refused
from engine.settings import Settings
from engine.verify import verify
from tests.orders.house import card, open_house
from tests.orders.prices import changed, knows_at_once
from tests.property.test_stock import bounded

POOLS = ("floor", "early", "gift")
slots = st.integers(0, 4)


@dataclass
class Shopper:
    """A cart as it should be."""

    buyer: str
    opened_under: int  # the number of the list
    units: dict[str, int]


class PriceMachine(RuleBasedStateMachine):
    """A fresh sale per example; `runner` and `engine` are set by the test."""

    runner: asyncio.Runner
    engine: Engine

    @initialize()
    def begin(self) -> None:
        self.house = self.runner.run(open_house(self.engine, f"s-{secrets.token_hex(8)}"))
        knows_at_once(self.house)
        self.lists = {1: {"floor": 2000, "early": 1500, "gift": 0, "fee": 0, "tax": 0}}
        self.shoppers: dict[int, Shopper] = {}
        self.paid = 0

    def total(self, shopper: Shopper) -> int:
        by = self.lists[shopper.opened_under]
        return sum((by[pool] + by["fee"]) * units for pool, units in shopper.units.items() if by[pool])

    @rule(slot=slots, pool=st.sampled_from(POOLS), units=st.integers(1, 2))
    def holds(self, slot: int, pool: str, units: int) -> None:
        """Open a cart, or add to the one there is."""
        if slot not in self.shoppers:
            buyer = self.runner.run(self.house.buyer_holding())
            self.shoppers[slot] = Shopper(buyer, max(self.lists), {})
        shopper = self.shoppers[slot]
        held = self.runner.run(self.house.sale.hold(PoolHold(shopper.buyer, new_id("h"), pool, units)))
        if isinstance(held, Held):
            shopper.units[pool] = shopper.units.get(pool, 0) + units
        else:
            assert held.code in (Code.OVER_MAXIMUM, Code.SHORT)
        seen = self.runner.run(self.engine.orders.cart_view(self.house.sale.id, shopper.buyer))
        assert isinstance(seen, CartView)
        assert (seen.total, seen.list) == (self.total(shopper), shopper.opened_under)

    @rule(
        floor=st.integers(0, 9),
        early=st.integers(0, 9),
        gift=st.integers(0, 1),
        fee=st.integers(0, 2),
        tax=st.integers(0, 3),
    )
    def changes(self, floor: int, early: int, gift: int, fee: int, tax: int) -> None:
        dues = {"fees": {"Service": fee} if fee else {}, "taxes": {"IVA": 7 * tax} if tax else {}}
        made = self.runner.run(changed(self.house, {"floor": floor, "early": early, "gift": gift}, **dues))
        prices = {"floor": floor * 100, "early": early * 100, "gift": gift * 100, "fee": fee * 100, "tax": tax}
        assert made.number == max(self.lists) + (self.lists[max(self.lists)] != prices)
        self.lists[made.number] = prices

    @rule(slot=slots, told=st.booleans())
    def buys(self, slot: int, told: bool) -> None:
        shopper = self.shoppers.get(slot)
        if shopper is None or not shopper.units:
            return
        total = self.total(shopper)
        wanted = Purchase(self.house.sale.id, shopper.buyer, "one", card(), total=total if told else None)
        bought = self.runner.run(self.engine.orders.purchase(wanted))
        assert isinstance(bought, Bought), bought
        assert bought.order.total == total
        self.paid += total
        del self.shoppers[slot]

    @rule(slot=slots)
    def asks_for_another_price(self, slot: int) -> None:
        shopper = self.shoppers.get(slot)
        if shopper is None or not shopper.units:
            return
        wanted = Purchase(self.house.sale.id, shopper.buyer, "two", card(), total=self.total(shopper) + 1)
        refused = self.runner.run(self.engine.orders.purchase(wanted))
        assert refused == Refused(Code.PRICE_CHANGED, {"total": self.total(shopper)})

    @rule(slot=slots)
    def leaves(self, slot: int) -> None:
        shopper = self.shoppers.pop(slot, None)
        if shopper is not None:
            assert not isinstance(self.runner.run(self.house.sale.leave(shopper.buyer)), Refused)

    @rule()
    def is_rebuilt(self) -> None:
        """Carts outlive a rebuild that finds them, with the instant they were opened."""
        snapshot = self.runner.run(self.house.sale.snapshot())
        assert not isinstance(snapshot, Refused)
        self.runner.run(self.engine.keeper.rebuild(self.house.sale.id, snapshot.epoch))
        self.runner.run(self.engine.keeper.converge(self.house.sale.id))

    def teardown(self) -> None:
        self.runner.run(self.engine.orders.note_ended_carts())
        assert self.runner.run(verify(self.engine, self.house.sale.id, grace_s=0)) == []
        taken = self.runner.run(self.engine.orders.takings_of(self.house.sale.id))
        assert taken.captured == self.paid == taken.prices + taken.fees + taken.taxes


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_each_cart_pays_the_list_of_its_opening(settings: Settings, runner: asyncio.Runner) -> None:
    opened = Engine.open(settings)

    class Machine(PriceMachine):
        pass

    Machine.runner, Machine.engine = runner, runner.run(opened.__aenter__())
    try:
        run_state_machine_as_test(Machine, settings=bounded(8))
    finally:
        runner.run(opened.__aexit__(None, None, None))
