"""Measurements with many sockets, at a size at which they only show that they work."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from loadtest.bench.fanout import RAW, of_ours, of_rival, rivals
from loadtest.bench.idle_sockets import waited
from loadtest.bench.measure import Bench, opened
from loadtest.bench.purchases_ws import one_round
from loadtest.bench.serving import serving, working
from loadtest.bench.watchers import watched
from loadtest.bench.worker_idle import Installation
from server.observe.machine import children, parents

SOCKETS = 20

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
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


@pytest.mark.long
async def test_every_change_is_seen_by_every_watcher(bench: Bench) -> None:
    figures = await watched(bench, SOCKETS, 0.2)
    assert figures["changes_seen"] > 0
    assert figures["changes_unseen"] == 0
    assert figures["p50_ms"] <= figures["p99_ms"] <= figures["max_ms"]


@pytest.mark.long
async def test_sockets_that_wait_are_measured_idle_and_in_a_room(bench: Bench) -> None:
    figures = await waited(bench, SOCKETS, 0.5)
    assert figures["sockets"] == SOCKETS
    # How much is for the benchmark to say: in half a second they may hear nothing, and cost less than can be counted.
    shares = {"cpu_percent", "room_cpu_percent"}
    assert {"bytes_each", "room_bytes_each", "room_news_per_s", *shares} <= figures.keys()


async def test_buyers_get_from_the_connection_to_their_tickets(bench: Bench) -> None:
    async with serving(bench, processes=1) as ours:
        figures = await one_round(bench, ours.port, SOCKETS, 0.5)
    assert figures["per_s"] > 0
    assert figures["errors"] == 0
    assert figures["ms"].keys() == {"hello", "watch", "enter", "hold", "change", "checkout"}
    assert all(figures["cpu_ms"][role] > 0 for role in ("server", "Postgres", "Valkey", "clients"))


@pytest.mark.long
async def test_an_installation_without_buyers_does_little(bench: Bench) -> None:
    async with serving(bench, processes=1) as ours, working(bench) as supervisor:
        (server,), (worker,) = children(ours.pid), children(supervisor)
        postgres = parents()[await bench.engine.db.fetchval("SELECT pg_backend_pid()")]
        read = Installation(bench, server, worker, postgres).read
        before, after = await read(), await read()
    assert before.cpu_s.keys() == {"server", "worker", "valkey", "postgres"}
    assert after.at > before.at
    assert after.commands > before.commands
