"""The events a socket may get by itself, for the description of the protocol.

Owns: their names and documented members, and making them. Guarantees: what is not documented here can't be sent.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from server.live.shapes import CartShape, OfferShape, OrderShape, SeatsMember, TakingsMember


class At(TypedDict):
    sale: str
    epoch: str
    seq: int


class SeatsEvent(At):
    on: Literal["seats"]
    free: NotRequired[list[int]]
    held: NotRequired[list[int]]
    sold: NotRequired[list[int]]
    off: NotRequired[list[int]]


class PoolsEvent(At):
    on: Literal["pools"]
    pools: dict[str, int]


class RoomEvent(At):
    on: Literal["room"]


class CountersEvent(At):
    on: Literal["counters"]


class TakingsEvent(At):
    on: Literal["takings"]
    revenue: int


class StateEvent(At):
    on: Literal["state"]
    state: str


class SnapshotEvent(At):
    on: Literal["snapshot"]
    state: str
    seats: NotRequired[SeatsMember]
    pools: NotRequired[dict[str, int]]
    room: NotRequired[dict[str, Any]]
    counters: NotRequired[dict[str, int]]
    takings: NotRequired[TakingsMember]


class CartEvent(TypedDict):
    on: Literal["cart"]
    sale: str
    cart: CartShape
    reason: str


class OrderEvent(TypedDict):
    on: Literal["order"]
    sale: str
    order: OrderShape


class PromosEvent(TypedDict):
    on: Literal["promos"]


class NoticeEvent(OfferShape):
    on: Literal["notice"]
    day: str


class ByeEvent(TypedDict):
    on: Literal["bye"]
    reconnect_ms: int


EVENTS: dict[str, type] = {
    "seats": SeatsEvent,
    "pools": PoolsEvent,
    "room": RoomEvent,
    "counters": CountersEvent,
    "takings": TakingsEvent,
    "state": StateEvent,
    "snapshot": SnapshotEvent,
    "cart": CartEvent,
    "order": OrderEvent,
    "promos": PromosEvent,
    "notice": NoticeEvent,
    "bye": ByeEvent,
}


def event(name: str, /, **members: Any) -> dict[str, Any]:
    """An event as it is sent. A name that is not in the table is a mistake of ours: KeyError."""
    if name not in EVENTS:
        raise KeyError(name)
    return {"on": name, **members}
