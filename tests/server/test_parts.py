"""`aforo serve` and `aforo work` as parts, on stores that run elsewhere."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL
from pathlib import Path

import aiohttp
import pytest

from engine.engine import Engine
from tests.server.test_race import READY_S_MAX, ROOT, free_port, is_ready


@pytest.mark.parametrize("part", ["serve", "work"])
async def test_a_part_runs_where_nothing_may_be_written_but_tmp(engine: Engine, part: str) -> None:
    settings = engine.settings
    assert settings.secret is not None
    port, own_port = free_port(), free_port()
    given = {
        "AFORO_REDIS_URL": settings.redis_url or "",
        "AFORO_DATABASE_URL": settings.database_url or "",
        "AFORO_SECRET": settings.secret.get_secret_value(),
        "AFORO_DATA_DIR": "/proc/nothing-can-be-made-here",
        "AFORO_PORT": str(port),
        "AFORO_METRICS_PORT": str(own_port),
        "AFORO_PROCESSES": "1",
        "PYTHONPATH": str(ROOT),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", part, cwd=Path("/"), env={**os.environ, **given}, stdin=DEVNULL
    )
    try:
        async with asyncio.timeout(READY_S_MAX), aiohttp.ClientSession() as http:
            for each in (port, own_port) if part == "serve" else (own_port,):
                while not await is_ready(http, each):
                    assert process.returncode is None, "it ended"
                    await asyncio.sleep(0.1)
                async with http.get(f"http://127.0.0.1:{each}/metrics") as response:
                    assert "aforo_" in await response.text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
