"""Watching by the letter: dropped at any moment, resumed from the last `seq` seen, the picture is always whole.

A client keeps (epoch, seq) of the last event it read, asks `watch` with them, and ends with what a fresh look shows.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.strangers.client import Client
from tests.strangers.picture import TOPICS, Picture
from tests.strangers.shop import KEY, a_buyer, an_id, at_once, bought, card, make_sale
from tests.strangers.socket_client import FORMATS, LiveSocket
from tests.strangers.waiting import until

NewClient = Callable[[], Client]
SHOPPERS = 8
WATCHERS = 6
DROPS = 20
SETTLED_S_MAX = 15
PACE_S = 0.1  # five asks at most, of the fifty a second that a socket may send
SUBSETS = [list(chosen) for size in range(1, 5) for chosen in itertools.combinations(TOPICS, size)]
ROOM = {"shoppers": 50, "per_second": 1000, "claim_seconds": 60}
REFUSED_IN_A_CROWD = {"seat_taken", "short", "none_together", "over_maximum", "not_held", "no_cart", "cart_ended"}


async def shop_about(socket: LiveSocket, sale: str, dice: random.Random, stop: asyncio.Event) -> None:
    """Hold, release, leave and come back, and buy now and then, until told to stop."""
    while not stop.is_set():
        await asyncio.sleep(PACE_S)
        wish: dict[str, Any] = dice.choice(
            [
                {"best": {"seats": dice.randint(1, 3)}},
                {"seats": [dice.randrange(200)]},
                {"pool": {"pool": "a", "units": 1}},
            ]
        )
        answer = await socket.settled("hold", sale=sale, hold=an_id("h"), cart=False, **wish)
        assert "ok" in answer or answer["error"]["code"] in REFUSED_IN_A_CROWD, answer
        step = dice.random()
        if step < 0.5:
            answer = await socket.settled("release", sale=sale, release=an_id("r"), cart=False)
            assert "ok" in answer or answer["error"]["code"] in REFUSED_IN_A_CROWD, answer
        elif step < 0.6:
            await socket.ok("leave", sale=sale)
        elif step < 0.65 and "ok" in answer:
            await socket.ok("change", sale=sale, contact={"name": "Ada", "email": "ada@example.org"}, key=KEY)
            answer = await socket.settled("checkout", sale=sale, order=an_id("o"), card=card())
            assert "ok" in answer, answer
        if step >= 0.5:
            await socket.ok("join", sale=sale)
            await socket.ok("enter", sale=sale)


class Watcher:
    """A client that is dropped again and again, and goes on from where it was."""

    def __init__(self, one: Client, sale: str, topics: Sequence[str], subprotocol: str = FORMATS[0]) -> None:
        self.one = one
        self.picture = Picture(sale, topics)
        self.subprotocol = subprotocol
        self.read: list[str] = []  # the kind of each message of this connection
        self.broken: AssertionError | None = None
        self.resumes = 0

    def take(self, message: dict[str, Any]) -> None:
        try:
            if "re" in message:
                if "ok" in message and "epoch" in message["ok"]:
                    self.picture.answered(message["ok"])
                    self.resumes += message["ok"].get("resumed", False)
                    self.read.append("answer")
            else:
                self.picture.happened(message)
                self.read.append(message["on"])
        except AssertionError as broken:
            self.broken = self.broken or broken

    async def connect(self) -> LiveSocket:
        """Watch, from what was seen last on."""
        socket = await self.one.bare_socket(self.subprotocol)
        socket.on_message = self.take
        self.read.clear()
        known = {} if self.picture.epoch is None else {"epoch": self.picture.epoch, "seq": self.picture.seq}
        await socket.ok("watch", sale=self.picture.sale, topics=list(self.picture.topics), **known)
        return socket

    async def drop_after(self, kind: str, many: int) -> None:
        """Connect, read until the `many`th message of that kind has come, and go away at that very message."""
        socket = await self.connect()
        await socket.until(lambda: self.broken or self.read.count(kind) >= many, f"{many} of {kind}")
        await socket.drop()
        self.sound()

    def sound(self) -> None:
        if self.broken is not None:
            raise self.broken


async def fresh_look(one: Client, picture: Picture) -> Picture:
    """The same topics, as somebody new is told them."""
    eyes = await one.bare_socket()
    look = Picture(picture.sale, picture.topics)
    look.answered(await eyes.ok("watch", sale=look.sale, topics=list(look.topics)))
    await eyes.close()
    return look


async def is_whole(watcher: Watcher, stranger: Client) -> None:
    """What the watcher ends with is what somebody new is told. Nothing happens in the sale any more."""
    socket = await watcher.connect()
    looks: list[tuple[dict[str, Any], dict[str, Any]]] = []

    async def same() -> bool:
        watcher.sound()
        looks.append((watcher.picture.settled(), (await fresh_look(stranger, watcher.picture)).settled()))
        mine, theirs = looks[-1]
        return all(known_to_both(mine[topic], theirs[topic]) for topic in theirs)

    try:
        await until("the same picture", same, SETTLED_S_MAX)
    except AssertionError:
        mine, theirs = looks[-1]
        wrong = {topic: differing(mine[topic], theirs[topic]) for topic in theirs if mine[topic] != theirs[topic]}
        raise AssertionError(f"resumed {watcher.resumes} times, and wrong for good: {wrong}") from None
    await socket.close()


def known_to_both(mine: Any, theirs: Any) -> bool:
    """Whether they are the same, but for members that one of two releases does not tell."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return all(mine[key] == theirs[key] for key in mine.keys() & theirs.keys())
    return bool(mine == theirs)


