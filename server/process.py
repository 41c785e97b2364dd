"""One server process, put together: what its handlers share, and the pulses that keep it honest.

Owns: hubs and sockets of this process. Everything that lasts is the engine's.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import resource
import secrets
from collections.abc import Awaitable, Callable
from functools import partial

from engine.ending import end
from engine.engine import Engine
from engine.limits import (
    FILES_RESERVED,
    SOCKETS_PER_ADDRESS_MAX,
)
from engine.stores.database import UNREACHABLE
from engine.vitals import Vitals
from server.known.marks import Marks
from server.known.sales import KnownSales
from server.live.cart_events import CartEvents
from server.live.hubs import Hubs
from server.live.promos import LivePromos
from server.live.rights import Rights
from server.live.socket import Live
from server.live.sockets import Sockets
from server.observe.metrics import Figures, Metrics
from server.processes import garbage
from server.services import Services

log = logging.getLogger(__name__)


class Process:
    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self.engine = engine
        self.metrics = metrics
        name = secrets.token_hex(3)
        self.hubs = Hubs(name, engine.onsale, CartEvents(engine))
        self.sockets = Sockets(files_max() - FILES_RESERVED, SOCKETS_PER_ADDRESS_MAX)
        self.promos = LivePromos(engine.promos, self.sockets)
        self.known_sales = KnownSales(engine.catalog)
        self.rights = Rights(engine, self.known_sales)
        self.live = Live(self.hubs, self.sockets, self.promos, self.rights)
        self.services = Services(
            engine,
            metrics,
            vitals=Vitals(metrics.died),
            views=self.hubs,
            known_sales=self.known_sales,
            marks=Marks(engine.onsale),
            figures=self.figures,
            name=name,
            numbers=itertools.count(1),
            draining=asyncio.Event(),
        )
        self._pulses: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        pulses: dict[str, Callable[[], Awaitable[None]]] = {
            "keyring": self.engine.keyring.follow,
            "hubs": self.hubs.pulse,
            "sockets": self.sockets.pulse,
            **self.promos.pulses(),
            "rights": self.rights.pulse,
            "metrics": partial(self.metrics.pulse, self.figures),
            "audit refusals": self.engine.audit.tally.pulse,
            "visits": self.engine.links.visits.pulse,
            "keys used": self.engine.access.pulse,
            "garbage": partial(garbage.pulse, self.sockets.__len__),
        }
        self._pulses = [
            asyncio.create_task(self.services.vitals.keep(name, pulse), name=name) for name, pulse in pulses.items()
        ]

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
        self.services.draining.set()
        await self.sockets.drain()

    async def stop(self) -> None:
        await end(self._pulses)
        try:
            await self.engine.audit.tally.hand_in()
        except UNREACHABLE as fault:
            log.warning("the last refusals are not in the audit trail: Postgres does not answer: %s", fault)
        await self.engine.links.visits.hand_in()
        await self.promos.close()
        await self.hubs.close()


def files_max() -> int:
    """Raise the limit of open files as far as allowed, and say where it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (soft, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard
    return soft
