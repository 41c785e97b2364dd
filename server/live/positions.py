"""Where a buyer says they are, as asks carry it, and what is kept of the first time they say it.

Guarantees: from the first report on a buyer has a history, by which later ones are judged; new ones are bounded per
network.
"""

from __future__ import annotations

from pydantic import Field

from engine.access import PERSONS, Wait
from engine.people import PersonChange, Position, position_of
from server.caller import Caller
from server.live.registry import Ask

ACCURACY_M_MAX = 1_000_000


class Where(Ask):
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, le=ACCURACY_M_MAX, allow_inf_nan=False)

    def report(self) -> Position:
        return position_of(self.latitude, self.longitude, self.accuracy_m)


async def newly_seen(caller: Caller, report: Position) -> None:
    """Keep the first report of a buyer nobody has seen, unless their network has too many new ones."""
    engine, buyer = caller.process.engine, caller.known_buyer()
    if await engine.promos.audience.number_of(buyer) is not None:
        return
    if not isinstance(await engine.allowances.take(PERSONS, caller.address), Wait):
        await engine.persons.put(buyer, PersonChange(position=report))
