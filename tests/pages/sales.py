"""A sale to render, with everything in it that could break a page."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from server.pages.facts import Offer, SaleFacts

SALE = SaleFacts(
    id="coplas-2027",
    name="Noche de coplas & «Ñandú»",
    description="Una noche </script><b>única</b>;\nmúsica, vino y más.",
    venue="Teatro Campoamor",
    address="C. Pelayo 3, Oviedo",
    latitude=43.3623,
    longitude=-5.8484,
    zone="Europe/Madrid",
    starts_at=datetime(2027, 3, 28, 19, 30, tzinfo=UTC),
    ends_at=None,
    opens_at=datetime(2027, 1, 10, 9, 0, tzinfo=UTC),
    closes_at=datetime(2027, 3, 28, 18, 0, tzinfo=UTC),
    currency="EUR",
    state="open",
    left=True,
    offers=(Offer("Platea, general", 4500, left=True), Offer("Anfiteatro, media", 1250, left=False)),
    organizer="Ópera de Oviedo",
    listed=True,
)


def sale(**changes: Any) -> SaleFacts:
    return replace(SALE, **changes)
