"""What buyers answered is sealed for themselves alone, known to them, and forgotten with them."""

import asyncio

import pytest

from engine.audit import Act
from engine.engine import Engine
from engine.limits import ANSWERS_KEPT_DAYS
from engine.orders import Bought, CartChange, Contact
from engine.orders.context import OLD_ROWS
from engine.refusals import accept
from engine.rights import Chosen, Erased
from engine.vault.invariants import violations
from engine.verify.referred import referred_violations
from tests.orders.asking import answer, begin, issues, kept, said
from tests.orders.house import House
from tests.vault.test_rewrapping import rotated


@pytest.fixture
async def asking(house: House) -> House:
    """What a process knows of a sale is read anew each time."""
    house.engine.orders.price_books.kept_s = 0
    return await begin(house)


async def test_nothing_of_an_answer_lies_open(asking: House) -> None:
    buyer = await asking.buyer_holding(3)
    accept(await answer(asking, buyer, allergies="Erdnuss-Allergie", meal={"seat:3": "Meat"}))
    assert isinstance(await asking.buy(buyer), Bought)
    for table in ("cart_answers", "order_answers"):
        for row in await asking.engine.db.fetch(f"SELECT answers FROM {table} WHERE sale_id = $1", asking.sale.id):
            assert b"Erdnuss" not in row["answers"]


async def test_answers_that_were_moved_never_open(asking: House) -> None:
    bought = []
    for seat in (3, 4):
        buyer = await asking.buyer_holding(seat)
        await asking.engine.orders.change_cart(
            asking.sale.id, buyer, CartChange(contact=Contact(f"Ana {seat}", f"ana{seat}@example.org"))
        )
        accept(await answer(asking, buyer, allergies=f"Nuts {seat}", meal={f"seat:{seat}": "Meat"}))
        each = await asking.buy(buyer)
        assert isinstance(each, Bought)
        bought.append(each.order.id)
    db = asking.engine.db
    rows = {
        row["order_id"]: row for row in await db.fetch("SELECT * FROM order_answers WHERE sale_id = $1", asking.sale.id)
    }
    first, second = (rows[order] for order in bought)
    move = "UPDATE order_answers SET answers = $2, person_id = $3 WHERE order_id = $1"
    for answers, person in (
        (second["answers"], second["person_id"]),  # of another order
        (first["answers"], second["person_id"]),  # for another person
        (second["answers"], first["person_id"]),
        (bytes(len(first["answers"])), first["person_id"]),
    ):
        await db.execute(move, bought[0], answers, person)
        assert await kept(asking, bought[0]) == {}
        assert len(await kept(asking, bought[1])) == 2
    await db.execute(move, bought[0], first["answers"], first["person_id"])
    assert len(await kept(asking, bought[0])) == 2


async def test_answers_outlive_another_key(asking: House) -> None:
    engine = asking.engine
    buyer = await asking.buyer_holding(3)
    accept(await answer(asking, buyer, allergies="Nuts", meal={"seat:3": "Meat"}))
    bought = await asking.buy(buyer)
    assert isinstance(bought, Bought)
    other = await asking.buyer_holding(4)
    accept(await answer(asking, other, allergies="Milk"))
    await rotated(engine.keyring, engine.db)
    await engine.rewrapping.step()
    assert (await kept(asking, bought.order.id))[("allergies", None)] == "Nuts"
    view = await answer(asking, other, meal={"seat:4": "Vegan"})
    assert said(view)[("allergies", None)] == "Milk"


# ── forgotten ──


async def erase(house: House, person: str) -> None:
    erased = await house.engine.erasing.erase(Act(house.organizer, "test"), Chosen(people=(person,)))
    assert isinstance(erased, Erased), erased


async def test_whoever_is_erased_has_answered_nothing(asking: House) -> None:
    db = asking.engine.db
    buyer, other = await asking.buyer_holding(3), await asking.buyer_holding(4)
    for each, seat in ((buyer, 3), (other, 4)):
        accept(await answer(asking, each, allergies="Nuts", meal={f"seat:{seat}": "Meat"}))
    bought, others = await asking.buy(buyer), await asking.buy(other)
    assert isinstance(bought, Bought)
    assert isinstance(others, Bought)
    person = await db.fetchval("SELECT person_id FROM orders WHERE id = $1", bought.order.id)
    of_cart = await db.fetchval(
        "SELECT a.person_id FROM cart_answers a JOIN cart c ON c.id = a.cart_id WHERE c.buyer_id = $1", buyer
    )
    assert person != of_cart
    await erase(asking, person)
    assert await kept(asking, bought.order.id) == {}
    assert len(await kept(asking, others.order.id)) == 2
    left = await db.fetch("SELECT data_key FROM vault_person WHERE id = ANY ($1)", [person, of_cart])
    assert [row["data_key"] for row in left] == [None, None]
    rows = await db.fetch("SELECT cart_id FROM cart_answers WHERE sale_id = $1", asking.sale.id)
    assert len(rows) == 1


