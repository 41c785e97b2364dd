"""One step of a rehearsal: the crowd is watched for a while at one pace of the room."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from crowd.crowd import Crowd, Outcome
from crowd.histogram import Histogram
from crowd.tally import Tally
from engine.onsale import Sale
from engine.onsale.model import Snapshot
from engine.refusals import Refused
from server.rehearsing.model import FEW_WAITING, Bounds, Load, Step
from server.rehearsing.watch import Watch

SETTLE_SHARE = 0.35  # of a step, before which what is answered still belongs to the step before
LOOK_EVERY_S = 0.5
REACHED_SHARE = 0.7  # of the pace must have come in for it to count as tried
FEW = 3
FAILED_SHARE = 0.001


@dataclass(slots=True)
class Seen:
    """What the shadow sale looked like during a step."""

    waiting: int = 0
    inside: float = 0.0
    looks: int = 0
    free: int = 0
    orders: int = 0
    sold: int = 0
    waiting_max: int = 0

    def take(self, snapshot: Snapshot) -> None:
        self.waiting = snapshot.counters.waiting
        self.waiting_max = max(self.waiting_max, self.waiting)
        self.inside += snapshot.counters.shopping
        self.looks += 1
        self.free, self.orders, self.sold = snapshot.room.free, snapshot.counters.orders, snapshot.counters.sold


@dataclass(frozen=True, slots=True)
class Trial:
    """What all steps of a rehearsal look at."""

    crowd: Crowd
    sale: Sale
    watch: Watch
    bounds: Bounds
    seen: Seen  # over all steps


async def watched(
    trial: Trial, name: str, seconds: float, pace: int, acting: asyncio.Task[Outcome], *, nearly_gone: int
) -> Step:
    """Let the crowd act for `seconds`, the first part of which settles; `pace` 0 is the room as it is set.

    Where no more than `nearly_gone` is free by then, the rush is over: all of the step is what there is to be seen.
    """
    before, mark = await trial.crowd.look(), await trial.watch.mark()
    began, seen = time.monotonic(), Seen()
    await looked(trial, seen, seconds * SETTLE_SHARE, acting)
    gone = seen.looks > 0 and seen.free <= nearly_gone
    if not gone:
        before, mark = await trial.crowd.look(), await trial.watch.mark()
        began, seen = time.monotonic(), Seen()
    await looked(trial, seen, seconds * (1 - SETTLE_SHARE), acting)
    load = await trial.watch.since(mark)
    after = await trial.crowd.look()
    return step_of(
        name,
        between(before.tally, after.tally),
        seconds=time.monotonic() - began,
        pace=pace,
        seen=seen,
        load=load,
        bounds=trial.bounds,
        gone=gone,
    )


async def looked(trial: Trial, seen: Seen, seconds: float, acting: asyncio.Task[Outcome]) -> None:
    """Look at the sale now and then, until the time is up or the crowd has gone."""
    until = time.monotonic() + seconds
    while not acting.done():
        snapshot = await trial.sale.snapshot()
        if not isinstance(snapshot, Refused):
            seen.take(snapshot)
            trial.seen.take(snapshot)
        await trial.watch.look()
        left_s = until - time.monotonic()
        if left_s <= 0:
            return
        await asyncio.wait((acting,), timeout=min(LOOK_EVERY_S, left_s))


def step_of(
    name: str, told: Tally, *, seconds: float, pace: int, seen: Seen, load: Load, bounds: Bounds, gone: bool = False
) -> Step:
    """What the answers of a step say. Pure."""
    hold_ms, purchase_ms = slowest(told)
    admitted = answered_well(told, "enter")
    failures = sum(told.failed.values())
    held = hold_ms <= bounds.hold_ms and purchase_ms <= bounds.purchase_ms
    held = held and failures <= max(FEW, FAILED_SHARE * told.answers)
    holds = answered_well(told, "hold")
    if not (admitted or holds or gone) and seen.waiting > FEW_WAITING:
        held = False  # people wait, and nothing is answered: there is no time to be measured
    rate = admitted / seconds if seconds else 0.0
    return Step(
        name=name,
        seconds=seconds,
        admitted=admitted,
        waiting=seen.waiting,
        inside=seen.inside / max(1, seen.looks),
        hold_ms=hold_ms,
        purchase_ms=purchase_ms,
        holds=holds,
        purchases=answered_well(told, "checkout"),
        failures=failures,
        load=load,
        held=held,
        reached=rate >= REACHED_SHARE * pace,
        gone=gone,
    )


def slowest(told: Tally) -> tuple[float, float]:
    """Holds and purchases: of each, 99 of 100 were answered within so many milliseconds. Pure."""
    return max(p99(told, "hold"), p99(told, "enter")), max(p99(told, "change"), p99(told, "checkout"))


def between(before: Tally, after: Tally) -> Tally:
    """What was counted after `before`. Pure."""
    tally = Tally()
    for name, each in after.took.items():
        was = before.took[name].buckets if name in before.took else {}
        left = {bucket: count - was.get(bucket, 0) for bucket, count in each.buckets.items()}
        tally.took[name] = Histogram({bucket: count for bucket, count in left.items() if count})
    tally.refused = after.refused - before.refused
    tally.failed = after.failed - before.failed
    return tally


def answered_well(told: Tally, name: str) -> int:
    """Answers of a kind that were no refusal."""
    asked = told.took[name].count if name in told.took else 0
    refused = sum(count for what, count in (told.refused + told.failed).items() if what.partition(" ")[0] == name)
    return max(0, asked - refused)


def p99(told: Tally, name: str) -> float:
    return told.took[name].percentile_ms(99) if name in told.took else 0.0
