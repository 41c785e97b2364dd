"""One person of a crowd, and the ground it walks on.

Guarantees: the same seed and number make the same person: the same wishes, the same patience, the same card.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from crowd.acts import Ask, Seen
from crowd.api import Api
from crowd.book import Book

if TYPE_CHECKING:
    from server.contract.sales import LayoutShape, SaleShape

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
FORGETFUL_CARD = "4000000000000077"  # charged, and the answer never comes
SLOW_CARD = "4000000000000093"
UNREACHABLE_CARD = "4000000000000168"


@dataclass(frozen=True, slots=True)
class Ground:
    """What everybody knows of the sale under load."""

    sale: str
    seats: int = 0
    sections: tuple[tuple[str, int, int], ...] = ()  # id, first seat, seats: best first
    pools: tuple[str, ...] = ()
    numbered: tuple[tuple[str, str], ...] = ()  # sections, and a ticket type of each that has a number
    person_max: int = 6
    room: bool = False
    where: tuple[float, float] | None = None  # of a promo's store
    row_seats: int = 20
    rush_s: float = 0.0  # most of those who are not in the lobby come within so many seconds of pauses

    def wire(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_wire(cls, wire: dict[str, Any]) -> Ground:
        where = wire["where"]
        return cls(
            **{
                **wire,
                "sections": tuple((name, first, seats) for name, first, seats in wire["sections"]),
                "pools": tuple(wire["pools"]),
                "numbered": tuple((section, kind) for section, kind in wire["numbered"]),
                "where": None if where is None else (where[0], where[1]),
            }
        )


def ground_of(api: Api, sale: str) -> Ground:
    """What a sale tells everybody. Its rows must be equally long for people to choose seats well."""
    shown: SaleShape = api.get(f"/api/sales/{sale}")
    sections = sorted(shown["sections"], key=lambda each: each["rank"])
    ground = Ground(
        sale=sale,
        seats=shown["seats"],
        sections=tuple((each["id"], each["first_seat"], each["seats"]) for each in sections),
        pools=tuple(each["id"] for each in shown["pools"]),
        numbered=tuple(
            (each["id"], kind)
            for each in sections
            for kind in shown["prices"].get(each["id"], {})
            if "number" in shown.get("type_limits", {}).get(kind, {})
        ),
        person_max=shown["person_max"],
        room=shown["room"] is not None,
    )
    if not sections:
        return ground
    layout: LayoutShape = api.get(f"/api/sales/{sale}/layout")
    return replace(ground, row_seats=min(row["seats"] for section in layout["sections"] for row in section["rows"]))


@dataclass(slots=True)
class Person:
    number: int
    seed: int
    ground: Ground
    book: Book
    outage: bool = False  # the provider does not answer: whatever card is used, it is one that cannot be reached
    buyer: str = ""  # known after hello
    seen: Seen = field(default_factory=Seen)
    chance: random.Random = field(init=False)
    _ids: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed}/{self.number}")

    @property
    def key(self) -> str:
        """What this person opens its orders with."""
        return f"key of {self.number}"

    def own_id(self, kind: str) -> str:
        self._ids += 1
        return f"{kind}{self._ids}"

    def ask(self, do: str, **fields: Any) -> Ask:
        return Ask(do, {"sale": self.ground.sale, **fields})

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    def pause(self, mean_s: float) -> float:
        """Mostly short, now and then long, as people pause."""
        return min(self.chance.expovariate(1 / mean_s), 5 * mean_s)

    def card(self) -> dict[str, str]:
        """Most cards work; some are declined, and a few leave the outcome unknown for a while."""
        drawn = self.chance.random()
        number = DECLINED_CARD if drawn < 0.04 else SLOW_CARD if drawn < 0.045 else GOOD_CARD
        if self.outage:
            number = UNREACHABLE_CARD if drawn < 0.8 else FORGETFUL_CARD
        return {"number": number, "expires": "12/40", "cvc": "123"}
