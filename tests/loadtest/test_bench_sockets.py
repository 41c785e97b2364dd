"""Measurements with many sockets, at a size at which they only show that they work."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from loadtest.bench.fanout import RAW, of_ours, of_rival, rivals
from loadtest.bench.idle_sockets import waited
from loadtest.bench.measure import Bench, opened
from loadtest.bench.watchers import percentile, watched
from loadtest.bench.watching import seats_in, whole_bytes
from server.live.wire import MSGPACK, PING_FRAME

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


async def test_every_change_is_seen_by_every_watcher(bench: Bench) -> None:
    figures = await watched(bench, SOCKETS, 0.2)
    assert figures["changes_seen"] > 0
    assert figures["changes_unseen"] == 0
    assert figures["p50_ms"] <= figures["p99_ms"] <= figures["max_ms"]


async def test_sockets_that_wait_cost_little_and_hear_of_their_room(bench: Bench) -> None:
    figures = await waited(bench, SOCKETS, 0.5)
    assert figures["sockets"] == SOCKETS
    assert {"bytes_each", "room_bytes_each", "room_cpu_percent", "room_news_per_s"} <= figures.keys()
    assert figures["cpu_percent"] > 0


def test_frames_are_read_whole_however_they_come() -> None:
    told = [MSGPACK.frame({"on": "seats", "held": list(range(first, first + 100))}) for first in (0, 1_000)]
    data = told[0] + PING_FRAME + told[1]
    assert seats_in(data) == [*range(100), *range(1_000, 1_100)]
    assert [whole_bytes(data[:cut]) for cut in (1, len(told[0]), len(told[0]) + 1, len(data) - 1, len(data))] == [
        0,
        len(told[0]),
        len(told[0]),
        len(told[0]) + 2,
        len(data),
    ]


def test_percentiles_of_counted_milliseconds() -> None:
    took = Counter({10: 98, 20: 1, 500: 1})
    assert [percentile(took, percent) for percent in (50, 98, 99, 100)] == [10, 10, 20, 500]
