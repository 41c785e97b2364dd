"""Demo data: a theatre that sells, an arena whose lobby is open, a club that sells, a club that closed.

Calls the catalog as an organizer would. Guarantees: starting again adds nothing that is there already, and always
leaves one sale that is open, one in the lobby and one closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files

from engine.access import OrganizerChange, Organizers
from engine.audit import Act
from engine.catalog.catalog import Catalog
from engine.catalog.views import CreatedSale, Times
from engine.refusals import accept

OPEN, LOBBY, CLOSED = "open", "lobby", "closed"
_DEMO = (("theatre", OPEN), ("arena", LOBBY), ("club", OPEN), ("club-closed", CLOSED))
_LOBBY_LEAST = timedelta(seconds=90)  # a lobby shorter than this is not worth showing
_OPEN_LEAST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class DemoSale:
    id: str
    name: str
    state: str
    opens_at: datetime


NAME = "Ebro en Vivo"
REFUND_RULE = "Hasta dos días antes; siempre, si se cancela o cambia de fecha."


async def ensure_demo_organizer(organizers: Organizers, by: Act, unnamed: str) -> None:
    """Say who sells, unless somebody has: `unnamed` is what an organizer is called that nobody named."""
    view = await organizers.view(by.organizer_id)
    if view is not None and view.name == unnamed and not view.refund_rule:
        accept(await organizers.change(by, OrganizerChange(NAME, refund_rule=REFUND_RULE)))


async def ensure_demo(catalog: Catalog, by: Act, now: datetime) -> list[DemoSale]:
    """Make what of the demo is missing or over; the sales to look at, in a fixed order."""
    return [await _ensure(catalog, by, f"demo-{name}", state, now) for name, state in _DEMO]


async def _ensure(catalog: Catalog, by: Act, base: str, state: str, now: datetime) -> DemoSale:
    number, sale_id = 1, base
    while (info := await catalog.sale_info(sale_id)) is not None:
        if info.organizer_id == by.organizer_id and _still_good(info.times, state, now):
            return DemoSale(sale_id, info.event.name if info.event else sale_id, state, info.times.opens_at)
        number += 1
        sale_id = f"{base}-{number}"
    text = files("engine.catalog.demo").joinpath(f"{base.removeprefix('demo-')}.yaml").read_text(encoding="utf-8")
    created = await catalog.sale_from_yaml(f"id: {sale_id}\n{text}", by)
    if not isinstance(created, CreatedSale):
        raise RuntimeError(f"the demo sale {base} is not valid: {'; '.join(map(str, created))}")
    if state == CLOSED:
        accept(await catalog.close_early(by, sale_id))
    made = await catalog.sale_info(sale_id)
    assert made is not None, "a sale that was just created exists"
    return DemoSale(sale_id, made.event.name if made.event else sale_id, state, made.times.opens_at)


def _still_good(times: Times, state: str, now: datetime) -> bool:
    if state == CLOSED:
        return times.closed_at is not None
    if times.closed_at is not None or times.paused:
        return False
    if state == LOBBY:
        return times.opened_at is None and times.opens_at >= now + _LOBBY_LEAST
    return times.closes_at >= now + _OPEN_LEAST
