"""`aforo credit …`: issued, listed, shown, revoked, and what is said of mistakes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from engine.audit import Act
from engine.engine import Engine
from server.cli.app import app


@pytest.fixture(autouse=True)
def settings(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_DATABASE_URL", database_url)
    monkeypatch.setenv("AFORO_REDIS_URL", redis_url)
    monkeypatch.setenv("AFORO_SECRET", "s" * 32)
    monkeypatch.setenv("AFORO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")


async def aforo(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["credit", *words])


async def test_from_issuing_to_revoking(engine: Engine, by: Act) -> None:
    made = await aforo("issue", "12.50", "EUR", "--why", "Rained off", "--number", "2")
    assert made.exit_code == 0, made.output
    codes = made.stdout.split()[:2]
    (found,) = await engine.credit.all_of(by.organizer_id, typed=codes[0])
    listed = await aforo("list", "--code", codes[0][-4:])
    assert f"voucher …{codes[0][-4:]}" in listed.stdout
    assert "€12.50" in listed.stdout
    assert (await aforo("revoke", found.credit.id)).exit_code == 0
    shown = await aforo("show", found.credit.id)
    assert "(revoked), €0 left of €12.50, until ever: Rained off" in shown.stdout
    assert "revoke" in shown.stdout
    for words in (("issue", "12.505", "EUR", "--why", "x"), ("issue", "much", "EUR", "--why", "x"), ("show", "crd_x")):
        assert (await aforo(*words)).exit_code != 0
