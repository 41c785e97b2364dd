"""`aforo db`, and what `serve` and `work` say of a database that is not ready for them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from engine.stores.steps import shipped
from tests.server.test_up import Done

ROOT = Path(__file__).resolve().parents[2]
OLDER = ROOT / "tests" / "stores" / "older"
NAMES = [step.name for step in shipped()]


class Installation:
    """Stores that run elsewhere, and commands beside them."""

    def __init__(self, stores: EmbeddedStores, name: str) -> None:
        self.url = stores.postgres.url_of(name)
        self.given = {
            "AFORO_REDIS_URL": stores.redis_url,
            "AFORO_DATABASE_URL": self.url,
            "AFORO_SECRET": "s" * 32,
            "AFORO_PORT": "0",
            "AFORO_PROCESSES": "1",
        }

    def aforo(self, *words: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "server", *words],
            cwd=ROOT,
            env={**os.environ, **self.given},
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    async def run(self, script: str) -> None:
        connection = await database.connect_one(self.url)
        await connection.execute(script)
        await connection.close()


@pytest.fixture
async def empty(stores: EmbeddedStores) -> AsyncIterator[Installation]:
    name = f"cli_{secrets.token_hex(6)}"
    admin = await database.connect_one(stores.database_url)
    await admin.execute(f"CREATE DATABASE {name}")
    yield Installation(stores, name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def test_an_empty_database_is_refused_until_db_apply_has_made_its_tables(empty: Installation) -> None:
    for part in ("serve", "work"):
        refused = empty.aforo(part)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "aforo: the database is empty: `aforo db apply` makes its tables" in refused.stderr
    assert empty.aforo("db", "status").returncode == 1
    assert empty.aforo("db", "apply", "--dry-run").stdout == "would make the tables of an empty database\n"
    assert empty.aforo("db", "status").returncode == 1, "a dry run changes nothing"

    applied = empty.aforo("db", "apply")
    assert (applied.returncode, applied.stderr) == (0, "")
    assert applied.stdout == "made the tables of an empty database\nthe database is ready for this version\n"
    status = empty.aforo("db", "status", "--json")
    shown = json.loads(status.stdout)
    assert (status.returncode, shown["fit"], shown["unfit"], shown["empty"]) == (0, True, None, False)
    assert [step["name"] for step in shown["steps"]] == NAMES
    assert {step["state"] for step in shown["steps"]} == {"done"}


async def test_an_older_database_is_brought_forward_when_asked_for(empty: Installation) -> None:
    await empty.run((OLDER / "3.sql").read_text(encoding="utf-8"))
    refused = empty.aforo("work")
    assert refused.returncode == 1
    assert f"lacks 0001_steps, {', '.join(NAMES[3:])}: run `aforo db apply --contract` first" in refused.stderr

    assert empty.aforo("db", "apply", "--dry-run").stdout == (
        f"would run 0001_steps (expand)\nwould stop before {NAMES[3]}, which needs --contract\n"
    )
    stopped = empty.aforo("db", "apply")
    assert stopped.returncode == 1
    assert f"{NAMES[3]} is next, and no older Aforo can run after it" in stopped.stderr
    shown = json.loads(empty.aforo("db", "status", "--json").stdout)
    assert [step["state"] for step in shown["steps"]] == ["done"] * 3 + ["missing"] * len(NAMES[3:])

    applied = empty.aforo("db", "apply", "--contract")
    assert applied.returncode == 0
    assert [line.split()[0] for line in applied.stdout.splitlines()[:-1]] == NAMES[3:]
    status = empty.aforo("db", "status")
    assert status.returncode == 0
    assert "this version can run on the database" in status.stdout
    assert empty.aforo("db", "apply", "--dry-run").stdout == "nothing to do\n"


async def test_a_database_that_a_newer_version_contracted_is_refused(empty: Installation) -> None:
    assert empty.aforo("db", "apply").returncode == 0
    await empty.run("INSERT INTO schema_step VALUES (9999, '9999_newer', 'contract', '', now(), 1)")
    for words in (("serve",), ("db", "apply"), ("db", "apply", "--dry-run")):
        refused = empty.aforo(*words)
        assert refused.returncode == 1
        assert "9999_newer, after which only a newer Aforo can run" in refused.stderr
    status = empty.aforo("db", "status", "--json")
    assert status.returncode == 1
    assert json.loads(status.stdout)["steps"][-1]["state"] == "unknown here"


async def test_db_needs_to_be_told_which_database(empty: Installation) -> None:
    empty.given["AFORO_DATABASE_URL"] = ""
    refused = empty.aforo("db", "status")
    assert refused.returncode == 1
    assert "Set AFORO_DATABASE_URL" in refused.stderr
