"""Durable orders of two seats: placed in group commits, beside one transaction per order over 16 connections; and whole
purchases from a filled cart to tickets, with sandbox payment.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import orjson

from engine.ids import new_buyer, new_id
from engine.onsale.model import Cart, Held, SeatsHold
from engine.onsale.sale import Sale
from engine.orders import Bought, Purchase, sql
from engine.orders.codes import new_code
from engine.orders.ledger import SaleLedger
from engine.orders.model import Line
from engine.orders.placing import Placed, Placement
from engine.payments import Card, Means
from engine.stores import database
from engine.vault import Contact
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row, middle, rate_of
from loadtest.bench.sales import stored_sale

SEATS_PER_ORDER = 2
PRICE = 1_000
ORDERS = 20_000
ORDERS_AT_ONCE = 2_000
BASELINE_ORDERS = 4_000
BASELINE_CONNECTIONS = 16
PURCHASES = 6_000
PURCHASES_AT_ONCE = 1_000
GROWTH_SEATS = (1_000, 10_000, 100_000)
CONTACT = Contact("Ana Núñez", "ana@example.org", "")
CARD = Means.by(Card("4242424242424242", "12/39", "123"))
PROVIDER = "sandbox"


def placements(orders: int) -> list[Placement]:
    return [
        Placement(
            order=new_id("ord"),
            cart=new_id("cart"),
            buyer=new_buyer(),
            lines=tuple(
                Line(order * SEATS_PER_ORDER + seat, None, "general", PRICE) for seat in range(SEATS_PER_ORDER)
            ),
            total=PRICE * SEATS_PER_ORDER,
            code=new_code(),
            person=None,
            key_hash="",
            last4="4242",
            contact=CONTACT,
        )
        for order in range(orders)
    ]


async def in_groups(bench: Bench, seats: int, orders: int) -> float:
    ledger = SaleLedger(bench.engine.db, (await stored_sale(bench, seats)).id, PROVIDER)
    waiting = iter(placements(orders))

    async def place() -> int:
        done = 0
        for placement in waiting:
            verdict = await ledger.place(placement)
            assert isinstance(verdict, Placed), verdict
            done += 1
        return done

    return await rate_of(place, min(ORDERS_AT_ONCE, orders))


async def one_by_one(bench: Bench, orders: int) -> float:
    """The usual way: a transaction per order, with the same rows and the same unique index."""
    sale = (await stored_sale(bench, orders * SEATS_PER_ORDER)).id
    waiting = iter(placements(orders))
    pool = await database.connect(bench.stores.database_url, connections_max=BASELINE_CONNECTIONS)

    async def place() -> int:
        done = 0
        for each in waiting:
            async with pool.acquire() as connection, connection.transaction():
                lines = list(enumerate(each.lines))
                await connection.fetch(
                    sql.PLACE_ORDERS,
                    sale,
                    [PROVIDER],
                    [each.order],
                    [each.cart],
                    [each.buyer],
                    [each.total],
                    [orjson.dumps(each.contact.wire()).decode()],
                    [each.key_hash],
                    [each.code],
                    [each.cart_until_ms],
                    [each.last4],
                    [each.order] * len(lines),
                    [at for at, _ in lines],
                    [line.seat for _, line in lines],
                    [line.pool for _, line in lines],
                    [line.type for _, line in lines],
                    [line.price for _, line in lines],
                    [line.full_price for _, line in lines],
                    [line.tax or None for _, line in lines],
                    [line.owed if line.added else None for _, line in lines],
                    [each.terms],
                    [each.person],
                    [each.locale],
                    [each.list],
                    [each.making.channel.value],
                    [each.making.issuer],
                    [each.making.tender.value],
                    [each.phase],
                    [each.credit],
                )
            done += 1
        return done

    try:
        return await rate_of(place, BASELINE_CONNECTIONS)
    finally:
        await pool.close()


async def filled_carts(bench: Bench, sale: Sale, carts: int) -> Sequence[str]:
    """Buyers whose carts hold two seats and lack nothing. The hash of a key is costly by design, so all share one."""
    firsts = itertools.count(0, SEATS_PER_ORDER)
    filled: list[tuple[str, str]] = []

    async def fill() -> int:
        while len(filled) < carts and (first := next(firsts)) < carts * SEATS_PER_ORDER:
            buyer = new_buyer()
            held = await sale.hold(SeatsHold(buyer, "1", tuple(range(first, first + SEATS_PER_ORDER))))
            assert isinstance(held, Held), held
            cart = await sale.cart(buyer)
            assert isinstance(cart, Cart), cart
            filled.append((cart.id, buyer))
        return 0

    await rate_of(fill, PURCHASES_AT_ONCE)
    vault = bench.engine.vault
    async with bench.engine.db.acquire() as connection:
        people = await vault.put(connection, [vault.filed(CONTACT, "bench", buyer) for _, buyer in filled])
        await connection.execute(
            """
            INSERT INTO cart (sale_id, id, buyer_id, person_id, key_hash)
            SELECT $1, c.id, c.buyer, c.person, 'hash'
            FROM unnest($2::text[], $3::text[], $4::text[]) AS c (id, buyer, person)
            """,
            sale.id,
            [cart for cart, _ in filled],
            [buyer for _, buyer in filled],
            people,
        )
    return [buyer for _, buyer in filled]


async def purchases(bench: Bench, count: int) -> float:
    sale = await stored_sale(bench, count * SEATS_PER_ORDER)
    waiting = iter(await filled_carts(bench, sale, count))

    async def buy() -> int:
        done = 0
        for buyer in waiting:
            bought = await bench.engine.orders.purchase(Purchase(sale.id, buyer, "one", CARD))
            assert isinstance(bought, Bought), bought
            done += 1
        return done

    return await rate_of(buy, PURCHASES_AT_ONCE)


async def measure(bench: Bench) -> Figures:
    rates, baselines, bought = [], [], []
    for _ in range(bench.rounds(3)):
        bench.step("orders in group commits")
        rates.append(await in_groups(bench, ORDERS * SEATS_PER_ORDER, ORDERS))
        bench.step("orders one by one")
        baselines.append(await one_by_one(bench, BASELINE_ORDERS))
        bench.step("whole purchases")
        bought.append(await purchases(bench, PURCHASES // (3 if bench.quick else 1)))
    growth = []
    for seats in GROWTH_SEATS:
        bench.step(f"orders in a sale of {seats:,} seats")
        per_s = await in_groups(bench, seats, min(ORDERS, seats // SEATS_PER_ORDER))
        growth.append({"seats": seats, "per_s": round(per_s)})
    per_s, baseline = middle(rates), middle(baselines)
    return {
        "per_s": round(per_s),
        "baseline_per_s": round(baseline),
        "ratio": round(per_s / baseline, 1),
        "purchases_per_s": round(middle(bought)),
        "growth": growth,
    }


def rows(figures: Figures) -> Iterator[Row]:
    beside = f"one transaction per order: {figures['baseline_per_s']:,}/s"
    yield Row("durable orders of two seats", "/s", figures["per_s"], 15_000, beside=beside)
    yield Row("… whole purchases, sandbox payment", "/s", figures["purchases_per_s"], 2_000)
    for each in figures["growth"]:
        yield Row(f"… orders in a sale of {each['seats']:,} seats", "/s", each["per_s"])


ORDERS_ENGINE = Measure("orders_engine", measure, rows, Growth("seats", "per_s", "orders a second"))
