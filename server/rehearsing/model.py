"""The words of a rehearsal: what is wanted, what a step showed, what is advised. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


class RehearsalFault(Exception):
    """It can't be rehearsed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Longer than this, and people feel it: 99 of 100 must be answered within."""

    hold_ms: float = 1_000.0
    purchase_ms: float = 3_000.0


@dataclass(frozen=True, slots=True)
class Wish:
    sale: str
    buyers: int
    seconds: float
    expected: int
    bounds: Bounds
    margin: float  # of the limit that is left unused
    inside_s: float  # a real buyer's mean time inside; 0 when it is to be looked up
    seed: int
    processes: int


@dataclass(frozen=True, slots=True)
class Room:
    """A room's settings; a sale without one is `open`."""

    shoppers: int
    per_second: int
    claim_seconds: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """Cores each part used during a step; parts that can't be seen from here are left out."""

    cores: dict[str, float] = field(default_factory=dict)
    machine: float = 0.0  # share of this machine's processors that was busy; 0 when it can't be seen
    lag_ms: float = 0.0  # how late the slowest server's event loop was


FEW_WAITING = 5
EASY_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Step:
    """What one pace showed."""

    name: str  # "as it is set", or the pace that was tried
    seconds: float
    admitted: int
    waiting: int
    inside: float
    hold_ms: float  # 99 of 100 within
    purchase_ms: float
    holds: int
    purchases: int
    failures: int
    load: Load
    held: bool
    reached: bool = True  # as many came in as the pace allows
    gone: bool = False  # hardly anything was left to sell: it says nothing of what the pace costs for long

    @property
    def easy(self) -> bool:
        """The processors have much to spare."""
        return self.held and 0 < self.load.machine <= EASY_SHARE

    @property
    def people_short(self) -> bool:
        """Fewer came in than the pace allows, and hardly anybody was waiting: the crowd is too small for it."""
        return not self.reached and self.waiting <= max(FEW_WAITING, self.rate)

    @property
    def rate(self) -> float:
        return self.admitted / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Funnel:
    """What came of those who were let in, over the whole rehearsal."""

    admitted: int
    orders: int
    units: int
    stock: int  # seats and units of the sale
    waiting_max: int

    @property
    def units_each(self) -> float:
        """Units sold for each who was let in."""
        return self.units / self.admitted if self.admitted else 0.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a room makes of the expected crowd."""

    per_minute: float
    shoppers: int
    sold: int
    minutes: float  # until sold out, or until everybody was served
    sold_out: bool


@dataclass(frozen=True, slots=True)
class Advice:
    limit_per_minute: float | None  # the most that held; None when no pace was seen to, or the stock was gone at once
    limit_was_met: bool  # something gave way: otherwise the crowd, the time or the stock ended first
    safe_per_minute: float | None
    first: str  # what gave way first, with its figures
    recommended: Room | None  # nothing is, without a pace that was seen to hold
    processes: int  # 0: as it is
    now: Outlook
    then: Outlook | None
    waiting_max: int
    now_is_safe: bool
    unknown: str = ""  # why no pace was seen to hold
    notes: tuple[str, ...] = ()
