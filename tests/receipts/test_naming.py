"""Receipts made out to a company: from the cart to the number, after which nobody changes them any more."""

import asyncio
from dataclasses import replace

import pytest

from engine.orders import Bought, TaxIdentity
from engine.refusals import Code, Refused, accept
from engine.verify import verify
from tests.eventually import until
from tests.orders.asking import QUESTIONS, answer, ask, said, wrong
from tests.orders.house import House
from tests.receipts.naming import COMPANY, OTHER, allow, begin, bought, issue, name


@pytest.fixture
async def naming(house: House) -> House:
    return await begin(house)


async def of(house: House, order: str) -> TaxIdentity:
    return (await house.engine.receipts.naming.of(house.sale.id, order)).identity


async def test_what_a_cart_names_is_named_by_its_order(naming: House) -> None:
    engine = naming.engine
    named, unnamed = await bought(naming, 3), await bought(naming, 4, None)
    assert await of(naming, named) == COMPANY
    assert not await of(naming, unnamed)
    await issue(naming)
    assert await of(naming, named) == COMPANY
    record = accept(await engine.orders.record(naming.organizer, naming.sale.id, named))
    assert record is not None
    assert record.order.listed(in_full=True)["tax_identity"] == COMPANY.wire()
    masked = record.order.listed(in_full=False)["tax_identity"]
    assert masked == TaxIdentity("F… N… S… L…", "…674", country="ES").wire()
    assert await verify(engine, naming.sale.id, grace_s=0) == []


async def test_it_may_be_taken_out_and_loses_no_answer(naming: House) -> None:
    await ask(naming, QUESTIONS)
    buyer = await naming.buyer_holding(3)
    accept(await answer(naming, buyer, allergies="Nuts"))
    view = accept(await name(naming, buyer, COMPANY))
    assert view.tax_identity == COMPANY
    assert said(view)[("allergies", None)] == "Nuts"
    view = accept(await answer(naming, buyer, meal={"seat:3": "Meat"}))
    assert view.tax_identity == COMPANY
    view = accept(await name(naming, buyer, TaxIdentity()))
    assert view.wire()["tax_identity"] is None
    assert said(view)[("allergies", None)] == "Nuts"


@pytest.mark.parametrize(
    ("identity", "fields"),
    [
        (replace(COMPANY, tax_id="B12345675"), {"tax_id"}),
        (replace(COMPANY, country="PT"), {"tax_id"}),
        (replace(COMPANY, country="PT", tax_id="501442600"), set()),
        (replace(COMPANY, country="BR", tax_id="11.222.333/0001-81"), set()),
        (replace(COMPANY, country="DE", tax_id="DE 136 695 976"), set()),
        (replace(COMPANY, country="DE", tax_id="??"), {"tax_id"}),
        (replace(COMPANY, country="Spain"), {"country"}),
        (replace(COMPANY, country="ZZ"), {"country"}),
        (replace(COMPANY, postal_code=""), set()),
        (TaxIdentity(name="Ferretería"), {"tax_id", "address", "city", "country"}),
        (replace(COMPANY, name=" ", city="x" * 300, address="a\0b"), {"name", "city", "address"}),
    ],
)
async def test_a_mistake_is_said_at_its_field(naming: House, identity: TaxIdentity, fields: set[str]) -> None:
    view = await name(naming, await naming.buyer_holding(3), identity)
    if fields:
        assert set(wrong(view)) == {f"tax_identity.{field}" for field in fields}
    else:
        assert accept(view).tax_identity == identity


async def test_a_sale_that_does_not_ask_takes_none(naming: House) -> None:
    sale, orders = naming.sale.id, naming.engine.orders
    await ask(naming, {"allergies": {"ask": "Any allergies?"}})
    order, waiting = await bought(naming, 3), await naming.buyer_holding(4)
    fresh = accept(await orders.cart_view(sale, await naming.buyer_holding(5, ready=False)))
    assert fresh.wire()["tax_identity"] is None
    accept(await name(naming, waiting, COMPANY))
    await allow(naming, allowed=False)
    assert set(wrong(await name(naming, waiting, OTHER))) == {"tax_identity"}
    assert "tax_identity" not in accept(await orders.cart_view(sale, waiting)).wire()
    later = await naming.buy(waiting)
    assert isinstance(later, Bought), later
    assert not await of(naming, later.order.id)
    changed = await naming.engine.receipts.naming.change(sale, order, OTHER)
    assert isinstance(changed, Refused)
    assert await of(naming, order) == COMPANY


