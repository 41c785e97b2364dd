"""Whoever is in the vault can be read with their own key alone, found by marks alone, and erased for good."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.context import Erasure
from engine.keyring import Keyring
from engine.vault import CONTEXT, Contact, Vault, words_of
from engine.vault.invariants import violations
from engine.vault.sealing import PersonSealer

ANA = Contact("Ana Núñez", "Ana.Nunez+jazz@Gmail.com", "+34 600 123 456")
BO = Contact("Bo Li", "bo@example.org", "")
ORGANIZER = "org_1"
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)


async def put(vault: Vault, db: asyncpg.Pool, *people: tuple[Contact, str | None, str | None]) -> list[str]:
    async with db.acquire() as connection, connection.transaction():
        return await vault.put(connection, [vault.filed(*each) for each in people])


async def erase(vault: Vault, db: asyncpg.Pool, *people: str) -> list[str]:
    async with db.acquire() as connection, connection.transaction():
        there = [row.person for row in await vault.lock(connection, people)]
        assert CONTEXT.forget is not None
        await CONTEXT.forget(connection, Erasure(None, people, id="era_1"))
        return there


async def test_who_types_the_same_again_is_the_same_person(vault: Vault, db: asyncpg.Pool) -> None:
    (first,) = await put(vault, db, (ANA, ORGANIZER, "buyer"))
    again, twice = await put(vault, db, (ANA, ORGANIZER, "buyer"), (ANA, ORGANIZER, "buyer"))
    assert first == again == twice
    others = await put(vault, db, (BO, ORGANIZER, "buyer"), (ANA, ORGANIZER, "another"), (ANA, "org_2", "buyer"))
    assert len({first, *others}) == 4
    assert await vault.contacts([first, *others]) == dict(zip([first, *others], (ANA, BO, ANA, ANA), strict=True))


async def test_imports_make_a_person_of_each_line(vault: Vault, db: asyncpg.Pool) -> None:
    people = await put(vault, db, (ANA, ORGANIZER, None), (ANA, ORGANIZER, None))
    assert len(set(people)) == 2


async def test_batches_of_the_same_people_at_once_make_each_once(vault: Vault, db: asyncpg.Pool) -> None:
    people = [(Contact(f"P {number}", "", ""), ORGANIZER, f"b{number}") for number in range(40)]
    done = await asyncio.gather(*(put(vault, db, *people[::step]) for step in (1, -1, 1, -1)))
    assert {frozenset(each) for each in done} == {frozenset(done[0])}
    assert await db.fetchval("SELECT count(*) FROM vault_person") == len(people)


async def test_nothing_of_a_person_can_be_read_in_the_database(vault: Vault, db: asyncpg.Pool) -> None:
    await put(vault, db, (ANA, ORGANIZER, "buyer"))
    (row,) = await db.fetch("SELECT vault_person::text AS said FROM vault_person")
    said = row["said"].lower()
    for word in ("ana", "nunez", "núñez", "gmail", "600123456", "600 123"):
        assert word not in said
        assert word.encode().hex() not in said


@pytest.mark.parametrize("asked", ["ananunez@gmail.com", "ANA.NUNEZ@googlemail.com", " a.n.a.nunez+other@gmail.com"])
async def test_an_inbox_is_found_however_it_is_written(vault: Vault, db: asyncpg.Pool, asked: str) -> None:
    people = await put(vault, db, (ANA, ORGANIZER, "one"), (ANA, "org_2", "two"), (BO, ORGANIZER, "three"))
    assert set(await vault.find_email(asked)) == set(people[:2])
    assert await vault.find_email(asked, ORGANIZER) == people[:1]


async def test_numbers_and_names_are_found(vault: Vault, db: asyncpg.Pool) -> None:
    ana, other, bo = await put(
        vault,
        db,
        (ANA, ORGANIZER, "one"),
        (replace(ANA, name="ÁNA  maría-NUÑEZ"), ORGANIZER, "two"),
        (BO, ORGANIZER, "3"),
    )
    assert set(await vault.find_phone("0034600123456")) == {ana, other}
    assert set(await vault.find_name("nunez ANA")) == {ana, other}
    assert await vault.find_name("maria") == [other]
    assert await vault.find_name("li", ORGANIZER) == [bo]
    assert await vault.find_name("nun") == []
    assert await vault.find_name(" -- ") == []


async def test_a_value_that_was_moved_or_changed_is_nobodys(
    vault: Vault, db: asyncpg.Pool, caplog: pytest.LogCaptureFixture
) -> None:
    ana, bo = await put(vault, db, (ANA, ORGANIZER, "one"), (BO, ORGANIZER, "two"))
    copy = "UPDATE vault_person p SET {what} FROM vault_person o WHERE p.id = $1 AND o.id = $2"
    for what in ("sealed = o.sealed", "sealed = o.sealed, data_key = o.data_key", "data_key = o.data_key"):
        before = await db.fetchrow("SELECT sealed, data_key FROM vault_person WHERE id = $1", bo)
        await db.execute(copy.format(what=what), bo, ana)
        assert await vault.contacts([ana, bo]) == {ana: ANA, bo: Contact()}
        assert [each.subject for each in await violations(db, vault)] == [f"person {bo}"]
        await db.execute("UPDATE vault_person SET sealed = $2, data_key = $3 WHERE id = $1", bo, *before)
    assert "can't be read" in caplog.text
    assert "Ana" not in caplog.text
    await db.execute("UPDATE vault_person SET email_mark = decode('00', 'hex') WHERE id = $1", bo)
    assert [str(each) for each in await violations(db, vault)] == [
        f"invariant 16: person {bo}: is not found by what they are called"
    ]


async def test_a_kept_name_copied_into_the_row_of_who_was_erased_brings_nobody_back(
    vault: Vault, db: asyncpg.Pool
) -> None:
    """Nor does the row as it was, under another's id: each value is of one person and one column."""
    ana, bo = await put(vault, db, (ANA, ORGANIZER, "one"), (BO, ORGANIZER, "two"))
    before = await db.fetchrow("SELECT ring_key, data_key, sealed FROM vault_person WHERE id = $1", ana)
    await erase(vault, db, ana)
    async with db.acquire() as connection, connection.transaction():
        until = await connection.fetchval("SELECT now() + interval '1 year'")
        assert await vault.keep(connection, {ana: (ANA.name, until)}) == 1
    kept = await db.fetchrow("SELECT ring_key, data_key, sealed FROM vault_person WHERE kept_of = $1", ana)
    put_back = "UPDATE vault_person SET erased_at = NULL, ring_key = $2, data_key = $3, sealed = $4 WHERE id = $1"
    for row, into in ((kept, ana), (kept, bo), (before, bo)):
        await db.execute(put_back, into, *row)
        assert await vault.contacts([into]) == {into: Contact()}
        assert f"person {into}" in {each.subject for each in await violations(db, vault)}
    assert [each.contact for each in await vault.kept([ana])] == [Contact(ANA.name)]


