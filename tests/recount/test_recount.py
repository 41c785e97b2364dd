"""Thousands of purchases with fees, taxes and coupons, under changes of all of them, by processes that are killed: an
outsider, with SQL alone, comes to the same figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import ANY

import pytest

from engine.audit import Act
from engine.catalog import CreatedSale
from engine.coupons import CouponView
from engine.credit import Granted, Issue, Restriction, expire
from engine.engine import Engine
from engine.ids import new_id
from engine.refusals import RefusalError, Refused
from engine.settings import Settings
from engine.verify import verify, verify_contexts

ROOT = Path(__file__).resolve().parents[2]
NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}
ENDED_S_MAX = 60
# Of half the orders whose money is awaited; the others go on waiting, unless it came and nobody lived to tell.
DEADLINES = """
UPDATE order_awaiting SET until = CASE WHEN hashtext(order_id) % 2 = 0 THEN now() ELSE until END, look_at = now()
WHERE look_at IS NOT NULL
"""
UNENDED = """
SELECT count(*) FROM orders o LEFT JOIN order_awaiting a ON a.sale_id = o.sale_id AND a.order_id = o.id
WHERE o.settled_at IS NULL OR o.state = 'paying' OR a.look_at <= now() OR EXISTS (
    SELECT FROM order_of_move n JOIN order_move m ON m.id = n.move AND m.state = 'open' WHERE n.id = o.id AND n.paid
)
"""
CODES: dict[str, list[str]] = {}  # of vouchers, by sale
SALE = """
event: Sala {nth}
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: {currency}
opens: now
room: false
pools:
  floor: {{capacity: 9000000, price: {{general: {general}, vip: {vip}}}}}
taxes: {taxes}
fees: {fees}
coupons:
  TENTH: {{percent: 10, for: general}}
  VIP50: {{fixed: {half}, per: ticket, for: vip}}
  HUNDRED: {{percent: 50, uses: 100}}
  POT: {{fixed: {small}, money: {pot}}}
  ONCE: {{percent: 15, per_person: 1, person: buyer}}
  THREE: {{free: true, items: 1, minimum: {{tickets: 3}}, tickets: 50}}
  HALF: {{price: {small}, for: vip, alone: true}}
  LAST: {{percent: 33.3333, cap: {small}}}
