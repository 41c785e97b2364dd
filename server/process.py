"""One server process: what its handlers share, and the pulses that keep it honest.

Owns: hubs, sockets and metrics of this process. Everything that lasts is the engine's.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import resource
import secrets
from collections.abc import Awaitable, Callable
from functools import partial

from engine.access import key_id_of, network_of
from engine.audit import RefusalKind
from engine.ending import end
from engine.engine import Engine
from engine.limits import (
    FILES_RESERVED,
    SOCKETS_PER_ADDRESS_MAX,
)
from engine.refusals import Code
from engine.stores.database import UNREACHABLE
from engine.vitals import Vitals
from server import garbage
from server.api.marks import Marks
from server.known_sales import KnownSales
from server.live.cart_events import CartEvents
from server.live.hubs import Hubs
from server.live.promos import LivePromos
from server.live.sockets import Sockets
from server.metrics import Figures, Metrics

log = logging.getLogger(__name__)


class Process:
    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self.engine = engine
        self.metrics = metrics
        self.vitals = Vitals(metrics.died)
        self._name = secrets.token_hex(3)
        self.hubs = Hubs(self._name, engine.onsale, CartEvents(engine))
        self.sockets = Sockets(files_max() - FILES_RESERVED, SOCKETS_PER_ADDRESS_MAX)
        self.promos = LivePromos(engine.promos, self.sockets)
        self.known_sales = KnownSales(engine.catalog)
        self.marks = Marks(engine.onsale)
        self.draining = False
        self._count = itertools.count(1)
        self._pulses: list[asyncio.Task[None]] = []

    def request_id(self) -> str:
        """Ties the log lines of one request or socket together."""
        return f"{self._name}-{next(self._count)}"

    def refused(self, code: Code, address: str, what: str) -> None:
        """Count a refusal; of one of permission the audit trail keeps from which network, and of what."""
        self.metrics.refused(code.word)
        if code is Code.FORBIDDEN:
            self.engine.audit.tally.note(RefusalKind.PERMISSION, network_of(address), what)

    def key_refused(self, key: str, address: str) -> None:
        """Somebody showed a key that is none."""
        self.engine.audit.tally.note(RefusalKind.KEY, network_of(address), key_id_of(key))

    async def start(self) -> None:
        pulses: dict[str, Callable[[], Awaitable[None]]] = {
            "keyring": self.engine.keyring.follow,
            "hubs": self.hubs.pulse,
            "sockets": self.sockets.pulse,
            **self.promos.pulses(),
            "metrics": partial(self.metrics.pulse, self.figures),
            "audit refusals": self.engine.audit.tally.pulse,
            "garbage": partial(garbage.pulse, self.sockets.__len__),
        }
        self._pulses = [asyncio.create_task(self.vitals.keep(name, pulse), name=name) for name, pulse in pulses.items()]

    def figures(self) -> Figures:
        return Figures(
            sockets=len(self.sockets),
            watchers=self.hubs.watchers,
            hubs=len(self.hubs),
            slowed=self.hubs.take_slowed(),
            waiting=self.engine.onsale.waiting(),
        )

    async def drain(self) -> None:
        """Take nothing new, send every socket away, let what runs end."""
        self.draining = True
        await self.sockets.drain()

    async def stop(self) -> None:
        await end(self._pulses)
        try:
            await self.engine.audit.tally.hand_in()
        except UNREACHABLE as fault:
            log.warning("the last refusals are not in the audit trail: Postgres does not answer: %s", fault)
        await self.promos.close()
        await self.hubs.close()


def files_max() -> int:
    """Raise the limit of open files as far as allowed, and say where it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (soft, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard
    return soft
