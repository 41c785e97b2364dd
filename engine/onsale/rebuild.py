"""Rebuilds a sale in Redis after it was lost: what is sold comes from Postgres, live carts keep what nobody bought.

Guarantees: one rebuild at a time; places signed before still count, and new numbers lie above all that were handed
out. Fails when Postgres does not answer; the keeper tries again.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

from engine.catalog import over, state_at
from engine.catalog.model import TYPE, SalePlan, SaleState, stock_units
from engine.onsale.answers import flat_units
from engine.onsale.key_layouts import LEASE_MS, bring
from engine.onsale.model import FreedOrder, SoldFacts
from engine.onsale.onsale import Onsale, new_epoch
from engine.onsale.plan import free_units, packed_rows, packed_seats, section_fields, settings_of
from engine.onsale.records import Checkpoint, Records, SaleRecord, UnknownSale
from engine.stores.keys import SaleKeys, rebuild_key
from engine.stores.lease import Lease
from engine.stores.scripts import pack, unpack

log = logging.getLogger(__name__)

# Numbers that may have been handed out since the checkpoint, at the busiest pace seen, with a margin.
GAP_MIN = 100
GAP_MARGIN_S = 2.0
GAP_FACTOR = 2.0
GAP_AGE_S_MAX = 600.0

PlanOf = Callable[[str], Awaitable[SalePlan | None]]
SoldFactsOf = Callable[[str], Awaitable[SoldFacts]]


def gap_of(checkpoint: Checkpoint, age_s: float) -> int:
    """How many numbers to leave out, when the checkpoint was `age_s` old at the loss. Pure."""
    unknown_s = min(GAP_AGE_S_MAX, max(0.0, age_s)) + GAP_MARGIN_S
    return max(GAP_MIN, math.ceil(GAP_FACTOR * unknown_s * checkpoint.joins_per_s_max))


class Rebuild:
    """Rebuilds sales."""

    def __init__(
        self, onsale: Onsale, records: Records, plan_of: PlanOf, sold_facts: SoldFactsOf, now: Callable[[], datetime]
    ) -> None:
        self._onsale = onsale
        self._records = records
        self._plan_of = plan_of
        self._sold_facts = sold_facts
        self._now = now

    async def rebuild(self, sale_id: str, *, lost_epoch: str | None = None, age_s: float | None = None) -> str:
        """Write the sale anew; answers the epoch. `lost_epoch` is the one that lost something: when Redis has
        another one already, somebody was quicker. `age_s` is the age of the checkpoint at the loss, when known.
        """
        client, calls = self._onsale.client, self._onsale.calls(sale_id)
        async with Lease(client, rebuild_key(sale_id), LEASE_MS):
            there = await calls.read(self._epoch)
            record = await self._records.one(sale_id)
            away = record is not None and record.away
            if there is not None and there.decode() != lost_epoch and not away:
                return there.decode()
            plan = await self._plan_of(sale_id)
            if record is None or plan is None:
                raise UnknownSale(sale_id)
            if there is not None:
                # From now on scripts answer `lost`, so that nothing is sold after the facts were read.
                await client.delete(calls.keys.key("sale"))
            calls.keys.layout = record.key_layout
            await bring(client, sale_id, record.key_layout)
            if away:
                await client.persist(calls.keys.key("places"))
            facts = await self._sold_facts(sale_id)
            epoch = await self._write(record, plan, facts, age_s)
            await self._records.write_rebuilt(sale_id, epoch)
            newest = await self._records.stock(sale_id)
        if newest != plan.stock:
            # What is for sale was changed meanwhile, on the state that is gone. From now on that is refused.
            return await self.rebuild(sale_id, lost_epoch=epoch, age_s=0.0)
        return epoch

    async def _epoch(self, keys: SaleKeys) -> bytes | None:
        asked: Any = self._onsale.client.hget(keys.key("sale"), "epoch")
        epoch: bytes | None = await asked
        return epoch

    async def _write(self, record: SaleRecord, plan: SalePlan, facts: SoldFacts, age_s: float | None) -> str:
        checkpoint = record.checkpoint
        if age_s is None and record.away:
            age_s = 0.0
        if age_s is None:
            age_s = self._now().timestamp() - checkpoint.at_ms / 1000
        state = state_at(record.steering, self._now())
        drawn = record.draw_places is not None
        if state in (SaleState.OPEN, SaleState.PAUSED) and not drawn:
            # The keeper holds the draw, and opens.
            state = SaleState.LOBBY if record.steering.lobby_at else SaleState.SCHEDULED
        # A sale that was put away gave no numbers since. When it goes on, the last of those before may have been lost.
        stood_still = record.away and over(state)
        unknown = plan.room is not None and state is not SaleState.SCHEDULED and not stood_still
        gap = gap_of(checkpoint, age_s) if unknown else 0
        room: list[Any] = ["commit", plan.draw_commit, "tail", checkpoint.tail, "serving", checkpoint.serving]
        room += ["digest", record.draw_digest if drawn else checkpoint.digest]
        in_gap = checkpoint.gap_to > checkpoint.serving
        room += ["gap_from", checkpoint.gap_from if in_gap else -1, "gap_to", checkpoint.gap_to]
        if drawn:
            room += ["lobby", record.draw_places]
            if state is not SaleState.LOBBY:
                room += ["secret", record.draw_secret.hex()]
        counts = (gap, checkpoint.inside, plan.withheld, *awaited_parts(facts), freed_parts(plan, facts.freed))
        wanted = (new_epoch(), state.value, settings_of(plan), *sold_parts(plan, facts, room), *counts)
        sold = [seat for order in facts.taken for seat in order.seats]
        seats = bytes(packed_seats(plan.seats, (*plan.off_seats, *plan.withheld), sold))
        calls, rows = self._onsale.calls(plan.id), (pack(packed_rows(plan)), pack(section_fields(plan)))
        arguments = (pack(wanted), seats, *rows, calls.instant())
        _, epoch, kept = unpack(await calls.plain("sale_rebuild", arguments))
        log.warning("sale %s was rebuilt from Postgres: epoch %s, %d carts kept, gap %d", plan.id, epoch, kept, gap)
        return str(epoch)


def freed_parts(plan: SalePlan, freed: Iterable[FreedOrder]) -> list[Any]:
    """Orders that gave something back, as `sale_rebuild` takes them."""
    counted = {pool.id for pool in plan.pools}
    parts: list[Any] = []
    for each in freed:
        types = {TYPE + kind: count for kind, count in each.types.items() if TYPE + kind in counted}
        parts += [each.order, pack([each.revision, flat_units({**each.units, **types})])]
    return parts


def sold_parts(plan: SalePlan, facts: SoldFacts, room: list[Any]) -> tuple[list[Any], ...]:
    """Pools, room, buyers, orders, owners, totals and paying carts, as `sale_rebuild` takes them."""
    units: dict[str, int] = {}
    bought: dict[str, int] = {}
    for order in facts.taken:
        for pool, count in order.units.items():
            units[pool] = units.get(pool, 0) + count
        bought[order.buyer] = bought.get(order.buyer, 0) + len(order.seats) + stock_units(order.units)
    return (
        [value for pool in free_units(plan.pools, units).items() for value in pool],
        room,
        [value for buyer in bought.items() for value in buyer],
        [value for order in facts.paid for value in (order.order, order.revenue)],
        [value for order in facts.taken for seat in order.seats for value in (seat, f"o:{order.order}")],
        [sum(bought.values()), sum(order.revenue for order in facts.paid), len(facts.paid)],
        [
            [
                *(order.buyer, order.cart, order.order, order.seats, flat_units(order.units)),
                *(order.cart_until_ms, order.opened_at_ms, order.unlocked),
            ]
            for order in facts.paying
        ],
    )


def awaited_parts(facts: SoldFacts) -> tuple[list[Any], int]:
    """What `sale_rebuild` writes of orders whose money is awaited or did not come, and how much is reserved."""
    sizes = {order.order: len(order.seats) + stock_units(order.units) for order in facts.awaiting}
    packed = {
        order.order: pack((order.buyer, order.seats, flat_units(order.units), sizes[order.order]))
        for order in facts.awaiting
    }
    packed |= dict.fromkeys(facts.in_vain, b"")
    return [value for each in packed.items() for value in each], sum(sizes.values())
