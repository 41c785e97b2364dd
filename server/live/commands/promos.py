"""promos: what is on offer near a buyer."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import Field
from typing_extensions import TypedDict

from engine.access import PERSONS
from engine.limits import ZONE_CHARS_MAX
from engine.people import PersonChange, Position, Subscription
from engine.promos import PromoCard
from engine.refusals import accept
from engine.text import Written
from server.caller import Caller
from server.clock import now_ms
from server.live.positions import Where
from server.live.promos import offer_shape
from server.live.registry import command
from server.live.shapes import PromoShape
from server.live.socket import Socket

ZoneName = Annotated[str, Written(ZONE_CHARS_MAX)]


class PromosAsk(Where):
    zone: ZoneName | None = Field(default=None, description="No longer used: your profile says it.")


class PromosAnswer(TypedDict):
    promos: list[PromoShape]
    now_ms: int


@command("promos")
async def promos(caller: Caller, ask: PromosAsk) -> PromosAnswer:
    """The promos you may see from where you are, nearest first; afterwards `promos` events say when to ask again."""
    if isinstance(caller, Socket):
        caller.process.promos.follow(caller)
    return await promos_near(caller, ask.report())


async def promos_near(caller: Caller, report: Position) -> PromosAnswer:
    cards = accept(await caller.process.engine.promos.board.promos(caller.known_buyer(), report))
    shapes: Any = [card_shape(card) for card in cards]
    return {"promos": shapes, "now_ms": now_ms()}


async def keep_person(caller: Caller, change: PersonChange, subscription: Subscription | None = None) -> None:
    """Write what a buyer says of themselves; new persons are bounded by where they come from."""
    buyer = caller.known_buyer()
    persons = caller.process.engine.persons
    if await persons.read(buyer) is None:
        await caller.spend(PERSONS)
    accept(await persons.put(buyer, change, subscription))


def card_shape(card: PromoCard) -> dict[str, Any]:
    return {
        **offer_shape(card.offered),
        "left": card.left,
        "distance_m": card.distance_m,
        "state": card.state,
    }


def known_zone(name: str | None) -> str | None:
    return name if name in zone_names() else None


@cache
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones())
