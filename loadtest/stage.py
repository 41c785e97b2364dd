"""The sale a scenario needs: made through the organizer's API, on any installation.

Owns the shape of those sales. Each run gets one of its own, so that the audit may count everything in it.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crowd.api import Api, ApiFault
from crowd.people import Ground, ground_of
from crowd.scenarios import Scenario

if TYPE_CHECKING:
    from server.contract.promos import MadeStore, OwnPromoDetailShape
    from server.contract.sales import MadeSale

RELEASED_S = 20
EARLY_S = 40  # of a limited sale: all of it is sold afterwards
ROW_SEATS = 40
SECTIONS = ("floor", "lower", "middle", "upper")
POOLS = ("standing",)
WHERE = (40.4169, -3.7035)
PROMO_STOCK = 2_000
PROMO_OPENS_S_MAX = 30.0
PROMO_POOL = "units"
CART_MINUTES = 2
SHOPPERS_PER_PERSON = 5  # one in so many shops at the same time


@dataclass(frozen=True, slots=True)
class Wanted:
    """How large the sale is to be."""

    persons: int
    seats: int = 20_000
    lobby_s: int = 0  # seconds until a sale with a lobby opens
    sale: str = ""  # its id; one is made up when empty
    limited: bool = False  # half price for a part of it, a row that is withheld, and sections sold later


def make_stage(api: Api, scenario: Scenario, wanted: Wanted) -> Ground:
    """Make the sale, and answer what its visitors know."""
    if scenario.name == "promo_burst":
        return make_promo(api, wanted)
    rows = max(1, wanted.seats // len(SECTIONS) // ROW_SEATS)
    body: dict[str, Any] = {
        "event": f"Load test {scenario.name}",
        "starts": "in 60 days at 20:00",
        "zone": "UTC",
        "currency": "EUR",
        "opens": "now",
        "visibility": "hidden",
        "person_max": 6,
        "cart_minutes": CART_MINUTES,
        "room": False,
        "sections": {
            name: {"rows": rows, "seats": ROW_SEATS, "price": 90 - 20 * rank} for rank, name in enumerate(SECTIONS)
        },
        "pools": {pool: {"capacity": max(10, wanted.seats // 10), "price": 30} for pool in POOLS},
    }
    if scenario.name in ("queue_rush", "mixed"):
        body["room"] = {"shoppers": max(10, wanted.persons // SHOPPERS_PER_PERSON), "per_second": 1_000}
    if wanted.limited:
        body |= limits(body["sections"], wanted.lobby_s + EARLY_S)
    if wanted.sale:
        body["id"] = wanted.sale
    if scenario.lobby:
        body |= {"lobby": "now", "opens": f"in {max(1, wanted.lobby_s)} seconds"}
    made: MadeSale = api.post("/api/sales", body)
    return ground_of(api, made["id"])


def limits(sections: dict[str, dict[str, Any]], early_s: int) -> dict[str, Any]:
    """What is counted and changes by itself while the crowd is there."""
    first = next(iter(sections))
    return {
        "ticket_types": {"general": "General", "half": {"name": "Half price", "number": "20 %"}},
        "sections": {
            name: {**each, "price": {"general": each["price"], "half": each["price"] / 2}}
            for name, each in sections.items()
        },
        "phases": {
            "early": {"until": f"in {early_s} seconds", "places": [first, *POOLS], "person_max": 4},
            "all": {},
        },
        "allocations": {"House": {"purpose": "house", "seats": {first: "A"}, "release": f"in {RELEASED_S} seconds"}},
    }


def make_promo(api: Api, wanted: Wanted) -> Ground:
    """A store with one promo that everybody near it may buy."""
    latitude, longitude = WHERE
    stock = min(wanted.seats, PROMO_STOCK)
    store = {
        "store": f"Load test {secrets.token_hex(4)}",
        "zone": "UTC",
        "latitude": latitude,
        "longitude": longitude,
        "currency": "EUR",
        "products": {"croissants": {"name": "Six croissants", "price": 9.60}},
        "promos": [
            {
                "name": "Warm croissants",
                "product": "croissants",
                "price": 4.80,
                "stock": stock,
                "person_max": 1,
                "once": {"opens": "now", "closes": "in 1 day"},
            }
        ],
    }
    made: MadeStore = api.post("/api/stores", store)
    promo = made["promos"][0]
    until = time.monotonic() + PROMO_OPENS_S_MAX
    while True:
        shown: OwnPromoDetailShape = api.get(f"/api/organizer/promos/{promo}")
        if shown["windows"] and shown["state"] == "active":
            sale = shown["windows"][0]["sale"]
            return Ground(sale=sale, pools=(PROMO_POOL,), person_max=shown["person_max"], where=WHERE)
        if time.monotonic() > until:
            raise ApiFault("the promo did not open; is a worker running?")
        time.sleep(0.2)
