"""What buyers say of themselves: where they are, who they are, by which address they are reached.

Guarantees: from the first report on a buyer has a history, by which later ones are judged; new ones are bounded per
network.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import Field

from engine.access import PERSONS, Wait
from engine.limits import ZONE_CHARS_MAX
from engine.messages import email_address, phone_number
from engine.people import PersonChange, Position, Subscription, position_of
from engine.refusals import Code, Refusal, accept
from engine.text import Written
from server.contract.asks import Ask
from server.who.caller import Caller

ACCURACY_M_MAX = 1_000_000
ZoneName = Annotated[str, Written(ZONE_CHARS_MAX)]


class Where(Ask):
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, le=ACCURACY_M_MAX, allow_inf_nan=False)

    def report(self) -> Position:
        return position_of(self.latitude, self.longitude, self.accuracy_m)


async def newly_seen(caller: Caller, report: Position) -> None:
    """Keep the first report of a buyer nobody has seen, unless their network has too many new ones."""
    engine, buyer = caller.services.engine, caller.known_buyer()
    if await engine.promos.audience.number_of(buyer) is not None:
        return
    if not isinstance(await engine.allowances.take(PERSONS, caller.address), Wait):
        await engine.persons.put(buyer, PersonChange(position=report))


async def keep_person(caller: Caller, change: PersonChange, subscription: Subscription | None = None) -> None:
    """Write what a buyer says of themselves; new persons are bounded by where they come from."""
    buyer = caller.known_buyer()
    persons = caller.services.engine.persons
    if await persons.read(buyer) is None:
        await caller.spend(PERSONS)
    accept(await persons.put(buyer, change, subscription))


def known_zone(name: str | None) -> str | None:
    return name if name in zone_names() else None


@cache
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def written(channel: str, address: str) -> str:
    """The address in the form it is kept in."""
    try:
        return email_address(address) if channel == "email" else phone_number(address)
    except ValueError as wrong:
        raise Refusal(Code.INVALID, fields=[{"path": "address", "message": str(wrong)}]) from wrong