async def test_whoever_is_erased_while_answering_may_go_on_as_somebody_new(asking: House) -> None:
    db = asking.engine.db
    buyer = await asking.buyer_holding(3)
    accept(await answer(asking, buyer, allergies="Nuts"))
    person = await db.fetchval("SELECT person_id FROM cart WHERE buyer_id = $1", buyer)
    await asyncio.gather(erase(asking, person), *(answer(asking, buyer, meal={"seat:3": "Meat"}) for _ in range(3)))
    view = await asking.engine.orders.cart_view(asking.sale.id, buyer)
    assert said(view)[("allergies", None)] == ""
    assert "contact.name" in issues(view)
    await asking.ready(buyer, await asking.cart(buyer))
    accept(await answer(asking, buyer, allergies="Milk", meal={"seat:3": "Vegan"}))
    bought = await asking.buy(buyer)
    assert isinstance(bought, Bought), bought
    assert (await kept(asking, bought.order.id))[("allergies", None)] == "Milk"


async def test_answers_are_known_to_whoever_gave_them(asking: House) -> None:
    db = asking.engine.db
    buyer = await asking.buyer_holding(3)
    accept(await answer(asking, buyer, allergies="Nuts", meal={"seat:3": "Meat"}))
    bought = await asking.buy(buyer)
    assert isinstance(bought, Bought)
    person = await db.fetchval("SELECT person_id FROM orders WHERE id = $1", bought.order.id)
    export = accept(await asking.engine.known(Act(asking.organizer, "test"), Chosen(people=(person,))))
    (section,) = [each for each in export.sections if each.name == "answers"]
    assert {(row["ticket"], row["answer"]) for row in section.rows if row["code"]} == {
        (None, "Nuts"),
        ("seat:3", "Meat"),
    }
    assert all(row["question"] for row in section.rows)


async def test_a_cart_that_ended_leaves_no_answers_behind(asking: House) -> None:
    engine = asking.engine
    buyer, other = await asking.buyer_holding(3), await asking.buyer_holding(4)
    for each, seat in ((buyer, 3), (other, 4)):
        accept(await answer(asking, each, allergies="Nuts", meal={f"seat:{seat}": "Meat"}))
    bought = await asking.buy(buyer)
    assert isinstance(bought, Bought)
    await engine.orders.note_ended_carts()
    left = await engine.db.fetch("SELECT c.buyer_id FROM cart_answers a JOIN cart c ON c.id = a.cart_id")
    assert [row["buyer_id"] for row in left] == [other]
    assert await engine.db.fetchval("SELECT count(*) FROM vault_let_go") >= 1
    assert len(await kept(asking, bought.order.id)) == 2


async def test_answers_of_an_order_go_a_year_after_it_took_place(asking: House) -> None:
    db = asking.engine.db
    buyer = await asking.buyer_holding(3)
    accept(await answer(asking, buyer, allergies="Nuts", meal={"seat:3": "Meat"}))
    bought = await asking.buy(buyer)
    assert isinstance(bought, Bought)
    (rule,) = [each for each in OLD_ROWS if each.name == "answers of an order"]
    for days, left in ((ANSWERS_KEPT_DAYS - 1, 2), (ANSWERS_KEPT_DAYS + 1, 0)):
        await db.execute(
            "UPDATE event SET starts_at = now() - make_interval(days => $2) WHERE organizer_id = $1",
            asking.organizer,
            days,
        )
        await db.execute(rule.statement, ANSWERS_KEPT_DAYS, 1000)
        assert len(await kept(asking, bought.order.id)) == left


async def test_all_of_it_holds(asking: House) -> None:
    engine = asking.engine
    buyer = await asking.buyer_holding(3)
    accept(await answer(asking, buyer, allergies="Nuts", meal={"seat:3": "Meat"}))
    assert isinstance(await asking.buy(buyer), Bought)
    assert await violations(engine.db, engine.vault) == []
    async with engine.db.acquire() as connection:
        assert await referred_violations(connection, asking.sale.id) == []
        await connection.execute("UPDATE order_answers SET person_id = 'prs_nobody'")
        (found,) = await referred_violations(connection, asking.sale.id)
    assert "not in the vault" in found.text


async def test_people_whom_only_answers_refer_to_are_not_let_go(asking: House) -> None:
    engine = asking.engine
    buyer = await asking.buyer_holding(3, ready=False)
    accept(await answer(asking, buyer, allergies="Nuts"))
    await engine.db.execute("UPDATE vault_person SET created_at = now() - interval '90 days'")
    await look_over(engine)
    assert said(await answer(asking, buyer, meal={"seat:3": "Meat"}))[("allergies", None)] == "Nuts"
    await engine.db.execute("DELETE FROM cart_answers")
    await look_over(engine)
    assert await engine.db.fetchval("SELECT count(*) FROM vault_person") == 0


async def look_over(engine: Engine) -> None:
    """A month goes by for whom nothing refers to."""
    await engine.letting_go.look_over()
    await engine.letting_go.look_over()
    await engine.db.execute("UPDATE vault_let_go SET at = now() - interval '90 days'")
    await engine.letting_go.step()
