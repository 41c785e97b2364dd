"""What the strangers meet: one installation for all of them, two organizers, and as many clients as they like.

STRANGERS_ROUNDS and STRANGERS_SEED make it long and different; `make strangers` sets them and prints the seed.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.strangers.client import Client
from tests.strangers.installation import Installation

ROUNDS = int(os.environ.get("STRANGERS_ROUNDS", "1"))
SEED = int(os.environ.get("STRANGERS_SEED", "1"))

NewClient = Callable[[], Client]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "round_seed" in metafunc.fixturenames:
        metafunc.parametrize("round_seed", [SEED + number for number in range(ROUNDS)], scope="function")


@pytest.fixture
def dice(round_seed: int) -> random.Random:
    """Randomness of its own for each round of a test; `make strangers` has many rounds."""
    return random.Random(round_seed)


@pytest.fixture(scope="package")
def installation() -> Iterator[Installation]:
    """Two server processes, a worker and both stores. Whatever was done to it, all of it must be sound at the end."""
    running = Installation()
    try:
        asyncio.run(running.start())
        yield running
        asyncio.run(running.is_sound())
    finally:
        asyncio.run(running.stop())


@pytest.fixture(scope="package")
def other_key(installation: Installation) -> str:
    """The key of another organizer."""
    return asyncio.run(installation.make_key("Another"))


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[NewClient]:
    """Makes clients; each has an address of its own, and none is left open."""
    made: list[Client] = []

    def new(*, token: str | None = None, address: str | None = None) -> Client:
        made.append(Client(installation.url, token=token, address=address))
        return made[-1]

    yield new
    for each in made:
        await each.close()


@pytest.fixture
async def organizer(installation: Installation, client: NewClient) -> Client:
    return client(token=installation.key)


@pytest.fixture
async def other_organizer(other_key: str, client: NewClient) -> Client:
    return client(token=other_key)
