"""`kill -9` of a store, a server or the worker in the middle of purchases: nothing is lost, nothing is sold twice.

An installation of its own: whatever these tests do to it, the others do not notice.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.strangers.client import Client
from tests.strangers.installation import Installation
from tests.strangers.picture import SOLD
from tests.strangers.shop import CONTACT, KEY, an_id, card, items_of, make_sale, orders_of, seen_once, units_of
from tests.strangers.socket_client import FORMATS, LiveSocket, Message, SocketLost
from tests.strangers.waiting import until

NewClient = Callable[[], Client]
BUYERS = 12
WAITERS = 3
EACH = 2
SPARE = 2 * WAITERS
KINDS = {
    "valkey": "valkey-server",
    "postgres": "postgres -D",
    "server": "server.child serve",
    "worker": "server.child work",
}
ASKED_S_MAX = 100
WAIT_AGAIN_S = 0.05
AGAIN = {"payment_pending", "cart_locked"}


def command_of(folder: Path) -> tuple[str, int]:
    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return command, int((folder / "stat").read_text().rpartition(")")[2].split()[1])


def below(ancestor: int) -> dict[int, str]:
    """Every process that `ancestor` started, itself or through others, and its command line."""
    told: dict[int, tuple[str, int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                told[int(folder.name)] = command_of(folder)
            except (OSError, IndexError):
                continue  # it has ended
    family = {ancestor}
    grown = True
    while grown:
        more = {pid for pid, (_, parent) in told.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return {pid: told[pid][0] for pid in family - {ancestor} if pid in told}


def killed(running: Installation, kind: str, dice: random.Random) -> None:
    """Kill one process of that kind that belongs to this installation, and nobody else's."""
    assert running.process is not None
    folder = str(running.folder)
    ours = [
        pid
        for pid, command in below(running.process.pid).items()
        if KINDS[kind] in command and (kind in {"server", "worker"} or folder in command)
    ]
    assert ours, f"no {kind} runs"
    os.kill(dice.choice(ours), signal.SIGKILL)


@pytest.fixture(scope="module")
def doomed() -> Iterator[Installation]:
    running = Installation()
    try:
        asyncio.run(running.start())
        yield running
    finally:
        asyncio.run(running.stop())


@pytest.fixture
async def visitor(doomed: Installation) -> AsyncIterator[Callable[..., Client]]:
    made: list[Client] = []

    def new(token: str | None = None) -> Client:
        made.append(Client(doomed.url, token=token))
        return made[-1]

    yield new
    for each in made:
        await each.close()


class Shopper:
    """Somebody who asks again, with the same ids, over a new socket when the old one is gone."""

    def __init__(self, one: Client, sale: str, subprotocol: str) -> None:
        self.one = one
        self.sale = sale
        self.subprotocol = subprotocol
        self.socket: LiveSocket | None = None

    async def asked(self, do: str, **fields: object) -> Message:
        """The first answer that is final."""
        end = asyncio.get_running_loop().time() + ASKED_S_MAX
        while True:
            try:
                if self.socket is None:
                    self.socket = await self.one.socket(self.subprotocol)
                answer = await self.socket.ask(do, sale=self.sale, **fields)
                error = answer.get("error")
                if error is None or not (error["retryable"] or error["code"] in AGAIN):
                    return answer
            except (SocketLost, ConnectionError):
                self.socket = None
            assert asyncio.get_running_loop().time() < end, f"no final answer to {do} {fields}"
            await asyncio.sleep(WAIT_AGAIN_S)

    async def ok(self, do: str, **fields: object) -> Message:
        answer = await self.asked(do, **fields)
        assert "ok" in answer, (do, fields, answer)
        told: Message = answer["ok"]
        return told

    async def come(self) -> Message:
        """Become a buyer, and join: the place."""
        await self.one.become_buyer()
        return await self.ok("join")

    async def shop(self, begun: asyncio.Event) -> tuple[Message, Message]:
        """Come, enter, hold, pay: the place and the order."""
        place = await self.come()
        await self.ok("enter", place=place["token"])
        begun.set()
        hold, order = an_id("hold"), an_id("order")
        wish = (
            {"pool": {"pool": "floor", "units": EACH}} if self.subprotocol == FORMATS[1] else {"best": {"seats": EACH}}
        )
        while True:
            answer = await self.asked("hold", hold=hold, **wish)
            if "ok" not in answer:
                assert answer["error"]["code"] in {"no_cart", "cart_ended"}, answer
                await self.ok("enter", place=place["token"])
                continue
            await self.ok("change", contact=CONTACT, key=KEY)
            answer = await self.asked("checkout", order=order, card=card())
            if "ok" in answer:
                paid: Message = answer["ok"]["order"]
                return place, paid
            assert answer["error"]["code"] in {"cart_incomplete", "cart_ended", "no_cart", "conflict"}, answer
            hold, order = an_id("hold"), an_id("order")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(240)
async def test_killed_while_people_buy(
    doomed: Installation, visitor: Callable[..., Client], dice: random.Random, kind: str
) -> None:
    organizer = visitor(token=doomed.key)
    sale = await make_sale(
        organizer,
        room={"shoppers": 100, "per_second": 1000, "claim_seconds": 600},
        sections={"stalls": {"rows": 2, "seats": BUYERS // 2, "price": 10}},
        # Nobody is called for what others who were called may still want, as those who only wait here might.
        pools={"floor": {"capacity": BUYERS, "price": 5}, "spare": {"capacity": SPARE, "price": 5}},
        person_max=EACH,
    )
    begun = asyncio.Event()
    shoppers = [Shopper(visitor(), sale, FORMATS[number % 2]) for number in range(BUYERS)]
    waiters = [Shopper(visitor(), sale, FORMATS[number % 2]) for number in range(WAITERS)]
    waiting = [await waiter.come() for waiter in waiters]
    shopping = asyncio.gather(*(shopper.shop(begun) for shopper in shoppers))
    await begun.wait()
    killed(doomed, kind, dice)
    told = await shopping
    await until("aforo up", doomed.is_ready)
    orders = [order for _, order in told]
    assert all(order["state"] == "paid" and len(order["tickets"]) == EACH for order in orders), orders
    assert sorted(items_of(orders)) == sorted({*items_of(orders)}), "a seat was sold twice"
    assert (len(items_of(orders)), units_of(orders, "floor")) == (BUYERS, BUYERS)
    places = [place["number"] for place in [*waiting, *(place for place, _ in told)]]
    assert len({*places}) == BUYERS + WAITERS, f"a place was given twice: {sorted(places)}"
    for waiter, place in zip(waiters, waiting, strict=True):
        again = await waiter.ok("join", place=place["token"])
        assert (again["number"], again["again"]) == (place["number"], True), "a place was lost"
    listed = [order["id"] for order in await orders_of(organizer, sale) if order["state"] == "paid"]
    assert sorted(listed) == sorted(order["id"] for order in orders)
    await doomed.is_sound()
    sold = {"seats": [SOLD] * BUYERS, "pools": {"floor": 0, "spare": SPARE}}
    await seen_once(organizer, sale, lambda seen: seen == sold)
