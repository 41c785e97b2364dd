"""promos: what is on offer near a buyer."""

from __future__ import annotations

from typing import Any

from engine.people import Position
from engine.promos import POOL, Offered, PromoCard
from engine.refusals import accept
from server.contract.commands import command
from server.contract.needs import Need
from server.contract.persons import PromosAnswer, PromosAsk
from server.contract.stamps import clock_ms
from server.who.caller import Caller


@command("promos", needs=Need.BUYER)
async def promos(caller: Caller, ask: PromosAsk) -> PromosAnswer:
    """The promos you may see from where you are, nearest first; afterwards `promos` events say when to ask again."""
    caller.follow_promos()
    return await promos_near(caller, ask.report())


async def promos_near(caller: Caller, report: Position) -> PromosAnswer:
    cards = accept(await caller.services.engine.promos.board.promos(caller.known_buyer(), report))
    shapes: Any = [card_shape(card) for card in cards]
    return {"promos": shapes, "now_ms": clock_ms()}


def card_shape(card: PromoCard) -> dict[str, Any]:
    return {
        **offer_shape(card.offered),
        "left": card.left,
        "distance_m": card.distance_m,
        "state": card.state,
    }


def offer_shape(offered: Offered) -> dict[str, Any]:
    """A promo as everybody's part of it is the same."""
    return {
        "id": offered.promo,
        "sale": offered.sale,
        "pool": POOL,
        "name": offered.name,
        "product": offered.product,
        "description": offered.description,
        "picture": offered.picture,
        "store": {
            "id": offered.store.id,
            "name": offered.store.name,
            "address": offered.store.address,
            "zone": offered.store.zone,
            "latitude": offered.store.point.latitude,
            "longitude": offered.store.point.longitude,
        },
        "price": offered.price,
        "regular_price": offered.regular,
        "currency": offered.currency,
        "person_max": offered.person_max,
        "stock": offered.stock,
        "starts_at_ms": offered.opens_at_ms,
        "ends_at_ms": offered.closes_at_ms,
    }
