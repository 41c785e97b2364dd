"""Phases as organizers write and change them: mistakes at their line, what has begun stays, clones have them too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog import SaleInfo
from engine.catalog.copies import DateCopy
from engine.catalog.local_time import local_of
from engine.catalog.mistakes import Mistake
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import BestHold, Cart
from engine.refusals import Code, Refused
from tests.orders.house import House, open_sale
from tests.orders.test_phases import SALE, code, enters


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


WRONG = {
    "members: {{until: in 2 days}}\n  public: {{from: in 1 day}}": ("phases.public.from", "overlap"),
    "members: {{}}\n  public: {{}}": ("phases.public.from", "is missing"),
    "members: {{from: in 1 day}}": ("phases.members.from", "leave it out"),
    "members: {{until: in 20 days}}": ("phases.members.until", "after the sale closes"),
    "members: {{until: in 3 days}}\n  public: {{from: in 4 days, until: in 3 days}}": (
        "phases.public.until",
        "not after it begins",
    ),
    "a: {{until: in 3 days}}\n  b: {{until: in 5 days}}\n  c: {{from: in 2 days}}": ("phases.c.from", "their order"),
    "members: {{types: [senior]}}": ("phases.members.types", "no ticket type that is sold: senior"),
    "members: {{places: [stall]}}": ("phases.members.places", "did you mean stalls"),
    "members: {{until: in 1 day}}\n  Members: {{from: in 2 days}}": ("phases.Members", "another"),
    "members: {{entry: {{code: abc}}}}": ("phases.members.entry.code", "at least 6"),
    "members: {{person_max: 0}}": ("phases.members.person_max", "1 or more"),
    "members: {{unit: in 1 day}}": ("phases.members.unit", "until"),
}


@pytest.mark.parametrize("written", WRONG)
async def test_mistakes_are_named_at_their_line(engine: Engine, written: str) -> None:
    path, words = WRONG[written]
    text = SALE[: SALE.index("phases:")] + "phases:\n  " + written
    organizer = await engine.access.create_organizer("Sala Sur")
    made = await engine.catalog.sale_from_yaml(text.format(sale="s-wrong-phases"), Act(organizer, "test"))
    assert isinstance(made, list)
    assert [mistake.path for mistake in made] == [path]
    assert words in made[0].message
    assert (made[0].line or 0) > SALE[: SALE.index("phases:")].count("\n")
    assert await engine.db.fetchval("SELECT count(*) FROM sale WHERE id = 's-wrong-phases'") == 0


async def changed(house: House, phases: dict[str, Any], **more: Any) -> SaleInfo | list[Mistake]:
    body = {"phases": phases, **more}
    answer = await house.engine.catalog.change_sale(Act(house.organizer, "test"), house.sale.id, body)
    assert not isinstance(answer, Refused)
    return answer


async def test_what_has_begun_stays_what_it_is(house: House, engine: Engine) -> None:
    member = await enters(house, code(engine))
    members = {"name": "Members", "until": "in 1 day", "types": ["member"], "places": ["stalls"]}
    public = {"from": "in 2 days", "types": ["general"]}
    for wrong, path in (
        ({"members": {**members, "types": ["general"]}, "public": public}, "phases.members"),
        ({"members": {**members, "places": []}, "public": public}, "phases.members"),
        ({"public": {"types": ["general"]}}, "phases"),
        ({}, "phases"),
        ({"members": {**members, "until": "in 1 minute"}, "soon": {"from": "now"}}, "phases.soon.from"),
    ):
        answer = await changed(house, wrong)
        assert isinstance(answer, list), wrong
        assert [mistake.path for mistake in answer] == [path]
    assert isinstance(await changed(house, {"members": members, "public": public}), SaleInfo)
    info = await engine.catalog.sale_info(house.sale.id)
    assert info is not None
    assert [phase.entry.rule.value for phase in info.phases] == ["code", "open"], "what isn't said stays"
    whole = await engine.catalog.change_sale(Act(house.organizer, "test"), house.sale.id, {"entry": "account"})
    assert isinstance(whole, list)
    assert [mistake.path for mistake in whole] == ["entry"]
    answer = await changed(house, {"members": {**members, "entry": "open", "person_max": 2}, "public": public})
    assert isinstance(answer, SaleInfo)
    plan = await engine.catalog.plan(house.sale.id)
    assert plan is not None
    assert await engine.onsale.update(plan)
    assert isinstance(await house.sale.enter(new_buyer()), Cart), "anybody enters now"
    assert await house.sale.hold(BestHold(member, new_id("h"), 3)) == Refused(
        Code.OVER_MAXIMUM, {"person_max": 2, "has": 0}
    )
    closes = await changed(house, {}, closes="in 1 day")
    assert isinstance(closes, list)


async def test_a_clone_has_its_phases_as_long_before_its_start(house: House, engine: Engine) -> None:
    info = await engine.catalog.sale_info(house.sale.id)
    assert info is not None
    assert info.event is not None
    clone = await engine.catalog.copies.clone(
        Act(house.organizer, "test"), house.sale.id, {"starts": "in 40 days at 20:30"}
    )
    assert isinstance(clone, DateCopy)
    copy = await engine.catalog.sale_info(str(clone.sales[0].id))
    assert copy is not None
    assert clone.starts_at is not None
    shift = local_of(clone.starts_at, "Europe/Madrid") - local_of(info.event.starts_at, "Europe/Madrid")
    for one, other in zip(info.phases, copy.phases, strict=True):
        assert replace(one, from_ms=0, until_ms=0) == replace(other, from_ms=0, until_ms=0)
        for at, later in ((one.from_ms, other.from_ms), (one.until_ms, other.until_ms)):
            assert (at == 0) == (later == 0)
            if at:
                moved = local_of(instant(later), "Europe/Madrid") - local_of(instant(at), "Europe/Madrid")
                assert moved == shift


def instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
