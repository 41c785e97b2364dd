"""The batcher: one call in flight, or full ones, order, bounds, lost replies, and neighbours that notice nothing."""

import asyncio
import hashlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from engine.refusals import Code, RefusalError
from engine.stores import database
from engine.stores.batcher import Batcher, BatchFault
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.process import wait_until
from engine.stores.redis import connect
from engine.stores.scripts import Script, call, pack, unpack

GATHER_MS = 300  # long beside what the loop does meanwhile

COUNT_ONCE = """
local verdicts = {}
for n, ask in ipairs(cmsgpack.unpack(ARGV[1])) do
  verdicts[n] = 'again'
  if redis.call('SADD', KEYS[1], ask) == 1 then
    redis.call('INCR', KEYS[2])
    verdicts[n] = 'counted'
  end
end
return cmsgpack.pack(verdicts)
"""


def script_of(source: str) -> Script:
    return Script("test/made", source, hashlib.sha1(source.encode()).hexdigest())


class Store:
    """Answers every ask with ten times it, when the test lets it."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.in_flight = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.errors: list[BaseException] = []

    async def send(self, asks: list[int]) -> Sequence[int]:
        assert self.in_flight == 0, "two calls in flight"
        self.in_flight += 1
        self.batches.append(asks)
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
            if self.errors:
                raise self.errors.pop(0)
            return [ask * 10 for ask in asks]
        finally:
            self.in_flight -= 1


async def turns(count: int = 5) -> None:
    """Let what is ready in the loop run."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_one_ask_alone_is_one_call_and_leaves_no_task() -> None:
    store = Store()
    batcher = Batcher("test", store.send)
    assert await batcher.submit(4) == 40
    await batcher.drained()
    assert store.batches == [[4]]
    assert len(asyncio.all_tasks()) == 1


async def test_what_comes_in_one_turn_goes_as_one_batch() -> None:
    store = Store()
    batcher = Batcher("test", store.send)
    assert await asyncio.gather(*(batcher.submit(n) for n in range(50))) == [n * 10 for n in range(50)]
    assert store.batches == [list(range(50))]


async def test_what_comes_during_a_flight_is_the_next_batch() -> None:
    store = Store()
    batcher = Batcher("test", store.send)
    store.gate.clear()
    first = batcher.submit(1)
    await turns()
    later = [batcher.submit(n) for n in (2, 3)]
    await turns()
    assert (store.batches, batcher.waiting) == ([[1]], 2)
    store.gate.set()
    assert await asyncio.gather(first, *later) == [10, 20, 30]
    assert store.batches == [[1], [2, 3]]


async def test_the_next_batch_is_sent_before_the_waiters_of_the_landed_one_wake() -> None:
    store = Store()
    batcher = Batcher("test", store.send)
    store.gate.clear()
    seen_by_waiter: list[int] = []

    async def ask_one() -> None:
        await batcher.submit(1)
        seen_by_waiter.append(len(store.batches))

    waiter = asyncio.create_task(ask_one())
    await turns()
    second = batcher.submit(2)
    store.gate.set()
    await asyncio.gather(waiter, second)
    assert seen_by_waiter == [2]


async def test_while_full_batches_wait_two_are_in_flight() -> None:
    gate, sent = asyncio.Event(), []

    async def send(asks: list[int]) -> Sequence[int]:
        sent.append(asks)
        await gate.wait()
        return asks

    batcher: Batcher[int, int] = Batcher("test", send, items_max=2, flights_max=2)
    waiters = [batcher.submit(n) for n in range(7)]
    await turns()
    assert (sent, batcher.waiting) == ([[0, 1], [2, 3]], 3)
    gate.set()
    assert await asyncio.gather(*waiters) == list(range(7))
    assert sent == [[0, 1], [2, 3], [4, 5], [6]]
    await batcher.drained()
    assert batcher.idle


async def test_a_batch_that_is_not_full_waits_for_the_one_in_flight() -> None:
    store = Store()
    batcher = Batcher("test", store.send, items_max=3, flights_max=2)
    store.gate.clear()
    waiters = [batcher.submit(n) for n in range(5)]
    await turns()
    assert (store.batches, batcher.waiting) == ([[0, 1, 2]], 2)
    store.gate.set()
    assert await asyncio.gather(*waiters) == [n * 10 for n in range(5)]


