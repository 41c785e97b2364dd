"""What pages read from the engine: facts of a sale, names of its parts, the list for search engines.

Owns: a small cache, so that a thousand visitors of one page cost the stores one look every few seconds.
Answers None for what does not exist; raises `Code.UNAVAILABLE` when a store does not answer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime

from redis.exceptions import RedisError

from engine.catalog import SaleInfo, Section, seat_name, shown_to_all, standard_type
from engine.engine import Engine
from engine.limits import PAGE_FACTS_KEPT_S, PAGE_FACTS_S_MAX, SALES_REMEMBERED_MAX, SITEMAP_SALES_MAX
from engine.refusals import Code, RefusalError, Refused
from engine.stores.database import UNREACHABLE
from server.contract.sales import picture_sizes
from server.pages.facts import Names, Offer, SaleFacts, Spot


@dataclass(frozen=True, slots=True)
class Look:
    """One sale as it was at a moment."""

    info: SaleInfo
    facts: SaleFacts
    at: float


class Sources:
    """Everything that pages ask of the engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._looks: OrderedDict[str, asyncio.Task[Look | None]] = OrderedDict()

    async def facts(self, sale_id: str) -> SaleFacts | None:
        look = await self.look(sale_id)
        return None if look is None else look.facts

    async def names(self, sale_id: str, seats: frozenset[int]) -> Names:
        """Names of types, pools, and the given seats of a sale."""
        look = await self.look(sale_id)
        return names_of(None if look is None else look.info, seats)

    async def listed(self) -> list[str]:
        """Ids of the sales that search engines should find."""
        found: list[str] = []
        after: str | None = None
        while len(found) < SITEMAP_SALES_MAX:
            page = await self.engine.catalog.sales(after=after, limit=200)
            found += [card.id for card in page.items]
            if page.next is None:
                break
            after = page.next
        return found

    async def look(self, sale_id: str) -> Look | None:
        """The last look at this sale, or a new one; those who ask at the same time share it."""
        now = asyncio.get_running_loop().time()
        task = self._looks.get(sale_id)
        if task is None or not _fresh(task, now):
            task = asyncio.create_task(self._take_look(sale_id, now))
            self._looks[sale_id] = task
            if len(self._looks) > SALES_REMEMBERED_MAX:
                self._looks.popitem(last=False)
        self._looks.move_to_end(sale_id)
        try:
            async with asyncio.timeout(PAGE_FACTS_S_MAX):
                return await asyncio.shield(task)
        except (RedisError, *UNREACHABLE) as error:
            raise RefusalError(Code.UNAVAILABLE) from error

    async def _take_look(self, sale_id: str, now: float) -> Look | None:
        info = await self.engine.catalog.sale_info(sale_id)
        if info is None or info.event is None or not info.times.reachable(datetime.now(UTC)):
            return None
        snapshot = await self.engine.onsale.sale(sale_id).snapshot()
        if isinstance(snapshot, Refused):
            return Look(info, facts_of(info, info.times.state(datetime.now(UTC)).value, left=True), now)
        return Look(info, facts_of(info, snapshot.state.value, left=snapshot.room.left > 0), now)


def _fresh(task: asyncio.Task[Look | None], now: float) -> bool:
    if not task.done():
        return True
    if task.cancelled() or task.exception() is not None:
        return False
    look = task.result()
    return look is not None and now - look.at < PAGE_FACTS_KEPT_S


def facts_of(info: SaleInfo, state: str, *, left: bool) -> SaleFacts:
    assert info.event is not None, "a sale of an event"
    event, venue, times = info.event, info.venue, info.times
    return SaleFacts(
        id=info.id,
        name=event.name,
        description=event.description,
        venue=venue.name if venue else "",
        address=venue.address if venue else "",
        latitude=venue.latitude if venue else None,
        longitude=venue.longitude if venue else None,
        zone=event.zone,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        opens_at=times.opened_at or times.opens_at,
        closes_at=times.closed_at or times.closes_at,
        currency=info.currency,
        state=state,
        left=left,
        offers=offers_of(info),
        organizer=info.organizer.name,
        listed=times.shown(datetime.now(UTC)),
        kind=event.kind,
        performers=event.performers,
        status=event.status,
        moved_from=event.moved_from,
        revision=event.revision,
        days=info.days,
        picture=sizes[-1]["address"] if (sizes := picture_sizes(event.shown)) else "",
    )


def offers_of(info: SaleInfo) -> tuple[Offer, ...]:
    """Every price that is asked, under the name of its section or pool and its ticket type."""
    info = shown_to_all(info)
    parts = {section.id: section.name for section in info.sections} | {pool.id: pool.name for pool in info.pools}
    parts |= {each: zone.name for each, zone in info.list_now.zones.items()}
    return tuple(
        Offer(
            f"{parts[part]}, {info.types.get(kind, kind)}" if len(prices) > 1 else parts[part],
            price,
            left=True,
            standard=kind == standard_type(prices, info.types),
        )
        for part, prices in info.prices.items()
        if part in parts
        for kind, price in prices.items()
    )


def names_of(info: SaleInfo | None, seats: frozenset[int]) -> Names:
    """Names of types, pools, and the given seats."""
    if info is None:
        return Names()
    pools = {pool.id: pool.name for pool in (*info.pools, *info.product_pools)}
    proofs = {kind: rule.proof for kind, rule in info.type_rules.items() if rule.proof}
    types = {kind: f"{name} ({proofs[kind]})" if kind in proofs else name for kind, name in info.types.items()}
    return Names(types=types, pools=pools, spots=spots_of(info.sections, seats))


def spots_of(sections: tuple[Section, ...], seats: frozenset[int]) -> dict[int, Spot]:
    found = {seat: seat_name(sections, seat) for seat in seats}
    return {seat: Spot(spot[0].name, spot[1].label, spot[2]) for seat, spot in found.items() if spot is not None}
