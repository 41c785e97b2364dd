"""The words of access that others use. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """A challenge that was solved, by this buyer for this sale. `state` is that of the sale it was given in."""

    id: str
    until_ms: int
    state: str
