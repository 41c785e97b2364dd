"""Notes about people: an organizer's own, sealed like names, bounded whoever writes, gone with whom they are about."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise

import asyncpg
import pytest

from engine.access import ApiKeys
from engine.audit import Act, Actor, ActorKind
from engine.engine import Engine
from engine.limits import LET_GO_KEPT_DAYS, NOTES_PER_PERSON_MAX
from engine.refusals import Code, Refused, accept
from engine.rights import Chosen, Erased
from engine.vault import Contact
from engine.vault.sql import ERASE
from tests.rights.test_erasing import dumped

ANA, BO = Contact("Ana Núñez", "ana@example.org"), Contact("Bo Li", "bo@example.org")
TEXT = "Wheelchair user.\nRings before a visit: 600 123 456"
NOWHERE = Refused(Code.NOT_FOUND)
COUNT = "SELECT count(*) FROM person_note"


@dataclass
class Teams:
    """Two organizers, each with one person, and a member of each."""

    engine: Engine
    by: Act
    person: str
    neighbour: Act
    theirs: str

    async def texts(self, person: str | None = None) -> list[str] | None:
        notes = await self.engine.notes.read(self.by, person or self.person)
        return None if notes is None else [note.text for note in notes]

    async def add(self, text: str, person: str | None = None) -> str:
        added = await self.engine.notes.add(self.by, person or self.person, text)
        assert isinstance(added, str), added
        return added

    async def put(self, contact: Contact, organizer: str) -> str:
        async with self.engine.db.acquire() as connection, connection.transaction():
            (person,) = await self.engine.vault.put(connection, [self.engine.vault.filed(contact, organizer, None)])
        return person


@pytest.fixture
async def teams(engine: Engine) -> Teams:
    ours, other = [await ApiKeys(engine.db).create_organizer(name) for name in ("Sala", "A neighbour")]
    made = Teams(engine, Act(ours, "ana"), "", Act(other, "luis"), "")
    made.person, made.theirs = await made.put(ANA, ours), await made.put(ANA, other)
    return made


async def acts(db: asyncpg.Pool) -> list[tuple[str, str, str]]:
    rows = await db.fetch("SELECT organizer_id, act, subject FROM audit WHERE act LIKE 'note.%' ORDER BY id")
    return [tuple(row) for row in rows]


async def test_a_note_is_added_read_and_removed_once(teams: Teams) -> None:
    engine, by, person = teams.engine, teams.by, teams.person
    assert await teams.texts() == []
    first, second = await teams.add(TEXT), await teams.add("Press")
    notes = await engine.notes.read(by, person)
    assert notes is not None
    assert [(note.id, note.text, note.author, note.author_kind) for note in notes] == [
        (second, "Press", "ana", ActorKind.OPERATOR),
        (first, TEXT, "ana", ActorKind.OPERATOR),
    ]
    assert notes[0].written_at > notes[1].written_at
    assert await asyncio.gather(*(engine.notes.remove(by, person, first) for _ in range(3))) in (
        [True, False, False],
        [False, True, False],
        [False, False, True],
    )
    assert await engine.notes.remove(by, person, first) is False
    assert await teams.texts() == ["Press"]
    told = [(by.organizer_id, act, person) for act in ("read", "add", "add", "read", "remove", "read")]
    assert await acts(engine.db) == [(organizer, f"note.{act}", who) for organizer, act, who in told]


async def test_nothing_of_it_can_be_read_in_the_database(teams: Teams) -> None:
    await teams.add(TEXT)
    said = await dumped(teams.engine.db)
    for word in ("wheelchair", "rings before", "600 123"):
        assert word not in said
        assert word.encode().hex() not in said


async def test_somebody_of_another_organizer_is_nobody(teams: Teams) -> None:
    engine, note = teams.engine, await teams.add(TEXT)
    for person in (teams.person, "prs_nobody"):
        assert await engine.notes.read(teams.neighbour, person) is None
        assert await engine.notes.add(teams.neighbour, person, "mine") == NOWHERE
        assert await engine.notes.remove(teams.neighbour, person, note) is False
    assert await engine.notes.remove(teams.neighbour, teams.theirs, note) is False
    assert await engine.notes.remove(teams.by, teams.theirs, note) is False
    assert await teams.texts() == [TEXT]
    assert {organizer for organizer, *_ in await acts(engine.db)} == {teams.by.organizer_id}


async def test_members_who_add_at_once_both_have_their_say(teams: Teams) -> None:
    members = [Act(teams.by.organizer_id, name) for name in ("ana", "luis", "mei")]
    await asyncio.gather(*(teams.engine.notes.add(by, teams.person, f"of {by.actor}") for by in members))
    notes = await teams.engine.notes.read(teams.by, teams.person)
    assert notes is not None
    assert {(note.author, note.text) for note in notes} == {(by.actor, f"of {by.actor}") for by in members}
    assert all(later.written_at > earlier.written_at for later, earlier in pairwise(notes))


async def test_a_person_has_so_many_notes_and_no_more_whoever_adds_at_once(teams: Teams) -> None:
    engine = teams.engine
    for number in range(NOTES_PER_PERSON_MAX - 2):
        await teams.add(f"note {number}")
    added = await asyncio.gather(*(engine.notes.add(teams.by, teams.person, f"late {at}") for at in range(8)))
    refused = [each for each in added if isinstance(each, Refused)]
    assert [each.code for each in refused] == [Code.CONFLICT] * 6
    assert await engine.db.fetchval(COUNT) == NOTES_PER_PERSON_MAX
    note = next(each for each in added if isinstance(each, str))
    assert await engine.notes.remove(teams.by, teams.person, note)
    await teams.add("again")
    assert isinstance(await engine.notes.add(teams.by, await teams.put(BO, teams.by.organizer_id), "another"), str)


async def test_a_note_that_was_moved_or_changed_opens_nowhere(teams: Teams, caplog: pytest.LogCaptureFixture) -> None:
    engine, db = teams.engine, teams.engine.db
    bo = await teams.put(BO, teams.by.organizer_id)
    first, second = await teams.add(TEXT), await teams.add("Press")
    kept = await db.fetchval("SELECT sealed FROM person_note WHERE id = $1", first)
    for move, whose, there in (
        (f"UPDATE person_note SET person_id = '{bo}' WHERE id = $1", bo, [""]),
        (
            f"UPDATE person_note SET person_id = '{teams.person}', sealed = set_byte(sealed, 20, 0) WHERE id = $1",
            None,
            ["Press", ""],
        ),
    ):
        await db.execute(move, first)
        assert await teams.texts(whose) == there
        assert [str(each) for each in await engine.notes.violations()] == [f"invariant 16: note {first}: can't be read"]
    await db.execute("UPDATE person_note SET sealed = $1", kept)
    assert await teams.texts() == ["", TEXT], "of this person, and not of the other note"
    assert [each.subject for each in await engine.notes.violations()] == [f"note {second}"]
    assert f"note {first} of person {bo} can't be read" in caplog.text
    assert "Wheelchair" not in caplog.text


async def test_who_is_erased_takes_their_notes_along(teams: Teams) -> None:
    engine = teams.engine
    await teams.add(TEXT)
    row = await engine.db.fetchrow("SELECT * FROM person_note")
    assert isinstance(await engine.erasing.erase(teams.by, Chosen([teams.person])), Erased)
    assert await engine.db.fetchval(COUNT) == 0
    assert await teams.texts() is None
    assert await engine.notes.add(teams.by, teams.person, "Came back") == NOWHERE
    # As a backup that is put back would have it: the key is gone.
    await engine.db.execute("INSERT INTO person_note VALUES ($1, $2, $3, $4, $5, $6, $7)", *row)
    assert await teams.texts() is None
    async with engine.db.acquire() as connection:
        assert (await engine.notes.known(connection, [teams.person], None)).rows == []
    assert [each.subject for each in await engine.notes.violations()] == [f"note {row['id']}"]


async def test_a_release_that_knows_no_notes_takes_them_along_too(teams: Teams) -> None:
    engine = teams.engine
    await teams.add(TEXT)
    await engine.db.execute(ERASE, [await teams.put(BO, teams.by.organizer_id)])
    assert await teams.texts() == [TEXT]
    await engine.db.execute(ERASE, [teams.person])
    assert await engine.db.fetchval(COUNT) == 0


async def test_who_is_erased_while_something_is_noted_keeps_nothing(teams: Teams) -> None:
    engine = teams.engine
    for _ in range(10):
        person = await teams.put(BO, teams.by.organizer_id)
        *added, done = await asyncio.gather(
            *(engine.notes.add(teams.by, person, TEXT) for _ in range(3)),
            engine.erasing.erase(Actor("ana"), Chosen([person])),
        )
        assert isinstance(done, Erased), done
        assert all(isinstance(each, str) or each == NOWHERE for each in added)
        assert await engine.db.fetchval(COUNT) == 0


async def test_a_note_keeps_nobody_in_the_vault(teams: Teams) -> None:
    """Whoever nothing else refers to goes, and what was noted about them with them."""
    engine, db = teams.engine, teams.engine.db
    await teams.add(TEXT)
    await db.execute(
        "INSERT INTO vault_let_go (person_id, at) VALUES ($1, now() - make_interval(days => $2))",
        teams.person,
        LET_GO_KEPT_DAYS + 1,
    )
    assert await engine.letting_go.step() == 1
    assert await db.fetchval(COUNT) == 0
    assert await teams.texts() is None


async def test_notes_are_known_to_the_person_and_to_their_organizer(teams: Teams) -> None:
    engine = teams.engine
    await teams.add(TEXT)
    assert isinstance(await engine.notes.add(teams.neighbour, teams.theirs, "Theirs"), str)

    async def known(by: Act | Actor, *people: str) -> list[dict[str, object]]:
        export = accept(await engine.known(by, Chosen(people)))
        rows = [row for each in export.sections if each.name == "notes" for row in each.rows]
        return sorted(({name: row[name] for name in row if name != "written_at"} for row in rows), key=str)

    theirs = {"person": teams.theirs, "organizer": teams.neighbour.organizer_id, "text": "Theirs"}
    ours = {"person": teams.person, "organizer": teams.by.organizer_id, "text": TEXT}
    assert await known(Actor("op"), teams.person, teams.theirs) == sorted([ours, theirs], key=str)
    assert await known(teams.by, teams.person) == [{**ours, "author": "ana"}]
    assert await engine.known(teams.neighbour, Chosen([teams.person])) == Refused(Code.NOT_FOUND)
