"""Progress of the jobs of one process: which leases it holds, what the jobs did, which of them hang.

Owns the counts. Guarantees: a step that exceeds its job's bound in time or items is logged and counted. Never fails.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bound:
    """What one step may take at most."""

    seconds: float
    items: int | None = None


@dataclass(slots=True)
class JobProgress:
    """Instants are seconds since 1970."""

    bound: Bound
    held_since: float | None = None  # this process has the lease
    began_at: float | None = None  # of the step that runs
    finished_at: float | None = None  # of the last step that did
    due_at: float | None = None  # of the next look whether there is something to do
    steps: int = 0
    items: int = 0
    seconds: float = 0.0
    failures: int = 0
    overruns: int = 0
    told: bool = field(default=False, repr=False)  # that this step takes too long


class Progress:
    """One per process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._jobs: dict[str, JobProgress] = {}

    @property
    def jobs(self) -> Mapping[str, JobProgress]:
        return self._jobs

    def add(self, name: str, bound: Bound) -> None:
        self._jobs[name] = JobProgress(bound)

    def held(self, names: Sequence[str]) -> None:
        """This process has their lease from now on."""
        for name in names:
            self._jobs[name].held_since = self._clock()

    def lost(self, names: Sequence[str]) -> None:
        for name in names:
            job = self._jobs[name]
            job.held_since = job.began_at = job.due_at = None

    def began(self, name: str) -> None:
        job = self._jobs[name]
        job.began_at, job.due_at, job.told = self._clock(), None, False

    def finished(self, name: str, items: int) -> None:
        job = self._end(name)
        job.steps += 1
        job.items += items
        job.finished_at = self._clock()
        if job.bound.items is not None and items > job.bound.items:
            job.overruns += 1
            log.warning("job %s took %d items in one step, and may take %d", name, items, job.bound.items)

    def failed(self, name: str) -> None:
        self._end(name).failures += 1

    def due_in(self, name: str, pause_s: float) -> None:
        self._jobs[name].due_at = self._clock() + pause_s

    def _end(self, name: str) -> JobProgress:
        job = self._jobs[name]
        self._look(name, job)
        if job.began_at is not None:
            job.seconds += max(0.0, self._clock() - job.began_at)
        job.began_at = None
        return job

    def hanging(self) -> list[str]:
        """Jobs that are at one step for longer than they may take, by name."""
        return sorted(name for name, job in self._jobs.items() if self._look(name, job))

    def _look(self, name: str, job: JobProgress) -> bool:
        """Whether its step takes too long; logged once."""
        took_s = 0.0 if job.began_at is None else self._clock() - job.began_at
        if took_s <= job.bound.seconds:
            return False
        if not job.told:
            job.told = True
            job.overruns += 1
            log.warning("job %s is at one step for %.1f s, and may take %.1f s", name, took_s, job.bound.seconds)
        return True
