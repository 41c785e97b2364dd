"""What a person does next, told step by step to whatever client plays it.

A behaviour is a generator: it yields an Ask, a Think or an Until, and is sent an Answer. `crowd.player` and Locust
play the same behaviours, so that what one finds the other can repeat. Pure: no sockets, no clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from engine.refusals import Code

if TYPE_CHECKING:
    from server.contract.events import Event
    from server.contract.live import RoomChange, WatchAnswer

TIMED_OUT = "timed_out"
WHERE_IT_STANDS = ("on", "sale", "epoch", "seq")  # of an event


@dataclass(frozen=True, slots=True)
class Ask:
    """One command, and its fields."""

    do: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Think:
    """A pause, as people make them; a client in a hurry shortens it."""

    seconds: float


class Seen:
    """What a person's screen shows: what `watch` answered, and every event since."""

    def __init__(self) -> None:
        self.state = ""
        self.room: RoomChange = {}
        self.event: Event | None = None  # the last one
        self.noted: list[Event] | None = None  # every event, while somebody waits for one

    def begin(self, answer: WatchAnswer) -> None:
        """Take in the answer to `watch`."""
        self.state = answer["state"]
        if "room" in answer:
            self.room = {**answer["room"]}

    def take(self, event: Event) -> None:
        self.event = event
        if self.noted is not None:
            self.noted.append(event)
        if event["on"] == "room":
            changed = {name: value for name, value in event.items() if name not in WHERE_IT_STANDS}
            self.room = cast("RoomChange", {**self.room, **changed})
            self.state = event.get("state", self.state)
        elif event["on"] == "state" or event["on"] == "snapshot":
            self.state = event["state"]
            if event["on"] == "snapshot" and "room" in event:
                self.room = {**event["room"]}

    def heard(self, on: str) -> bool:
        """Whether the last event is of this name."""
        return self.event is not None and self.event["on"] == on


@dataclass(frozen=True, slots=True)
class Until:
    """Wait until what is seen fits, for `seconds_max` at most; `name` is what the wait is counted as, when it is."""

    fits: Callable[[Seen], bool]
    seconds_max: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a step: `ok` is the answer's body, or the code says why there is none."""

    ok: dict[str, Any] = field(default_factory=dict)
    code: str = ""

    def __bool__(self) -> bool:
        return not self.code


Step = Ask | Think | Until
Behaviour = Generator[Step, Answer, None]

# Worth asking again as it stands, after a moment; every client does.
AGAIN = frozenset(
    code.word for code in (Code.BUSY, Code.UNAVAILABLE, Code.INTERNAL, Code.TOO_MANY_ASKS, Code.SALE_PAUSED)
)
# What people of a sound sale are told every day; any other refusal counts as a failure.
EXPECTED = frozenset(
    code.word
    for code in (
        *(Code.SALE_NOT_OPEN, Code.SALE_PAUSED, Code.SALE_CLOSED, Code.NOT_YOUR_TURN, Code.TURN_MISSED),
        *(Code.NO_CART, Code.CART_ENDED, Code.CART_LOCKED, Code.CART_INCOMPLETE, Code.NOT_HELD),
        *(Code.SEAT_TAKEN, Code.SHORT, Code.NONE_TOGETHER, Code.OVER_MAXIMUM, Code.WINDOW_OVER),
        *(Code.NOT_IN_PHASE, Code.BETWEEN_PHASES),
        *(Code.PAYMENT_DECLINED, Code.PAYMENT_PENDING, Code.PAYMENT_UNAVAILABLE, Code.ALREADY_SOLD, Code.CONFLICT),
        *(Code.BUSY, Code.UNAVAILABLE),
    )
)
