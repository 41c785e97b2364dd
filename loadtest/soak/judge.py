"""Whether something grew that should not: a rule for each curve, the same for every run.

A curve is judged by the median of the slopes between its points (Theil and Sen), which a few odd points don't move,
from the moment on when things are expected to be level. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from loadtest.soak.sample import Series

Points = Sequence[tuple[float, float]]

POINTS_MIN = 8
POINTS_COMPARED_MAX = 150
HOUR_S = 3_600.0
JUDGED_S_MIN = 360.0  # below that, what an allocator takes at once cannot be told from a leak

# What a process may take more of in an hour and not be called leaking: a week of it is less than 2 GB. A leak of
# 100 bytes per answer would be some 30 MB an hour under this load.
MEMORY_MIB_PER_HOUR_MAX = 12.0

# Rows and keys there are more of with every sale, order or person, for as long as the installation keeps them.
GROWING_ROWS = {
    "sale": "one per sale", "pool": "per sale", "event": "per sale", "ticket_type": "per sale", "venue": "per sale",
    "layout": "per sale", "section": "per sale", "cart": "per visit, a year", "orders": "per purchase",
    "order_line": "per purchase", "payment": "per purchase", "ticket": "per purchase",
    "sandbox_charge": "per purchase", "outbox_told": "per message, fourteen days",
    "outbox_once": "per message, a year", "audit": "per act of an organizer",
    "audit_link": "per act", "audit_head": "per hour and organizer who acts",
    "webhook_delivery": "per message of a webhook, thirty days", "webhook_try": "the same",
    "store": "per store", "product": "per store", "promo": "per promo", "promo_window": "per promo",
    "profile": "per person", "profile_order": "per purchase", "notice": "per notice, a year",
    "notice_batch": "per promo, thirty days", "notice_attempt": "per notice, a year",
    "notice_inbox": "per inbox told of something, a week", "sms_spent": "per organizer and day, thirty days",
    "contact_proof": "per letter, a month or a year", "sale_contact": "per place, a year",
}  # fmt: skip
GROWING_KEYS = {
    "in all": "with those below", "promo buyers": "per person", "promo cell": "per person",
    "promo where": "per person", "sale places": "per sale with a draw, thirty days",
    "promo consent": "per person", "promo segment": "per person", "promo day": "two days", "promo moved": "per person",
    "promo window": "per promo, for weeks", "promo viewed": "per promo, for weeks", "promo worn": "per person",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One curve: how it rose while it was looked at, and whether that is too much."""

    group: str
    name: str
    median: float
    rise: float
    allowed: float
    judged: bool  # False: it may grow, or there was too little to judge by

    @property
    def grows(self) -> bool:
        return self.judged and self.rise > self.allowed


def slope(points: Points) -> float:
    """Median of the slopes between every two of them."""
    step = max(1, len(points) // POINTS_COMPARED_MAX)
    some = points[::step]
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for at, earlier in enumerate(some)
        for later in some[at + 1 :]
        if later[0] > earlier[0]
    ]
    return median(slopes) if slopes else 0.0


def rise_of(points: Points) -> float:
    """What the slope makes of the whole stretch."""
    return slope(points) * (points[-1][0] - points[0][0]) if len(points) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """`floor` and `share` of the median: what may be noise. `per_hour`: a bound on the pace instead of both."""

    group: str
    floor: float = 0.0
    share: float = 0.0
    per_hour: float | None = None
    may_grow: frozenset[str] = frozenset()
    level: bool = False  # level only once the first sales are forgotten, not already after the warm-up
    late: frozenset[str] = frozenset()  # of a group that isn't, the curves that are

    def allowed(self, points: Points) -> float:
        if self.per_hour is not None:
            return self.per_hour * (points[-1][0] - points[0][0]) / HOUR_S
        return max(self.floor, self.share * median(value for _, value in points))


RULES = (
    # The memory of Valkey is that of its keys, and they grow until the first sales are put away. Beyond that its
    # allocator keeps what the highest peak took, some 2 MiB, and gives none of it back.
    Rule("private memory", per_hour=MEMORY_MIB_PER_HOUR_MAX, late=frozenset({"valkey"})),
    Rule("open files", floor=20, share=0.2),
    Rule("connections", floor=10, share=0.2),
    Rule("valkey keys", floor=10, share=0.2, may_grow=frozenset(GROWING_KEYS), level=True),
    Rule("valkey memory", per_hour=MEMORY_MIB_PER_HOUR_MAX, level=True),
    Rule("rows", floor=10, share=0.2, may_grow=frozenset(GROWING_ROWS)),
)


def judged(series: Series, warm_s: float, level_s: float) -> list[Finding]:
    return list(findings(series, warm_s, level_s))


def findings(series: Series, warm_s: float, level_s: float) -> Iterator[Finding]:
    for rule in RULES:
        for name, points in sorted(series.groups.get(rule.group, {}).items()):
            since_s = max(warm_s, level_s) if rule.level or name in rule.late else warm_s
            seen = [point for point in points if point[0] >= since_s]
            if len(seen) < 2:
                yield Finding(rule.group, name, 0.0, 0.0, 0.0, judged=False)
                continue
            enough = len(seen) >= POINTS_MIN and seen[-1][0] - seen[0][0] >= JUDGED_S_MIN
            yield Finding(
                rule.group,
                name,
                median(value for _, value in seen),
                rise_of(seen),
                rule.allowed(seen),
                judged=enough and name not in rule.may_grow,
            )
