"""Reads a sale as Redis has it, in one atomic step; places, which never change, are scanned apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.context import Violation
from engine.stores.keys import SaleKeys
from engine.stores.redis import RedisClient
from engine.stores.scripts import unpack
from engine.verify.facts import LiveCart, LiveFacts

MOST = 11  # the field of a cart that says how much a member may have in it; 0 in those of buyers: lua/onsale/_cart.lua
SIZE = 3  # the field of an order that awaits its money: lua/onsale/_sell.lua
COUNTERS = ("held", "sold", "revenue", "orders", "shopping")
PLACES_PER_SCAN = 5_000
# A number, after "-" once its place was used; the number of the lobby may follow.
PLACE = re.compile(rb"-?(\d+)")


async def read_live(redis: RedisClient, keys: SaleKeys) -> LiveFacts | None:
    """None when Redis does not know the sale."""
    pipeline: Any = redis.pipeline(transaction=True)
    pipeline.hmget(keys.key("sale"), *COUNTERS, "reserved", "cfg", "stock", "lent")
    pipeline.get(keys.key("seats"))
    for name in ("owners", "pools", "carts", "buyers", "sold", "awaiting", "freed", "room"):
        pipeline.hgetall(keys.key(name))
    for name in ("due", "locked"):
        pipeline.zrange(keys.key(name), 0, -1, withscores=True)
    read = await pipeline.execute()
    (*counters, reserved, packed_settings, stock, lent), seats, owners, pools, carts, buyers, *more = read
    sold, awaiting, freed, room, due, locked = more
    if counters[0] is None:
        return None
    settings = unpack(packed_settings)
    seconds, micros = await _time(redis)
    return LiveFacts(
        now_ms=seconds * 1000 + micros // 1000,
        counters={name: int(value) for name, value in zip(COUNTERS, counters, strict=True)}
        | {"reserved": int(reserved or 0)},
        seats=seats or b"",
        owners={int(seat): owner.decode() for seat, owner in owners.items()},
        pools=_numbers(pools),
        carts={buyer.decode(): _cart(buyer.decode(), packed) for buyer, packed in carts.items()},
        due=_scores(due),
        locked=_scores(locked),
        buyers=_numbers(buyers),
        sold=_numbers(sold),
        freed={order.decode(): unpack(packed)[0] for order, packed in freed.items()},
        awaiting={order.decode(): int(unpack(packed)[SIZE]) for order, packed in awaiting.items() if packed},
        room={name.decode(): value.decode(errors="replace") for name, value in room.items()},
        stock=int(stock or 0),
        kind=settings.get("kind"),
        lent=int(lent or 0),
        total=settings["total"],
    )


async def place_violations(redis: RedisClient, keys: SaleKeys) -> list[Violation]:
    """Two buyers with one number, or numbers that were never handed out."""
    holders: dict[int, str] = {}
    found = []
    cursor: Any = redis.hscan_iter(keys.key("places"), count=PLACES_PER_SCAN)
    async for buyer, place in cursor:
        given = PLACE.match(place)
        if given is None:
            found.append(Violation(5, f"place of {buyer.decode()}", "is not one that a script writes"))
            continue
        number = int(given[1])
        other = holders.setdefault(number, buyer.decode())
        if other != buyer.decode():
            found.append(Violation(5, f"place {number}", f"belongs to {other} and to {buyer.decode()}"))
    asked: Any = redis.hget(keys.key("room"), "tail")
    tail = int(await asked or 0)
    beyond = [number for number in holders if number >= tail]
    found += [Violation(5, f"place {number}", f"is beyond {tail}, the number given next") for number in beyond]
    return found


async def _time(redis: RedisClient) -> tuple[int, int]:
    told: Any = await redis.time()
    if isinstance(told, Mapping):  # a cluster answers by node
        told = next(iter(told.values()))
    return int(told[0]), int(told[1])


def _numbers(fields: Mapping[bytes, bytes]) -> dict[str, int]:
    return {name.decode(): int(value) for name, value in fields.items()}


def _scores(members: list[Any]) -> dict[str, int]:
    return {member.decode(): int(score) for member, score in members}


def _cart(buyer: str, packed: bytes) -> LiveCart:
    cart = unpack(packed)
    cart_id, state, deadline, order, seats, units = cart[:6]
    flat = list(units)
    return LiveCart(
        *(buyer, cart_id, state, int(deadline), order, tuple(seats)),
        units=dict(zip(flat[::2], flat[1::2], strict=True)),
        by_staff=len(cart) > MOST and cart[MOST] > 0,
    )
