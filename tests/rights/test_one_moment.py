"""What is known of somebody is read as it was at one moment, whatever happens to them while it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import asyncpg
import pytest

from engine.accounts import Browser
from engine.audit import BY_ITSELF, Act
from engine.context import Section, Told
from engine.engine import Engine
from engine.limits import KNOWN_STATEMENT_S_MAX
from engine.refusals import Code, Refused
from engine.rights import Chosen, Erased
from tests.orders.house import House
from tests.rights.test_erasing import EVA, eva_buys, everything_of_eva
from tests.rights.test_known import sections
from tests.rights.test_somebody_elses import buys_too

Ask = Callable[[asyncpg.Connection, Told], Awaitable[Sequence[Section]]]


def contexts(engine: Engine) -> list[Ask]:
    return [partial(each.known, engine) for each in engine.contexts if each.known is not None]


@pytest.mark.parametrize("after", range(8), ids=lambda number: f"after {number} contexts")
async def test_a_purchase_and_an_erasure_in_the_middle_are_in_none_of_it(house: House, after: int) -> None:
    engine = house.engine
    chosen, buyer, *_ = await everything_of_eva(house)
    assert await engine.accounts.buyers.link(chosen.accounts[0], buyer, Browser()) is None
    chosen = Chosen([], chosen.accounts)
    before = sections(await engine.known(BY_ITSELF, chosen))
    happened = []

    async def meanwhile(*_: object) -> list[Section]:
        await buys_too(house, buyer, EVA)
        happened.append(sections(await engine.known(BY_ITSELF, chosen)))
        assert isinstance(await engine.erasing.erase(BY_ITSELF, chosen), Erased)
        return []

    asked = contexts(engine)
    assert len(asked) >= after, "each gap between two contexts is tried"
    asked.insert(after, meanwhile)
    assert sections(await engine.exporting.known(BY_ITSELF, chosen, asked)) == before
    (between,) = happened
    assert len(between["orders"]) == len(before["orders"]) + 1, "else nothing happened"
    assert sections(await engine.known(BY_ITSELF, chosen)) == {}


async def test_who_is_erased_before_it_begins_is_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trail has the line by then, and nothing is read."""
    engine = house.engine
    await eva_buys(house, 3)
    eva = Chosen(await engine.vault.find_email(EVA.email))
    note = engine.exporting._note

    async def then_erased(*arguments: object) -> bool:
        there = await note(*arguments)
        assert isinstance(await engine.erasing.erase(BY_ITSELF, eva), Erased)
        return there

    monkeypatch.setattr(engine.exporting, "_note", then_erased)
    assert await engine.known(BY_ITSELF, eva) == Refused(Code.NOT_FOUND)
    assert await engine.db.fetchval("SELECT count(*) FROM audit WHERE act = 'person.export'") == 1


async def test_an_export_and_an_erasure_at_once_leave_no_half(house: House) -> None:
    engine = house.engine
    by = Act(house.organizer, "ana")
    for seat in range(6):
        await eva_buys(house, seat)
        eva = Chosen(await engine.vault.find_email(EVA.email))
        known, erased = await asyncio.gather(engine.known(by, eva), engine.erasing.erase(by, eva))
        assert isinstance(erased, Erased), erased
        if not isinstance(known, Refused):
            assert {"names", "orders"} <= {section.name for section in known.sections}


async def test_nothing_can_be_written_while_it_is_read_and_no_statement_lasts(house: House) -> None:
    engine = house.engine
    await eva_buys(house, 3)
    eva = Chosen(await engine.vault.find_email(EVA.email))
    found = []

    async def looks(connection: asyncpg.Connection, _: Told) -> list[Section]:
        for name in ("transaction_isolation", "transaction_read_only", "statement_timeout"):
            found.append(await connection.fetchval(f"SHOW {name}"))
        return []

    await engine.exporting.known(BY_ITSELF, eva, [looks])
    assert found == ["repeatable read", "on", f"{KNOWN_STATEMENT_S_MAX}s"]
