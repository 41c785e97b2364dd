"""`aforo link …`: made, listed and archived, and what is said of mistakes."""

from __future__ import annotations

import asyncio
import re
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


@pytest.fixture
def aforo(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aforo:
    monkeypatch.setenv("AFORO_DATABASE_URL", database_url)
    monkeypatch.setenv("AFORO_REDIS_URL", redis_url)
    monkeypatch.setenv("AFORO_SECRET", "s" * 32)
    monkeypatch.setenv("AFORO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["link", *words])

    return run


async def test_links_are_made_listed_and_archived(engine: Engine, by: Act, aforo: Aforo) -> None:
    sale = await sale_of(engine, by)
    made = await aforo("make", "poster", "Posters in the metro", "--sale", sale)
    assert made.stdout == f"/s/{sale}?from=poster\n", made.output
    assert (await aforo("make", "radio", "Radio")).stdout == "?from=radio\n"
    assert (await aforo("archive", "poster")).exit_code == 0
    listed = (await aforo("list")).stdout
    assert re.search(rf"poster \(archived\) +Posters in the metro +{sale} +0 +0 +0", listed), listed
    assert (await aforo("archive", "poster", "--undo")).exit_code == 0
    assert "archived" not in (await aforo("list")).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("make", "poster", "Again"), "name: is the name of another link"),
        (("make", "radio", "Radio", "--sale", "nobodys"), "sale: is no sale of yours"),
        (("make", "Big Poster", "Again"), "a short word"),
        (("archive", "none"), "There is no link none"),
    ],
)
async def test_mistakes_are_said_plainly(
    engine: Engine, by: Act, aforo: Aforo, words: tuple[str, ...], said: str
) -> None:
    await engine.links.make(by, "poster", "Posters", None)
    done = await aforo(*words)
    assert done.exit_code == 1
    assert said in f"{done.exception} {done.output}"