async def test_a_lost_reply_of_one_flight_leaves_the_other_alone() -> None:
    sent: list[list[int]] = []

    async def send(asks: list[int]) -> Sequence[int]:
        first = not sent
        sent.append(asks)
        await asyncio.sleep(0)
        if first:
            raise ConnectionError("the reply is lost")
        return [ask * 10 for ask in asks]

    batcher: Batcher[int, int] = Batcher("test", send, items_max=2, flights_max=2)
    assert await asyncio.gather(*(batcher.submit(n) for n in range(4))) == [0, 10, 20, 30]
    assert sent == [[0, 1], [2, 3], [0, 1]]


async def test_in_a_crowd_calls_wait_for_one_another_s_company() -> None:
    store = Store()
    batcher = Batcher("test", store.send, gather_ms=GATHER_MS)
    await asyncio.gather(batcher.submit(1), batcher.submit(2))
    waiters = []
    for ask in (3, 4, 5):
        waiters.append(batcher.submit(ask))
        await turns()
    assert await asyncio.gather(*waiters) == [30, 40, 50]
    assert store.batches == [[1, 2], [3, 4, 5]]


async def test_who_asks_alone_never_waits_for_company() -> None:
    store = Store()
    batcher = Batcher("test", store.send, gather_ms=60_000)
    for ask in range(5):
        await batcher.submit(ask)
    assert store.batches == [[ask] for ask in range(5)]


async def test_a_full_batch_waits_for_no_company() -> None:
    store = Store()
    batcher = Batcher("test", store.send, items_max=3, gather_ms=60_000)
    await asyncio.gather(*(batcher.submit(ask) for ask in range(3)))
    later = [batcher.submit(ask) for ask in (3, 4)]
    await turns()
    assert store.batches == [[0, 1, 2]]
    assert await asyncio.gather(*later, batcher.submit(5)) == [30, 40, 50]
    await asyncio.gather(*(batcher.submit(ask) for ask in range(6, 12)))
    assert store.batches == [list(range(first, first + 3)) for first in range(0, 12, 3)]


async def test_a_batch_has_a_bound() -> None:
    store = Store()
    batcher = Batcher("test", store.send, items_max=3)
    await asyncio.gather(*(batcher.submit(n) for n in range(8)))
    assert store.batches == [[0, 1, 2], [3, 4, 5], [6, 7]]


async def test_over_the_bound_of_the_queue_an_ask_is_refused_as_busy() -> None:
    store = Store()
    batcher = Batcher("test", store.send, items_max=2, queue_max=2)
    store.gate.clear()
    waiters = [batcher.submit(1)]
    await turns()
    waiters += [batcher.submit(2), batcher.submit(3)]
    with pytest.raises(RefusalError) as caught:
        batcher.submit(4)
    assert caught.value.code is Code.BUSY
    store.gate.set()
    assert await asyncio.gather(*waiters) == [10, 20, 30]


async def test_a_lost_reply_means_the_same_batch_again() -> None:
    store = Store()
    store.errors = [ConnectionError(), TimeoutError()]
    batcher = Batcher("test", store.send)
    assert await asyncio.gather(batcher.submit(1), batcher.submit(2)) == [10, 20]
    assert store.batches == [[1, 2]] * 3


async def test_a_store_that_stays_away_makes_batch_and_queue_unavailable_and_may_come_back() -> None:
    store = Store()
    store.errors = [ConnectionError()] * 50
    batcher = Batcher("test", store.send, items_max=1, retry_ms_max=50)
    asked = await asyncio.gather(*(batcher.submit(n) for n in range(3)), return_exceptions=True)
    assert [error.code for error in asked if isinstance(error, RefusalError)] == [Code.UNAVAILABLE] * 3
    store.errors.clear()
    assert await batcher.submit(5) == 50


async def test_a_caller_that_goes_away_harms_no_neighbour() -> None:
    store = Store()
    batcher = Batcher("test", store.send)
    store.gate.clear()
    waiters = [asyncio.ensure_future(batcher.submit(n)) for n in range(3)]
    await turns()
    waiters[1].cancel()
    store.gate.set()
    answers = await asyncio.gather(*waiters, return_exceptions=True)
    assert (answers[0], answers[2]) == (0, 20)
    assert isinstance(answers[1], asyncio.CancelledError)


@pytest.mark.parametrize(
    ("error", "told"), [(ValueError("broken"), ValueError), (asyncio.CancelledError(), asyncio.CancelledError)]
)
async def test_who_went_away_is_told_nothing_of_what_went_wrong(
    error: BaseException, told: type[BaseException]
) -> None:
    store = Store()
    batcher = Batcher("test", store.send)
    store.gate.clear()
    waiters = [batcher.submit(n) for n in range(2)]
    await turns()
    waiters[0].cancel()
    store.errors = [error]
    store.gate.set()
    await batcher.drained()
    assert batcher.idle
    with pytest.raises(told):
        await waiters[1]


