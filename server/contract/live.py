"""What is live of a sale: the members of `watch`, of a snapshot and of events, and the same over plain HTTP.

Owns: their shapes. The values are made by the engine; a test compares the members with those of its dataclasses.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from engine.access import Permission
from engine.catalog.model import SaleState
from engine.ids import MadeId, SaleId
from engine.limits import TOPICS_PER_SOCKET_MAX
from server.contract.asks import Ask
from server.contract.needs import Need, Needed

Topic = Literal["room", "seats", "pools", "counters", "takings"]
# What may be watched of a sale, and by whom; a permission is one for that sale.
WATCHED: dict[Topic, Needed] = {
    "room": Need.NOBODY,
    "seats": Need.NOBODY,
    "pools": Need.NOBODY,
    "counters": Need.NOBODY,
    "takings": Permission.SALE_READ,
}

StateWord = Annotated[str, WithJsonSchema({"type": "string", "enum": [state.value for state in SaleState]})]
Bits = Annotated[
    bytes,
    WithJsonSchema(
        {
            "type": "string",
            "contentEncoding": "base64",
            "description": "2 bits per seat, most significant first: 0 free, 1 held, 2 sold, 3 not for sale. "
            "Base64 in JSON, raw in MessagePack.",
        }
    ),
]


class SeatsMember(TypedDict):
    count: int
    bits: Bits


class RoomState(TypedDict):
    state: StateWord
    tail: int
    serving: int
    lobby: int
    shopping: int
    shoppers_max: int
    left: int
    free: int
    rate: float
    hopeless_from: int
    commit: str
    secret: str | None
    digest: str | None
    revision: NotRequired[int]  # absent until its event changes; grows then: ask for the sale again
    list: Annotated[int, Field(description="Number of the newest price list.")]
    list_from_ms: Annotated[int, Field(description="From when carts are opened under it, by the server's clock.")]


class RoomChange(TypedDict, total=False):
    """Those that changed."""

    state: StateWord
    tail: int
    serving: int
    lobby: int
    shopping: int
    shoppers_max: int
    left: int
    free: int
    rate: float
    hopeless_from: int
    commit: str
    secret: str | None
    digest: str | None
    revision: int  # grows when its event changes: ask for the sale again
    list: int
    list_from_ms: int


class Counters(TypedDict):
    viewers: int
    waiting: int
    shopping: int
    held: int
    sold: int
    orders: int
    reserved: NotRequired[int]  # of those that are sold: their orders await their money


class CountersChange(TypedDict, total=False):
    """Those that changed."""

    viewers: int
    waiting: int
    shopping: int
    held: int
    sold: int
    orders: int
    reserved: int


class Takings(TypedDict):
    """What a sale has taken in, for its organizer alone."""

    revenue: int  # minor units


class Watched(TypedDict):
    """A full member per topic that is watched."""

    seats: NotRequired[SeatsMember]
    pools: NotRequired[dict[str, int]]
    room: NotRequired[RoomState]
    counters: NotRequired[Counters]
    takings: NotRequired[Takings]


class LiveAnswer(TypedDict):
    epoch: str
    seq: int
    state: StateWord


class WatchAnswer(LiveAnswer, Watched):
    now_ms: int
    resumed: NotRequired[Literal[True]]


# ── over plain HTTP ──


class RoomAnswer(LiveAnswer, RoomState):
    pass


class SeatsAnswer(LiveAnswer, SeatsMember):
    pass


class PoolsAnswer(LiveAnswer):
    pools: dict[str, int]


class CountersAnswer(LiveAnswer, Counters):
    now_ms: int


class TakingsPartsShape(TypedDict):
    """By the ledger, in minor units: captured = prices - discount + fees + taxes."""

    captured: Annotated[int, Field(description="What buyers paid.")]
    prices: Annotated[int, Field(description="Of what they bought, as listed and without tax.")]
    discount: int
    fees: Annotated[int, Field(description="Without tax.")]
    taxes: Annotated[int, Field(description="Of prices and fees, whether they are included or added.")]
    by_type: Annotated[dict[str, int], Field(description="The prices, by ticket type or product.")]


class TakingsAnswer(LiveAnswer, Takings):
    now_ms: int
    parts: NotRequired[TakingsPartsShape]


class WatchAsk(Ask):
    sale: SaleId
    topics: list[Topic] = Field(min_length=1, max_length=TOPICS_PER_SOCKET_MAX)
    epoch: MadeId | None = None
    seq: int | None = Field(default=None, ge=0)


class UnwatchAsk(Ask):
    sale: SaleId
    topics: list[Topic] | None = Field(default=None, max_length=TOPICS_PER_SOCKET_MAX)
