"""`aforo coupon …`: made from a file, drawn, listed, exported, revoked, reported, and what is said of mistakes."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from engine.audit import Act
from engine.engine import Engine
from server.cli.app import app
from tests.links.test_links import sale_of

Aforo = Callable[..., Awaitable[Result]]
FILE = """coupons:
  SUMMER10: {percent: 10, uses: 100, per_person: 1}
  FIVER: {name: Five off, fixed: 5, minimum: {sum: 20}}
"""


@pytest.fixture
def aforo(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aforo:
    monkeypatch.setenv("AFORO_DATABASE_URL", database_url)
    monkeypatch.setenv("AFORO_REDIS_URL", redis_url)
    monkeypatch.setenv("AFORO_SECRET", "s" * 32)
    monkeypatch.setenv("AFORO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["coupon", *words])

    return run


async def test_from_a_file_to_a_report(engine: Engine, by: Act, aforo: Aforo, tmp_path: Path) -> None:
    sale = await sale_of(engine, by)
    file = tmp_path / "summer.yaml"
    file.write_text(FILE, encoding="utf-8")
    made = await aforo("create", str(file), "--sale", sale)
    assert made.exit_code == 0, made.output
    assert "SUMMER10: 10 % off, 1 per contact, 100 uses" in made.stdout
    assert "FIVER: 5.00 EUR off the order, from 20.00 EUR on" in made.stdout
    again = await aforo("create", str(file), "--sale", sale)
    assert again.exit_code != 0
    assert "is the name of another coupon of yours" in str(again.exception)
    drawn = await aforo("generate", "summer10", "200", "--partner", "Radio Norte", "--link", "https://t.example/")
    links = [line for line in drawn.stdout.splitlines() if line.startswith("https://")]
    assert len({*links}) == 200
    assert all(link.startswith(f"https://t.example/s/{sale}?code=") for link in links)
    listed = (await aforo("list", "--sale", sale)).stdout
    assert "SUMMER10 and 200 drawn" in listed
    assert "0 of 100" in listed
    rows = list(csv.DictReader(io.StringIO((await aforo("codes", "SUMMER10")).stdout)))
    assert len(rows) == 201
    assert {row["partner"] for row in rows} == {"", "Radio Norte"}
    batch = next(row["batch"] for row in rows if row["batch"])
    assert (await aforo("revoke", "SUMMER10", "--batch", batch)).stdout == "200 codes revoked.\n"
    assert "was not used yet" in (await aforo("report", "SUMMER10")).stdout
    assert (await aforo("revoke", "SUMMER10")).stdout == "SUMMER10 has ended.\n"
    assert "SUMMER10 (ended)" in (await aforo("list")).stdout


async def test_mistakes_in_a_file_make_nothing(engine: Engine, by: Act, aforo: Aforo, tmp_path: Path) -> None:
    for text, said in (
        ("coupons:\n  TEN: {percent: 110}\n", "line 2: TEN.percent: must be 100 or less"),
        ("FIVE: {percent: 5}\nTEN: {percnt: 10}\n", "line 2: TEN.percnt: is not known here; did you mean percent?"),
        ("coupons: {}\n", "has no coupons"),
        ("TEN: {fixed: 5}\n", "TEN.currency: is missing"),
    ):
        file = tmp_path / "wrong.yaml"
        file.write_text(text, encoding="utf-8")
        result = await aforo("create", str(file))
        assert result.exit_code != 0
        assert said in str(result.exception)
        assert await engine.coupons.all_of(by.organizer_id) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("report", "NOSUCH"), "There is no coupon NOSUCH"),
        (("generate", "NOSUCH", "5", "--partner", "x"), "There is no coupon NOSUCH"),
        (("revoke", "NOSUCH"), "There is no coupon NOSUCH"),
    ],
)
async def test_what_is_not_there_is_said(engine: Engine, by: Act, aforo: Aforo, words: list[str], said: str) -> None:
    assert by.organizer_id, engine
    result = await aforo(*words)
    assert result.exit_code != 0
    assert said in str(result.exception)
