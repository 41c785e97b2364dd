"""Measurements with many sockets, at a size at which they only show that they work."""

from collections.abc import AsyncIterator

import pytest

from loadtest.bench.fanout import RAW, of_ours, of_rival, rivals
from loadtest.bench.measure import Bench, opened

SOCKETS = 20


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with opened(quick=True, step=lambda _: None) as own:
        yield own


async def test_a_frame_reaches_every_socket(bench: Bench) -> None:
    per_cpu_s, frame_bytes = await of_ours(bench, SOCKETS, 1)
    assert per_cpu_s > 0
    assert 80 <= frame_bytes <= 120
    command = rivals()[RAW]
    assert command is not None
    assert await of_rival(command, SOCKETS, 1) > 0
