"""Whom a receipt is made out to is sealed for its buyer alone, known to them, and forgotten with them."""

import asyncio

import pytest

from engine.audit import Act
from engine.orders import TaxIdentity
from engine.refusals import Code, Refused, accept
from engine.rights import Chosen, Erased
from engine.verify import verify
from engine.verify.referred import referred_violations
from tests.orders.house import House
from tests.receipts.naming import COMPANY, OTHER, begin, bought, issue, name
from tests.rights.test_answers import look_over
from tests.vault.test_rewrapping import rotated


@pytest.fixture
async def naming(house: House) -> House:
    return await begin(house)


async def of(house: House, order: str) -> TaxIdentity:
    return (await house.engine.receipts.naming.of(house.sale.id, order)).identity


async def person_of(house: House, order: str) -> str:
    return str(await house.engine.db.fetchval("SELECT person_id FROM orders WHERE id = $1", order))


async def erase(house: House, person: str) -> None:
    erased = await house.engine.erasing.erase(Act(house.organizer, "test"), Chosen(people=(person,)))
    assert isinstance(erased, Erased), erased


async def test_nothing_of_it_lies_open_anywhere(naming: House) -> None:
    db = naming.engine.db
    accept(await name(naming, await naming.buyer_holding(4), COMPANY))
    order = await bought(naming, 3)
    await naming.engine.receipts.naming.change(naming.sale.id, order, OTHER)
    await issue(naming)
    tables = [row["name"] for row in await db.fetch("SELECT relname AS name FROM pg_class WHERE relkind = 'r'")]
    for table in (each for each in tables if not each.startswith(("pg_", "sql_"))):
        for word in ("Ferretería", "B12345674", "Otra S. A.", "A58818501", "Calle Mayor"):
            for told in (word, word.encode().hex()):
                found = await db.fetchval(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE $1', f"%{told}%")
                assert found == 0, (table, word)


async def test_what_was_moved_never_opens_and_verify_says_so(naming: House) -> None:
    db, sale = naming.engine.db, naming.sale.id
    first, second = await bought(naming, 3), await bought(naming, 4, OTHER)
    rows = {row["order_id"]: row for row in await db.fetch("SELECT * FROM order_tax_identity")}
    one, other = rows[first], rows[second]
    move = "UPDATE order_tax_identity SET identity = $2, person_id = $3 WHERE order_id = $1"
    for identity, person in (
        (other["identity"], other["person_id"]),  # of another order
        (one["identity"], other["person_id"]),  # for another person
        (other["identity"], one["person_id"]),
        (bytes(len(one["identity"])), one["person_id"]),
    ):
        await db.execute(move, first, identity, person)
        assert not await of(naming, first)
        assert f"order {first}" in {each.subject for each in await verify(naming.engine, sale, grace_s=0)}
    await db.execute(move, first, one["identity"], one["person_id"])
    assert await of(naming, first) == COMPANY
    assert await verify(naming.engine, sale, grace_s=0) == []


async def test_it_outlives_another_key(naming: House) -> None:
    engine = naming.engine
    order, other = await bought(naming, 3), await naming.buyer_holding(4)
    accept(await name(naming, other, OTHER))
    await rotated(engine.keyring, engine.db)
    await engine.rewrapping.step()
    assert await of(naming, order) == COMPANY
    assert accept(await engine.orders.cart_view(naming.sale.id, other)).tax_identity == OTHER


@pytest.mark.parametrize("numbered", [True, False])
async def test_whoever_is_erased_leaves_a_receipt_that_names_nobody(naming: House, numbered: bool) -> None:
    engine, sale = naming.engine, naming.sale.id
    order, others, unnamed = await bought(naming, 3), await bought(naming, 4, OTHER), await bought(naming, 5, None)
    if numbered:
        await issue(naming)
    await erase(naming, await person_of(naming, order))
    await erase(naming, await person_of(naming, unnamed))
    found = await engine.receipts.naming.of(sale, order)
    assert (found.identity, found.erased) == (TaxIdentity(), True)
    assert not (await engine.receipts.naming.of(sale, unnamed)).erased
    assert await of(naming, others) == OTHER
    late = await engine.receipts.naming.change(sale, order, COMPANY)
    assert late == Refused(Code.NOT_FOUND)
    await issue(naming)
    assert (await engine.receipts.of_order(sale, order)) is not None
    assert await verify(engine, sale, grace_s=0) == []


async def test_an_erasure_and_changes_at_once_leave_nothing_behind(naming: House) -> None:
    engine, sale = naming.engine, naming.sale.id
    order = await bought(naming, 3)
    person = await person_of(naming, order)
    await asyncio.gather(
        *(engine.receipts.naming.change(sale, order, each) for each in (COMPANY, OTHER, COMPANY)),
        erase(naming, person),
        *(engine.receipts.naming.change(sale, order, each) for each in (COMPANY, OTHER)),
    )
    assert (await engine.receipts.naming.of(sale, order)).erased
    assert await verify(engine, sale, grace_s=0) == []


async def test_a_cart_of_whoever_is_erased_names_nobody(naming: House) -> None:
    engine, buyer = naming.engine, await naming.buyer_holding(3)
    accept(await name(naming, buyer, COMPANY))
    person = await engine.db.fetchval("SELECT person_id FROM cart WHERE buyer_id = $1", buyer)
    await erase(naming, person)
    assert not accept(await engine.orders.cart_view(naming.sale.id, buyer)).tax_identity
    assert await engine.db.fetchval("SELECT count(*) FROM cart_answers") == 0


async def test_it_is_known_to_whoever_gave_it_and_to_no_neighbour(naming: House) -> None:
    order, other = await bought(naming, 3), await bought(naming, 4, OTHER)
    export = accept(
        await naming.engine.known(Act(naming.organizer, "test"), Chosen(people=(await person_of(naming, order),)))
    )
    (section,) = [each for each in export.sections if each.name == "tax identities"]
    assert [(row["name"], row["tax_id"]) for row in section.rows] == [(COMPANY.name, COMPANY.tax_id)]
    assert await of(naming, other) == OTHER


async def test_people_whom_only_a_receipt_refers_to_are_not_let_go(naming: House) -> None:
    db, order = naming.engine.db, await bought(naming, 3)
    person = await person_of(naming, order)
    await db.execute("DELETE FROM cart")
    await db.execute("UPDATE orders SET person_id = NULL")
    await db.execute("UPDATE vault_person SET created_at = now() - interval '90 days'")
    await look_over(naming.engine)
    assert await of(naming, order) == COMPANY
    async with db.acquire() as connection:
        assert await referred_violations(connection, naming.sale.id) == []
    await db.execute("DELETE FROM order_tax_identity")
    await look_over(naming.engine)
    assert await db.fetchval("SELECT count(*) FROM vault_person WHERE id = $1", person) == 0
