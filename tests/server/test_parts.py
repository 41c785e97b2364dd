"""`aforo serve` and `aforo work` as parts, on stores that run elsewhere."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from engine.engine import Engine
from engine.jobs import jobs_of
from engine.limits import PULSE_DEATHS_MAX
from engine.progress import Bound, Progress
from engine.vitals import Vitals
from server.api.operations import worker_is_well
from tests.eventually import until
from tests.outbox.things import KEEP, Ear, said
from tests.server.test_race import READY_S_MAX, ROOT, free_port, is_ready


def given(engine: Engine, port: int, own_port: int) -> dict[str, str]:
    settings = engine.settings
    assert settings.secret is not None
    return {
        "AFORO_REDIS_URL": settings.redis_url or "",
        "AFORO_DATABASE_URL": settings.database_url or "",
        "AFORO_SECRET": settings.secret.get_secret_value(),
        "AFORO_DATA_DIR": "/proc/nothing-can-be-made-here",
        "AFORO_PORT": str(port),
        "AFORO_METRICS_PORT": str(own_port),
        "AFORO_PROCESSES": "1",
        "PYTHONPATH": str(ROOT),
    }


async def command(*arguments: str, env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", *arguments),
        cwd=Path("/"),
        env={**os.environ, **env},
        stdin=DEVNULL,
        stdout=PIPE if arguments[0] == "jobs" else None,
    )


@pytest.mark.parametrize("part", ["serve", "work"])
async def test_a_part_runs_where_nothing_may_be_written_but_tmp(engine: Engine, part: str) -> None:
    port, own_port = free_port(), free_port()
    process = await command(part, env=given(engine, port, own_port))
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


async def test_who_does_each_job_is_told(engine: Engine) -> None:
    port, own_port = free_port(), free_port()
    env = given(engine, port, own_port)

    async def told() -> list[dict[str, Any]]:
        asked = await command("jobs", "--json", env=env)
        out, _ = await asked.communicate()
        assert asked.returncode == 0
        found: list[dict[str, Any]] = json.loads(out)
        return found

    names = {job.name for job in jobs_of(engine)} | {"verifier"}
    process = await command("work", env=env)
    try:
        async with asyncio.timeout(READY_S_MAX), aiohttp.ClientSession() as http:
            found = await told()
            while any(each["worker"] is None for each in found):
                assert process.returncode is None, "it ended"
                found = await told()
            async with http.get(f"http://127.0.0.1:{own_port}/metrics") as response:
                metrics = await response.text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert {each["name"] for each in found} == names
    (worker,) = {each["worker"] for each in found}
    assert {each["state"] for each in found} <= {"runs", "rests"}
    for name in names:
        assert f'aforo_job_workers{{job="{name}"' in metrics
    assert all(each["worker"] != worker for each in await told()), "it said that it left"


async def test_a_worker_is_not_ready_while_a_job_of_it_hangs_or_stays_dead(engine: Engine) -> None:
    now, vitals = 1_000.0, Vitals()
    progress = Progress(lambda: now)
    progress.add("parking tow", Bound(seconds=10))
    progress.held(["parking tow"])
    progress.began("parking tow")
    assert (await worker_is_well(engine, vitals, progress)).status == 200
    now += 11
    answer = await worker_is_well(engine, vitals, progress)
    assert (answer.status, "parking tow" in (answer.text or "")) == (503, True)
    progress.finished("parking tow", 0)
    assert (await worker_is_well(engine, vitals, progress)).status == 200
    for _ in range(PULSE_DEATHS_MAX):
        vitals.died("job parking tow")
    answer = await worker_is_well(engine, vitals, progress)
    assert (answer.status, "job parking tow" in (answer.text or "")) == (503, True)


async def test_a_worker_names_who_keeps_consumers_waiting_and_they_go_on(engine: Engine) -> None:
    db, ear = engine.db, Ear("ear")
    await db.execute(KEEP)
    assert engine.settings.database_url is not None
    name = {"application_name": "a long report"}
    left_open = await asyncpg.connect(engine.settings.database_url, server_settings=name)
    try:
        await left_open.execute("BEGIN; SELECT pg_current_xact_id()")
        await said(db, 1)

        async def told() -> str:
            await ear.consumer.step(db)
            assert await ear.kept(db) == []
            answer = await worker_is_well(engine, Vitals(), Progress())
            return str(answer.text) if answer.status == 503 else ""

        text = await until("it is named", told)
        assert "a long report" in text
        assert str(left_open.get_server_pid()) in text
    finally:
        await left_open.close()

    async def heard() -> bool:
        await ear.consumer.step(db)
        return bool(await ear.kept(db))

    await until("the consumer goes on", heard)
    assert (await worker_is_well(engine, Vitals(), Progress())).status == 200
