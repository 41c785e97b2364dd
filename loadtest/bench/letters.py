"""letters: whoever paid has a letter with their tickets; from the payment to the mail server that took it.

Buyers over WebSocket at a steady pace, server processes, a worker, an SMTP server that takes everything, stores and
clients on this machine. Beside it what the same server takes of a letter that is ready, over as many connections.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

from engine.limits import EMAIL_CONNECTIONS_MAX
from engine.messages import Attachment, Message, Outcome, Words
from engine.messages.email import Email
from loadtest.bench.buyers import SEATS_EACH
from loadtest.bench.measure import Bench, Figures, Measure, Row
from loadtest.bench.sales import stored_sale
from loadtest.bench.serving import child, servers, told, wishes, working
from loadtest.bench.shares import Spending
from server.observe.machine import missing

ORDERS_PER_S = 200
SECONDS, SECONDS_QUICK = 30.0, 8.0
CLIENTS, SOCKETS = 2, 100
LETTER_S_MAX = 3.0
LATE_S_MAX = 120.0
READY, READY_BYTES = 2_000, 30_000
SPENDERS = {"server": "server", "postgres": "Postgres", "valkey": "Valkey", "worker": "worker", "clients": "clients"}
# Letters of measurements before this one are none of its business.
FROM_NOW = """
INSERT INTO outbox_cursor (consumer, id_after, id_safe)
SELECT 'orders.confirmed', newest, newest
FROM (SELECT coalesce(pg_sequence_last_value('outbox_told_id'::regclass), 0) AS newest) AS told
ON CONFLICT (consumer) DO UPDATE SET id_after = excluded.id_after, id_safe = excluded.id_safe, id_pending = NULL,
    xid_pending = NULL
"""
CLEARED = "DELETE FROM message"
PAID = """
SELECT m.id AS message, o.paid_at, m.created_at
FROM orders o LEFT JOIN message m ON m.key = 'order:' || o.id || ':confirmed'
WHERE o.sale_id = $1 AND o.state = 'paid'
"""
WAITING = "SELECT count(*) FROM message WHERE state = 'queued'"


async def measure(bench: Bench) -> Figures:
    async with child("loadtest.bench.smtp_sink") as sink:
        assert sink.stdout is not None
        port = int(await sink.stdout.readline())
        bench.step("bare SMTP of a letter that is ready")
        bare = await ready_letters(port, READY // (4 if bench.quick else 1))
        await told(sink, {})
        return {**await bought(bench, sink, port), "bare_per_s": round(bare), "bare_connections": EMAIL_CONNECTIONS_MAX}


async def ready_letters(port: int, count: int) -> float:
    """How many a second this server takes, of a letter as large as one with two tickets."""
    email = Email(f"smtp://127.0.0.1:{port}", "Aforo <no-reply@aforo.example>")
    file = Attachment("tickets.pdf", "application/pdf", bytes(READY_BYTES))
    words = Words("Your tickets", "Thank you. " * 60, "<p>Thank you.</p>" * 200, "")
    message = Message("msg_ready", "ana@example.org", "en", words, "https://aforo.example/o/x", "", [file])
    letter = email.letter(message, message.to)
    began = time.perf_counter()

    async def send() -> None:
        for _ in range(count // EMAIL_CONNECTIONS_MAX):
            assert (await email.hand_over(letter, message.to)).outcome is Outcome.SENT

    await asyncio.gather(*(send() for _ in range(EMAIL_CONNECTIONS_MAX)))
    took = time.perf_counter() - began
    await email.close()
    return count / took


async def bought(bench: Bench, sink: asyncio.subprocess.Process, port: int) -> Figures:
    engine = bench.engine
    seconds = SECONDS_QUICK if bench.quick else SECONDS
    sale = await stored_sale(bench, sale_seats(seconds))
    await engine.db.execute(CLEARED)
    await engine.db.execute(FROM_NOW)
    mail = {"AFORO_SMTP_URL": f"smtp://127.0.0.1:{port}", "AFORO_BASE_URL": "https://aforo.example"}
    async with working(bench, mail), servers(bench) as http, AsyncExitStack() as stack:
        bench.step(f"letters of {ORDERS_PER_S} orders a second")
        clients = [await stack.enter_async_context(child("loadtest.bench.buyers")) for _ in range(CLIENTS)]
        seats = sale_seats(seconds)
        wanted = wishes(http, sale.id, SOCKETS // CLIENTS, range(0, seats, seats // CLIENTS), tls=False)
        await asyncio.gather(*(told(client, wish) for client, wish in zip(clients, wanted, strict=True)))
        spending = None if missing() else Spending()
        wish = {"seconds": seconds, "per_s": ORDERS_PER_S / CLIENTS}
        answers = await asyncio.gather(*(told(client, wish) for client in clients))
        spent = spending.so_far() if spending else {}
        late = await drained(bench)
        taken = await told(sink, {})
    rows = await engine.db.fetch(PAID, sale.id)
    waits = sorted(taken[row["message"]] - row["paid_at"].timestamp() for row in rows if row["message"] in taken)
    written = sorted((row["created_at"] - row["paid_at"]).total_seconds() for row in rows if row["message"] in taken)
    orders = sum(answer["all"] for answer in answers)
    return {
        "orders": len(rows),
        "letters": len(waits),
        "seconds": seconds,
        "orders_per_s": round(sum(answer["bought"] / answer["seconds"] for answer in answers), 1),
        "errors": sum(sum(answer["errors"].values()) for answer in answers),
        "written_p99_s": round(written[len(written) * 99 // 100], 2),
        "p50_s": round(waits[len(waits) // 2], 2),
        "p99_s": round(waits[len(waits) * 99 // 100], 2),
        "drained_s": round(late, 1),
        "cpu_ms": {name: round(1000 * spent.get(role, 0.0) / max(orders, 1), 2) for name, role in SPENDERS.items()},
    }


def sale_seats(seconds: float) -> int:
    return round(ORDERS_PER_S * (seconds + 10) * SEATS_EACH / 100) * 100


async def drained(bench: Bench) -> float:
    """How long it takes until no letter waits; the seconds since the last purchase."""
    began = time.perf_counter()
    async with asyncio.timeout(LATE_S_MAX):
        quiet = 0
        while quiet < 5:  # a consumer may be about to write another
            await asyncio.sleep(0.2)
            quiet = quiet + 1 if not await bench.engine.db.fetchval(WAITING) else 0
    return time.perf_counter() - began


def rows(figures: Figures) -> Iterator[Row]:
    beside = f"median {figures['p50_s']} s; a letter that is ready: {figures['bare_per_s']:,}/s"
    at = f"{figures['orders_per_s']:g} orders a second"
    name = f"from paid to the mail server, p99 at {at}"
    yield Row(name, "s", figures["p99_s"], LETTER_S_MAX, at_most=True, beside=beside)


LETTERS = Measure("letters", measure, rows)
