"""Prometheus metrics of one process, and of all processes of a machine when they share a folder.

Owns: every metric's name. Hot paths count in plain integers; a pulse moves them to Prometheus once a second.
With PROMETHEUS_MULTIPROC_DIR set (the supervisor does) any process answers `/metrics` for all of them.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter as Tally
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

from server.observe.worker_metrics import WorkerMetrics

without_created: Any = disable_created_metrics
without_created()  # when a series began is of no use here, and doubles their number

CONTENT_TYPE = CONTENT_TYPE_LATEST
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PULSE_S = 1.0
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ITEMS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a process has right now, and how many readers were too slow since it was asked last."""

    sockets: int
    watchers: int
    hubs: int
    slowed: int
    waiting: Mapping[str, int]  # batch → asks that wait for it


class Metrics:
    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._asks = Counter("aforo_asks", "Asks answered on sockets", ["do"], registry=registry)
        self._refusals = Counter("aforo_refusals", "Refusals told to clients", ["code"], registry=registry)
        self._requests = Counter(
            "aforo_http_requests", "HTTP requests answered", ["method", "route", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "aforo_http_request_seconds",
            "Time to answer an HTTP request",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self._batch_items = Histogram(
            "aforo_batch_items", "Items per call of a store", ["batch"], buckets=ITEMS, registry=registry
        )
        self._batch_seconds = Histogram(
            "aforo_batch_seconds", "Time of one call of a store", ["batch"], buckets=SECONDS, registry=registry
        )
        self._holds = Counter("aforo_holds", "Holds made", registry=registry)
        self._orders = Counter("aforo_orders", "Purchases by how they ended", ["outcome"], registry=registry)
        self._cut_short = Counter("aforo_asks_cut_short", "Asks a drain did not wait for", registry=registry)
        self._deaths = Counter(
            "aforo_pulse_deaths", "Pulses and jobs that died and were started again", ["pulse"], registry=registry
        )
        self._slow_readers = Counter("aforo_slow_readers", "Sockets that were too slow", registry=registry)
        self._sockets = self._gauge("aforo_sockets", "Open sockets")
        self._watchers = self._gauge("aforo_watchers", "Sockets that watch a sale, counted per sale")
        self._hubs = self._gauge("aforo_hubs", "Sales followed")
        self._loop_lag = Gauge(
            "aforo_loop_lag_seconds",
            "How late the event loop was at its last pulse; of all processes, the latest",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._queue = Gauge(
            "aforo_queue_items",
            "Asks waiting for the next call of a store",
            ["batch"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._violations = Gauge(
            "aforo_invariant_violations",
            "Violations the last check of a sale found",
            ["sale"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self.worker = WorkerMetrics(registry)
        self._asks_tally: Tally[str] = Tally()
        self._refusals_tally: Tally[str] = Tally()
        self._holds_tally = 0
        self._violated: set[str] = set()

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry, multiprocess_mode="livesum")

    # ── what happened ──

    def answered(self, do: str) -> None:
        self._asks_tally[do] += 1

    def refused(self, code: str) -> None:
        self._refusals_tally[code] += 1

    def held(self) -> None:
        self._holds_tally += 1

    def purchased(self, outcome: str) -> None:
        self._orders.labels(outcome).inc()

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def batch(self, name: str, items: int, seconds: float) -> None:
        """The hook that batchers call."""
        self._batch_items.labels(name).observe(items)
        self._batch_seconds.labels(name).observe(seconds)

    def cut_short(self) -> None:
        self._cut_short.inc()

    def died(self, pulse: str) -> None:
        """What should run for ever does not."""
        self._deaths.labels(pulse).inc()

    def verified(self, sale: str, violations: int) -> None:
        """A sale that never had a violation gets no series: there would be one for every sale there ever was."""
        if violations or sale in self._violated:
            self._violated.add(sale)
            self._violations.labels(sale).set(violations)

    # ── what is told ──

    def collect(self, figures: Figures) -> None:
        """Move what was counted since the last time."""
        asks, self._asks_tally = self._asks_tally, Tally()
        for do, count in asks.items():
            self._asks.labels(do).inc(count)
        refusals, self._refusals_tally = self._refusals_tally, Tally()
        for code, count in refusals.items():
            self._refusals.labels(code).inc(count)
        holds, self._holds_tally = self._holds_tally, 0
        self._holds.inc(holds)
        self._slow_readers.inc(figures.slowed)
        for name, waiting in figures.waiting.items():
            self._queue.labels(f"onsale/{name}").set(waiting)
        self._sockets.set(figures.sockets)
        self._watchers.set(figures.watchers)
        self._hubs.set(figures.hubs)

    async def pulse(self, figures: Callable[[], Figures]) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + PULSE_S
            await asyncio.sleep(PULSE_S)
            self._loop_lag.set(max(0.0, clock() - due))
            self.collect(figures())

    def text_for(self, sale: str) -> bytes:
        """What the organizer of a sale may read: how calls of the stores go, and what was found in this sale."""
        of_sale = f'aforo_invariant_violations{{sale="{sale}"}}'.encode()
        lines = self.text().splitlines(keepends=True)
        return b"".join(line for line in lines if line.startswith((b"aforo_batch_", of_sale)))

    def text(self) -> bytes:
        if not os.environ.get(SHARED_FOLDER):
            return generate_latest(self._registry)
        everything = CollectorRegistry()
        collector: Any = multiprocess.MultiProcessCollector
        collector(everything)
        return generate_latest(everything)
