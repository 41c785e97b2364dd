"""What pages know of a sale, from real stores."""

import asyncio
from dataclasses import replace

import pytest

from engine.catalog.model import SaleState, TypeRule
from engine.engine import Engine
from engine.limits import PAGE_FACTS_KEPT_S
from server.pages.facts import Spot
from server.pages.sources import Sources, names_of


@pytest.fixture
def sources(engine: Engine) -> Sources:
    return Sources(engine)


async def test_the_facts_of_a_sale(sources: Sources, coplas: str) -> None:
    facts = await sources.facts(coplas)
    assert facts is not None
    assert (facts.name, facts.zone, facts.currency) == ("Noche de coplas & «Ñandú»", "Europe/Madrid", "EUR")
    assert facts.from_price == 1250
    assert len(facts.offers) == 3
    assert facts.state == "scheduled"
    assert facts.left
    assert facts.listed


async def test_a_sale_that_does_not_exist_has_none(sources: Sources, sale_id: str) -> None:
    assert await sources.facts(sale_id) is None


async def test_names_are_those_of_the_house(sources: Sources, coplas: str) -> None:
    names = await sources.names(coplas, frozenset({12, 39, 40}))
    assert set(names.types) == {"general", "media"}
    assert set(names.pools) == {"pista"}
    assert set(names.spots) == {12, 39}
    assert isinstance(names.spots[12], Spot)
    assert names.spots[12].row != names.spots[39].row


async def test_what_has_to_be_shown_stands_beside_the_type(engine: Engine, coplas: str) -> None:
    info = await engine.catalog.sale_info(coplas)
    assert info is not None
    shown = names_of(replace(info, type_rules={"media": TypeRule(proof="Carnet")}), frozenset())
    assert shown.types == {**info.types, "media": f"{info.types['media']} (Carnet)"}


async def test_those_who_ask_at_once_share_one_look(sources: Sources, coplas: str) -> None:
    first, second = await asyncio.gather(sources.facts(coplas), sources.facts(coplas))
    assert first is second


async def test_what_changes_is_seen_after_a_moment(engine: Engine, sources: Sources, coplas: str) -> None:
    await sources.facts(coplas)
    await engine.onsale.sale(coplas).set_state(SaleState.OPEN)
    async with asyncio.timeout(PAGE_FACTS_KEPT_S * 4):
        while True:
            facts = await sources.facts(coplas)
            assert facts is not None
            if facts.state == "open":
                break
            await asyncio.sleep(0.05)


async def test_listed_sales_are_for_search_engines(sources: Sources, coplas: str) -> None:
    assert coplas in await sources.listed()
