"""Writing what a rehearsal recommends into the real sale, as any change of a sale is written.

Guarantees: nothing is written before it was shown and agreed to. Fails with RehearsalFault, which says why not.
"""

from __future__ import annotations

import sys

import typer

from engine.audit import Act
from engine.catalog.model import SaleState
from engine.engine import Engine
from engine.refusals import Refused
from loadtest.rehearsal.report import settings
from loadtest.rehearsal.run import RehearsalFault, Result, room_of

OVER = (SaleState.CLOSED, SaleState.ENDED)


async def apply(engine: Engine, by: Act, result: Result, *, ask: bool) -> bool:
    """Whether the sale is set as recommended now."""
    sale = result.wish.sale
    info = await engine.catalog.sale_info(sale)
    if info is None:
        raise RehearsalFault(f"There is no sale {sale} any more.")
    snapshot = await engine.onsale.sale(sale).snapshot()
    if not isinstance(snapshot, Refused) and snapshot.state in OVER:
        raise RehearsalFault(f"{sale} is over: its room lets nobody in any more, so nothing was changed.")
    recommended = result.advice.recommended
    if recommended is None:
        raise RehearsalFault("No room is recommended. Nothing was changed.")
    before, after = settings(room_of(info)), settings(recommended)
    if before is None:
        raise RehearsalFault(
            f"{sale} has no room, and a room cannot be added to a sale that exists. Nothing was changed."
        )
    assert after is not None, "a room is recommended"
    if before == after:
        tell("The room is set as recommended already.")
        return True
    for name, value in after.items():
        tell(f"  {name:14} {before[name]:>9,} → {value:,}")
    if ask and not typer.confirm(f"Change {sale} so?", err=True):
        tell("Nothing was changed.")
        return False
    changed = await engine.catalog.change_sale(by, sale, {"room": after})
    if isinstance(changed, Refused):
        raise RehearsalFault(f"{sale} was not changed: {changed.code.sentence}")
    if isinstance(changed, list):
        raise RehearsalFault(f"{sale} was not changed: {'; '.join(map(str, changed))}")
    tell(f"{sale} is changed.")
    return True


def tell(line: str) -> None:
    print(line, file=sys.stderr)
