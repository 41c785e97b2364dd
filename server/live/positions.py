"""Where a buyer says they are, as asks carry it."""

from __future__ import annotations

from pydantic import Field

from engine.promos import Position, position_of
from server.live.registry import Ask

ACCURACY_M_MAX = 1_000_000


class Where(Ask):
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, le=ACCURACY_M_MAX, allow_inf_nan=False)

    def report(self) -> Position:
        return position_of(self.latitude, self.longitude, self.accuracy_m)
