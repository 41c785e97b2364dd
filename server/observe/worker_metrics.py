"""Metrics of workers: how each job goes, how far consumers of the outbox are, which messages wait.

A part of `Metrics`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from engine.messages import Waiting
from engine.outbox import CursorView
from engine.progress import JobProgress
from engine.stores.commits import Writer

COUNTED = {
    "steps": "Steps of jobs that were taken",
    "items": "Items that steps of jobs took, where they count them",
    "seconds": "Seconds that steps of jobs took",
    "failures": "Steps of jobs that failed",
    "overruns": "Steps of jobs that took more time, or more items, than they may",
}

CONSUMED = {
    "behind_rows": "What a consumer has not passed of what was told",
    "lag_seconds": "Since the first of that was told",
    "work_rows": "What a consumer heard and has not done",
    "parked_subjects": "Subjects that failed too often and wait for somebody",
    "oldest_work_seconds": "Since what a consumer has not done for longest was told",
}

WAITING = {
    "queued": "Messages that wait to be sent",
    "oldest_seconds": "Since the oldest of those was written",
}


class WorkerMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._counters = {
            name: Counter(f"aforo_job_{name}", text, ["job"], registry=registry) for name, text in COUNTED.items()
        }
        self._held = Gauge(
            "aforo_job_workers",
            "Workers that have the lease of a job: one, if all is well",
            ["job"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._finished = Gauge(
            "aforo_job_finished_timestamp_seconds",
            "When the last step of a job was finished",
            ["job"],
            registry=registry,
            multiprocess_mode="max",
        )
        self._oldest_write = Gauge(
            "aforo_oldest_write_seconds",
            "For how long a transaction has been writing, of the oldest one",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._outbox = {
            name: Gauge(
                f"aforo_outbox_{name}",
                text,
                ["consumer"],
                registry=registry,
                multiprocess_mode="livemostrecent",
            )
            for name, text in CONSUMED.items()
        }
        self._messages = {
            name: Gauge(f"aforo_messages_{name}", text, registry=registry, multiprocess_mode="livemostrecent")
            for name, text in WAITING.items()
        }
        self._message_tries = Counter(
            "aforo_message_tries", "Tries of messages, by what they came to", ["channel", "outcome"], registry=registry
        )
        self._told: dict[tuple[str, str], float] = {}

    def jobs(self, jobs: Mapping[str, JobProgress]) -> None:
        """Tell what happened since the last time."""
        for name, job in jobs.items():
            for what, counter in self._counters.items():
                count = getattr(job, what)
                counter.labels(name).inc(count - self._told.get((name, what), 0))
                self._told[name, what] = count
            self._held.labels(name).set(job.held_since is not None)
            if job.finished_at is not None:
                self._finished.labels(name).set(job.finished_at)

    def oldest_write(self, writer: Writer | None) -> None:
        self._oldest_write.set(0.0 if writer is None else max(0.0, writer.seconds))

    def outbox(self, cursors: Sequence[CursorView]) -> None:
        for each in cursors:
            figures = (each.behind, each.lag_s, each.waiting, each.parked, each.oldest_work_s)
            for gauge, figure in zip(self._outbox.values(), figures, strict=True):
                gauge.labels(each.consumer).set(figure)

    def messages(self, waiting: Waiting, outcomes: Mapping[tuple[str, str], int]) -> None:
        self._messages["queued"].set(waiting.count)
        self._messages["oldest_seconds"].set(waiting.oldest_s)
        for (channel, outcome), count in outcomes.items():
            name = f"message {channel}", outcome
            self._message_tries.labels(channel, outcome).inc(count - self._told.get(name, 0))
            self._told[name] = count