"""
KINDS = (
    {"currency": "EUR", "general": 19.99, "vip": 120, "half": 50, "small": 7.77, "pot": 400}
    | {"taxes": "{IVA: 10}", "fees": "{Service: 1.50, Handling: {percent: 2.5, per: order}}"},
    {"currency": "JPY", "general": 2500, "vip": 9801, "half": 4000, "small": 333, "pot": 20000}
    | {"taxes": "{Tax: {rate: 8.875, included: false}}", "fees": "{Service: 110}"},
    {"currency": "KWD", "general": 4.125, "vip": 33.333, "half": 11.111, "small": 1.001, "pot": 90}
    | {"taxes": "{A: 5, B: {rate: 12.5, included: false, for: [vip]}}", "fees": "{Service: {percent: 3.3333}}"},
)


@pytest.fixture
async def engine(redis_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    monkeypatch.setattr("engine.reconciliation.runs.RECONCILIATION_GRACE_S", -3600)  # nothing is too new to compare
    values = {"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32}
    async with Engine.open(Settings.model_validate(values)) as engine:
        yield engine


async def recounted(engine: Engine, what: str = "recount") -> tuple[int, str]:
    """What the outsider says."""
    script = [sys.executable, "-m", f"tests.recount.{what}", str(engine.settings.database_url)]
    process = await asyncio.create_subprocess_exec(*script, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.mark.faults
@pytest.mark.parametrize("orders", [400, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(1_200)])])
async def test_an_outsider_comes_to_the_same_figures(engine: Engine, orders: int) -> None:
    chance = random.Random(orders)
    by = Act(await engine.access.create_organizer("Sala"), "test")
    await engine.reconciliation.disputes.choose(by, blocks=True)
    sales = [await opened(engine, by, nth, kind) for nth, kind in enumerate(KINDS)]
    made = await engine.coupons.make(by, {"key": "EVERYWHERE", "percent": 12.5, "uses": max(30, orders // 20)})
    assert isinstance(made, CouponView), made
    for sale, kind in zip(sales, KINDS, strict=True):
        await with_vouchers(engine, by, sale, str(kind["currency"]))
    deaths = 0
    while await engine.db.fetchval("SELECT count(*) FROM orders") < orders:
        await lives(engine, f"{orders} {deaths}", sales, chance)
        deaths += 1
        await changes(engine, by, chance.choice(sales), chance)
        if chance.random() < 0.3:
            await engine.keeper.rebuild(chance.choice(sales))
    assert deaths >= 3
    await ended(engine)
    for what in ("recount", "recount_books"):
        returncode, said = await recounted(engine, what)
        assert returncode == 0, said
    assert await engine.reconciliation.disagreements(by.organizer_id) == []
    for sale in sales:
        assert await verify(engine, sale, grace_s=0) == []
    found = await verify_contexts(engine, grace_s=0)
    assert (found["orders"], found["receipts"], found["credit"], found["reconciliation"]) == ([], [], [], [])
    assert await engine.db.fetchval("SELECT count(*) FROM order_credit WHERE live") > 0
    assert await engine.db.fetchval("SELECT count(*) FROM order_move WHERE state = 'done'") > 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("UPDATE order_line SET tax = tax + 1 WHERE line = 0", "has tax and owes"),
        ("UPDATE order_fee SET owed = owed + 1", "which comes to"),
        ("UPDATE coupon SET uses = uses - 1 WHERE uses > 0", "uses are"),
        ("UPDATE order_coupon SET discount = discount + 1", "are off its lines"),
        ("UPDATE receipt SET tax = tax + 1", "of it tax"),
        ("UPDATE orders SET total = total + 1 WHERE state = 'paid'", "its total is"),
        ("DELETE FROM coupon_person", "somebody with coupon"),
        ("UPDATE refund_part SET owed = owed + 1", "is not the sum of its parts"),
        ("UPDATE sandbox_refund SET amount = amount + 1", "the provider gave"),
        ("UPDATE order_line SET live = true WHERE NOT live", "is live"),
        ("UPDATE credit SET balance = balance + 1", "its balance is"),
        ("UPDATE order_credit SET amount = amount + 1 WHERE live", "and it spends"),
        ("UPDATE credit_entry SET amount = amount + 1 WHERE kind = 'issue'", "its balance is"),
        ("UPDATE refund SET moved = moved - 1 WHERE moved > 0", "does not move"),
        (
            "UPDATE order_move SET state = 'undone', to_order = NULL, refund = NULL WHERE state = 'done'",
            "a refund ended",
        ),
    ],
)
async def test_the_outsider_finds_what_is_off_by_one(engine: Engine, wrong: str, said: str) -> None:
    by = Act(await engine.access.create_organizer("Sala"), "test")
    sale = await opened(engine, by, 0, KINDS[0])
    await with_vouchers(engine, by, sale, "EUR")
    spent = "EXISTS (SELECT FROM order_credit WHERE live)"
    moves = "EXISTS (SELECT FROM order_move WHERE state = 'done')"
    enough = f"SELECT count(DISTINCT coupon_id) >= 3 AND {spent} AND {moves} FROM order_coupon WHERE live"
    while not await engine.db.fetchval(enough):
        await lives(engine, f"{wrong}", [sale], random.Random(1))
    await ended(engine)
    assert await recounted(engine) == (0, ANY)
    await engine.db.execute(f"ALTER TABLE receipt DISABLE TRIGGER ALL; {wrong}")
    returncode, found = await recounted(engine)
    assert (returncode, said in found) == (1, True), found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("UPDATE provider_entry SET fee = fee + 1 WHERE kind = 'charge'", "it moved"),
        ("DELETE FROM provider_entry WHERE kind = 'charge'", "and clearing is"),
        ("UPDATE sandbox_charge SET amount = amount + 1", "the sandbox has"),
        ("UPDATE dispute SET state = 'lost', ended_at = now() WHERE state = 'open'", "it is lost with"),
        ("UPDATE ticket SET blocked_at = now()", "it is blocked"),
    ],
)
async def test_the_outsider_finds_what_is_off_at_a_provider(engine: Engine, wrong: str, said: str) -> None:
    by = Act(await engine.access.create_organizer("Sala"), "test")
    sale = await opened(engine, by, 0, KINDS[0])
    crowds = 0
    while not await engine.db.fetchval("SELECT count(*) FROM dispute WHERE state = 'open'"):
        await lives(engine, f"{wrong} {crowds}", [sale], random.Random(1))
        crowds += 1
    await ended(engine)
    assert await recounted(engine, "recount_books") == (0, ANY)
    await engine.db.execute(wrong)
    returncode, found = await recounted(engine, "recount_books")
    assert (returncode, said in found) == (1, True), found


async def opened(engine: Engine, by: Act, nth: int, kind: dict[str, object]) -> str:
    text = SALE.format(nth=nth, sale=f"{by.organizer_id.lower().replace('_', '-')[:20]}-{nth}", **kind)
    made = await engine.catalog.sale_from_yaml(text, by)
    assert isinstance(made, CreatedSale), made
    plan = await engine.catalog.plan(made.id)
    assert plan is not None
    await engine.onsale.publish(plan)
    return made.id


async def with_vouchers(engine: Engine, by: Act, sale: str, currency: str) -> None:
    """Vouchers that many carts of a sale want at once; some end meanwhile."""
    ends = datetime.now(UTC) + timedelta(seconds=20)
    for amount, number, until in ((3_333, 10, None), (100_000, 3, None), (20_000, 3, ends)):
        rule = Restriction(until)
        issued = await engine.credit.issue(by, Issue(amount, currency, "rain", new_id("req"), number, restriction=rule))
        codes = [each.code for each in issued if isinstance(each, Granted) and each.code is not None]
        assert len(codes) == number, issued
        CODES.setdefault(sale, []).extend(codes)


async def lives(engine: Engine, seed: str, sales: list[str], chance: random.Random) -> None:
    """A crowd buys, until its process is killed in the middle of whatever it does."""
    environment = os.environ | {
        "AFORO_REDIS_URL": str(engine.settings.redis_url),
        "AFORO_DATABASE_URL": str(engine.settings.database_url),
        "AFORO_SECRET": "s" * 32,
        "PYTHONPATH": str(ROOT),
        "VOUCHERS": json.dumps(CODES),
    }
    before = await engine.db.fetchval("SELECT count(*) FROM orders")
    command = [sys.executable, "-m", "tests.recount.crowd", seed, *sales]
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    until = time.monotonic() + ENDED_S_MAX
    more = chance.randint(40, 400)
    try:
        while await engine.db.fetchval("SELECT count(*) FROM orders") < before + more and time.monotonic() < until:
            assert process.returncode is None, "it died by itself"
            await asyncio.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def changes(engine: Engine, by: Act, sale: str, chance: random.Random) -> None:
    """Prices, fees, taxes or a coupon change, as they may at any time."""
    match chance.randrange(4):
        case 0:
            lists = await engine.catalog.price_lists.of(by.organizer_id, sale)
            assert not isinstance(lists, Refused)
            prices = {"floor": {"general": chance.randint(1, 50), "vip": chance.randint(50, 500)}}
            body = {
                "prices": prices,
                "taxes": {"IVA": chance.randint(0, 30)},
                "fees": {"Service": chance.randint(1, 9)},
            }
            try:
                await engine.catalog.price_lists.change(by, sale, body)
            except RefusalError:
                return  # it took too long to count from when it said
        case 1:
            tenth = await coupon_of(engine, by, sale, "TENTH")
            await engine.coupons.change(by, tenth.id, {"percent": chance.randint(1, 90), "for": "general"})
        case 2:
            found = [
                each for each in await engine.coupons.all_of(by.organizer_id, sale) if each.coupon.key == "HUNDRED"
            ]
            await engine.coupons.change(by, found[0].id, {"percent": 50, "uses": found[0].counted.uses + 20})
        case _:
            await engine.orders.finish(**NOW)
            await expire(engine.db)


async def coupon_of(engine: Engine, by: Act, sale: str, key: str) -> CouponView:
    (found,) = (each for each in await engine.coupons.all_of(by.organizer_id, sale) if each.coupon.key == key)
    return found


async def ended(engine: Engine) -> None:
    """Whatever the dead left is brought to its end, and everything paid has its receipt."""
    await engine.db.execute(DEADLINES)
    while await engine.db.fetchval(UNENDED):
        await engine.orders.finish(**NOW)
    await engine.orders.finish(**NOW)
    await engine.orders.note_ended_carts()
    while await engine.receipts.issuing.consumer.step(engine.db):
        pass
    while await engine.receipts.issuing.step():
        pass
    for organizer in await engine.db.fetch("SELECT DISTINCT organizer_id FROM sale"):
        await engine.reconciliation.run(Act(organizer["organizer_id"], "test"))
