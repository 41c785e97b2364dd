"""Two releases side by side, started once for the tests of a file, and clients of either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.releases.beside import Beside
from tests.strangers.client import Client

NewClient = Callable[..., Client]


@pytest.fixture(scope="module")
def beside(open_folder: Path) -> Iterator[Beside]:
    folder = open_folder / "releases"
    folder.mkdir()
    folder.chmod(0o711)  # the account of an embedded Postgres walks through it
    running = Beside(folder)
    try:
        asyncio.run(running.start())
        yield running
    finally:
        asyncio.run(running.stop())


@pytest.fixture
async def client(beside: Beside) -> AsyncIterator[NewClient]:
    """Somebody at a server of the release named; with the token of somebody else it is the same person."""
    made: list[Client] = []

    def new(release: str, token: str | None = None) -> Client:
        made.append(Client(beside.url(release), token=token))
        return made[-1]

    yield new
    for each in made:
        await each.close()
