"""What a crowd went through: how long each ask took, what it was refused, how often a connection was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from crowd.acts import EXPECTED
from crowd.histogram import Histogram


class Tally:
    """Merged by adding; travels as JSON."""

    def __init__(self) -> None:
        self.took: dict[str, Histogram] = {}
        self.refused: Counter[str] = Counter()  # "hold seat_taken"
        self.failed: Counter[str] = Counter()  # "hold no_answer": what a sound installation does not do

    def answered(self, name: str, seconds: float, code: str = "") -> None:
        """An answer of any kind; `code` when it was a refusal."""
        self.took.setdefault(name, Histogram()).add(seconds)
        if code:
            (self.refused if code in EXPECTED else self.failed)[f"{name} {code}"] += 1

    def fails(self, name: str, why: str) -> None:
        self.failed[f"{name} {why}"] += 1

    @property
    def answers(self) -> int:
        return sum(each.count for each in self.took.values())

    def wire(self) -> dict[str, Any]:
        took = {name: each.wire() for name, each in self.took.items()}
        return {"took": took, "refused": self.refused, "failed": self.failed}

    def add(self, wire: Mapping[str, Any]) -> None:
        """What another process counted."""
        for name, buckets in wire["took"].items():
            self.took.setdefault(name, Histogram()).merge(Histogram(dict(buckets)))
        self.refused.update(wire["refused"])
        self.failed.update(wire["failed"])
