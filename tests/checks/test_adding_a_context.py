"""The steps of "Adding a context" in CONTRIBUTING.md, followed in a copy of the tree as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from engine.stores.steps import shipped

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "crowd",
    "engine",
    "server",
    "loadtest",
    "lua",
    "docs",
    "tests",
    "deploy",
    "migrations",
    "schema.sql",
    "pyproject.toml",
    "CONTRIBUTING.md",
)
BLOCK = re.compile(r"^ *```(?:python|sql)\n(?P<text>.+?)^ *```$", re.MULTILINE | re.DOTALL)
MYPY = ".mypy_cache"
CHECKS = (
    "format",
    "lint",
    "types",
    "layers",
    "imports",
    "circles",
    "contexts",
    "sizes",
    "schema",
    "steps",
    "owners",
    "topics",
    "authorization",
)
CARS = """
INSERT INTO organizer (id, name) VALUES ('org', 'Sala Norte');
INSERT INTO sale (kind, id, organizer_id, currency, person_max, cart_ms, prices, opens_at, closes_at, draw_secret,
                  draw_commit)
VALUES ('event', 'jazz', 'org', 'EUR', 1, 1000, '{}', now(), now() + interval '1 day', '', '');
INSERT INTO parked_car (sale_id, plate, came_at, left_at)
VALUES ('jazz', 'forgotten', now() - interval '2 days', NULL), ('jazz', 'here', now(), NULL),
       ('jazz', 'old', now() - interval '41 days', now() - interval '40 days');
"""
# Runs in the copy, on a real server: a car comes, also twice and to a sale of nobody; what its invariants say before,
# every job of it and the removal of old rows, and what they say then.
DRIVE = """
import asyncio, json, sys
import aiohttp
from aiohttp import web
from engine.engine import Engine
from engine.jobs import jobs_of
from engine.settings import Settings
from engine.verify import verify_contexts
from server.app import build
from server.observe.metrics import Metrics
from server.process import Process

OF_PARKING = ("outbox parking.barrier", "parking barrier", "parking tow")

async def come(engine):
    process = Process(engine, Metrics())
    await process.start()
    runner = web.AppRunner(build(process), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    key = (await engine.access.create("org")).key
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api"
    statuses = []
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        for sale in ("jazz", "jazz", "nobodys"):
            async with http.post(f"{url}/sales/{sale}/cars", json={"plate": "new"}) as answer:
                statuses.append(answer.status)
        async with http.get(f"{url}/openapi.json") as answer:
            declared = "/api/sales/{sale}/cars" in (await answer.json())["paths"]
    await process.drain()
    await runner.cleanup()
    await process.stop()
    return statuses, declared

async def main():
    redis_url, database_url = sys.argv[1:]
    settings = Settings.model_validate({"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32})
    async with Engine.open(settings) as engine:
        async def wrong():
            return [each.subject for each in (await verify_contexts(engine, grace_s=0))["parking"]]
        statuses, declared = await come(engine)
        before = await wrong()
        jobs = [job for job in jobs_of(engine) if job.name in (*OF_PARKING, "old rows")]
        for job in jobs:
            await job.step()
        ran = [job.name for job in jobs]
        print(json.dumps([statuses, declared, before, ran, await wrong()]))

asyncio.run(main())
"""


def blocks() -> Iterator[tuple[str, str]]:
    """The files of the steps: path and text. A migration has the next number."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = page.partition("## Adding a context\n")[2].partition("\n## ")[0]
    for found in BLOCK.finditer(section):
        head, _, text = textwrap.dedent(found["text"]).partition("\n")
        yield head.lstrip("#- ").replace("NNNN", f"{len(shipped()) + 1:04d}"), text


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree with the steps followed."""
    root = tmp_path_factory.mktemp("parking") / "aforo"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *COPIED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    if (ROOT / MYPY).is_dir():  # what `make check` knows already of files that are the same
        shutil.copytree(ROOT / MYPY, root / MYPY)
    for name, text in blocks():
        path = root / name
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(before + text, encoding="utf-8")
    contexts, engine = root / "engine" / "contexts.py", root / "engine" / "engine.py"
    listing(contexts, "    promos.CONTEXT,\n", "    promos.CONTEXT,\n    parking.CONTEXT,\n")
    listing(contexts, "    outbox,\n    payments,\n", "    outbox,\n    parking,\n    payments,\n")
    listing(root / "pyproject.toml", '  "promos",\n', '  "parking",\n  "promos",\n')
    listing(engine, "from engine.parts import", "from engine.parking import Parking\nfrom engine.parts import")
    listing(engine, "    promos: Promos\n    rehearsals", "    promos: Promos\n    parking: Parking\n    rehearsals")
    listing(engine, "        rehearsals=", "        parking=Parking(db),\n        rehearsals=")
    office = root / "server" / "api" / "office" / "__init__.py"
    listing(office, "    payments,\n", "    parking,\n    payments,\n")
    listing(office, '    "payments",\n', '    "parking",\n    "payments",\n')
    run(root, "-m", "tests.checks.contexts")
    run(root, "-m", "tests.checks.topics")
    run(root, "-m", "tests.checks.authorization")
    return root


def listing(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def run(root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)  # mypy reads the copy anew where it left nothing here
def test_the_steps_pass_every_check(copy: Path) -> None:
    said = run(copy, "-m", "tests.checks", *CHECKS)
    assert [line.split() for line in said.splitlines()] == [[name, "ok"] for name in CHECKS]
    assert (
        "| tell | `parking` | cars in the car park of a sale | Postgres |"
        in (copy / "docs/architecture.md").read_text()
    )


async def test_cars_come_are_let_in_and_towed_old_rows_go_and_its_invariant_is_asked_for(
    copy: Path, db: asyncpg.Pool, database_url: str, redis_url: str
) -> None:
    url = {"AFORO_DATABASE_URL": database_url}
    run(copy, "-m", "server", "db", "apply", env=url)
    await db.execute(CARS)
    statuses, declared, before, ran, after = json.loads(run(copy, "-c", DRIVE, redis_url, database_url))
    assert statuses == [204, 204, 404]
    assert declared
    assert (before, after) == (["car forgotten"], [])
    assert ran == ["outbox parking.barrier", "parking barrier", "parking tow", "old rows"]
    rows = await db.fetch("SELECT plate, let_in_at, left_at FROM parked_car")
    assert {row["plate"] for row in rows if row["left_at"]} == {"forgotten"}
    assert {row["plate"] for row in rows} == {"forgotten", "here", "new"}
    assert {row["plate"] for row in rows if row["let_in_at"]} == {"new"}
    assert await db.fetchval("SELECT count(*) FROM outbox_told WHERE topic = 'car.came'") == 1


def test_a_step_that_is_left_out_is_told(copy: Path, tmp_path: Path) -> None:
    root = tmp_path / "aforo"
    shutil.copytree(copy, root, ignore=shutil.ignore_patterns(MYPY))
    listing(root / "engine" / "contexts.py", "    parking.CONTEXT,\n", "")
    listing(root / "engine" / "parking" / "context.py", "DELETE FROM parked_car", "DELETE FROM cart")
    done = subprocess.run(
        [sys.executable, "-m", "tests.checks", "contexts", "owners"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "engine/parking/__init__.py:1: is in no line of engine/contexts.py" in done.stdout
    assert "parking writes cart, which belongs to orders" in done.stdout