async def test_who_went_away_is_not_refused_while_the_store_stays_away() -> None:
    store = Store()
    store.errors = [ConnectionError()] * 50
    batcher = Batcher("test", store.send, items_max=1, retry_ms_max=50)
    waiters = [batcher.submit(n) for n in range(3)]
    await turns()
    waiters[1].cancel()
    asked = await asyncio.gather(*waiters, return_exceptions=True)
    assert [type(each) for each in asked] == [RefusalError, asyncio.CancelledError, RefusalError]


async def test_more_than_a_full_batch_at_once_waits_for_no_company() -> None:
    store = Store()
    batcher = Batcher("test", store.send, items_max=3, gather_ms=60_000)
    await asyncio.gather(*(batcher.submit(ask) for ask in range(2)))
    first = batcher.submit(2)
    await turns()
    later = [batcher.submit(ask) for ask in range(3, 8)]
    assert await asyncio.gather(first, *later) == [ask * 10 for ask in range(2, 8)]
    assert store.batches[1:] == [[2, 3, 4], [5, 6, 7]]


async def test_a_fault_reaches_every_waiter_of_its_batch_and_no_other() -> None:
    store = Store()
    store.errors = [ValueError("broken script")]
    batcher = Batcher("test", store.send, items_max=2)
    answers = await asyncio.gather(*(batcher.submit(n) for n in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError, int]
    assert len(store.batches) == 2


async def test_a_wrong_call_is_a_fault_at_once_and_a_closed_connection_is_asked_again(
    db: asyncpg.Pool, database_url: str
) -> None:
    calls = 0

    async def send_wrong(asks: list[int]) -> Sequence[int]:
        nonlocal calls
        calls += 1
        await db.fetch("SELECT $1::int")
        return asks

    with pytest.raises(asyncpg.InterfaceError):
        await Batcher("wrong", send_wrong).submit(1)
    assert calls == 1

    closed = await database.connect_one(database_url)
    await closed.close()
    connections: list[asyncpg.Connection | asyncpg.Pool] = [db, closed]

    async def send_on_closed(asks: list[int]) -> Sequence[int]:
        on = connections.pop()
        return [await on.fetchval("SELECT $1::int", ask) for ask in asks]

    assert await Batcher("closed", send_on_closed).submit(7) == 7


async def test_a_connection_that_dies_while_it_is_given_back_is_asked_again() -> None:
    store = Store()
    store.errors = [asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")]
    assert await Batcher("test", store.send).submit(1) == 10


@pytest.mark.faults
async def test_asks_survive_a_valkey_that_is_killed_and_started_again(open_folder: Path) -> None:
    folder = open_folder / "killed"
    server = EmbeddedValkey(folder, folder / "v.sock")
    server.start()
    client = await connect(server.url)
    # What was answered is written then: with everysec Valkey may hold it back while a busy disk syncs.
    await client.config_set("appendfsync", "no")
    count_once = script_of(COUNT_ONCE)

    async def send(asks: list[str]) -> Sequence[str]:
        return list(unpack(await call(client, count_once, ["seen", "count"], [pack(asks)])))

    batcher = Batcher("test", send, items_max=20, retry_ms_max=60_000)
    waiters = [asyncio.ensure_future(batcher.submit(f"ask-{n}")) for n in range(200)]
    await waiters[0]
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.to_thread(wait_until, lambda: not server.alive(), 10)
    await asyncio.to_thread(server.start)
    assert set(await asyncio.gather(*waiters)) <= {"counted", "again"}
    # Whatever was asked twice counted once.
    assert await client.get("count") == b"200"
    await client.aclose()
    server.stop()


async def test_a_wrong_number_of_verdicts_is_a_fault() -> None:
    async def send(asks: list[int]) -> Sequence[int]:
        return asks[1:]

    batcher = Batcher("test", send)
    answers = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["test: 2 asks, 1 verdicts"] * 2
    assert all(isinstance(answer, BatchFault) for answer in answers)


async def test_the_hook_hears_of_every_batch() -> None:
    heard: list[tuple[str, int]] = []
    batcher = Batcher("holds", Store().send, items_max=2, on_batch=lambda name, items, _: heard.append((name, items)))
    await asyncio.gather(*(batcher.submit(n) for n in range(3)))
    assert heard == [("holds", 2), ("holds", 1)]
