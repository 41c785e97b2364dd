"""notices_ws, notices_email: durable notices on their way to live sockets, and to a local SMTP server.

Sockets: server processes and a client process on this machine, in rounds until 100,000 notices have come.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from engine.engine import Engine
from engine.messages import CHANNELS, Post
from engine.messages.email import Email
from engine.messages.post import Pace
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row
from loadtest.bench.promo_world import due_notices, offers, people
from loadtest.bench.serving import child, servers, told

SOCKETS, SOCKETS_QUICK = (500, 1_000, 5_000), (500,)
ROUNDS, ROUNDS_QUICK = 20, 4  # so that as many notices come to each socket
NOTICES = SOCKETS[-1] * ROUNDS
EMAILS, EMAILS_QUICK = (1_000, 3_000, 10_000), (500,)
PRESENT_TRIES_MAX = 300
BUSY_S = 0.005


# ── sockets ──


async def to_sockets(bench: Bench) -> Figures:
    growth = []
    for sockets in SOCKETS_QUICK if bench.quick else SOCKETS:
        bench.step(f"delivering notices to {sockets:,} live sockets")
        growth.append(await delivered(bench, sockets, ROUNDS_QUICK if bench.quick else ROUNDS))
    return {**growth[-1], "growth": growth}


async def delivered(bench: Bench, sockets: int, rounds: int) -> Figures:
    engine, promos = bench.engine, bench.engine.promos
    await people(bench, sockets)
    await offers(bench, 1)
    await promos.audience.redis.delete(promos.audience.keys.ready)
    await engine.follower.step()
    await promos.promoter.step()
    rows = await engine.db.fetch("SELECT buyer_id FROM profile ORDER BY number")
    tokens = [engine.signer.buyer_token(row["buyer_id"]) for row in rows]
    spent = 0.0
    async with servers(bench) as port, child("loadtest.bench.listeners") as crowd:
        await told(crowd, {"port": port, "tokens": tokens})
        await present(bench, sockets)
        for number in range(1, rounds + 1):
            await due_notices(bench, sockets)
            began = time.time()
            arriving = asyncio.create_task(told(crowd, {"until": number * sockets}))
            await promos.delivery.step()
            spent += await arriving - began
    notices = sockets * rounds
    return {"notices": notices, "sockets": sockets, "seconds": round(spent, 2), "per_s": round(notices / spent)}


async def present(bench: Bench, sockets: int) -> None:
    """Wait until every socket is known to be live."""
    audience = bench.engine.promos.audience
    for _ in range(PRESENT_TRIES_MAX):
        if await audience.redis.hlen(audience.keys.live) >= sockets:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("the sockets did not become known as live")


def socket_rows(figures: Figures) -> Iterator[Row]:
    full = figures["notices"] == NOTICES
    name = f"{figures['notices']:,} notices to {figures['sockets']:,} live sockets, in rounds"
    yield Row(name, "s", figures["seconds"], 20 if full else None, at_most=True, beside=f"{figures['per_s']:,}/s")
    for each in figures["growth"]:
        yield Row(f"… to {each['sockets']:,} sockets", "/s", each["per_s"])


# ── e-mail ──


async def to_mailboxes(bench: Bench) -> Figures:
    growth = []
    for emails in EMAILS_QUICK if bench.quick else EMAILS:
        bench.step(f"sending {emails:,} notices by e-mail")
        growth.append(await mailed(bench, emails))
    return {**growth[-1], "growth": growth}


async def mailed(bench: Bench, emails: int) -> Figures:
    engine, promos = bench.engine, bench.engine.promos
    await people(bench, emails)
    await offers(bench, 1)
    await promos.promoter.prepare()
    await due_notices(bench, emails)
    async with child("loadtest.bench.smtp_sink") as sink:
        assert sink.stdout is not None
        port = int(await sink.stdout.readline())
        email = Email(f"smtp://127.0.0.1:{port}", "Aforo <offers@aforo.example>")
        async with a_post(engine, email) as post:
            began = time.perf_counter()
            await promos.delivery.step()
            handed_over = time.perf_counter() - began
            while await post.due_s() is not None:
                await post.step()
                await asyncio.sleep(post.next_s() or BUSY_S)
            seconds = time.perf_counter() - began
    sent = await engine.db.fetchval("SELECT count(*) FROM notice WHERE state = 'sent' AND channel = 'email'")
    assert sent == emails, f"{sent} of {emails} were sent"
    return {
        "emails": emails,
        "seconds": round(seconds, 2),
        "handed_over_s": round(handed_over, 2),
        "per_minute": round(emails / seconds * 60),
    }


@asynccontextmanager
async def a_post(engine: Engine, email: Email) -> AsyncIterator[Post]:
    """The engine's own post, which sends by this server and as fast as it takes."""
    post = engine.letterbox.post
    channels, paces = post.channels, post.paces
    post.channels, post.paces = {**channels, "email": email}, {channel: Pace(1e6) for channel in CHANNELS}
    try:
        yield post
    finally:
        await post.settle()
        await email.close()
        post.channels, post.paces = channels, paces


def email_rows(figures: Figures) -> Iterator[Row]:
    beside = f"handed over in {figures['handed_over_s']} s"
    yield Row("notices by e-mail, to a local SMTP server", "/min", figures["per_minute"], 10_000, beside=beside)
    for each in figures["growth"]:
        yield Row(f"… {each['emails']:,} at once", "/min", each["per_minute"])


NOTICES_WS = Measure("notices_ws", to_sockets, socket_rows, Growth("sockets", "per_s", "notices a second"))
NOTICES_EMAIL = Measure("notices_email", to_mailboxes, email_rows, Growth("emails", "per_minute", "e-mails a minute"))