# ── on the page of the order ──


async def test_it_may_be_added_corrected_and_taken_out_until_the_number_is_there(naming: House) -> None:
    change = naming.engine.receipts.naming.change
    order, sale = await bought(naming, 3, None), naming.sale.id
    for identity in (COMPANY, OTHER, TaxIdentity(), COMPANY):
        assert await change(sale, order, identity) == identity
        assert await of(naming, order) == identity
    wrong_id = await change(sale, order, replace(COMPANY, tax_id="B12345675"))
    assert isinstance(wrong_id, Refused)
    assert wrong_id.code is Code.INVALID
    await issue(naming)
    for identity in (OTHER, TaxIdentity()):
        assert await change(sale, order, identity) == Refused(Code.RECEIPT_IS_NUMBERED)
    assert await of(naming, order) == COMPANY
    assert await verify(naming.engine, sale, grace_s=0) == []


async def test_what_has_no_receipt_names_nobody(naming: House) -> None:
    change = naming.engine.receipts.naming.change
    free = await naming.buy(await naming.buyer_holding(units={"gift": 1}))
    assert await change(naming.sale.id, free.order.id, COMPANY) == Refused(Code.NOT_FOUND)
    assert await change(naming.sale.id, "ord_nobody", COMPANY) == Refused(Code.NOT_FOUND)


async def test_the_number_waits_for_a_change_that_came_first(naming: House) -> None:
    """Whoever holds the order decides: the change is written, and then the number is given to what it says."""
    engine, sale = naming.engine, naming.sale.id
    order = await bought(naming, 3, None)
    await engine.receipts.issuing.consumer.step(engine.db)
    async with engine.db.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM orders WHERE sale_id = $1 AND id = $2 FOR UPDATE", sale, order)
        numbering = asyncio.create_task(engine.receipts.issuing.step())
        await waits(naming)
        assert not numbering.done()
        assert await engine.receipts.of_order(sale, order) is None
    await numbering
    assert await engine.receipts.of_order(sale, order) is not None


async def test_a_change_waits_for_the_number_that_came_first_and_is_told(naming: House) -> None:
    engine, sale = naming.engine, naming.sale.id
    order = await bought(naming, 3)
    await engine.receipts.issuing.consumer.step(engine.db)
    # The job has the order, and can't go on: somebody else has the series.
    await issue(naming)
    later = await bought(naming, 4)
    await engine.receipts.issuing.consumer.step(engine.db)
    async with engine.db.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM receipt_series WHERE organizer_id = $1 FOR UPDATE", naming.organizer)
        numbering = asyncio.create_task(engine.receipts.issuing.step())
        await waits(naming)
        changing = asyncio.create_task(engine.receipts.naming.change(sale, later, OTHER))
        await waits(naming, 2)
        assert not changing.done()
    await numbering
    assert await changing == Refused(Code.RECEIPT_IS_NUMBERED)
    assert await of(naming, later) == COMPANY
    assert await of(naming, order) == COMPANY


async def test_many_changes_and_numbers_at_once_agree(naming: House) -> None:
    """What a change was told is what the receipt says for ever."""
    engine, sale = naming.engine, naming.sale.id
    orders = [await bought(naming, seat, None) for seat in range(3, 7)]
    await engine.receipts.issuing.consumer.step(engine.db)
    changes = [
        engine.receipts.naming.change(sale, order, identity) for order in orders for identity in (COMPANY, OTHER)
    ]
    said = await asyncio.gather(engine.receipts.issuing.step(), *changes, engine.receipts.issuing.step())
    assert all(each in (COMPANY, OTHER, Refused(Code.RECEIPT_IS_NUMBERED)) for each in said[1:-1])
    for nth, order in enumerate(orders):
        done = [each for each in said[1 + 2 * nth : 3 + 2 * nth] if isinstance(each, TaxIdentity)]
        assert await of(naming, order) in (done or [TaxIdentity()])
    assert await verify(engine, sale, grace_s=0) == []


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def waits(house: House, count: int = 1) -> None:
    """Until so many of this database's sessions wait for a lock."""

    async def look() -> bool:
        return bool(await house.engine.db.fetchval(WAITING) >= count)

    await until(f"{count} that wait", look)
