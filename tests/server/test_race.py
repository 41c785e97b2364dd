"""2,000 buyers on 500 seats, over real sockets, through several server processes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from engine.engine import Engine
from engine.refusals import accept
from engine.verify import verify
from tests.server.conftest import MakeSale

ROOT = Path(__file__).resolve().parents[2]
BUYERS = 2_000
CROWDS = 2
SEATS = 500
READY_S_MAX = 60.0
PLAN = f"""
event: Everybody wants this
starts: in 60 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
person_max: 2
room: false
sections:
  hall: {{rows: 20, seats: {SEATS // 20}, price: 45.00}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def port(engine: Engine, tmp_path: Path) -> AsyncIterator[int]:
    """Two server processes on the session's stores."""
    async with servers(engine, tmp_path) as port:
        yield port


@asynccontextmanager
async def servers(engine: Engine, folder: Path, *, worker: bool = False) -> AsyncIterator[int]:
    """Two server processes on the stores of the engine, and a worker if wanted; the port of the servers."""
    settings = engine.settings
    assert settings.secret is not None
    port, own_port = free_port(), free_port()
    given = {
        "AFORO_REDIS_URL": settings.redis_url or "",
        "AFORO_DATABASE_URL": settings.database_url or "",
        "AFORO_SECRET": settings.secret.get_secret_value(),
        "AFORO_DATA_DIR": str(folder),
        "AFORO_LOG_LEVEL": "warning",
        "AFORO_TRUSTED_NETWORKS": "127.0.0.0/8",
        "AFORO_OUTGOING_ALLOW": "127.0.0.0/8",
        "PYTHONPATH": str(ROOT),
    }
    parts = {port: ["serve", "--port", str(port), "--processes", "2"]}
    if worker:
        parts[own_port] = ["work"]
        given["AFORO_METRICS_PORT"] = str(own_port)
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", *words, env={**os.environ, **given}, stdin=DEVNULL
        )
        for words in parts.values()
    ]
    try:
        async with asyncio.timeout(READY_S_MAX), aiohttp.ClientSession() as http:
            for process, each in zip(started, parts, strict=True):
                while not await is_ready(http, each):
                    assert process.returncode is None, "it ended"
                    await asyncio.sleep(0.1)
        yield port
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        assert [await process.wait() for process in started] == [0] * len(started)


async def is_ready(http: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with http.get(f"http://127.0.0.1:{port}/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def told(crowd: Process, line: dict[str, Any]) -> dict[str, Any]:
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    crowd.stdin.write(orjson.dumps(line) + b"\n")
    await crowd.stdin.drain()
    answer = await crowd.stdout.readline()
    assert answer, "a crowd ended early"
    found: dict[str, Any] = orjson.loads(answer)
    return found


async def test_no_seat_is_sold_twice_in_a_rush(port: int, engine: Engine, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN)
    crowds = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.server.rush",
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=PIPE,
            stdout=PIPE,
            limit=2**22,
        )
        for _ in range(CROWDS)
    ]
    each = BUYERS // CROWDS
    wanted = [
        {"port": port, "sale": sale.id, "seats": SEATS, "sockets": each, "first": at * each} for at in range(CROWDS)
    ]
    await asyncio.gather(*(told(crowd, line) for crowd, line in zip(crowds, wanted, strict=True)))
    answers = await asyncio.gather(*(told(crowd, {}) for crowd in crowds))
    for crowd in crowds:
        assert await crowd.wait() == 0

    bought = [(seat, order) for answer in answers for seat, order in answer["bought"]]
    seats = [seat for seat, _ in bought]
    assert len(seats) == len(set(seats)), "a seat was told to two buyers"
    assert len({order for _, order in bought}) == len(bought)
    assert SEATS * 0.8 < len(seats) <= SEATS
    refused = {code for answer in answers for code in answer["refused"]}
    assert refused <= {"seat_taken", "busy", "cart_ended"}, refused

    lines = await engine.db.fetch(
        "SELECT seat, order_id FROM order_line l JOIN orders o ON o.sale_id = l.sale_id AND o.id = l.order_id"
        " WHERE l.sale_id = $1 AND live AND o.state = 'paid'",
        sale.id,
    )
    assert sorted((line["seat"], line["order_id"]) for line in lines) == sorted(bought)
    snapshot = accept(await sale.snapshot())
    assert (snapshot.counters.sold, snapshot.counters.orders) == (len(bought), len(bought))
    assert snapshot.counters.revenue == 4500 * len(bought)
    assert await verify(engine, sale.id) == []
