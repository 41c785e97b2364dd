"""What the handlers of one process share: one frozen value, built at start and handed to each of them.

Owns nothing: everything that lasts is the engine's, and what a process knows for a while is its members'.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from engine.access import KeyUnusable, Permit, key_id_of, network_of
from engine.audit import RefusalKind
from engine.engine import Engine
from engine.refusals import Code
from engine.vitals import Vitals
from server.known.marks import Marks
from server.known.sale_view import SaleView
from server.known.sales import KnownSales
from server.observe.metrics import Figures, Metrics


class Views(Protocol):
    """The view of a sale for its watchers."""

    async def view(self, sale_id: str) -> SaleView: ...


@dataclass(frozen=True, slots=True)
class Services:
    engine: Engine
    metrics: Metrics
    vitals: Vitals
    views: Views
    known_sales: KnownSales
    marks: Marks
    figures: Callable[[], Figures]
    name: str  # of this process
    numbers: itertools.count[int]
    draining: asyncio.Event  # set once this process takes nothing new

    def request_id(self) -> str:
        """Ties the log lines of one request or socket together."""
        return f"{self.name}-{next(self.numbers)}"

    def refused(self, code: Code, address: str, what: str, permit: Permit | None = None) -> None:
        """Count a refusal; for a permission the audit trail also keeps the network and the target.

        Whoever works for an organizer is named in that organizer's trail.
        """
        self.metrics.refused(code.word)
        if code is Code.FORBIDDEN:
            subject, organizer = (what, None) if permit is None else (permit.actor, permit.organizer)
            self.engine.audit.tally.note(RefusalKind.PERMISSION, network_of(address), subject, organizer)

    def key_refused(self, key: str, address: str, found: KeyUnusable) -> None:
        """Note a key that is no use: one that was an organizer's is found in its trail."""
        network = network_of(address)
        self.engine.audit.tally.note(RefusalKind.KEY, network, found.id or key_id_of(key), found.organizer)


SERVICES = web.AppKey("services", Services)
