"""Best available in any house: nothing free and better was passed over. On the real script, beside the oracle."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from engine.access.signing import Signer
from engine.catalog.draft_stock import draw_layout
from engine.catalog.findings import Findings
from engine.catalog.inputs import LayoutInput
from engine.catalog.layout import Layout
from engine.catalog.model import SaleState
from engine.ids import new_buyer
from engine.keyring import Keyring
from engine.onsale import Onsale, Sale
from engine.onsale.model import BestHold, Held, Release, Released, SeatsHold
from engine.refusals import Code, Refused
from engine.stores.redis import connect
from tests.onsale.plans import plan_of
from tests.property.best_model import BestModel

CART_MS = 10_000
IDS = ("stalls", "circle", "box")

points = st.tuples(st.integers(-20, 20), st.integers(-10, 40)).map(list)
focus = st.one_of(st.just("stage"), points, st.just([90_000, -90_000]))
straight = st.fixed_dictionaries({"at": points, "turn": st.integers(-180, 180)})
arc = st.fixed_dictionaries(
    {"kind": st.just("arc"), "radius": st.integers(8, 30), "centre": points, "direction": st.integers(0, 359)}
)
sections = st.dictionaries(
    st.sampled_from(IDS),
    st.fixed_dictionaries(
        {
            "rows": st.one_of(st.integers(1, 9), st.lists(st.integers(1, 9), min_size=1, max_size=4)),
            "focus": focus,
            "shape": st.one_of(st.just({}), straight, arc),
            "aisles": st.sampled_from(([], [4], [2, 6], [1, 3, 5])),
            "off": st.sampled_from(([], ["A 2"], ["A 1-2"])),
            "accessible": st.sampled_from(([], ["A"], ["A 3-4"])),
        }
    ).map(lambda said: said if isinstance(said["rows"], list) else {**said, "seats": 8}),
    min_size=1,
    max_size=3,
)
# What happens: asks that travel in one call, seats that somebody picked, a hold given back, all carts at their end.
asks = st.lists(st.tuples(st.integers(1, 5), st.sampled_from((None, *IDS))), min_size=1, max_size=12)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("best"), asks),
        st.tuples(st.just("pick"), st.lists(st.integers(0, 80), min_size=1, max_size=4)),
        st.tuples(st.just("give back"), st.integers(0, 20)),
        st.tuples(st.just("expire"), st.none()),
    ),
    min_size=1,
    max_size=12,
)


def laid_out(described: dict[str, Any]) -> Layout:
    findings = Findings({})
    layout = draw_layout("", LayoutInput.model_validate({"sections": described}).sections, findings)
    assert layout is not None, findings.listed()
    return layout


@dataclass
class House:
    """A sale, the model of it, and who holds what."""

    sale: Sale
    model: BestModel
    now: list[int]
    held: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    async def step(self, what: str, said: Any) -> None:
        match what:
            case "best":
                await self.best(said)
            case "pick":
                await self.pick([seat for seat in said if seat < len(self.model.free) and self.model.free[seat]])
            case "give back" if self.held:
                buyer, seats = self.held.pop(said % len(self.held))
                assert isinstance(await self.sale.release(Release(buyer, "back", seats)), Released)
                self.model.give_back(seats)
            case "expire":
                self.now[0] += CART_MS
                for _, seats in self.held:
                    self.model.give_back(seats)
                self.held.clear()

    async def best(self, wishes: list[tuple[int, str | None]]) -> None:
        buyers = [new_buyer() for _ in wishes]
        answers = await asyncio.gather(
            *(self.sale.hold(BestHold(buyer, "h", *wish)) for buyer, wish in zip(buyers, wishes, strict=True))
        )
        known = {section.id for section in self.model.layout.sections}
        for buyer, (wanted, section), answer in zip(buyers, wishes, answers, strict=True):
            if section is not None and section not in known:
                assert answer == Refused(Code.UNKNOWN_SECTION)
                continue
            best = min(self.model.stretches(wanted, section), default=None)
            if best is None:
                assert isinstance(answer, Refused)
                assert answer.code == Code.NONE_TOGETHER
            else:
                assert isinstance(answer, Held)
                assert answer.seats == best.seats, f"of {wanted} in {section}"
                self.hold(buyer, answer.seats)

    async def pick(self, seats: list[int]) -> None:
        chosen, buyer = tuple(dict.fromkeys(seats)), new_buyer()
        if chosen:
            assert isinstance(await self.sale.hold(SeatsHold(buyer, "h", chosen)), Held)
            self.hold(buyer, chosen)

    def hold(self, buyer: str, seats: tuple[int, ...]) -> None:
        self.model.take(seats)
        self.held.append((buyer, seats))


async def run(client: Any, layout: Layout, what: list[tuple[str, Any]]) -> None:
    now = [1_795_000_000_000]
    onsale = Onsale(client, Signer(Keyring.of_secret(b"the secret of all the tests")), clock=lambda: now[0])
    plan = plan_of(f"s-{secrets.token_hex(8)}", rows=0, cart_ms=CART_MS, layout=layout)
    await onsale.publish(plan)
    house = House(onsale.sale(plan.id), BestModel(layout), now)
    assert await house.sale.set_state(SaleState.OPEN)
    for step in what:
        await house.step(*step)
    await onsale.drained()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.mark.every_redis
def test_nothing_free_and_better_was_passed_over(redis_url: str, runner: asyncio.Runner) -> None:
    client = runner.run(connect(redis_url))

    # One call that takes from a section until two fit there again without leaving a seat alone.
    @example({"stalls": {"rows": [3]}, "box": {"rows": [9]}}, [("best", [(2, None), (1, "stalls"), (2, None)])])
    @settings(
        max_examples=150,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
    @given(sections, steps)
    def holds(described: dict[str, Any], what: list[tuple[str, Any]]) -> None:
        runner.run(run(client, laid_out(described), what))

    try:
        holds()
    finally:
        runner.run(client.aclose())
