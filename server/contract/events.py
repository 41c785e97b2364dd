"""What a socket may be told by itself: events, and in the end why it is closed.

Owns: names and documented members of events, making them, and the one table of close codes.
Guarantees: an event that is not documented here can't be sent.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from server.contract.live import CountersChange, RoomChange, StateWord, Takings, Watched
from server.contract.promo_shapes import OfferShape
from server.contract.shapes import CartReason, CartShape, OrderShape


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


class RoomEvent(At, RoomChange):
    on: Literal["room"]


class CountersEvent(At, CountersChange):
    on: Literal["counters"]


class TakingsEvent(At, Takings):
    on: Literal["takings"]


class StateEvent(At):
    on: Literal["state"]
    state: StateWord


class SnapshotEvent(At, Watched):
    on: Literal["snapshot"]
    state: StateWord


class CartEvent(TypedDict):
    on: Literal["cart"]
    sale: str
    cart: CartShape
    reason: CartReason


class OrderEvent(TypedDict):
    on: Literal["order"]
    sale: str
    order: OrderShape


class PromosEvent(TypedDict):
    on: Literal["promos"]


class NoticeEvent(OfferShape):
    on: Literal["notice"]
    day: str


class AccessEvent(TypedDict):
    """What this end may do has changed: for which organizer it works now, if for any, and whether it is logged in."""

    on: Literal["access"]
    organizer: str | None
    logged_in: bool


class ByeEvent(TypedDict):
    on: Literal["bye"]
    reconnect_ms: int


Event = (
    SeatsEvent
    | PoolsEvent
    | RoomEvent
    | CountersEvent
    | TakingsEvent
    | StateEvent
    | SnapshotEvent
    | CartEvent
    | OrderEvent
    | PromosEvent
    | NoticeEvent
    | AccessEvent
    | ByeEvent
)
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
    "access": AccessEvent,
    "bye": ByeEvent,
}


def event(name: str, /, **members: Any) -> dict[str, Any]:
    """An event as it is sent. A name that is not in the table is a mistake of ours: KeyError."""
    if name not in EVENTS:
        raise KeyError(name)
    return {"on": name, **members}


class Close(Enum):
    """Why the server closes a socket. name = (code, short reason, what the client should do)."""

    GOING_AWAY = (4001, "going away", "reconnect at once, with up to 2 s of jitter")
    SILENT = (4002, "no sign of life", "reconnect at once")
    OVERLOADED = (4005, "overloaded", "reconnect later, backing off with jitter")
    MALFORMED = (4007, "malformed messages", "not reconnect by itself")
    FLOOD = (4008, "too many asks", "not reconnect by itself")

    def __init__(self, code: int, reason: str, advice: str) -> None:
        self.code = code
        self.reason = reason
        self.advice = advice
