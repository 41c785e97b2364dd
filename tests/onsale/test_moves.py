"""Notes of moves, and the sweep that finds what was not noted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.ids import new_buyer
from engine.onsale.model import SeatsHold
from engine.onsale.moves import NOTE_EVERY_S, Moves, SinceLast
from engine.onsale.sweep import Position, Sweep
from engine.stores.embedded import EmbeddedStores
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.keys import SaleKeys, moves_key, sale_key
from engine.stores.redis import RedisClient, connect
from tests.faults.mishaps import dies
from tests.onsale.conftest import HandClock, OpenSale

NOTE_EVERY_MS = int(NOTE_EVERY_S * 1000)


async def noted(moves: Moves, *sales: str) -> None:
    for sale in sales:
        moves.note(sale)
    await moves.drained()


async def test_news_are_told_once_to_each_who_reads(redis: RedisClient, fresh_sale_id: Callable[[], str]) -> None:
    ana, bo, cy = fresh_sale_id(), fresh_sale_id(), fresh_sale_id()
    writer, reader, other = Moves(redis), Moves(redis), Moves(redis)
    await noted(writer, ana, bo)
    assert {ana, bo} <= set(await reader.news())
    assert not {ana, bo} & set(await reader.news())
    await noted(writer, cy)
    assert cy in await reader.news()
    assert {ana, bo, cy} <= set(await other.news())
    assert {ana, bo, cy} <= set(await other.lately(600_000))


async def test_a_sale_is_noted_now_and_then_only(redis: RedisClient, sale_id: str, clock: HandClock) -> None:
    writer, reader = Moves(redis, clock), Moves(redis)
    await noted(writer, sale_id)
    assert sale_id in await reader.news()
    await redis.zrem(moves_key(), sale_id)
    clock.at_ms += NOTE_EVERY_MS - 1
    await noted(writer, sale_id)
    assert sale_id not in await reader.lately(600_000)
    clock.at_ms += 1
    await noted(writer, sale_id)
    assert sale_id in await reader.lately(600_000)


async def test_a_job_is_told_what_moved_since_it_was_done(redis: RedisClient, fresh_sale_id: Callable[[], str]) -> None:
    """Notes of long ago are made by hand: the clock of the store says when a note is written."""
    sale, old, ancient, now = fresh_sale_id(), fresh_sale_id(), fresh_sale_id(), 1_000.0
    moves = Moves(redis)
    since_last = SinceLast(moves, lambda: now)
    await noted(moves, sale)
    noted_ms: float = await redis.zscore(moves_key(), sale)
    await redis.zadd(moves_key(), {old: noted_ms - 100_000, ancient: noted_ms - 10_000_000})
    at_first = await since_last.sales()
    assert {sale, old} <= set(at_first)
    assert ancient not in at_first
    assert {sale, old} <= set(await since_last.sales()), "it was not done"
    since_last.done()
    later = await since_last.sales()
    assert sale in later
    assert old not in later
    now += 200
    assert old in await since_last.sales()
    await redis.zrem(moves_key(), sale, old, ancient)


async def test_a_note_that_could_not_be_written_is_written_once_redis_answers(open_folder: Path, sale_id: str) -> None:
    valkey = EmbeddedValkey(open_folder / "moves", open_folder / "moves.sock")
    valkey.start()
    client = await connect(valkey.url)
    moves = Moves(client)
    try:
        dies(valkey)
        await noted(moves, sale_id)
        valkey.start()
        async with asyncio.timeout(30):
            while await moves.lately(600_000) != [sale_id]:
                pass
    finally:
        await moves.close()
        await client.aclose()
        valkey.stop()


async def test_a_note_that_redis_refuses_is_told_and_given_up(
    redis: RedisClient, sale_id: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await redis.set(sale_id, "no set")
    monkeypatch.setattr("engine.onsale.moves.moves_key", lambda: sale_id)
    await noted(Moves(redis), sale_id)
    assert "moves of 1 sales could not be noted" in caplog.text
    await redis.delete(sale_id)


async def test_what_a_process_remembers_of_its_notes_is_bounded(
    redis: RedisClient, fresh_sale_id: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.limits.SALES_NOTED_MAX", 2)
    moves, sales = Moves(redis), [fresh_sale_id() for _ in range(5)]
    await noted(moves, *sales)
    assert len(moves._noted_at) <= 2
    assert set(sales) <= set(await moves.lately(600_000))


async def test_notes_are_read_again_when_the_clock_of_redis_went_back(redis: RedisClient, sale_id: str) -> None:
    moves = Moves(redis)
    await redis.zadd(moves_key(), {sale_id: 4_000_000_000_000})
    assert sale_id in await moves.news()
    await redis.zrem(moves_key(), sale_id)
    await noted(moves, sale_id)
    assert sale_id not in await moves.news()
    await moves.begin_again()
    assert sale_id in await moves.news()


async def test_the_sweep_tells_where_sales_stand(redis: RedisClient, open_sale: OpenSale, sale_id: str) -> None:
    one, other = await open_sale(), await open_sale()
    await other.hold(SeatsHold(new_buyer(), "h1", (0,)))
    expected = []
    for sale in (one, other):
        epoch, *numbers = await redis.hmget(sale_key(sale.id, "sale"), "epoch", "seq", "shopping")
        expected.append(Position(epoch.decode(), *map(int, numbers)))
    sweep = Sweep(redis)
    assert await sweep.positions([SaleKeys(each) for each in (one.id, sale_id, other.id)]) == [
        expected[0],
        None,
        expected[1],
    ]
    assert await sweep.positions([]) == []
    assert len(await sweep.servers()) in (1, 3)


async def test_the_sweep_asks_one_by_one_where_sort_may_not(stores: EmbeddedStores, sale_id: str) -> None:
    owner = await connect(stores.redis_url)
    await owner.hset(sale_key(sale_id, "sale"), mapping={"epoch": "e1", "seq": 7})
    await owner.execute_command("ACL", "SETUSER", sale_id, "on", "nopass", "~a1:*", "&*", "+@all")
    client = await connect(stores.redis_url.replace("://", f"://{sale_id}:any@", 1))
    try:
        assert await Sweep(client).positions([SaleKeys(sale_id)]) == [Position("e1", 7)]
    finally:
        await client.aclose()
        await owner.execute_command("ACL", "DELUSER", sale_id)
        await owner.aclose()
