"""What buyers say of themselves: where they are, who they are, by which address they are reached.

Guarantees: a buyer's first report is kept, so that later ones can be checked against it; new buyers are bounded per
network.
"""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from engine.access import PERSONS, Wait
from engine.messages import email_address, phone_number
from engine.people import PersonChange, Position, Subscription
from engine.refusals import Code, RefusalError, accept
from server.who.caller import Caller


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
        raise RefusalError(Code.INVALID, fields=[{"path": "address", "message": str(wrong)}]) from wrong