async def test_who_is_erased_is_gone_and_who_comes_again_is_somebody_new(vault: Vault, db: asyncpg.Pool) -> None:
    ana, bo = await put(vault, db, (ANA, ORGANIZER, "one"), (BO, ORGANIZER, "two"))
    assert await erase(vault, db, ana, ana, "prs_nobody") == [ana]
    assert await erase(vault, db, ana) == []
    assert await vault.contacts([ana, bo]) == {bo: BO}
    assert await vault.find_email(ANA.email) == await vault.find_name("ana") == await vault.of_buyers(["one"]) == []
    (again,) = await put(vault, db, (ANA, ORGANIZER, "one"))
    assert again != ana
    assert await vault.contacts([ana, again]) == {again: ANA}
    assert await violations(db, vault) == []


async def test_erasing_and_typing_at_once_end_in_one_of_both_orders(vault: Vault, db: asyncpg.Pool) -> None:
    for round_ in range(10):
        (ana,) = await put(vault, db, (ANA, ORGANIZER, f"buyer {round_}"))
        _, (typed,) = await asyncio.gather(erase(vault, db, ana), put(vault, db, (ANA, ORGANIZER, f"buyer {round_}")))
        # Typed first and then erased, or somebody new: never the erased one with a contact.
        assert await vault.contacts([ana, typed]) == ({} if typed == ana else {typed: ANA})


async def test_what_was_corrected_is_found_by_what_is_right(vault: Vault, db: asyncpg.Pool) -> None:
    ana, gone = await put(vault, db, (ANA, ORGANIZER, "one"), (BO, ORGANIZER, "two"))
    await erase(vault, db, gone)
    right = replace(ANA, name="Ana Muñoz", email="ana@example.org")
    async with db.acquire() as connection:
        assert await vault.correct(connection, {ana: right, gone: BO, "prs_nobody": BO}) == [ana]
    assert await vault.contacts([ana]) == {ana: right}
    assert await vault.find_email(ANA.email) == await vault.find_name("nunez") == []
    assert await vault.find_name("MUNOZ") == await vault.find_email("ANA@example.org") == [ana]
    (typed,) = await put(vault, db, (ANA, ORGANIZER, "one"))
    assert typed != ana
    assert await violations(db, vault) == []


@given(contact=st.builds(Contact, TEXTS, TEXTS, TEXTS), column=st.text(max_size=20), text=TEXTS)
def test_whatever_is_typed_comes_back_and_only_where_it_belongs(contact: Contact, column: str, text: str) -> None:
    sealer = PersonSealer(Keyring.of_secret(b"s" * 32))
    row, other = sealer.new(contact), sealer.new(contact)
    assert sealer.contact(row) == contact
    assert sealer.contact(replace(row, sealed=other.sealed)) is None
    assert sealer.contact(replace(other, person=row.person)) is None
    value = sealer.seal(row, column, text)
    assert value is not None
    assert sealer.open(row, column, value) == text
    assert sealer.open(row, f"{column}?", value) is None
    assert sealer.open(other, column, value) is None
    assert sealer.open(row, column, value[:-1]) is None
    assert (len(value) - 12 - 16) % 64 == 0


@given(name=TEXTS)
def test_words_of_a_name_are_the_same_in_any_case(name: str) -> None:
    words = words_of(name)
    assert words == words_of(f"  {' '.join(words)} ")
    assert len(words) == len(set(words)) <= 12
