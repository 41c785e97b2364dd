"""`aforo audit …`, and what an outsider does with what it writes: by the code of docs/audit.md alone."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from engine.audit import Audit
from engine.tables import cell
from server.cli.app import app
from server.cli.audit import change_of
from tests.audit.conftest import act

DOCS = Path(__file__).resolve().parents[2] / "docs" / "audit.md"


@pytest.fixture
def aforo(
    told: Audit, database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, str]:
    """Commands over the database of `told`, whose seed they don't have: they name its key as an earlier one."""
    monkeypatch.setenv("AFORO_DATABASE_URL", database_url)
    monkeypatch.setenv("AFORO_REDIS_URL", redis_url)
    monkeypatch.setenv("AFORO_SECRET", "s" * 64)
    monkeypatch.setenv("AFORO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("AFORO_AUDIT_KEYS", told.public_key)

    async def run(*words: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, ["audit", *words])

    return run, told.public_key


def snippets() -> list[str]:
    return re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)


def outsider(folder: Path, code: str, lines: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The code of the page, in a process that can't import anything of ours."""
    command = [sys.executable, "-I", "-c", f"import sys; sys.modules.update(engine=None, server=None)\n{code}", *words]
    return subprocess.run(command, cwd=folder, input=lines, capture_output=True, text=True, check=False)


async def test_an_outsider_recomputes_a_chain_with_the_code_of_the_page(
    aforo: Any, db: asyncpg.Pool, told: Audit, tmp_path: Path
) -> None:
    run, _ = aforo
    await act(db, note='Ünïcode "quotes" \\ \u001b and 🎟', nothing=None, deep={"b": [1, 2], "a": True})
    await told.linker.step()
    exported = (await run("export")).stdout
    code, of_heads = snippets()
    done = await asyncio.to_thread(outsider, tmp_path, code, exported)
    assert done.returncode == 0, done.stderr
    ends = await db.fetch("SELECT DISTINCT ON (chain) chain, hash FROM audit_link ORDER BY chain, number DESC")
    assert done.stdout.strip() == str({row["chain"]: row["hash"].hex() for row in ends})
    for old, new in (('"number": 3}', '"number": 4}'), ("🎟", "🎫")):
        assert old in exported
        done = await asyncio.to_thread(outsider, tmp_path, code, exported.replace(old, new, 1))
        assert "was changed" in done.stderr
    lines = exported.splitlines(keepends=True)
    done = await asyncio.to_thread(outsider, tmp_path, code, "".join(lines[:2] + lines[3:]))
    assert "a link is missing before" in done.stderr

    heads = (tmp_path / "audit" / "heads.jsonl").read_text()
    done = await asyncio.to_thread(outsider, tmp_path, of_heads, heads, told.public_key)
    assert done.returncode == 0, done.stderr
    done = await asyncio.to_thread(
        outsider, tmp_path, of_heads, heads.replace('"number":6', '"number":5'), told.public_key
    )
    assert "InvalidSignature" in done.stderr


async def test_the_command_line_lists_filters_and_verifies(aforo: Any, db: asyncpg.Pool, told: Audit) -> None:
    run, known = aforo
    assert (await run("key")).stdout.strip() not in ("", known)
    verified = await run("verify")
    assert (verified.exit_code, verified.stdout) == (
        0,
        "the audit trail is as it was written: 13 links in 3 chains, 3 signed heads\n",
    )
    listed = [json.loads(line) for line in (await run("list", "--json", "--limit", "4")).stdout.splitlines()]
    assert [each["subject"] for each in listed] == ["installation", "other-5", "one-5", "other-4"]
    for words, count in (
        (["--organizer", "org_one"], 6),
        (["--subject", "one-3"], 1),
        (["--act", "sale.open"], 0),
        (["--actor", "ak_1", "--organizer", "org_other"], 6),
        (["--since", "2100-01-01"], 0),
        (["--until", "2020-01-01"], 0),
        (["--act", "sale"], 13),
        (["one-3 NUMBER"], 1),
    ):
        assert len((await run("list", "--json", *words)).stdout.splitlines()) == count
    assert "number: 3" in (await run("list", "--subject", "one-3")).stdout
    assert (await run("export", "--organizer", "org_one")).stdout.count("\n") == 6
    assert (await run("export", "--since", "2100-01-01T00:00Z")).stdout == ""
    assert (await run("list", "--since", "yesterday")).exit_code == 1
    assert (await run("verify", "--organizer", "org_nobody")).exit_code == 1

    async with db.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("UPDATE audit SET actor = 'x' WHERE subject = 'one-3'")
    verified = await run("verify", "--json")
    assert verified.exit_code == 3
    assert [each["subject"] for each in json.loads(verified.stdout)["broken"]] == ["link 4 of org_one"]
    every = await asyncio.to_thread(CliRunner().invoke, app, ["verify", "--all"])
    assert every.exit_code == 3
    said = r"invariant 9: link 4 of org_one: it doesn't fit act \d+ \(sale.change of one-3, [\d-]+T[\d:.]+Z\)"
    assert re.search(said, every.stdout)


async def test_a_table_of_acts_has_no_formulas(aforo: Any, db: asyncpg.Pool, told: Audit) -> None:
    run, _ = aforo
    await act(db, subject='=HYPERLINK("http://evil.example")')
    await told.linker.step()
    rows = list(csv.DictReader((await run("export", "--format", "csv")).stdout.splitlines()))
    assert len(rows) == 14
    assert rows[0]["after"] == '{"paused": true}'
    assert not any(str(value).startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    assert any(row["subject"].startswith("'=HYPERLINK") for row in rows)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_cells_and_changes_as_text() -> None:
    assert (cell(None), cell(7), cell({"a": [1]})) == ("", "7", '{"a": [1]}')
    at = "2026-05-01T20:30:00.123456Z"
    said = {"before": {"paused": False, "opened_at": at}, "after": {"paused": True, "opened_at": at}, "detail": {}}
    assert change_of(said) == "paused: false → true"
    said = {"before": {"closed_at": None}, "after": {"closed_at": at}, "detail": {}}
    assert change_of(said) == "closed_at: null → 2026-05-01 20:30:00"
    assert change_of({"before": None, "after": {"name": "Jazz", "windows": [[at, at]]}, "detail": {}}) == "name: Jazz"
    assert change_of({"before": None, "after": None, "detail": {"times": 3}}) == "times: 3"
