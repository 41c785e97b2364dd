"""Credit of somebody: they read what they have, and once they are erased it is nobody's, and still owed."""

from __future__ import annotations

import pytest

from engine.audit import Actor
from engine.credit import CREDIT
from engine.engine import Engine
from engine.rights import Chosen, Erased, Export
from tests.orders.crediting import bearing, issued, seen, sound
from tests.orders.discounting import prove
from tests.orders.house import House, open_house


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_house(engine, "s-credit-of-people")


async def test_it_is_told_to_its_owner_and_goes_with_them(house: House) -> None:
    engine = house.engine
    granted = await issued(house, 2500, email="ana@example.org")
    buyer = await bearing(house)
    await prove(house, buyer)
    people = await engine.vault.find_email("ana@example.org")
    told = await engine.known(Actor("test"), Chosen(people))
    assert isinstance(told, Export)
    (section,) = [each for each in told.sections if each.name == "credit"]
    (row,) = section.rows
    assert (row["balance"], row["currency"], row["reason"]) == (2500, "EUR", "for the rain")
    assert granted.credit not in str(dict(row))
    assert isinstance(await engine.erasing.erase(Actor("test"), Chosen(people)), Erased)
    (left,) = await engine.credit.read([granted.credit])
    assert left.balance == 2500
    owners = await engine.db.fetchval("SELECT count(*) FROM credit WHERE owner IS NOT NULL")
    assert owners == 0
    assert (await seen(house, buyer)).credits == ()
    assert CREDIT == 29
    await sound(house)
