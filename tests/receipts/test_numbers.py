"""Numbers of receipts: none is left out, none given twice, whoever works beside, dies, or turns back the clock."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from engine.audit import Act
from engine.engine import Engine
from engine.orders import Bought
from engine.receipts import Issuing, LegalIdentity
from engine.refusals import accept
from engine.settings import Settings
from engine.verify import verify, verify_contexts
from tests.orders.house import House
from tests.receipts.selling import numbers, sold, without_gap

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = LegalIdentity("Sala Sur S. L.", "B12345674", "Calle Mayor 1", "28013", "Madrid", "ES", zone="Europe/Madrid")
MANY = 10_000
STATEMENTS_MIN = 10  # of a step


async def issue(engine: Engine, now: datetime | None = None) -> None:
    """Hear of what was paid, and give numbers until nothing waits."""
    await engine.receipts.issuing.consumer.step(engine.db)
    while await engine.receipts.issuing.step(now):
        pass


async def sound(house: House) -> None:
    assert await verify(house.engine, house.sale.id, grace_s=0) == []
    assert (await verify_contexts(house.engine, grace_s=0))["receipts"] == []


async def test_what_was_paid_has_a_number_and_what_cost_nothing_has_none(house: House) -> None:
    paid = [await house.buy(await house.buyer_holding(seat)) for seat in (0, 1)]
    free = await house.buy(await house.buyer_holding(units={"gift": 1}))
    await issue(house.engine)
    assert await numbers(house.engine.db, house.organizer) == without_gap(2)
    receipts = house.engine.receipts
    for nth, bought in enumerate(paid, start=1):
        assert isinstance(bought, Bought)
        receipt = await receipts.of_order(house.sale.id, bought.order.id)
        assert receipt is not None
        assert receipt.number.endswith(f"-{nth:06d}")
        assert (receipt.total, receipt.currency) == (bought.order.total, "EUR")
        assert receipt.tax == sum(each.amount for each in bought.order.taxes)
    assert isinstance(free, Bought)
    assert await receipts.of_order(house.sale.id, free.order.id) is None
    await sound(house)


async def test_it_is_given_once_however_often_it_is_heard_of(house: House) -> None:
    assert isinstance(await house.buy(await house.buyer_holding(0)), Bought)
    await issue(house.engine)
    await house.engine.db.execute("UPDATE outbox_cursor SET id_after = 0 WHERE consumer = 'receipts.issuer'")
    await issue(house.engine)
    await house.engine.db.execute(
        "INSERT INTO receipt_due (sale_id, order_id, organizer_id, paid_at)"
        " SELECT sale_id, order_id, organizer_id, now() FROM receipt"
    )
    await issue(house.engine)
    assert await numbers(house.engine.db, house.organizer) == without_gap(1)
    await sound(house)


async def test_what_was_paid_before_there_were_receipts_gets_its_number(house: House) -> None:
    engine = house.engine
    paid = [await house.buy(await house.buyer_holding(seat)) for seat in (0, 1)]
    assert isinstance(await house.buy(await house.buyer_holding(units={"gift": 1})), Bought)
    await engine.receipts.issuing.consumer.step(engine.db)  # as if the release before had told it all to nobody
    await engine.db.execute("DELETE FROM receipt_due")
    step = (ROOT / "migrations/0103_receipts_of_before.sql").read_text(encoding="utf-8")
    for _ in range(2):
        await engine.db.execute(step)
    await issue(engine)
    assert await numbers(engine.db, house.organizer) == without_gap(len(paid))
    await sound(house)


async def test_two_at_once_and_batches_that_fail_leave_no_gap(house: House) -> None:
    engine = house.engine
    await sold(engine.db, house.sale.id, MANY)
    # A batch that meets an error goes back whole.
    await engine.db.execute(
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.number = 1700 AND current_setting('application_name') = 'fails' THEN RAISE EXCEPTION 'once'; END IF;"
        " RETURN NEW; END $$; CREATE TRIGGER fails BEFORE INSERT ON receipt FOR EACH ROW EXECUTE FUNCTION fails()"
    )
    other = await asyncpg.create_pool(engine.settings.database_url, server_settings={"application_name": "fails"})
    failing = Issuing(other)
    said = await asyncio.gather(
        *(each.step() for each in (failing, engine.receipts.issuing, failing)), return_exceptions=True
    )
    assert any(isinstance(each, int) for each in said)
    await issue(engine)
    await other.close()
    assert await numbers(engine.db, house.organizer) == without_gap(MANY)
    assert await engine.db.fetchval("SELECT count(*) FROM receipt_due") == 0
    assert (await verify_contexts(engine, grace_s=0))["receipts"] == []


@pytest.mark.faults
async def test_whichever_statement_a_worker_dies_before_the_next_one_goes_on(house: House, settings: Settings) -> None:
    assert settings.database_url is not None
    command = [sys.executable, "-m", "tests.receipts.dying_issuer", settings.database_url, house.sale.id]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    processes = int(said)
    assert processes > STATEMENTS_MIN, "it died before each statement of a step, the last of which ends it"
    assert await numbers(house.engine.db, house.organizer) == without_gap(3 * processes)
    assert (await verify_contexts(house.engine, grace_s=0))["receipts"] == []


async def test_a_year_ends_at_midnight_where_the_organizer_is(house: House) -> None:
    engine = house.engine
    await engine.receipts.identities.change(Act(house.organizer, "test"), IDENTITY)
    midnight = datetime(2030, 12, 31, 23, 0, tzinfo=UTC)  # by the clocks of Madrid
    for name, now in (
        ("before", midnight - timedelta(microseconds=1)),
        ("after", midnight),
        ("turned back", midnight - timedelta(hours=5)),
        ("again", midnight + timedelta(hours=3)),
    ):
        await sold(engine.db, house.sale.id, 2, name)
        await issue(engine, now)
    assert await numbers(engine.db, house.organizer) == {2030: [1, 2], 2031: [1, 2, 3, 4, 5, 6]}
    dates = [row["issued_at"] for row in await engine.db.fetch("SELECT issued_at FROM receipt ORDER BY year, number")]
    assert dates == sorted(dates), "a later number has no earlier date"
    assert dates[2:6] == [midnight] * 4
    assert (await verify_contexts(engine, grace_s=0))["receipts"] == []


async def test_organizers_have_series_of_their_own(house: House, engine: Engine) -> None:
    other = await engine.access.create_organizer("Sala Este")
    await sold(engine.db, house.sale.id, 3)
    await engine.db.execute("UPDATE receipt_due SET organizer_id = $1 WHERE order_id = 'o2'", other)
    await issue(engine)
    assert await numbers(engine.db, other) == without_gap(1)
    assert await numbers(engine.db, house.organizer) == without_gap(2)


async def test_the_database_itself_refuses_gaps_doubles_and_what_nobody_captured(house: House) -> None:
    db = house.engine.db
    await sold(db, house.sale.id, 5)
    await issue(house.engine)
    for statement in (
        "DELETE FROM receipt WHERE number = 3",
        "DELETE FROM receipt WHERE number = 5",
        "UPDATE receipt SET number = 9 WHERE number = 5",
        "UPDATE receipt SET number = 4 WHERE number = 5",
        "UPDATE receipt SET order_id = 'o1' WHERE number = 5",
        "UPDATE receipt SET order_id = 'nobody' WHERE number = 5",
        "UPDATE receipt_series SET last = 6",
        "DELETE FROM ledger_movement WHERE order_id = 'o2'",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute(statement)


async def test_a_receipt_keeps_the_identity_it_was_issued_with(house: House) -> None:
    engine, by = house.engine, Act(house.organizer, "test")
    said = []
    for name, identity in (
        ("a", None),
        ("b", IDENTITY),
        ("c", LegalIdentity("Otra S. A.", "A58818501", "x", "1", "y", "ES")),
    ):
        if identity is not None:
            accept(await engine.receipts.identities.change(by, identity))
        await sold(engine.db, house.sale.id, 1, name)
        await issue(engine)
        said.append(identity or LegalIdentity("Sala Sur"))
    for name, identity in zip("abc", said, strict=True):
        receipt = await engine.receipts.of_order(house.sale.id, f"{name}1")
        assert receipt is not None
        assert receipt.seller == identity


async def test_a_month_is_listed_by_its_numbers_and_is_nobody_elses(house: House) -> None:
    engine = house.engine
    await engine.receipts.identities.change(Act(house.organizer, "test"), replace(IDENTITY, prefix="A-"))
    new_year = datetime(2030, 12, 31, 23, 0, tzinfo=UTC)  # by the clocks of Madrid
    for name, now in (("a", new_year - timedelta(seconds=1)), ("b", new_year)):
        await sold(engine.db, house.sale.id, 3, name)
        await issue(engine, now)
    december = await engine.receipts.month(house.organizer, "2030-12", 2)
    assert december is not None
    assert [each.number for each in december.items] == ["A-2030-000001", "A-2030-000002"]
    assert [(each.receipts, each.total) for each in december.sums] == [(3, 3006)]
    assert december.gapless
    rest = await engine.receipts.month(house.organizer, "2030-12", 2, december.items[-1].at)
    assert rest is not None
    assert [each.number for each in rest.items] == ["A-2030-000003"]
    january = await engine.receipts.month(house.organizer, "2031-01", 9)
    assert january is not None
    assert [each.order for each in january.items] == ["b1", "b2", "b3"]
    other = await engine.receipts.month(await engine.access.create_organizer("Sala Este"), "2030-12", 9)
    assert other is not None
    assert (other.items, other.sums) == ((), ())
    for month in ("2030-13", "2030-1", "december", "1030-12"):
        assert await engine.receipts.month(house.organizer, month, 9) is None


async def test_an_order_without_its_movement_waits_and_holds_up_nobody(house: House) -> None:
    db = house.engine.db
    await sold(db, house.sale.id, 3)
    await db.execute("DELETE FROM ledger_movement WHERE order_id = 'o1'")
    await issue(house.engine)
    assert await numbers(db, house.organizer) == without_gap(2)
    await db.execute("SELECT ledger_capture($1, ARRAY['o1'])", house.sale.id)
    await db.execute("UPDATE receipt_due SET not_before = now()")
    await issue(house.engine)
    assert await numbers(db, house.organizer) == without_gap(3)


async def test_verify_tells_of_what_was_forgotten_or_changed(house: House) -> None:
    bought = await house.buy(await house.buyer_holding(0))
    assert isinstance(bought, Bought)
    db = house.engine.db
    await db.execute("UPDATE ledger_movement SET at = now() - interval '1 hour'")
    (found,) = await verify(house.engine, house.sale.id, grace_s=0)
    assert (found.invariant, "no receipt" in found.text) == (27, True)
    await issue(house.engine)
    await sound(house)
    await db.execute("UPDATE receipt SET total = total + 1")
    (found,) = await verify(house.engine, house.sale.id, grace_s=0)
    assert (found.invariant, found.subject) == (27, f"order {bought.order.id}")
    await db.execute("SET session_replication_role = replica; DELETE FROM receipt")
    (found,) = (await verify_contexts(house.engine, grace_s=0))["receipts"]
    assert "the last number given is 1" in found.text
