"""Which mishaps come when: drawn from a seed, so that a run that found something is run again.

Pure. Every kind comes once before one comes again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

KILLS = ("kill valkey", "kill postgres", "kill server", "kill worker")
STOPS = ("stop valkey", "stop postgres", "stop server", "stop worker")
WIRES = ("cut valkey", "cut postgres", "cut buyers", "slow valkey", "slow postgres", "lose replies of valkey")
OTHERS = ("replace server", "empty valkey", "fail over valkey", "provider outage")
# Only where the machine lets clocks be set: `clocks.library`.
JUMPS = ("jump clock of valkey", "jump clock of server", "jump clock of worker")
KINDS = (*KILLS, *STOPS, *WIRES, *OTHERS, *JUMPS)
SECONDS_MIN, SECONDS_MAX = 0.2, 6.0
GAP_S_MAX = 3.0
AHEAD_S, BEHIND_S = 90, -30


@dataclass(frozen=True, slots=True)
class Mishap:
    kind: str
    gap_s: float  # of quiet before it
    seconds: float  # how long it lasts; meaningless where it is over at once
    jump_s: int = 0  # of a clock
    stays: bool = False  # a clock that is not set right again

    @property
    def what(self) -> str:
        return self.kind.partition(" ")[0]

    @property
    def whom(self) -> str:
        return self.kind.rpartition(" ")[2]


def mishaps(seed: int, kinds: tuple[str, ...] = KINDS) -> Iterator[Mishap]:
    """An endless sequence."""
    chance = random.Random(seed)
    while True:
        for kind in chance.sample(kinds, len(kinds)):
            gap_s = round(chance.uniform(0, GAP_S_MAX), 2)
            seconds = round(chance.uniform(SECONDS_MIN, SECONDS_MAX), 2)
            if kind in JUMPS:
                yield Mishap(kind, gap_s, seconds, chance.choice((AHEAD_S, BEHIND_S)), stays=chance.random() < 0.5)
            else:
                yield Mishap(kind, gap_s, seconds)
