"""Watching a sale: snapshot, deltas, resumption, slow readers."""

from __future__ import annotations

import asyncio
import base64
import gc
import weakref
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog import Allocation
from engine.catalog.model import SaleState
from engine.limits import TOPICS_PER_SOCKET_MAX, UNSENT_BYTES_PER_SOCKET_MAX
from engine.onsale import Sale
from engine.onsale.model import SeatsHold
from engine.refusals import accept
from server.known.sale_view import SEAT_WORDS
from server.live.hub import room_merge_s
from tests.server.conftest import ANSWER_S_MAX, Client, MakeSale, Site

HALF_WITHHELD = """
event: Half a house
starts: in 30 days at 20:00
zone: UTC
currency: EUR
opens: now
sections: {hall: {rows: 20, seats: 20, price: 10}}
pools: {floor: {capacity: 5, price: 5}}
room: false
allocations: {House: {purpose: house, seats: {hall: [A, B, C, D, E, F, G, H, I, J]}}}
"""
ALL = ["room", "seats", "pools", "counters"]
KERNEL_BYTES_MAX = 16 * 1024 * 1024
FORMATS = ["aforo.json.1", "aforo.msgpack.1"]


def bits_of(member: dict[str, Any]) -> bytearray:
    bits = member["bits"]
    return bytearray(base64.b64decode(bits) if isinstance(bits, str) else bits)


