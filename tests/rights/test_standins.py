"""Stand-ins: one for each person and purpose, readable by nobody, taken back by who may, and noted both ways."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access import ApiKeys
from engine.audit import BY_ITSELF, Act
from engine.rights import Chosen, StandIns
from engine.vault import Contact
from tests.orders.house import House
from tests.rights.test_erasing import EVA, eva_buys

BARE = StandIns(cast("Any", None), cast("Any", None), b"k" * 32)
ACTS = "SELECT act, subject, after FROM audit WHERE act IN ('person.stand_in', 'person.taken_back') ORDER BY id"


async def test_a_stand_in_is_handed_out_and_taken_back_with_a_trace(house: House) -> None:
    engine, by = house.engine, Act(house.organizer, "ana")
    await eva_buys(house, 3)
    (eva,) = await engine.vault.find_email(EVA.email)
    made = await engine.stand_ins.hand_out(by, "newspaper", [eva, "prs_unknown"])
    assert made == await engine.stand_ins.hand_out(by, "newspaper", [eva])
    assert (await engine.stand_ins.hand_out(by, "museum", [eva]))[eva] != made[eva]
    taken = await engine.stand_ins.take_back(by, "newspaper", [made[eva], "sti_made-up"])
    assert taken == {made[eva]: (eva, Contact(EVA.name, EVA.email, EVA.phone))}
    rows = await engine.db.fetch(ACTS)
    assert [row["act"] for row in rows] == ["person.stand_in"] * 3 + ["person.taken_back"]
    assert {row["subject"] for row in rows} == {eva}


async def test_nobody_else_takes_one_back_nor_anybody_of_who_was_erased(house: House) -> None:
    engine, by = house.engine, Act(house.organizer, "ana")
    await eva_buys(house, 3)
    (eva,) = await engine.vault.find_email(EVA.email)
    stand_in = (await engine.stand_ins.hand_out(by, "newspaper", [eva]))[eva]
    neighbour = Act(await ApiKeys(engine.db).create_organizer("A neighbour"), "luis")
    assert await engine.stand_ins.hand_out(neighbour, "newspaper", [eva]) == {}
    assert await engine.stand_ins.take_back(neighbour, "newspaper", [stand_in]) == {}
    assert await engine.stand_ins.take_back(by, "museum", [stand_in]) == {}
    theirs = engine.stand_ins.made(neighbour.organizer_id, "newspaper", eva)
    assert await engine.stand_ins.take_back(neighbour, "newspaper", [theirs]) == {}, "not even by the right key"
    await engine.erasing.erase(BY_ITSELF, Chosen([eva]))
    assert await engine.stand_ins.take_back(by, "newspaper", [stand_in]) == {}
    assert [row["act"] for row in await engine.db.fetch(ACTS)] == ["person.stand_in"]


@given(st.text(max_size=60), st.integers(0, 59))
def test_what_was_changed_is_nobodys(noise: str, at: int) -> None:
    made = BARE.made("org_1", "newspaper", "prs_AAAAAAAAAAAAAAAA")
    assert BARE.person_of("org_1", "newspaper", made) == "prs_AAAAAAAAAAAAAAAA"
    changed = made[:at] + noise + made[at + len(noise) :]
    assert changed == made or BARE.person_of("org_1", "newspaper", changed) is None


@pytest.mark.parametrize("stand_in", ["", "sti_", "sti_é", "sti_====", "prs_AAAAAAAAAAAAAAAA", "sti_" + "A" * 4_000])
def test_what_can_be_none(stand_in: str) -> None:
    assert BARE.person_of("org_1", "newspaper", stand_in) is None
