"""A snapshot of a sale from what `sale_read` returns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.catalog.model import SaleKind, SaleState
from engine.onsale.answers import text_fields
from engine.onsale.model import Counters, RoomState, Snapshot
from engine.stores.scripts import unpack

# A server process tells its viewers every few seconds; one that fell silent counts no longer.
VIEWERS_COUNT_MS = 15_000


def snapshot_of(read: Sequence[Any]) -> Snapshot:
    """{sale as field, value, …; seats; pools; room; {viewers, gone, now}}"""
    flat_sale, seats, flat_pools, flat_room, (viewers, gone, now_ms) = read
    sale, room = text_fields(flat_sale), text_fields(flat_room)
    settings = unpack(sale["cfg"])
    state = SaleState(sale["state"].decode())
    held, sold = int(sale["held"]), int(sale["sold"])
    total = settings["total"] + int(sale.get("lent", 0))  # what buyers drew on allocations is for sale to them
    shopping = int(sale["shopping"])
    tail, serving = int(room.get("tail", 0)), int(room.get("serving", 0))
    secret, digest = room.get("secret"), room.get("digest")
    return Snapshot(
        epoch=sale["epoch"].decode(),
        seq=int(sale["seq"]),
        state=state,
        seats=seats,
        seat_count=settings["seats"],
        pools={
            pool: int(free) for pool, free in text_fields(flat_pools).items() if pool not in settings.get("unseen", ())
        },
        room=RoomState(
            state=state,
            tail=tail,
            serving=serving,
            lobby=int(room.get("lobby", 0)),
            shopping=shopping,
            shoppers_max=settings["shoppers_max"],
            left=total - sold,
            free=total - sold - held,
            rate=float(room.get("rate", 0)),
            hopeless_from=int(room.get("hopeless_from", 0)),
            commit=room.get("commit", b"").decode(),
            secret=secret.decode() if secret else None,
            digest=digest.decode() if secret and digest else None,
            revision=int(sale.get("revision", 0)),
            list=settings.get("list", 1),
            list_from_ms=settings.get("list_from_ms", 0),
        ),
        counters=Counters(
            viewers=viewers,
            waiting=max(0, tail - serving - gone),
            shopping=shopping,
            held=held,
            sold=sold,
            revenue=int(sale["revenue"]),
            orders=int(sale["orders"]),
            reserved=int(sale.get("reserved", 0)),
        ),
        now_ms=now_ms,
        kind=SaleKind(settings["kind"]) if "kind" in settings else None,
    )
