"""What orders are for: events at their venues, products of promos at their stores.

Owns: the one form of both. A sale that has neither is a mistake of ours, and raises KeyError.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from engine.catalog import HeldEvent
from engine.catalog.model import EventStatus
from engine.engine import Engine
from engine.promos import SoldHere
from server.contract.orders import AboutShape
from server.contract.stamps import in_ms


@dataclass(frozen=True, slots=True)
class About:
    """What an order is for, and where one goes with it."""

    promo: bool
    name: str
    description: str
    picture: str
    place: str  # "" for a venue that was never named
    address: str
    latitude: float | None
    longitude: float | None
    zone: str
    starts_at: datetime | None = None  # of an event
    ends_at: datetime | None = None
    status: EventStatus = EventStatus.SCHEDULED
    moved_from: datetime | None = None
    revision: int = 0  # how often the event has changed
    offered_until: datetime | None = None  # of a promo

    @property
    def where(self) -> str:
        """Place and address in a line."""
        return ", ".join(part for part in (self.place, self.address) if part)

    def shape(self) -> AboutShape:
        return {
            "kind": "promo" if self.promo else "event",
            "name": self.name,
            "description": self.description,
            "picture": self.picture,
            "place": self.place,
            "address": self.address,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "zone": self.zone,
            "starts_at_ms": known_ms(self.starts_at),
            "ends_at_ms": known_ms(self.ends_at),
            "status": self.status.value,
            "moved_from_ms": known_ms(self.moved_from if self.status is EventStatus.MOVED else None),
            "offered_until_ms": known_ms(self.offered_until),
        }


def known_ms(instant: datetime | None) -> int | None:
    return None if instant is None else in_ms(instant)


async def about(engine: Engine, sale: str) -> About:
    """What the orders of this sale are for."""
    return (await about_each(engine, {sale}))[sale]


async def about_each(engine: Engine, sales: Collection[str]) -> dict[str, About]:
    """The same of many sales, by sale."""
    found = {sale: of_event(held) for sale, held in (await engine.catalog.events_of([*sales])).items()}
    rest = [sale for sale in sales if sale not in found]
    if rest:
        found |= {sale: of_promo(sold) for sale, sold in (await engine.promos.sold_in(rest)).items()}
    return found


def of_event(held: HeldEvent) -> About:
    event, venue = held.event, held.venue
    return About(
        promo=False,
        name=event.name,
        description=event.description,
        picture=event.picture,
        place=venue.name if venue else "",
        address=venue.address if venue else "",
        latitude=venue.latitude if venue else None,
        longitude=venue.longitude if venue else None,
        zone=event.zone,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        status=event.status,
        moved_from=event.moved_from,
        revision=event.revision,
    )


def of_promo(sold: SoldHere) -> About:
    store = sold.store
    return About(
        promo=True,
        name=sold.product,
        description=sold.description,
        picture=sold.picture,
        place=store.name,
        address=store.address,
        latitude=store.point.latitude,
        longitude=store.point.longitude,
        zone=store.zone,
        offered_until=sold.closes_at,
    )
