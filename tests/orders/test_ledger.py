"""The ledger: what is sold is sold once, whoever asks how, and however often."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import asyncpg
import pytest

from engine.catalog.model import SalePlan
from engine.ids import new_buyer
from engine.orders import sql
from engine.orders.codes import new_code
from engine.orders.ledger import SaleLedger
from engine.orders.model import OrderState
from engine.orders.placing import Known, Placed, Placement, PlaceVerdict
from engine.orders.settling import Settled, Settlement
from engine.payments.port import Captured, Declined
from engine.refusals import Code, Refused
from engine.vault import Contact
from tests.orders.sales import placement, plan_of, store
from tests.plans import looked_at, most_rows


@pytest.fixture(autouse=True)
async def settled_afterwards(db: asyncpg.Pool, sale_id: str) -> AsyncIterator[None]:
    """Redis knows nothing of this sale: a finisher of another test would look at its orders again and again."""
    yield
    await db.execute("UPDATE orders SET settled_at = now() WHERE sale_id = $1 AND settled_at IS NULL", sale_id)


@pytest.fixture
async def plan(db: asyncpg.Pool, sale_id: str) -> SalePlan:
    plan = plan_of(sale_id)
    await store(db, plan)
    return plan


@pytest.fixture
def ledger(db: asyncpg.Pool, plan: SalePlan) -> SaleLedger:
    return SaleLedger(db, plan.id, "sandbox")


async def all_of(ledger: SaleLedger, orders: Sequence[Placement]) -> list[PlaceVerdict]:
    return list(await asyncio.gather(*(ledger.place(order) for order in orders)))


async def sold_units(db: asyncpg.Pool, sale: str) -> dict[str, int]:
    return {row["id"]: row["sold"] for row in await db.fetch("SELECT id, sold FROM pool WHERE sale_id = $1", sale)}


async def test_an_order_that_meets_a_sold_seat_is_refused_alone_and_whole(db: asyncpg.Pool, ledger: SaleLedger) -> None:
    orders = [placement(new_buyer(), seats=seats) for seats in ((0, 1), (1, 2), (2, 3))]
    one, two, three = await all_of(ledger, orders)
    assert one == Placed()
    assert two == Refused(Code.ALREADY_SOLD, {"seats": [1]})
    assert three == Placed()
    sold = await db.fetch("SELECT seat FROM order_line WHERE sale_id = $1 AND live ORDER BY seat", ledger.sale)
    assert [row["seat"] for row in sold] == [0, 1, 2, 3]


async def test_a_pool_that_another_draws_on_is_never_oversold(db: asyncpg.Pool, ledger: SaleLedger) -> None:
    early = [placement(new_buyer(), units={"early": 4}) for _ in range(4)]
    assert Counter(type(verdict) for verdict in await all_of(ledger, early)) == {Placed: 2, Refused: 2}
    floor = [placement(new_buyer(), units={"floor": 5}) for _ in range(20)]
    assert Counter(type(verdict) for verdict in await all_of(ledger, floor)) == {Placed: 18, Refused: 2}
    assert await sold_units(db, ledger.sale) == {"floor": 98, "early": 8, "gift": 0}


async def test_the_same_asking_again_is_placed_once_and_another_asking_is_told(ledger: SaleLedger) -> None:
    order = placement(new_buyer(), seats=(5,))
    assert await all_of(ledger, [order, order]) == [Placed(), Placed()]
    assert await ledger.place(order) == Placed()
    assert await ledger.place(replace(order, code=new_code())) == Known(OrderState.PAYING)
    await ledger.settle(Settlement(order.order, Captured(order.total)))
    assert await ledger.place(order) == Known(OrderState.PAID)


async def test_the_person_maximum_counts_orders_that_are_being_paid(ledger: SaleLedger) -> None:
    buyer = new_buyer()
    orders = [placement(buyer, seats=(0, 1, 2, 3)), placement(buyer, seats=(4, 5, 6)), placement(buyer, seats=(7, 8))]
    assert await all_of(ledger, orders) == [Placed(), Refused(Code.OVER_MAXIMUM), Placed()]


async def test_a_decline_frees_seats_units_and_the_buyers_maximum(db: asyncpg.Pool, ledger: SaleLedger) -> None:
    buyer = new_buyer()
    order = placement(buyer, seats=(0, 1), units={"early": 3})
    await ledger.place(order)
    assert await ledger.settle(Settlement(order.order, Declined("card_declined"))) == Settled(OrderState.FAILED)
    assert await ledger.settle(Settlement(order.order, Declined("card_declined"))) == Settled(OrderState.FAILED)
    assert await sold_units(db, ledger.sale) == {"floor": 0, "early": 0, "gift": 0}
    assert await ledger.place(placement(buyer, seats=(0, 1, 2, 3, 4, 5))) == Placed()


async def test_a_capture_makes_tickets_and_tells_once(db: asyncpg.Pool, ledger: SaleLedger) -> None:
    order = placement(new_buyer(), seats=(0, 1), units={"floor": 1})
    await ledger.place(order)
    captured = Settlement(order.order, Captured(order.total, "ref"))
    assert await asyncio.gather(*(ledger.settle(captured) for _ in range(3))) == [Settled(OrderState.PAID)] * 3
    assert await db.fetchval("SELECT count(*) FROM ticket WHERE order_id = $1", order.order) == 3
    assert await db.fetchval("SELECT count(*) FROM outbox_told WHERE subject = $1", order.order) == 1
    assert await db.fetchval("SELECT state FROM payment WHERE order_id = $1", order.order) == "captured"
    # The money is there: a decline that comes afterwards changes nothing.
    assert await ledger.settle(Settlement(order.order, Declined("card_declined"))) == Settled(OrderState.PAID)


async def test_money_the_order_does_not_account_for_is_late(ledger: SaleLedger) -> None:
    wrong, failed = placement(new_buyer(), seats=(0,)), placement(new_buyer(), seats=(1,))
    await all_of(ledger, [wrong, failed])
    await ledger.settle(Settlement(failed.order, Declined("card_declined")))
    assert await ledger.settle(Settlement(wrong.order, Captured(1))) == Settled(OrderState.PAYING, late=True)
    assert await ledger.settle(Settlement(failed.order, Captured(1000))) == Settled(OrderState.FAILED, late=True)
    assert await ledger.settle(Settlement("ord_never", Captured(1000))) == Settled(OrderState.VOID, late=True)


async def test_an_unknown_sale_is_refused(db: asyncpg.Pool, ledger: SaleLedger) -> None:
    nowhere = SaleLedger(db, "no-such-sale", "sandbox")
    assert await nowhere.place(placement(new_buyer(), seats=(0,))) == Refused(Code.UNKNOWN_SALE)


async def test_processes_that_race_for_the_same_seats_sell_each_once(
    db: asyncpg.Pool, plan: SalePlan, database_url: str
) -> None:
    """Two ledgers, as two processes have them, place and fail orders over each other; nothing by-passes a guard."""
    ledgers = [SaleLedger(db, plan.id, "sandbox") for _ in range(2)]
    chance = random.Random(7)

    async def one(ledger: SaleLedger) -> None:
        seats = chance.sample(range(plan.seats), 2)
        order = placement(new_buyer(), seats=seats, units={"early": 1, "floor": 1})
        if isinstance(await ledger.place(order), Placed):
            outcome = Captured(order.total) if chance.random() < 0.5 else Declined("card_declined")
            await ledger.settle(Settlement(order.order, outcome))

    await asyncio.gather(*(one(ledger) for ledger in ledgers for _ in range(200)))
    rows = await db.fetch("SELECT seat FROM order_line WHERE sale_id = $1 AND live AND seat IS NOT NULL", plan.id)
    assert len({row["seat"] for row in rows}) == len(rows) > 0
    states = await db.fetch("SELECT state, count(*) FROM orders WHERE sale_id = $1 GROUP BY state", plan.id)
    counts = {row["state"]: row["count"] for row in states}
    paid = counts["paid"]
    assert await sold_units(db, plan.id) == {"floor": 2 * paid, "early": paid, "gift": 0}
    assert counts.keys() <= {"paid", "failed"}


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    ("lines", "guard"),
    [
        ("INSERT INTO order_line VALUES ($1, 'ord_other', 0, 3, NULL, 'general', 1)", "seat_is_sold_once"),
        ("UPDATE pool SET sold = capacity WHERE sale_id = $1 AND id = 'early'", "pool_is_never_oversold"),
    ],
)
async def test_the_database_refuses_what_by_passed_the_lock(
    db: asyncpg.Pool,
    ledger: SaleLedger,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    lines: str,
    guard: str,
    alone: bool,
) -> None:
    """What somebody else commits between reading and writing is caught by a constraint, for one order alone."""
    decide = ledger._decide
    wrote: list[str] = []

    async def and_then_somebody_else(connection: asyncpg.Connection, batch: list[Placement]) -> object:
        decision = await decide(connection, batch)
        if not wrote:
            wrote.append(guard)
            await db.execute(lines, ledger.sale)
        return decision

    monkeypatch.setattr(ledger, "_decide", and_then_somebody_else)
    orders = [placement(new_buyer(), seats=(seat,), units={"early": 1} if seat == 3 else {}) for seat in (2, 3, 4)]
    if alone:
        assert await ledger.place(orders[1]) == Refused(Code.ALREADY_SOLD)
        assert f"order {orders[1].order} met the guard {guard}" in caplog.text
        return
    one, two, three = await all_of(ledger, orders)
    assert (one, three) == (Placed(), Placed())
    assert isinstance(two, Refused)
    assert two.code is Code.ALREADY_SOLD


async def test_a_lost_commit_is_asked_again_and_found(
    db: asyncpg.Pool, ledger: SaleLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[int] = []

    async def loses_its_first_answer(batch: list[Placement]) -> object:
        verdicts = await SaleLedger._place(ledger, batch)
        if not lost:
            lost.append(len(batch))
            raise ConnectionResetError
        return verdicts

    monkeypatch.setattr(ledger._placing, "_send", loses_its_first_answer)
    orders = [placement(new_buyer(), seats=(seat,)) for seat in range(5)]
    assert await all_of(ledger, orders) == [Placed()] * 5
    assert lost
    assert await db.fetchval("SELECT count(*) FROM orders WHERE sale_id = $1", ledger.sale) == 5


SOLD_BEFORE, BATCH, PAGES_EACH_MAX = 600, 10, 60


async def test_a_batch_looks_at_its_own_orders_however_much_was_sold(db: asyncpg.Pool, sale_id: str) -> None:
    """Also in a sale so young that Postgres knows nothing of its tables yet."""
    await store(db, plan_of(sale_id, seats=10_000))
    ledger = SaleLedger(db, sale_id, "sandbox")
    orders = [placement(new_buyer(), seats=(at,)) for at in range(SOLD_BEFORE + BATCH)]
    assert set(await all_of(ledger, orders)) == {Placed()}
    paid = [Settlement(order.order, Captured(order.total, "ref")) for order in orders[:SOLD_BEFORE]]
    assert set(await asyncio.gather(*map(ledger.settle, paid))) == {Settled(OrderState.PAID)}
    ids, buyers = [order.order for order in orders[-BATCH:]], [order.buyer for order in orders[-BATCH:]]
    seats, lines = list(range(SOLD_BEFORE, SOLD_BEFORE + BATCH)), [0] * BATCH
    asked = [
        (sql.READ_PLACE_FACTS, (sale_id, ids, seats, buyers)),
        (sql.LOCK_ORDERS, (sale_id, ids)),
        (sql.MARK_PAID, (sale_id, ids, dict.fromkeys(ids, "ref"), ids, lines, [f"tkt_{each}" for each in ids])),
        (sql.MARK_SETTLED, ([sale_id], ids, "paid")),
    ]
    async with db.acquire() as connection, connection.transaction():
        await connection.execute(sql.BY_INDEX)
        for statement, arguments in asked:
            plan = await looked_at(connection, statement, *arguments)
            pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            assert pages <= BATCH * PAGES_EACH_MAX, (statement, plan)
            assert most_rows(plan) <= BATCH, (statement, plan)


async def test_what_can_not_be_written_is_refused_alone(ledger: SaleLedger, caplog: pytest.LogCaptureFixture) -> None:
    orders = [placement(new_buyer(), seats=(seat,)) for seat in range(3)]
    orders[1] = replace(orders[1], contact=Contact("A\0na"))
    assert await all_of(ledger, orders) == [Placed(), Refused(Code.INTERNAL), Placed()]
    assert f"order {orders[1].order} could not be placed" in caplog.text


async def test_a_settlement_that_can_not_be_written_fails_alone(ledger: SaleLedger) -> None:
    orders = [placement(new_buyer(), seats=(seat,)) for seat in range(3)]
    await all_of(ledger, orders)
    references = ("one", "a reference with \0 in it", "three")
    settlements = [
        Settlement(each.order, Captured(each.total, to)) for each, to in zip(orders, references, strict=True)
    ]
    one, two, three = await asyncio.gather(*map(ledger.settle, settlements), return_exceptions=True)
    assert one == three == Settled(OrderState.PAID)
    assert isinstance(two, asyncpg.PostgresError)
    assert await ledger.settle(Settlement(orders[1].order, Declined("later"))) == Settled(OrderState.FAILED)


async def test_a_line_that_has_a_ticket_keeps_it(db: asyncpg.Pool, ledger: SaleLedger) -> None:
    order = placement(new_buyer(), seats=(0, 1))
    await ledger.place(order)
    await db.execute("INSERT INTO ticket VALUES ($1, $2, 1, 'tkt_of_before')", ledger.sale, order.order)
    settled = await ledger.settle(Settlement(order.order, Captured(order.total, "ref")))
    assert (settled, settled.issued) == (Settled(OrderState.PAID), None)
    tickets = await db.fetch("SELECT id FROM ticket WHERE order_id = $1 ORDER BY line", order.order)
    assert [row["id"] for row in tickets][1:] == ["tkt_of_before"]
