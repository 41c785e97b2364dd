"""What an import says somebody agreed to: its proof, its basis, and that what they said themselves stands."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.audit import Act
from engine.context import Told
from engine.people import CONTEXT, import_people, take_people
from engine.people.sql import SAY_TO_ORGANIZER
from engine.rights import Chosen, Erased
from tests.promos.city import ORGANIZER, City

BY = Act(ORGANIZER, "ana")
PROOF = {
    "consent_at": "2024-03-01T18:30:00+01:00",
    "consent_wording": "Yes, write to me about concerts.",
    "consent_origin": "Form at the door, spring 2024",
}
AT = datetime(2024, 3, 1, 17, 30, tzinfo=UTC)
SHOWN = ("basis", "consent", "consent_source", "consent_at", "consent_wording", "consent_origin")


async def take(city: City, *people: dict[str, Any]) -> list[tuple[str, ...]]:
    """Import them; the reasons of those that were rejected."""
    lines = [{"reference": "r", "zone": "UTC", **each} for each in people]
    _, rejected = await take_people(city.engine.db, city.engine.vault, lines, BY)
    return [each.reasons for each in rejected]


async def relation(city: City, reference: str = "r") -> dict[str, Any] | None:
    """As their organizer reads it."""
    for row in await city.engine.persons.related(ORGANIZER, "", 100):
        if row["reference"] == reference:
            return {name: row[name] for name in SHOWN}
    return None


async def says(city: City, consent: bool, wording: str | None = "Yes") -> None:
    """What somebody imported says by the link of a letter."""
    number = await city.engine.db.fetchval("SELECT number FROM relation WHERE reference = 'r'")
    await city.engine.db.execute(SAY_TO_ORGANIZER, ORGANIZER, number, consent, wording)


async def test_a_yes_keeps_its_proof(city: City) -> None:
    before = datetime.now(UTC)
    assert await take(city, {"consent": True, **PROOF}, {"reference": "bare", "consent": True}) == []
    kept = {"consent": True, "consent_source": "import", **PROOF, "consent_at": AT}
    assert await relation(city) == {"basis": "interest", **kept}
    bare = await relation(city, "bare")
    assert bare is not None
    assert bare["consent_at"] >= before
    assert (bare["consent_wording"], bare["consent_origin"]) == (None, None)
    # Whoever imports again without it takes nothing away, and another proof replaces it as a whole.
    await take(city, {"consent": True}, {"reference": "bare", "consent": True})
    assert await relation(city) == {"basis": "interest", **kept}
    assert await relation(city, "bare") == bare
    await take(city, {"consent": True, "consent_origin": "By telephone"})
    assert await relation(city) == {
        "basis": "interest",
        **kept,
        "consent_wording": None,
        "consent_origin": "By telephone",
    }


async def test_a_no_has_no_proof_and_a_later_yes_begins_anew(city: City) -> None:
    await take(city, {"consent": True, **PROOF})
    for no in ({"consent": False, **PROOF}, {**PROOF}, {"consent": ""}):
        await take(city, no)
        said = await relation(city)
        assert said is not None
        assert (said["consent"], said["consent_source"]) == (False, "import")
        assert (said["consent_wording"], said["consent_origin"]) == (None, None)
        assert said["consent_at"] > AT, "when it was imported"
    await take(city, {"consent": True})
    said = await relation(city)
    assert said is not None
    assert (said["consent"], said["consent_wording"], said["consent_origin"]) == (True, None, None)


@pytest.mark.parametrize("basis", ["contract", "interest", "consent"])
async def test_a_basis_is_kept_until_another_is_said(city: City, basis: str) -> None:
    await take(city, {"basis": basis, "consent": True})
    for line in ({"consent": True}, {"consent": True, "basis": ""}, {"consent": True, "basis": None}):
        assert await take(city, line) == []
        said = await relation(city)
        assert said is not None
        assert said["basis"] == basis
    for other in ("contract", "consent", "interest"):
        await take(city, {"consent": True, "basis": other})
        said = await relation(city)
        assert said is not None
        assert said["basis"] == other


async def test_whose_only_basis_is_consent_is_theirs_as_long_as_they_agree(city: City) -> None:
    reasons = ("basis: is consent, and consent is not true",)
    for line in ({}, {"consent": False}, {"consent": "", **PROOF}):
        assert await take(city, {"basis": "consent", **line}) == [reasons]
    assert await city.engine.db.fetchval("SELECT count(*) FROM vault_person") == 0
    assert await city.engine.db.fetchval("SELECT count(*) FROM profile") == 0
    # Of somebody who is known it is a no, which is taken.
    await take(city, {"basis": "consent", "consent": True, **PROOF})
    assert await take(city, {"basis": "consent", "consent": False}) == []
    assert await relation(city) is None
    await take(city, {"basis": "consent", "consent": True})
    assert await relation(city) is not None
    await says(city, False, None)
    assert await relation(city) is None
    assert await take(city, {"basis": "consent", "consent": True}) == []
    assert await relation(city) is None, "they said no themselves"


async def test_what_somebody_said_themselves_stands(city: City) -> None:
    await take(city, {"consent": True, **PROOF})
    await says(city, True, "As the page said it")
    said = await relation(city)
    assert said is not None
    assert (said["consent_source"], said["consent_wording"], said["consent_origin"]) == (
        "person",
        "As the page said it",
        None,
    )
    for line in ({"consent": True, **PROOF}, {"consent": True}, {}, {"consent": ""}):
        await take(city, line)
        assert await relation(city) == said
    await says(city, False, None)
    said = await relation(city)
    for line in ({"consent": True, **PROOF}, {"consent": False}, {}):
        await take(city, line)
        assert await relation(city) == said
    assert said is not None
    assert (said["consent"], said["consent_source"]) == (False, "person")


async def test_a_no_in_a_file_ends_a_yes_that_somebody_said_themselves(city: City) -> None:
    """People say no at the box office, too."""
    await take(city, {"consent": True})
    await says(city, True)
    await take(city, {"consent": False})
    said = await relation(city)
    assert said is not None
    assert (said["consent"], said["consent_source"], said["consent_wording"]) == (False, "import", None)


async def test_a_no_that_comes_during_an_import_stands(city: City) -> None:
    for _ in range(10):
        await take(city, {"consent": True})
        await says(city, True)
        await asyncio.gather(take(city, {"consent": True, **PROOF}), says(city, False, None))
        said = await relation(city)
        assert said is not None
        assert (said["consent"], said["consent_source"]) == (False, "person")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"basis": "because"}, "basis: "),
        ({"consent": True, "consent_at": "2199-01-01T00:00:00Z"}, "consent_at: is in the future"),
        ({"consent": True, "consent_at": "2024-01-01T00:00:00"}, "consent_at: "),
        ({"consent": True, "consent_wording": "x" * 1_001}, "consent_wording: "),
        ({"consent": True, "consent_wording": "Yes\x00"}, "consent_wording: "),
        ({"consent": True, "consent_origin": "left\u202eright"}, "consent_origin: "),
        ({"consent": True, "consent_origin": "two\nlines"}, "consent_origin: "),
        ({"consent": "perhaps"}, "consent: "),
    ],
    ids=str,
)
async def test_what_is_wrong_is_named(city: City, line: dict[str, Any], reason: str) -> None:
    ((said, *_),) = await take(city, line)
    assert said.startswith(reason)
    assert await relation(city) is None


async def test_a_csv_file_says_all_of_it(city: City, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "reference,zone,basis,consent,consent_at,consent_wording,consent_origin\n"
        f'r,UTC,consent,true,{PROOF["consent_at"]},"{PROOF["consent_wording"]}","{PROOF["consent_origin"]}"\n'
        "b,UTC,contract,,,,\n"
        "i,UTC,,,,,\n"
    )
    await import_people(
        city.engine.db, city.engine.vault, file, by=BY, on_rejected=pytest.fail, on_progress=lambda _: None
    )
    assert await relation(city) == {
        "basis": "consent",
        "consent": True,
        "consent_source": "import",
        **PROOF,
        "consent_at": AT,
    }
    assert [(await relation(city, each) or {})["basis"] for each in "bi"] == ["contract", "interest"]


async def test_all_of_it_is_known_of_somebody(city: City) -> None:
    await take(city, {"basis": "consent", "consent": True, **PROOF})
    number = await city.engine.db.fetchval("SELECT number FROM relation")
    assert CONTEXT.known is not None
    for organizer in (None, ORGANIZER):
        told = Told(organizer, (), (number,))
        async with city.engine.db.acquire() as connection:
            sections = {each.name: each.rows for each in await CONTEXT.known(city.engine, connection, told)}
        (row,) = sections["relations"]
        assert {name: row[name] for name in SHOWN} == {
            "basis": "consent",
            "consent": True,
            "consent_source": "import",
            **PROOF,
            "consent_at": AT,
        }


async def test_a_reference_that_was_erased_is_a_new_person(city: City) -> None:
    """Nothing is left by which it could be known: docs/people.md says so."""
    engine = city.engine
    await take(city, {"name": "Ana", "consent": True, **PROOF})
    (before,) = await engine.vault.find_name("Ana", ORGANIZER)
    assert isinstance(await engine.erasing.erase(BY, Chosen([before])), Erased)
    report, rejected = await take_people(
        engine.db, engine.vault, [{"reference": "r", "zone": "UTC", "name": "Ana"}], BY
    )
    assert (report.added, report.changed, rejected) == (1, 0, [])
    (after,) = await engine.vault.find_name("Ana", ORGANIZER)
    assert after != before
    said = await relation(city)
    assert said is not None
    assert (said["consent"], said["consent_wording"], said["consent_origin"]) == (False, None, None)
