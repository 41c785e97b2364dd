"""Every key that rotates does so twice under real servers, while people join, hold and buy: nothing is void."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from standardwebhooks import Webhook

from engine.access import Sealer, ticket_of
from engine.audit import Act, Actor
from engine.engine import Engine
from engine.keyring import PURPOSES
from engine.keyring.acts import rotate
from engine.limits import KEYRING_ANNOUNCED_S_MIN
from engine.outgoing import Outgoing
from engine.verify import verify, verify_contexts
from engine.webhooks import NewWebhook
from engine.webhooks.endpoints import Endpoints
from tests.server.conftest import MakeSale
from tests.server.test_race import servers
from tests.strangers.waiting import until
from tests.webhooks.conftest import LOOPBACK
from tests.webhooks.partner import Partner, partner_at

BY = Actor("ana")
KEY = "tres tristes"
CARD = {"number": "4242424242424242", "expires": "12/39", "cvc": "123"}
ROUND_S_MAX = 120.0
PLAN = """
event: Everybody wants this
starts: in 60 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
person_max: 2
room: {shoppers: 400, per_second: 100, claim_seconds: 300}
sections:
  hall: {rows: 20, seats: 20, price: 45.00}
"""


@dataclass
class Buyer:
    """Somebody who buys a seat over HTTP, a step at a time, and keeps all they were given."""

    http: aiohttp.ClientSession
    sale: str
    seat: int
    token: str = ""
    place: dict[str, Any] = field(default_factory=dict)
    order: dict[str, Any] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, repeat: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if repeat:
            headers["Idempotency-Key"] = repeat
        async with self.http.request(method, path, json=body, headers=headers) as answer:
            assert answer.status < 300, (path, await answer.text())
            return await answer.json()

    async def joins(self) -> None:
        self.token = (await self.ask("POST", "/api/buyers"))["buyer"]
        self.place = await self.ask("POST", f"/api/sales/{self.sale}/places", {}, f"join-{self.seat}")

    async def is_called(self) -> bool:
        room = await self.ask("GET", f"/api/sales/{self.sale}/room")
        return bool(room["serving"] > self.place["place"])

    async def holds(self) -> None:
        """Once the room has let them in, which a place of before tells as well as one of now."""
        at = f"/api/sales/{self.sale}"
        await until("a turn", self.is_called, ROUND_S_MAX)
        await self.ask("POST", f"{at}/carts", {"place": self.place["token"]})
        held = await self.ask("POST", f"{at}/carts/mine/holds", {"hold": "h", "seats": [self.seat]})
        assert held["seats"] == [self.seat]
        contact = {"name": "Ana", "email": "ana@example.org"}
        assert (await self.ask("PATCH", f"{at}/carts/mine", {"contact": contact, "key": KEY}))["issues"] == []

    async def buys(self, repeat: str = "") -> None:
        """The same purchase, however often it is asked for, and by whichever way."""
        ask = {"order": "o", "card": CARD}
        bought = (await self.ask("POST", f"/api/sales/{self.sale}/carts/mine/orders", ask, repeat))["order"]
        assert bought["state"] == "paid"
        assert self.order.setdefault("id", bought["id"]) == bought["id"]
        self.order = bought

    async def joins_again(self) -> None:
        """With the place they were given: it is theirs."""
        again = await self.ask("POST", f"/api/sales/{self.sale}/places", {"place": self.place["token"]})
        assert (again["number"], again["again"]) == (self.place["number"], True)

    async def buys_again(self) -> None:
        """The same purchase, and no other; the same answer to a repeat; the key that they chose opens their order."""
        same = await self.ask("POST", f"/api/sales/{self.sale}/places", {}, f"join-{self.seat}")
        assert same["token"] == self.place["token"], "the answer kept for a repeat"
        await self.buys()
        await self.buys(f"buy-{self.seat}")
        opened = await self.ask("POST", "/api/orders/open", {"code": self.order["code"], "key": KEY})
        assert opened["order"]["id"] == self.order["id"]


@dataclass
class Crowd:
    """Buyers of all kinds: who bought, who holds, who waits; and a stream of new ones."""

    http: aiohttp.ClientSession
    sale: str
    seats: Iterator[int] = field(default_factory=itertools.count)
    bought: list[Buyer] = field(default_factory=list)

    def buyer(self) -> Buyer:
        return Buyer(self.http, self.sale, next(self.seats))

    async def buy_until(self, done: asyncio.Event) -> None:
        """One after the other; every refusal is a failure."""
        while not done.is_set():
            buyer = self.buyer()
            await buyer.joins()
            await buyer.holds()
            await buyer.buys()
            self.bought.append(buyer)


async def rotate_all(engine: Engine, crowd: Crowd) -> int:
    """Every key that rotates; answers once both servers sign with the new one."""
    for purpose in PURPOSES:
        if not purpose.fixed:
            newest = await rotate(engine.keyring, purpose.name, BY, KEYRING_ANNOUNCED_S_MIN)
    done = asyncio.Event()
    buying = asyncio.create_task(crowd.buy_until(done))
    in_a_row = 0
    async with asyncio.timeout(ROUND_S_MAX):
        while in_a_row < 20 and not buying.done():
            async with aiohttp.ClientSession(crowd.http._base_url) as fresh, fresh.post("/api/buyers") as answer:
                token = (await answer.json())["buyer"]
            in_a_row = in_a_row + 1 if token.split(".")[1] == str(newest.id) else 0
            await asyncio.sleep(0.05)
    done.set()
    await buying
    await engine.keyring.look()
    return newest.id


@pytest.mark.timeout(300)
async def test_two_rotations_of_all_keys_void_nothing(
    engine: Engine, organizer: Act, make_sale: MakeSale, tmp_path: Path
) -> None:
    sale = await make_sale(PLAN)
    async with (
        partner_at() as partner,
        servers(engine, tmp_path, worker=True) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        webhook = await a_webhook(engine, organizer, partner)
        crowd = Crowd(http, sale.id)
        first, *early = [crowd.buyer() for _ in range(5)]
        await asyncio.gather(*(each.joins() for each in (first, *early)))
        await asyncio.gather(*(each.holds() for each in (first, *early[:2])))
        await first.buys()
        crowd.bought.append(first)
        for number, (holding, waiting) in enumerate(zip(early[:2], early[2:], strict=True), start=2):
            assert await rotate_all(engine, crowd) == number
            await asyncio.gather(*(each.joins_again() for each in early[number:]))
            await waiting.holds()
            await asyncio.gather(waiting.buys(), holding.buys())
            crowd.bought += [waiting, holding]
            await asyncio.gather(*(each.buys_again() for each in crowd.bought))
        await everything_fits(engine, crowd, webhook, partner)


async def a_webhook(engine: Engine, organizer: Act, partner: Partner) -> NewWebhook:
    """It hears of what is paid from now on: the worker has begun to."""
    endpoints = Endpoints(engine.office, Sealer(engine.keyring.keyring, b"webhook"), Outgoing(LOOPBACK))
    made = await endpoints.create(organizer, f"{partner.url}/in", ["order.paid"])
    assert isinstance(made, NewWebhook), made
    begun = "SELECT EXISTS (SELECT FROM outbox_cursor WHERE consumer = 'webhooks')"
    await until("the consumer", lambda: engine.db.fetchval(begun), ROUND_S_MAX)
    return made


async def everything_fits(engine: Engine, crowd: Crowd, webhook: NewWebhook, partner: Partner) -> None:
    """One order and one charge a buyer, tickets that a gate takes, deliveries signed as ever, no invariant broken."""
    count = "SELECT count(*) FROM orders WHERE sale_id = $1 AND state = 'paid'"
    assert await engine.db.fetchval(count, crowd.sale) == len(crowd.bought)
    charges = "SELECT count(*) FROM sandbox_charge c JOIN orders o ON o.id = c.order_id WHERE o.sale_id = $1"
    assert await engine.db.fetchval(charges, crowd.sale) == len(crowd.bought)
    public_keys = engine.signer.ticket_public_keys()
    payloads = [ticket["payload"] for buyer in crowd.bought for ticket in buyer.order["tickets"]]
    assert len(payloads) == len(crowd.bought)
    assert all(ticket_of(payload, public_keys) is not None for payload in payloads)
    wanted = {buyer.order["id"] for buyer in crowd.bought}

    async def all_are_told() -> bool:
        return {each.body["data"]["order"] for each in partner.taken["/in"]} == wanted

    await until("the deliveries", all_are_told, ROUND_S_MAX)
    for taken in partner.taken["/in"]:
        Webhook(webhook.secret).verify(taken.raw, taken.headers)
    assert await verify(engine, crowd.sale) == []
    assert {name: broken for name, broken in (await verify_contexts(engine)).items() if broken} == {}
