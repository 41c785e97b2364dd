"""`aforo db`, and what `serve` and `work` say of a database that is not ready for them."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from engine.stores.standing import NEEDED
from engine.stores.steps import Kind, shipped
from tests.server.test_up import aforo, until

ROOT = Path(__file__).resolve().parents[2]
OLDER = ROOT / "tests" / "stores" / "older"
NAMES = [step.name for step in shipped()]


@dataclass(frozen=True)
class Postgres:
    """One database of a running Postgres, spoken to by tests that are not in a loop: the commands start their own."""

    url: str

    def fetch(self, query: str) -> list[Any]:
        async def do() -> list[Any]:
            connection = await database.connect_one(self.url)
            rows = await connection.fetch(query)
            await connection.close()
            return [tuple(row) for row in rows]

        return asyncio.run(do())

    def run(self, script: str) -> None:
        async def do() -> None:
            connection = await database.connect_one(self.url)
            await connection.execute(script)
            await connection.close()

        asyncio.run(do())


def start(*words: str) -> subprocess.Popen[str]:
    """A command as a process of its own, in the surroundings that the test has set."""
    command = [sys.executable, "-m", "server", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def empty(stores: EmbeddedStores, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    """An empty database that every command of the test is told of."""
    name = f"cli_{secrets.token_hex(6)}"
    admin = Postgres(stores.database_url)
    admin.run(f"CREATE DATABASE {name}")
    given = {
        "AFORO_REDIS_URL": stores.redis_url,
        "AFORO_DATABASE_URL": stores.postgres.url_of(name),
        "AFORO_SECRET": "s" * 32,
        "AFORO_PORT": "0",
        "AFORO_PROCESSES": "1",
    }
    for key, value in given.items():
        monkeypatch.setenv(key, value)
    yield Postgres(given["AFORO_DATABASE_URL"])
    admin.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("part", ["serve", "work"])
def test_a_part_refuses_an_empty_database_and_leaves_it_so(empty: Postgres, part: str) -> None:
    process = start(part)
    said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said[0] == ""
    assert "aforo: the database is empty: `aforo db apply` makes its tables" in said[1]
    assert empty.fetch("SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []


def test_db_apply_makes_the_tables_of_an_empty_database(empty: Postgres) -> None:
    assert aforo("db", "status").returncode == 1
    assert aforo("db", "apply", "--dry-run").stdout == "would make the tables of an empty database\n"
    assert aforo("db", "status").returncode == 1, "a dry run changes nothing"

    applied = aforo("db", "apply")
    assert (applied.returncode, applied.stderr) == (0, "")
    assert applied.stdout == "made the tables of an empty database\nthe database is ready for this version\n"
    status = aforo("db", "status", "--json")
    shown = json.loads(status.stdout)
    assert (status.returncode, shown["fit"], shown["unfit"], shown["empty"]) == (0, True, None, False)
    assert [step["name"] for step in shown["steps"]] == NAMES
    assert {step["state"] for step in shown["steps"]} == {"done"}


def test_an_older_database_is_brought_forward_when_asked_for(empty: Postgres) -> None:
    empty.run((OLDER / "3.sql").read_text(encoding="utf-8"))
    status = aforo("db", "status")
    assert status.returncode == 1
    needed = [step.name for step in shipped()[3:] if step.kind is Kind.EXPAND or step.number <= NEEDED]
    assert f"lacks 0001_steps, {', '.join(needed)}: run `aforo db apply --contract` first" in status.stdout

    assert aforo("db", "apply", "--dry-run").stdout == (
        f"would run 0001_steps (expand)\nwould stop before {NAMES[3]}, which needs --contract\n"
    )
    stopped = aforo("db", "apply")
    assert stopped.returncode == 1
    assert f"{NAMES[3]} is next, and no older Aforo can run after it" in stopped.stderr
    shown = json.loads(aforo("db", "status", "--json").stdout)
    assert [step["state"] for step in shown["steps"]] == ["done"] * 3 + ["missing"] * len(NAMES[3:])

    applied = aforo("db", "apply", "--contract")
    assert applied.returncode == 0
    assert [line.split()[0] for line in applied.stdout.splitlines()[:-1]] == NAMES[3:]
    status = aforo("db", "status")
    assert status.returncode == 0
    assert "this version can run on the database" in status.stdout
    assert aforo("db", "apply", "--dry-run").stdout == "nothing to do\n"


def test_db_apply_killed_in_the_middle_goes_on_from_there(empty: Postgres) -> None:
    """It waits for a lock in its third step; the two before it are in, and of that one nothing."""
    empty.run((OLDER / "1.sql").read_text(encoding="utf-8"))
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'payment'::regclass"
    ours = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    async def held() -> None:
        holder = await database.connect_one(empty.url)
        async with holder.transaction():
            await holder.execute("LOCK TABLE payment IN ROW EXCLUSIVE MODE")
            process = start("db", "apply", "--contract")
            try:
                await asyncio.to_thread(until, "the wait for a lock", lambda: bool(empty.fetch(waiting)))
            finally:
                process.kill()
                process.communicate()
        await holder.close()

    asyncio.run(held())
    until("Postgres to notice", lambda: not empty.fetch(ours))
    assert empty.fetch("SELECT number FROM schema_step ORDER BY number") == [(1,), (2,)]
    assert empty.fetch("SELECT version FROM schema_version") == [(2,)]
    assert aforo("db", "apply", "--contract").returncode == 0
    assert aforo("db", "status").returncode == 0


def test_a_database_that_a_newer_version_contracted_is_refused(empty: Postgres) -> None:
    assert aforo("db", "apply").returncode == 0
    empty.run("INSERT INTO schema_step VALUES (9999, '9999_newer', 'contract', '', now(), 1)")
    for words in (("apply",), ("apply", "--dry-run")):
        refused = aforo("db", *words)
        assert refused.returncode == 1
        assert "9999_newer, after which only a newer Aforo can run" in refused.stderr
    status = aforo("db", "status", "--json")
    assert status.returncode == 1
    shown = json.loads(status.stdout)
    assert "only a newer Aforo" in shown["unfit"]
    assert shown["steps"][-1]["state"] == "unknown here"


def test_db_needs_to_be_told_which_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_DATABASE_URL", "")
    refused = aforo("db", "status")
    assert refused.returncode == 1
    assert "Set AFORO_DATABASE_URL" in refused.stderr
