"""The balancer's rules, with HAProxy itself: what is for operators can't be reached through it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from loadtest.growth.balancer import start_haproxy
from loadtest.parts import free_port

HOST = "127.0.0.1"
UP_S_MAX = 30.0

pytestmark = pytest.mark.skipif(
    shutil.which("haproxy") is None and not os.environ.get("CI"), reason="haproxy is not installed"
)

FOR_OPERATORS = [
    "/metrics",
    "/readyz",
    "/healthz",
    "/METRICS",
    "/%6detrics",
    "/%6D%65%74%72%69%63%73",
    "/metrics?x=1",
    "/metrics/",
    "//metrics",
    "/./metrics",
    "/%2e/metrics",
    "/x/../metrics",
    "/s/jazz/../../metrics",
    "/x/%2e%2e/metrics",
    "/x%2F..%2Fmetrics",
    "/%72eadyz",
    "http://tickets.example/metrics",
    "http://tickets.example/x/../%6detrics",
]
FOR_BUYERS = ["/", "/s/metrics", "/api/sales/metrics", "/api/sales/jazz/metrics", "/o/K7QF-2M9X-TDRP/receipt.pdf"]


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """Where HAProxy listens, before a server that answers whatever reaches it."""

    async def reached(_request: web.BaseRequest) -> web.Response:
        return web.Response(text="reached")

    runner = web.ServerRunner(web.Server(reached))
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    group, port = f"{HOST}:{runner.addresses[0][1]}", free_port()
    surroundings = {
        "AFORO_BIND": f"{HOST}:{port}",
        "AFORO_BALANCER_SOCKET": str(tmp_path / "balancer.sock"),
        "AFORO_GROUP1": group,
        "AFORO_GROUP2": group,
    }
    running = start_haproxy(tmp_path / "haproxy.log", surroundings)
    try:
        async with asyncio.timeout(UP_S_MAX):
            while await answer(port, "/") != (200, "reached"):
                assert running.poll() is None, (tmp_path / "haproxy.log").read_text()
                await asyncio.sleep(0.05)
        yield port
    finally:
        running.kill()
        await asyncio.to_thread(running.wait)
        await runner.cleanup()


async def answer(port: int, target: str) -> tuple[int, str]:
    """Status and body for a target that is sent as it is written; no client library would."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return 0, ""
    writer.write(f"GET {target} HTTP/1.1\r\nHost: tickets.example\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), body.decode()


async def test_operators_addresses_are_not_passed_however_they_are_written(port: int) -> None:
    for target in FOR_OPERATORS:
        status, body = await answer(port, target)
        assert (status, "reached" in body) == (404, False), target


async def test_everything_else_is_passed(port: int) -> None:
    for target in FOR_BUYERS:
        assert await answer(port, target) == (200, "reached"), target
