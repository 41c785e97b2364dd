"""The live state of a sale over plain HTTP: room, seats, pools, counters; small, and good for caches.

Guarantees: what a sale takes in is told to its organizer alone, and never kept by a cache.
"""

from __future__ import annotations

from typing import Any

from engine.refusals import Code
from server.buying.sales import at, view_of
from server.contract.live import CountersAnswer, PoolsAnswer, RoomAnswer, SeatsAnswer
from server.contract.needs import Need
from server.contract.routes import Reply, route
from server.contract.stamps import clock_ms
from server.who.call import Call

A_SECOND = "public, max-age=1"
PACKED = "application/octet-stream"
SALE = (Code.UNKNOWN_SALE,)


@route("GET", "/api/sales/{sale}/room", needs=Need.NOBODY, cache=A_SECOND, answer=RoomAnswer, codes=SALE)
async def room(call: Call) -> dict[str, Any]:
    """The public state of the room, the same for everyone."""
    view = await view_of(call, call.sale_part())
    return {**at(view), **view.room}


@route(
    "GET",
    "/api/sales/{sale}/seats",
    needs=Need.NOBODY,
    cache=A_SECOND,
    answer=SeatsAnswer,
    codes=SALE,
    headers=("Aforo-Epoch", "Aforo-Seq", "Aforo-Seats", "Vary"),
    content={PACKED: {"schema": {"type": "string", "format": "binary"}}},
)
async def seats(call: Call) -> Reply:
    """Two bits per seat, high bits first: 0 free, 1 held, 2 sold, 3 not for sale; packed, or JSON by Accept."""
    view = await view_of(call, call.sale_part())
    headers = {"Aforo-Epoch": view.epoch, "Aforo-Seq": str(view.seq), "Vary": "Accept"}
    member = view.member("seats")
    if "json" in call.request.headers.get("Accept", ""):
        return Reply({**at(view), **member}, headers=headers)
    return Reply(member["bits"], headers={**headers, "Aforo-Seats": str(member["count"])}, content_type=PACKED)


@route("GET", "/api/sales/{sale}/pools", needs=Need.NOBODY, cache=A_SECOND, answer=PoolsAnswer, codes=SALE)
async def pools(call: Call) -> dict[str, Any]:
    """Free units of every pool."""
    view = await view_of(call, call.sale_part())
    return {**at(view), "pools": view.pools}


@route("GET", "/api/sales/{sale}/counters", needs=Need.NOBODY, cache=A_SECOND, answer=CountersAnswer, codes=SALE)
async def counters(call: Call) -> dict[str, Any]:
    """How many watch, wait, shop; what is held and sold."""
    view = await view_of(call, call.sale_part())
    return {**at(view), **view.counters, "now_ms": clock_ms()}
