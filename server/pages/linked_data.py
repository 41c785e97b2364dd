"""The Schema.org Event of a sale, for search engines.

Pure. Prices are decimal text, times carry the venue's offset, availability follows the sale's state.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.model import EventStatus
from engine.money import decimal_amount
from server.pages.changed import SCHEMA_STATUS
from server.pages.facts import Offer, SaleFacts

SCHEMA = "https://schema.org/"
OFFERS_MAX = 50
# Who performs, by the kind of event; a group, of one perhaps, where nothing else is meant.
PERFORMERS = {"talk": "Person", "workshop": "Person", "lecture": "Person", "match": "SportsTeam"}


def event_json(sale: SaleFacts, address: str, *pictures: str) -> dict[str, Any]:
    """JSON-LD of the event that is sold at `address`."""
    zone = ZoneInfo(sale.zone)
    event: dict[str, Any] = {
        "@context": SCHEMA.rstrip("/"),
        "@type": "Event",
        "name": sale.name,
        "startDate": sale.starts_at.astimezone(zone).isoformat(),
        "eventStatus": SCHEMA + SCHEMA_STATUS[sale.status],
        "eventAttendanceMode": SCHEMA + "OfflineEventAttendanceMode",
        "image": list(pictures),
        "url": address,
        "offers": [_offer(sale, offer, address, zone) for offer in sale.offers[:OFFERS_MAX]],
    }
    if sale.status is EventStatus.MOVED and sale.moved_from is not None:
        event["previousStartDate"] = sale.moved_from.astimezone(zone).isoformat()
    if sale.ends_at is not None:
        event["endDate"] = sale.ends_at.astimezone(zone).isoformat()
    if sale.description:
        event["description"] = sale.description
    if sale.organizer:
        event["organizer"] = {"@type": "Organization", "name": sale.organizer}
    if sale.performers:
        kind = PERFORMERS.get(sale.kind, "PerformingGroup")
        event["performer"] = [{"@type": kind, "name": name} for name in sale.performers]
    if sale.venue:
        event["location"] = _place(sale)
    return event


def _place(sale: SaleFacts) -> dict[str, Any]:
    place: dict[str, Any] = {"@type": "Place", "name": sale.venue, "address": sale.address or sale.venue}
    if sale.latitude is not None and sale.longitude is not None:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": sale.latitude, "longitude": sale.longitude}
    return place


def _offer(sale: SaleFacts, offer: Offer, address: str, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "name": offer.name,
        "price": decimal_amount(offer.price, sale.currency),
        "priceCurrency": sale.currency,
        "availability": SCHEMA + availability(sale, offer),
        "validFrom": sale.opens_at.astimezone(zone).isoformat(),
        "validThrough": sale.closes_at.astimezone(zone).isoformat(),
        "url": address,
    }


def availability(sale: SaleFacts, offer: Offer) -> str:
    """The word of Schema.org's ItemAvailability that is true now."""
    if sale.state in {"scheduled", "lobby"}:
        return "PreSale"
    if sale.state in {"closed", "ended"}:
        return "Discontinued" if offer.left and sale.left else "SoldOut"
    return "InStock" if offer.left and sale.left else "SoldOut"
