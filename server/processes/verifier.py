"""The verifier: a worker's job that looks for broken invariants and exports their number.

Looks at sales that moved since it last did, at those that were broken, and at some of the quiet ones in turn. What it
finds is logged and counted; it mends nothing.
"""

from __future__ import annotations

import logging

from engine.catalog.model import SaleKind
from engine.engine import Engine
from engine.limits import VIOLATIONS_LOGGED_MAX
from engine.onsale import SinceLast
from engine.progress import Bound
from engine.verify import Patrol, verify
from engine.workers import Job
from server.observe.metrics import Metrics

log = logging.getLogger(__name__)

EVERY_S = 60.0
BOUND = Bound(seconds=600)


def verifier(engine: Engine, metrics: Metrics) -> Job:
    patrol, moved = Patrol(), SinceLast(engine.onsale.moves)

    async def look() -> int:
        looked_at = 0
        for sale in patrol.turn(await engine.keeper.live_sales(), set(await moved.sales())):
            if await engine.catalog.kinds.of(sale) is SaleKind.REHEARSAL:
                continue  # a rehearsal verifies its own sale, which may be removed while we look
            broken = await verify(engine, sale)
            metrics.verified(sale, len(broken))
            patrol.looked(sale, broken=bool(broken))
            looked_at += 1
            for each in broken[:VIOLATIONS_LOGGED_MAX]:
                log.error("a broken invariant", extra={"sale": sale, "violation": str(each)})
            if len(broken) > VIOLATIONS_LOGGED_MAX:
                log.error("and more: aforo verify lists them", extra={"sale": sale, "violations": len(broken)})
        moved.done()
        return looked_at

    return Job("verifier", look, EVERY_S, BOUND)
