"""`aforo up` under buyers while its parts are killed in turn: places count, everybody gets what they paid for."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from engine.stores.process import pid_in
from tests.server.test_up import Up, free_port

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

SALE = """
id: mortal
event: Jazz at the Corner
starts: in 60 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: {shoppers: 40, per_second: 100}
sections:
  stalls: {rows: 4, seats: 10, price: 45.00}
"""
CARD = {"number": "4242 4242 4242 4242", "expires": "12/40", "cvc": "123"}
CONTACT = {"name": "Ada Lovelace", "email": "ada@example.org", "phone": ""}
VICTIMS = ("valkey", "postgres", "server", "worker")
BUYERS_EACH = 4
COMES_BACK_S_MAX = 60.0
PATIENCE_S = 0.1
YET = ("not_your_turn", "turn_missed", "no_place")


class Visitor:
    """A buyer over HTTP, who asks again with the same ids until somebody says how it stands."""

    def __init__(self, http: aiohttp.ClientSession, url: str, seat: int) -> None:
        self.http = http
        self.url = url
        self.seat = seat
        self.token = ""
        self.place: dict[str, Any] = {}

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        async with asyncio.timeout(COMES_BACK_S_MAX):
            while True:
                try:
                    answer = await self.ask_once(method, path, body)
                except (aiohttp.ClientError, TimeoutError, ValueError):
                    answer = {"code": "no_answer", "retryable": True}
                if not answer.get("retryable") and answer.get("code") not in YET:
                    return answer
                await asyncio.sleep(PATIENCE_S)

    async def ask_once(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.http.request(method, self.url + path, headers=headers, json=body) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
            return answer

    async def joins(self) -> None:
        self.token = (await self.ask("POST", "/api/buyers"))["buyer"]
        self.place = await self.ask("POST", "/api/sales/mortal/places", {})

    async def holds(self) -> None:
        at = "/api/sales/mortal/carts"
        await self.ask("POST", at, {"place": self.place["token"]})
        held = await self.ask("POST", f"{at}/mine/holds", {"hold": "h1", "seats": [self.seat]})
        assert held["seats"] == [self.seat]

    async def buys(self) -> str:
        at = "/api/sales/mortal/carts/mine"
        changed = await self.ask("PATCH", at, {"contact": CONTACT, "key": "my secret"})
        assert changed["issues"] == []
        bought = await self.ask("POST", f"{at}/orders", {"order": "o1", "card": CARD})
        assert bought["order"]["state"] == "paid", bought
        order: str = bought["order"]["id"]
        return order


@pytest.fixture
async def up(open_folder: Path) -> AsyncIterator[Up]:
    running = await asyncio.to_thread(Up, open_folder / "mortal", free_port())
    file = open_folder / "mortal.yaml"
    file.write_text(SALE, encoding="utf-8")
    done = await asyncio.to_thread(running.aforo, "sale", "create", str(file))
    assert done.returncode == 0, done.stderr
    yield running
    await asyncio.to_thread(running.stop)


def pid_of(up: Up, victim: str) -> int:
    match victim:
        case "valkey":
            pid = pid_in(up.folder / "valkey" / "valkey.pid")
        case "postgres":
            pid = pid_in(up.folder / "postgres" / "postmaster.pid")
        case "server":
            pid = up.children("server.child serve")[0]
        case _:
            (pid,) = up.children("server.child work")
    assert pid is not None
    return pid


async def test_a_sale_goes_on_whatever_dies(up: Up) -> None:
    url = f"http://127.0.0.1:{up.port}"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        early = Visitor(http, url, 39)
        await early.joins()
        sold = set()
        for number, victim in enumerate(VICTIMS):
            buyers = [Visitor(http, url, number * BUYERS_EACH + each) for each in range(BUYERS_EACH)]
            await asyncio.gather(*(buyer.joins() for buyer in buyers))
            await asyncio.gather(*(buyer.holds() for buyer in buyers))
            purchases = [asyncio.create_task(buyer.buys()) for buyer in buyers]
            await asyncio.sleep(0)
            os.kill(pid_of(up, victim), signal.SIGKILL)
            sold |= set(await asyncio.gather(*purchases))
            again = await early.ask("POST", "/api/sales/mortal/places", {"place": early.place["token"]})
            assert again["number"] == early.place["number"]
        assert len(sold) == len(VICTIMS) * BUYERS_EACH
        await early.holds()
        await early.buys()
        counters = await early.ask("GET", "/api/sales/mortal/counters")
        assert counters["sold"] == len(sold) + 1
    checked = await asyncio.to_thread(up.aforo, "verify", "mortal")
    assert checked.returncode == 0, checked.stdout
