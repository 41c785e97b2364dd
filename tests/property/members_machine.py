"""What members do in a sale, two things done at once by two processes, and a process that dies half way through one."""

from __future__ import annotations

import asyncio
import copy
import itertools
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from engine.accounts import Policy
from engine.ids import new_id
from engine.orders import Step as PurchaseStep
from engine.refusals import Code
from tests.orders.house import House
from tests.orders.test_staff_orders import Died, rosa
from tests.property.losses import brought_back, rebuilt
from tests.property.selling_model import SellingModel, Withheld
from tests.property.selling_steps import (
    SEATS,
    Change,
    Draws,
    Follows,
    HoldsSeats,
    HoldsUnits,
    LetsGo,
    Resizes,
    Sells,
    Step,
    Withholds,
)

CAPACITY = {"early": 6, "floor": 12, "gift": 4}
who = st.integers(0, 3)
pools = st.sampled_from(sorted(CAPACITY))
some_seats = st.lists(st.sampled_from(sorted(SEATS)), max_size=2, unique=True).map(sorted).map(tuple)
some_units = st.dictionaries(pools, st.integers(1, 3), max_size=1)


class MembersMachine(RuleBasedStateMachine):
    """`house` and `other_house` are the same sale, as two processes have it."""

    model: SellingModel
    house: House
    other_house: House
    buyers: list[str]
    numbers: itertools.count[int]

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        raise NotImplementedError

    async def look(self) -> None:
        raise NotImplementedError

    def takes(self, step: Step) -> None:
        assert self.run(step.does(self.house)) == step.expects(self.model)

    # ── which steps there are ──

    def holds(self, data: st.DataObject) -> Step:
        buyer, hold = self.buyers[data.draw(who)], new_id("h")
        if seats := data.draw(some_seats):
            return HoldsSeats(buyer, hold, seats)
        return HoldsUnits(buyer, hold, data.draw(pools), data.draw(st.integers(1, 3)))

    def withholds(self, data: st.DataObject) -> Change:
        units = data.draw(st.dictionaries(pools, st.integers(1, 7), max_size=2))
        what = Withheld(data.draw(some_seats), units, staff=data.draw(st.sampled_from([True, True, True, False])))
        return Withholds(f"press-{next(self.numbers)}", what)

    def resizes(self, data: st.DataObject) -> Change:
        return Resizes(data.draw(pools), data.draw(st.integers(0, 14)))

    def allocation(self, data: st.DataObject) -> str:
        """One that has something left, where there is any."""
        left = [name for name, what in self.model.withheld.items() if what.size()]
        return data.draw(st.sampled_from(sorted(left or self.model.withheld)))

    def lets_go(self, data: st.DataObject) -> Change:
        return LetsGo(self.allocation(data))

    def draws(self, data: st.DataObject, *, given: bool | None = None) -> Change:
        """What it has, a part of that, or what it has not."""
        name = self.allocation(data)
        what = self.model.withheld[name]
        how = data.draw(st.sampled_from(["all", "seats", "units", "best", "others", "whole", "whole"]))
        seats: tuple[int, ...] = ()
        units: dict[str, int] = {}
        match how:
            case "all":
                seats, units = what.seats, dict(what.units)
            case "seats":
                seats = what.seats[:1]
            case "units":
                units = dict.fromkeys(what.units, 1)
            case "others":
                seats, units = data.draw(some_seats), data.draw(some_units)
        given, over = data.draw(st.booleans()) if given is None else given, data.draw(st.booleans())
        best = data.draw(st.integers(1, 2)) if how == "best" else 0
        order = f"d{next(self.numbers)}"
        return Draws(order, name, seats, units, best, whole=how == "whole", given=given, over_maximum=over)

    def step(self, data: st.DataObject) -> Step:
        """Any that is done at once, or not at all."""
        makers = [self.holds, self.withholds, self.resizes]
        makers += [self.draws, self.draws, self.lets_go] if self.model.withheld else []
        return data.draw(st.sampled_from(makers))(data)

    # ── one by one ──

    @rule(data=st.data())
    def a_member_withholds(self, data: st.DataObject) -> None:
        self.takes(self.withholds(data))

    @rule(data=st.data())
    def a_pool_gets_another_size(self, data: st.DataObject) -> None:
        self.takes(self.resizes(data))

    @precondition(lambda self: self.model.withheld)
    @rule(data=st.data())
    def a_member_draws(self, data: st.DataObject) -> None:
        self.takes(self.draws(data))

    @rule(seats=some_seats, units=some_units, given=st.booleans(), over=st.booleans())
    def a_member_sells(self, seats: tuple[int, ...], units: dict[str, int], given: bool, over: bool) -> None:
        self.takes(Sells(f"m{next(self.numbers)}", seats, units, given=given, over_maximum=over))

    @rule(most=st.integers(0, 6))
    def a_quota_is_set(self, most: int) -> None:
        self.members_may_give_away(most)

    def members_may_give_away(self, most: int) -> None:
        self.run(self.allowed(most))
        self.model.quota = most

    async def allowed(self, most: int) -> None:
        policies = self.house.engine.accounts.policies
        version = (await policies.of(self.house.organizer)).version
        assert await policies.write(rosa(self.house), Policy(complimentary_max=most, version=version)) is None

    # ── at once ──

    @rule(data=st.data())
    def two_at_once(self, data: st.DataObject) -> None:
        self.meet(self.step(data), self.step(data))

    @precondition(lambda self: self.model.withheld)
    @rule(data=st.data(), more=st.integers(1, 3))
    def two_give_away_at_once(self, data: st.DataObject, more: int) -> None:
        """As much as one of them may."""
        self.members_may_give_away(self.model.given() + more)
        self.meet(self.draws(data, given=True), self.draws(data, given=True))

    def meet(self, first: Step, second: Step) -> None:
        """By two processes at once. It comes to what it would be one after the other, whichever that is."""
        self.model.expire()
        answers = self.run(self.both(first, second))
        steps = [(0, first), (1, second)]
        ways = [one_by_one(self.model, each) for each in (steps, steps[::-1])]
        for nth, step in steps:
            # All that was left is what it read: whoever takes some of it meanwhile has overtaken it.
            if isinstance(step, Draws) and step.whole and answers[nth] is Code.NOT_ALLOCATED:
                model, expected = one_by_one(self.model, [steps[1 - nth]])
                expected[nth] = Code.NOT_ALLOCATED
                ways.append((model, expected))
        fitting = [model for model, expected in ways if expected == answers]
        assert fitting, (steps, answers, [expected for _, expected in ways])
        for self.model in fitting:
            if self.run(self.looks_so()):
                break

    async def both(self, first: Step, second: Step) -> list[Any]:
        return await asyncio.gather(first.does(self.house), second.does(self.other_house))

    async def looks_so(self) -> bool:
        try:
            await self.look()
        except AssertionError:
            return False
        return True

    # ── half way ──

    @rule(data=st.data(), redis_knows=st.booleans())
    def whoever_changes_it_dies(self, data: st.DataObject, redis_knows: bool) -> None:
        """Between Postgres and Redis, or as soon as Redis knows. Others go on, until one of them leads it through."""
        makers = [self.withholds, self.resizes] + ([self.draws, self.lets_go] if self.model.withheld else [])
        change = data.draw(st.sampled_from(makers))(data)
        meanwhile = [
            None if data.draw(st.integers(0, 3)) == 0 else self.holds(data) for _ in range(data.draw(st.integers(0, 3)))
        ]
        self.model.expire()
        with dying(self.house, change, redis_knows=redis_knows):
            self.run(self.tries(change))
        self.goes_on(change, meanwhile, redis_knows=redis_knows)
        self.run(self.led_through())
        self.model.open_failed()

    async def tries(self, change: Change) -> None:
        """Where it comes to nothing, nobody dies."""
        with suppress(Died):
            await change.does(self.house)

    def goes_on(self, change: Change, meanwhile: Sequence[Step | None], *, redis_knows: bool) -> None:
        """None stands for the loss of Redis."""
        model, follows = self.model, change.follows(self.model)
        withheld, capacity = dict(model.withheld), dict(model.capacity)
        done = redis_knows or follows is Follows.SOLD
        if done:
            change.expects(model)
        for each in meanwhile:
            if each is not None:
                self.takes(each)
                continue
            self.run(self.loses_redis())
            if done and follows is Follows.REDIS:
                model.withheld, model.capacity, done = withheld, capacity, False
            elif not done and follows is Follows.POSTGRES:
                change.expects(model)
                done = True
            model.lose()
        if not done:
            change.expects(model)

    async def loses_redis(self) -> None:
        await brought_back(self.house, {})
        await rebuilt(self.house)

    async def led_through(self) -> None:
        """By the jobs of another process."""
        engine = self.other_house.engine
        await engine.db.execute("UPDATE stock_change SET asked_at = now() - interval '1 hour' WHERE told_at IS NULL")
        await engine.catalog.allocations.step()
        await engine.orders.finish(order_after_s=0.0, cart_after_ms=0.0)


def one_by_one(model: SellingModel, steps: Sequence[tuple[int, Step]]) -> tuple[SellingModel, list[Any]]:
    """What it comes to in this order, and what each is told."""
    answers: list[Any] = [None, None]
    model = copy.deepcopy(model)
    for nth, step in steps:
        answers[nth] = step.expects(model)
    return model, answers


@contextmanager
def dying(house: House, change: Change, *, redis_knows: bool) -> Iterator[None]:
    """A process that dies in the middle of a change."""
    allocations, purchases = house.engine.catalog.allocations, house.engine.orders._purchases
    kept = dict(vars(allocations)), purchases._at_step

    async def dies(*_: object) -> NoReturn:
        raise Died

    def dies_at(at: PurchaseStep) -> None:
        if at is PurchaseStep.PLACED:
            raise Died

    if redis_knows:
        vars(allocations).update(settle=dies, told=dies)
    elif isinstance(change, Draws):
        purchases._at_step = dies_at
    else:
        vars(allocations).update(_bring=dies)
    try:
        yield
    finally:
        vars(allocations).clear()
        vars(allocations).update(kept[0])
        purchases._at_step = kept[1]
