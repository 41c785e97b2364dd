"""`aforo keyring …` as operators type it, and what `serve` says of keys that it can't unwrap."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.keyring import PURPOSES
from tests.keyring.conftest import COMES_NOW

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = "1" * 40, "2" * 40
Aforo = Callable[..., Coroutine[Any, Any, subprocess.CompletedProcess[str]]]


@pytest.fixture
def aforo(database_url: str, redis_url: str, tmp_path: Path) -> Aforo:
    """A command in a process of its own, with the old secret unless others are given."""

    async def run(*words: str, secret: str = OLD, old_secrets: str = "") -> subprocess.CompletedProcess[str]:
        given = {
            "AFORO_DATABASE_URL": database_url,
            "AFORO_REDIS_URL": redis_url,
            "AFORO_SECRET": secret,
            "AFORO_OLD_SECRETS": old_secrets,
            "AFORO_DATA_DIR": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
        }
        command = [sys.executable, "-m", "server", *words]
        return await asyncio.to_thread(
            subprocess.run, command, env={**os.environ, **given}, capture_output=True, text=True, check=False
        )

    return run


async def test_a_key_is_rotated_and_retired(aforo: Aforo, db: asyncpg.Pool) -> None:
    listed = json.loads((await aforo("keyring", "list", "--json")).stdout)
    assert [(each["purpose"], each["id"], each["state"]) for each in listed] == sorted(
        (purpose.name, 1, "active") for purpose in PURPOSES
    )
    assert {each["purpose"] for each in listed if each["public_key"]} == {"tickets", "heads", "tokens"}
    assert "wrapped" not in listed[0]
    made = json.loads((await aforo("keyring", "rotate", "passes", "--json")).stdout)
    assert (made["id"], made["state"], made["free_at"]) == (2, "announced", None)
    again = await aforo("keyring", "rotate", "passes")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("aforo: key 2 of passes is announced, and active from ")
    await db.execute(COMES_NOW, "passes", 2)
    refused = await aforo("keyring", "retire", "passes", "1")
    assert refused.returncode == 1
    assert "--force retires it now: whoever opened an order by its key gives the key again" in refused.stderr
    done = await aforo("keyring", "retire", "passes", "1", "--force")
    assert done.stdout == (
        "key 1 of passes is retired: whoever opened an order by its key gives the key again, "
        "and links to choose another lead nowhere\n"
    )
    table = (await aforo("keyring", "list")).stdout
    assert [line.split()[2] for line in table.splitlines() if line.startswith("passes")] == ["retired", "active"]
    assert "never rotates" in next(line for line in table.splitlines() if line.startswith("orders"))
    told = (await aforo("audit", "list", "--json")).stdout
    assert [json.loads(line)["act"] for line in told.splitlines()] == ["keyring.retire", "keyring.rotate"]
    assert json.loads((await aforo("verify", "--all", "--json")).stdout)["sales"]["keyring"] == []


async def test_the_root_key_is_replaced(aforo: Aforo) -> None:
    before = json.loads((await aforo("keyring", "list", "--json")).stdout)
    alone = await aforo("serve", secret=NEW)
    assert alone.returncode == 1
    assert "or name the old one in AFORO_OLD_SECRETS too" in alone.stderr
    assert "Traceback" not in alone.stderr
    for count in (len(PURPOSES), 0):
        done = await aforo("keyring", "rewrap", secret=NEW, old_secrets=f" {OLD} ,")
        assert done.stdout.startswith(f"{count} keys were wrapped anew; the root key "), done.stderr
    after = json.loads((await aforo("keyring", "list", "--json", secret=NEW)).stdout)
    public = [[each["public_key"] for each in listed] for listed in (before, after)]
    assert public[0] == public[1]
    assert (await aforo("keyring", "list")).returncode == 1
    short = await aforo("keyring", "list", old_secrets="short")
    assert short.returncode == 1
    assert "AFORO_OLD_SECRETS: each needs at least 32 characters" in short.stderr


@pytest.mark.parametrize("part", ["serve", "work", "keyring list"])
async def test_a_tampered_key_is_told_in_a_line(aforo: Aforo, db: asyncpg.Pool, part: str) -> None:
    assert (await aforo("keyring", "list")).returncode == 0
    await db.execute("UPDATE ring_key SET wrapped = '\\x00' WHERE purpose = 'buyers'")
    said = await aforo(*part.split())
    assert said.returncode == 1
    assert "aforo: key 1 of buyers can't be unwrapped: its row in ring_key was changed" in said.stderr
    assert "Traceback" not in said.stderr
