"""Sales to try things in, and buyers who have come as far as a test needs them.

Everything is done as docs/protocol.md, docs/selling.md and docs/payments.md say.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from tests.strangers.client import Client
from tests.strangers.picture import unpacked
from tests.strangers.socket_client import FORMATS, LiveSocket, Message
from tests.strangers.waiting import until

PAID = "4242424242424242"
KEY = "correct horse battery"
CONTACT = {"name": "Ada Lovelace", "email": "ada@example.org"}
CALM_ROOM = {"shoppers": 500, "per_second": 1000, "claim_seconds": 60}


def card(number: str = PAID) -> dict[str, str]:
    return {"number": number, "expires": "12/40", "cvc": "123"}


def an_id(word: str) -> str:
    """An id that nobody used yet."""
    return f"{word}-{secrets.token_hex(5)}"


def a_sale(**fields: Any) -> dict[str, Any]:
    """The body of a sale that is open: 40 seats, a pool of 30, no waiting room."""
    return {
        "id": an_id("sale"),
        "event": "Jazz at the Corner",
        "starts": "in 60 days at 20:30",
        "zone": "Europe/Madrid",
        "currency": "EUR",
        "opens": "now",
        "cart_minutes": 30,
        "person_max": 8,
        "room": False,
        "sections": {"stalls": {"rows": 4, "seats": 10, "price": {"general": 45, "half": 20.5}}},
        "pools": {"floor": {"capacity": 30, "price": 30}},
        **fields,
    }


async def make_sale(organizer: Client, **fields: Any) -> str:
    """A sale that is open, unless `fields` say otherwise."""
    body = a_sale(**fields)
    made = await organizer.ok("POST", "/api/sales", body)
    if body["opens"] == "now":

        async def is_open() -> bool:
            shown = await organizer.ask("GET", f"/api/sales/{made['id']}/room")
            return bool(shown.code is None and shown.body["state"] == "open")

        await until("an open sale", is_open)
    return str(made["id"])


async def look(client: Client, sale: str) -> dict[str, Any]:
    """What anybody may know of the stock: the state of each seat, and what each pool has left.

    An answer to who held, released or bought may be here before the news of it: see `seen_once`.
    """
    seats = await client.ok("GET", f"/api/sales/{sale}/seats", headers={"Accept": "application/json"})
    pools = await client.ok("GET", f"/api/sales/{sale}/pools")
    return {"seats": unpacked(seats) if seats["count"] else [], "pools": pools["pools"]}


async def seen_once(client: Client, sale: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first look of which this holds, as soon as everybody sees it."""

    async def looked() -> dict[str, Any] | None:
        seen = await look(client, sale)
        return seen if holds(seen) else None

    found = await until("the stock to be seen as it is", looked)
    assert found is not None
    return found


async def a_buyer(client: Client, sale: str, subprotocol: str = FORMATS[0]) -> LiveSocket:
    """A socket of a new buyer whose cart in the sale is open."""
    await client.become_buyer()
    socket = await client.socket(subprotocol)
    await socket.ok("join", sale=sale)
    await socket.ok("enter", sale=sale)
    return socket


async def ready_to_pay(socket: LiveSocket, sale: str, **hold: Any) -> Message:
    """Hold something, and write all that a purchase needs; the answer to `hold`."""
    wanted = hold or {"best": {"seats": 1}}
    held: Message = await socket.ok("hold", sale=sale, hold=an_id("hold"), **wanted)
    changed = await socket.ok("change", sale=sale, contact=CONTACT, key=KEY)
    assert changed["issues"] == [], changed
    return held


async def bought(socket: LiveSocket, sale: str, **hold: Any) -> Message:
    """Buy; the order."""
    await ready_to_pay(socket, sale, **hold)
    answer = await socket.ok("checkout", sale=sale, order=an_id("order"), card=card())
    order: Message = answer["order"]
    assert order["state"] == "paid", order
    return order


def items_of(orders: Iterable[Message]) -> list[str]:
    """Every seat of these orders; units are counted by `units_of`."""
    return [line["item"] for order in orders for line in order["lines"] if "seat" in line]


def units_of(orders: Iterable[Message], pool: str) -> int:
    return sum(1 for order in orders for line in order["lines"] if line.get("pool") == pool)


async def orders_of(organizer: Client, sale: str) -> list[Message]:
    """Every order of the sale, page by page."""
    found: list[Message] = []
    after = ""
    while True:
        page = await organizer.ok("GET", f"/api/sales/{sale}/orders?limit=50{after}")
        found += page["items"]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


async def at_once(*asks: Any) -> list[Any]:
    """Let all of them begin before any of them is answered."""
    return list(await asyncio.gather(*asks))
