"""Resuming by the letter: drop at any event, come back anywhere with the last seq seen, and have lost nothing."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

import pytest

from engine.catalog.model import SaleState
from engine.limits import MERGE_MS
from engine.onsale import Sale
from engine.refusals import accept
from tests.server.conftest import ANSWER_S_MAX, Client, Site
from tests.server.test_watch import ALL, FORMATS, Follower, bits_of

RESUMES = 60
SEATS = 40


async def stir(client: Client, sale: Sale, chance: random.Random, enough: asyncio.Event) -> None:
    """Change seats, units, room and counters until it is enough."""
    for turn in itertools.count():
        if enough.is_set():
            return
        if chance.random() < 0.5:
            await client.ask("hold", sale=sale.id, hold=f"h{turn}", seats=[chance.randrange(SEATS)], cart=False)
        elif chance.random() < 0.5:
            await client.ask("hold", sale=sale.id, hold=f"h{turn}", pool={"pool": "floor", "units": 1}, cart=False)
        else:
            await client.ask("release", sale=sale.id, release=f"r{turn}", cart=False)
        await asyncio.sleep(chance.random() * MERGE_MS / 1000)


async def resumed(client: Client, sale: Sale, follower: Follower) -> Follower:
    """Come back with the last seq that was seen; a server that doesn't know what came after it answers a snapshot."""
    asked = follower.seq
    answer = await client.ok("watch", sale=sale.id, topics=ALL, epoch=follower.epoch, seq=asked)
    if "resumed" in answer:
        assert answer["seq"] == asked
        return follower
    assert answer["seq"] >= asked, "a step back"
    return Follower(answer)


async def caught_up(client: Client, sale: Sale, follower: Follower) -> None:
    """Follow until it is all told."""
    fresh = accept(await sale.snapshot())
    async with asyncio.timeout(ANSWER_S_MAX):
        while follower.seq < fresh.seq:
            follower.take(await client.next())


@pytest.mark.parametrize("subprotocol", FORMATS)
@pytest.mark.parametrize("seed", [1, 2])
async def test_dropped_at_any_event(site: Site, other_site: Site, sale: Sale, subprotocol: str, seed: int) -> None:
    chance = random.Random(seed)
    sites = (site, other_site)
    enough = asyncio.Event()
    stirring = [
        asyncio.create_task(stir(await site.buyer(), sale, random.Random(seed * 10 + n), enough)) for n in range(3)
    ]
    client = await site.socket(subprotocol)
    follower = Follower(await client.ok("watch", sale=sale.id, topics=ALL))
    resumes = 0
    for _ in range(RESUMES):
        for _ in range(chance.randint(0, 4)):
            follower.take(await client.next())
        await client.ws.close()
        client = await chance.choice(sites).socket(subprotocol)
        before, follower = follower, await resumed(client, sale, follower)
        resumes += before is follower
    assert resumes > RESUMES / 2, "most are told only what they missed"
    enough.set()
    await asyncio.gather(*stirring)
    await caught_up(client, sale, follower)
    fresh = await (await site.socket(subprotocol)).ok("watch", sale=sale.id, topics=ALL)
    assert bits_of(fresh["seats"]) == follower.bits
    assert fresh["pools"] == follower.rest["pools"]
    assert {**fresh["counters"], "viewers": 0} == {**follower.rest["counters"], "viewers": 0}
    assert fresh["room"] == follower.rest["room"]


async def test_room_and_counters_come_after_the_seats_they_count(site: Site, sale: Sale) -> None:
    """Pausing tells the room at once, also while what was held is still being merged."""
    watcher = await site.socket()
    follower = Follower(await watcher.ok("watch", sale=sale.id, topics=ALL))
    buyer = await site.buyer()
    await buyer.ok("hold", sale=sale.id, hold="h1", seats=[3, 4], cart=False)
    await sale.set_state(SaleState.PAUSED)
    event: dict[str, Any] = {"on": ""}
    while event["on"] != "state":
        event = await watcher.next()
        follower.take(event)
    assert follower.bits[0] & 0b11 == 0b01
    assert follower.bits[1] >> 6 == 0b01


async def test_adding_a_topic_is_no_step_ahead_of_those_watched_already(site: Site, sale: Sale) -> None:
    """Also while what was held is still being merged: its seq may be the last that this client sees."""
    watcher = await site.socket()
    first = await watcher.ok("watch", sale=sale.id, topics=["seats"])
    seats = Follower({**first, "room": {}, "pools": {}, "counters": {}})
    buyer = await site.buyer()
    for seat in range(8):
        await buyer.ok("hold", sale=sale.id, hold=f"h{seat}", seats=[seat], cart=False)
        more = await watcher.ok("watch", sale=sale.id, topics=["pools"])
        for event in watcher.events:
            seats.take(event)
        watcher.events.clear()
        assert more["seq"] >= seats.seq
        seats.seq = more["seq"]
        late = Follower(
            {**first, "seats": {"bits": bytes(seats.bits)}, "seq": more["seq"], "room": {}, "pools": {}, "counters": {}}
        )
        other = await site.socket()
        await resumed(other, sale, late)
        await caught_up(other, sale, late)
        assert late.bits == bits_of((await (await site.socket()).ok("watch", sale=sale.id, topics=["seats"]))["seats"])


async def test_a_watch_resumed_beside_another_is_answered_with_what_is_there(site: Site, sale: Sale) -> None:
    """A socket has one position in a sale: topics it adds come as they are now."""
    client = await site.socket()
    first = await client.ok("watch", sale=sale.id, topics=["seats"])
    more = await client.ok("watch", sale=sale.id, topics=["pools"], epoch=first["epoch"], seq=first["seq"])
    assert "resumed" not in more
    assert more["pools"] == {"floor": 30}
