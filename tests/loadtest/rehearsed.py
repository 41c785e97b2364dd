"""Sales to rehearse, what the stores hold of them, and a result with the advice one wants."""

from __future__ import annotations

import asyncio
from typing import Any

from engine.engine import Engine
from loadtest.target import Target
from server.rehearsing.model import Advice, Bounds, Funnel, Outlook, Room, Wish
from server.rehearsing.run import Result, room_of
from tests.rehearsals.test_rehearsals import keys_naming, rows_naming

LOOKS_MAX = 300


def sale_of(target: Target) -> str:
    """A sale that opens in days: seats, a pool, two ticket types, a room."""
    made: dict[str, Any] = target.api.post(
        "/api/sales",
        {
            "event": "To be rehearsed",
            "starts": "in 60 days at 20:00",
            "zone": "UTC",
            "currency": "EUR",
            "opens": "in 9 days",
            "visibility": "hidden",
            "person_max": 4,
            "room": {"shoppers": 300, "per_second": 100, "claim_seconds": 30},
            "sections": {"stalls": {"rows": [20, 22, 24, 26, 28] * 6, "price": {"general": 40, "half": 20}}},
            "pools": {"floor": {"capacity": 120, "price": 15}},
        },
    )
    return str(made["id"])


async def kept(engine: Engine, sale: str) -> tuple[dict[str, list[str]], dict[bytes, Any]]:
    """All rows and keys that name the sale, once the keeper has taken it in.

    That it was rehearsed is in the audit trail, and shall be.
    """
    for _ in range(LOOKS_MAX):
        if await engine.db.fetchval("SELECT checkpoint <> '{}' FROM sale_run WHERE sale_id = $1", sale):
            break
        await asyncio.sleep(0.1)
    rows = await rows_naming(engine.db, sale)
    rows["audit"] = [row for row in rows["audit"] if "sale.rehearse" not in row]
    return rows, await keys_naming(engine.redis, sale)


async def advised(engine: Engine, sale: str, room: Room) -> Result:
    """A result that recommends this room."""
    info = await engine.catalog.sale_info(sale)
    assert info is not None
    wish = Wish(sale, 10, 1.0, 10, Bounds(), 0.2, 0.0, 1, 1)
    outlook = Outlook(1.0, 1, 1, 1.0, False)
    advice = Advice(1.0, True, 1.0, "", room, 0, outlook, outlook, 1, True)
    return Result(wish, info, room_of(info), 60.0, "", [], Funnel(1, 1, 1, 1, 1), advice, [], [], "")