def differing(mine: Any, theirs: Any) -> Any:
    if isinstance(mine, list):
        return [(seat, mine[seat], theirs[seat]) for seat in range(len(mine)) if mine[seat] != theirs[seat]]
    if isinstance(mine, dict):
        return {key: (mine.get(key), theirs[key]) for key in theirs if mine.get(key) != theirs[key]}
    return mine, theirs


class Crowd:
    """People who shop in a sale of 200 seats and two pools until the block ends."""

    def __init__(self, organizer: Client, client: NewClient, dice: random.Random) -> None:
        self.organizer = organizer
        self.client = client
        self.dice = dice
        self.sale = ""

    async def __aenter__(self) -> Crowd:
        self.sale = await make_sale(
            self.organizer,
            room=ROOM,
            sections={"stalls": {"rows": 10, "seats": 20, "price": 10}},
            pools={"a": {"capacity": 500, "price": 5}, "b": {"capacity": 100, "price": 4, "draws_on": "a"}},
        )
        people = [self.client() for _ in range(SHOPPERS)]
        sockets = await at_once(*(a_buyer(one, self.sale, FORMATS[n % 2]) for n, one in enumerate(people)))
        self.stop = asyncio.Event()
        self.shopping = [
            asyncio.create_task(shop_about(socket, self.sale, random.Random(self.dice.random()), self.stop))
            for socket in sockets
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await asyncio.gather(*self.shopping)


@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_dropped_after_every_kind_of_event(
    organizer: Client, client: NewClient, dice: random.Random, subprotocol: str
) -> None:
    async with Crowd(organizer, client, dice) as crowd:
        watchers = [Watcher(client(), crowd.sale, TOPICS, subprotocol) for _ in range(WATCHERS)]

        async def dropped_often(watcher: Watcher) -> None:
            for number in range(DROPS):
                kind = ("answer", *TOPICS)[number % 5]
                await watcher.drop_after(kind, 1 if kind == "answer" else dice.randint(1, 2))

        await at_once(*(dropped_often(watcher) for watcher in watchers))
    for watcher in watchers:
        await is_whole(watcher, client())
        assert watcher.resumes > 0, "no watch was resumed"


async def test_dropped_with_every_set_of_topics(organizer: Client, client: NewClient, dice: random.Random) -> None:
    async with Crowd(organizer, client, dice) as crowd:
        watchers = [Watcher(client(), crowd.sale, chosen) for chosen in SUBSETS]

        async def dropped_often(watcher: Watcher) -> None:
            for _ in range(DROPS // 4):
                await watcher.drop_after(dice.choice(watcher.picture.topics), 1)

        await at_once(*(dropped_often(watcher) for watcher in watchers))
    for watcher in watchers:
        await is_whole(watcher, client())


async def test_dropped_after_a_pause_and_a_resume(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    watcher = Watcher(client(), sale, TOPICS)
    for step, state in (("pause", "paused"), ("resume", "open"), ("pause", "paused"), ("close", "closed")):
        socket = await watcher.connect()
        await organizer.ok("POST", f"/api/sales/{sale}/{step}")
        await socket.until(lambda state=state: watcher.broken or watcher.picture.state == state, state)
        await socket.drop()
        watcher.sound()
    await is_whole(watcher, client())


async def test_what_cannot_be_resumed_is_told_whole(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    socket = await client().bare_socket()
    first = await socket.ok("watch", sale=sale, topics=list(TOPICS))
    for epoch, seq in (("elsewhere", first["seq"]), (first["epoch"], first["seq"] + 1_000), ("elsewhere", 0)):
        await socket.ok("unwatch", sale=sale)
        answer = await socket.ok("watch", sale=sale, topics=list(TOPICS), epoch=epoch, seq=seq)
        assert not answer.get("resumed"), answer
        picture = Picture(sale)
        picture.answered(answer)
        assert picture.epoch == first["epoch"]
        assert first["seq"] <= picture.seq < first["seq"] + 1_000


async def test_no_event_after_unwatch(organizer: Client, client: NewClient) -> None:
    """Of two topics one is given up: only the other is told."""
    sale = await make_sale(organizer)
    socket = await client().bare_socket()
    await socket.ok("watch", sale=sale, topics=["seats", "pools"])
    await socket.ok("unwatch", sale=sale, topics=["seats"])
    buyer = await a_buyer(client(), sale)
    await buyer.ok("hold", sale=sale, hold="seats", best={"seats": 2})
    await buyer.ok("hold", sale=sale, hold="units", pool={"pool": "floor", "units": 1})
    await socket.event("pools", pools={"floor": 29})
    assert {event["on"] for event in socket.events} == {"pools"}, socket.events


async def test_all_tabs_hear_of_the_cart(organizer: Client, client: NewClient) -> None:
    """`cart` and `order` go to every socket of the buyer that did something in the sale, but to the one that bought."""
    sale = await make_sale(organizer)
    one = client()
    first = await a_buyer(one, sale)
    second = await one.socket(FORMATS[1])
    await second.ok("cart", sale=sale)
    order = await bought(first, sale, best={"seats": 2})
    told = await second.event("cart", sale=sale, reason="bought")
    assert (told["cart"]["state"], told["cart"]["end_reason"]) == ("ended", "bought")
    assert (await second.event("order"))["order"]["id"] == order["id"]
    await first.ok("ping")
    assert not {"cart", "order"} & {event["on"] for event in first.events}, first.events