class Follower:
    """What a client makes of a snapshot and the events after it."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.bits = bits_of(snapshot["seats"])
        self.rest = {topic: dict(snapshot[topic]) for topic in ("room", "pools", "counters")}
        self.seq = snapshot["seq"]
        self.epoch = snapshot["epoch"]

    def take(self, event: dict[str, Any]) -> None:
        assert event["epoch"] == self.epoch
        assert event["seq"] >= self.seq
        self.seq = event["seq"]
        if event["on"] == "seats":
            for state, word in enumerate(SEAT_WORDS):
                for seat in event.get(word, ()):
                    shift = 6 - 2 * (seat % 4)
                    self.bits[seat // 4] = self.bits[seat // 4] & ~(3 << shift) | state << shift
        elif event["on"] == "pools":
            self.rest["pools"].update(event["pools"])
        elif event["on"] in self.rest:
            changed = {name: value for name, value in event.items() if name not in ("on", "sale", "epoch", "seq")}
            self.rest[event["on"]].update(changed)


async def hold(client: Client, sale: Sale, name: str, *seats: int) -> dict[str, Any]:
    return await client.ok("hold", sale=sale.id, hold=name, seats=list(seats), cart=False)


@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_snapshot_and_deltas_equal_a_fresh_snapshot(site: Site, sale: Sale, subprotocol: str) -> None:
    watcher = await site.socket(subprotocol)
    follower = Follower(await watcher.ok("watch", sale=sale.id, topics=ALL))
    buyer = await site.buyer(subprotocol)
    await hold(buyer, sale, "h1", 0, 1, 2)
    await hold(buyer, sale, "h2", 7)
    await buyer.ok("release", sale=sale.id, release="r1", seats=[1], cart=False)
    await buyer.ok("hold", sale=sale.id, hold="h3", pool={"pool": "floor", "units": 3}, cart=False)
    fresh = accept(await sale.snapshot())
    while follower.seq < fresh.seq or follower.rest["counters"]["held"] != fresh.counters.held:
        follower.take(await watcher.next())
    assert bytes(follower.bits) == fresh.seats
    assert follower.rest["pools"] == fresh.pools
    again = await (await site.socket(subprotocol)).ok("watch", sale=sale.id, topics=ALL)
    assert bits_of(again["seats"]) == follower.bits
    assert {**again["counters"], "viewers": 0} == {**follower.rest["counters"], "viewers": 0}
    assert again["room"] == follower.rest["room"]
    assert again["seats"]["count"] == 40


async def test_many_changes_arrive_merged(site: Site, sale: Sale) -> None:
    watcher = await site.socket()
    await watcher.ok("watch", sale=sale.id, topics=["seats"])
    buyer = await site.buyer()
    for round_ in range(10):
        await hold(buyer, sale, f"h{round_}", 5)
        await buyer.ok("release", sale=sale.id, release=f"r{round_}", cart=False)
    await hold(buyer, sale, "last", 6)
    await watcher.event("seats", lambda event: 6 in event.get("held", ()))
    assert len(watcher.events) < 20


async def test_resuming_brings_only_what_was_missed(site: Site, sale: Sale) -> None:
    watcher = await site.socket()
    first = await watcher.ok("watch", sale=sale.id, topics=["seats", "pools"])
    buyer = await site.buyer()
    await hold(buyer, sale, "h1", 3, 4)
    await watcher.event("seats", lambda event: 4 in event.get("held", ()))
    other = await site.socket()
    resumed = await other.ok("watch", sale=sale.id, topics=["seats", "pools"], epoch=first["epoch"], seq=first["seq"])
    assert resumed["resumed"] is True
    assert "seats" not in resumed
    missed = await other.event("seats")
    assert missed["held"] == [3, 4]


@pytest.mark.parametrize("change", [{"epoch": "other"}, {"seq": 10_000}])
async def test_resuming_from_what_nobody_knows_brings_a_snapshot(
    site: Site, sale: Sale, change: dict[str, Any]
) -> None:
    client = await site.socket()
    first = await client.ok("watch", sale=sale.id, topics=["seats"])
    again = await client.ok(
        "watch", **{"sale": sale.id, "topics": ["seats"], "epoch": first["epoch"], "seq": 0, **change}
    )
    assert "resumed" not in again
    assert again["seats"]["count"] == 40


async def test_only_the_topics_asked_for(site: Site, sale: Sale) -> None:
    watcher = await site.socket()
    answer = await watcher.ok("watch", sale=sale.id, topics=["pools"])
    assert "seats" not in answer
    buyer = await site.buyer()
    await hold(buyer, sale, "h1", 0)
    await buyer.ok("hold", sale=sale.id, hold="h2", pool={"pool": "floor", "units": 1}, cart=False)
    event = await watcher.event("pools")
    assert event["pools"] == {"floor": 29}
    assert {each["on"] for each in watcher.events} <= {"pools"}
    assert await watcher.ok("unwatch", sale=sale.id) == {}


async def test_state_changes_are_told(site: Site, sale: Sale) -> None:
    watcher = await site.socket()
    await watcher.ok("watch", sale=sale.id, topics=["seats"])
    await sale.set_state(SaleState.PAUSED)
    assert (await watcher.event("state"))["state"] == "paused"


async def test_unknown_sale_is_refused_and_leaves_no_hub(site: Site) -> None:
    client = await site.socket()
    error = await client.refused("watch", sale="no-such-sale", topics=["seats"])
    assert error["code"] == "unknown_sale"
    assert len(site.process.hubs) == 0


async def test_nothing_of_a_hub_that_ended_waits_for_the_collector(site: Site, sale: Sale) -> None:
    """Each keeps thousands of deltas, and full collections are rare in a server."""
    hubs = site.process.hubs
    await hubs.view(sale.id)
    left = weakref.ref(hubs.of(sale.id))
    gc.disable()
    try:
        await hubs.close()
        async with asyncio.timeout(ANSWER_S_MAX):
            while True:
                if left() is None:
                    break
                await asyncio.sleep(0.01)
    finally:
        gc.enable()


async def test_too_many_topics_are_refused(site: Site, make_sale: MakeSale) -> None:
    client = await site.socket()
    for _ in range(TOPICS_PER_SOCKET_MAX // len(ALL)):
        await client.ok("watch", sale=(await make_sale()).id, topics=ALL)
    last = await make_sale()
    assert (await client.refused("watch", sale=last.id, topics=["seats"]))["code"] == "too_many_watches"


async def test_slow_reader_gets_nothing_then_one_snapshot(site: Site, sale: Sale) -> None:
    slow = await site.socket()
    await slow.ok("watch", sale=sale.id, topics=ALL)
    (socket,) = site.process.sockets.each()
    hub = site.process.hubs.of(sale.id)
    # The client reads nothing now: fill what kernels take at most, then the bound.
    filler = b"\x81\x7e\xff\x00" + b'"' + b"x" * (0xFF00 - 2) + b'"'
    while socket.transport.get_write_buffer_size() <= KERNEL_BYTES_MAX + UNSENT_BYTES_PER_SOCKET_MAX:
        socket.transport.write(filler)
    quick = await site.buyer()
    await quick.ok("watch", sale=sale.id, topics=["seats"])
    await hold(quick, sale, "h1", 1)
    await quick.event("seats", lambda event: 1 in event.get("held", ()))
    unsent = socket.transport.get_write_buffer_size()
    await hold(quick, sale, "h2", 2)
    await quick.event("seats", lambda event: 2 in event.get("held", ()))
    assert socket.transport.get_write_buffer_size() <= unsent
    assert hub.slow_readers == 1
    snapshot = None
    while snapshot is None:
        message: Any = await slow.next()
        snapshot = message if isinstance(message, dict) and message.get("on") == "snapshot" else None
    assert set(snapshot) >= {"on", "epoch", "seq", "state", *ALL}
    assert bits_of(snapshot["seats"])[0] == 0b00_01_01_00
    await hold(quick, sale, "h3", 3)
    await slow.event("seats", lambda event: 3 in event.get("held", ()))


async def test_a_new_generation_is_told_as_a_snapshot(site: Site, sale: Sale) -> None:
    watcher = await site.socket()
    first = await watcher.ok("watch", sale=sale.id, topics=["seats"])
    buyer = await site.buyer()
    await site.engine.redis.hset(f"a1:{{{sale.id}}}:sale", "epoch", "another")
    accept(await sale.hold(SeatsHold(buyer.hello["buyer_id"], "h1", (9,))))
    snapshot = await watcher.event("snapshot")
    assert snapshot["epoch"] != first["epoch"]
    assert bits_of(snapshot["seats"])[2] == 0b00_01_00_00


@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_a_part_of_the_house_is_told_whole(
    site: Site, make_sale: MakeSale, organizer: Act, subprotocol: str
) -> None:
    """Naming the seats would take more bytes than all of them as they are; watchers of pools alone hear nothing."""
    sale = await make_sale(HALF_WITHHELD)
    watcher, elsewhere = await site.socket(subprotocol), await site.socket(subprotocol)
    follower = Follower(await watcher.ok("watch", sale=sale.id, topics=ALL))
    assert bytes(follower.bits) == b"\xff" * 50 + b"\x00" * 50
    await elsewhere.ok("watch", sale=sale.id, topics=["pools"])
    released = await site.engine.catalog.allocations.release(organizer, sale.id, "house")
    assert isinstance(released, Allocation)
    snapshot = await watcher.event("snapshot")
    assert bits_of(snapshot["seats"]) == bytes(100)
    assert set(snapshot) >= {"epoch", "seq", "state", *ALL}
    assert [each["on"] for each in watcher.events if each["on"] == "seats"] == []
    buyer = await site.buyer(subprotocol)
    await hold(buyer, sale, "h1", 3)
    assert (await watcher.event("seats"))["held"] == [3]
    assert {each["on"] for each in elsewhere.events} <= {"pools"}


def test_a_large_room_is_told_less_often() -> None:
    assert room_merge_s(0) == room_merge_s(2_500) == 0.25
    assert room_merge_s(15_000) == 1.5
