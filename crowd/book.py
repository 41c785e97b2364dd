"""What the people of a load test were told: purchases, and places in the room.

Processes hand theirs in as JSON; afterwards the audit compares them with what the installation says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from server.contract.shapes import OrderShape

Line = dict[str, Any]


class Book:
    """Append only; `take` empties it, so that a process can report as it goes."""

    def __init__(self) -> None:
        self.bought: list[Line] = []
        self.places: list[Line] = []
        self.wrong: list[str] = []  # what a person found contradictory at once

    def buys(self, buyer: str, key: str, order: OrderShape) -> None:
        """`order` is the view that the purchase was answered with."""
        units: dict[str, int] = {}
        for line in order["lines"]:
            if "pool" in line:
                units[line["pool"]] = units.get(line["pool"], 0) + 1
        self.bought.append(
            {
                "buyer": buyer,
                "order": order["id"],
                "code": order["code"],
                "key": key,
                "state": order["state"],
                "total": order["total"],
                "seats": sorted(line["seat"] for line in order["lines"] if "seat" in line),
                "units": units,
                "tickets": len(order["tickets"]),
            }
        )

    def placed(self, buyer: str, number: int, place: int | None) -> None:
        self.places.append({"buyer": buyer, "number": number, "place": place})

    def take(self) -> dict[str, Any]:
        """All lines, which are then forgotten."""
        taken = {"bought": self.bought, "places": self.places, "wrong": self.wrong}
        self.bought, self.places, self.wrong = [], [], []
        return taken

    def add(self, taken: Mapping[str, Any]) -> None:
        """Lines of another book."""
        self.bought += taken["bought"]
        self.places += taken["places"]
        self.wrong += taken["wrong"]
