"""Reading: the list of public sales, one sale, and its live state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from engine.catalog import Near, SaleCard, SaleInfo
from engine.catalog.model import EventStatus, SaleState
from engine.orders import begins_at
from engine.payments import Served, Serves, Till, offered, offers_of
from engine.refusals import Code, RefusalError
from server.contract.sales import (
    PaymentShape,
    SaleCardShape,
    SalePageShape,
    SaleShape,
    SeriesShape,
    picture_sizes,
    sale_shape,
)
from server.known.marks import Mark
from server.known.sale_view import SaleView
from server.services import Services
from server.who.caller import Caller


async def listed(
    services: Services, *, near: Near | None, words: str | None, after: str | None, limit: int
) -> SalePageShape:
    """Public sales: soonest first, or nearest first."""
    page = await services.engine.catalog.sales(near=near, words=words, after=after, limit=limit)
    marks = await services.marks.of(page.items)
    return {
        "items": [card_shape(card, mark) for card, mark in zip(page.items, marks, strict=True)],
        "next": page.next,
    }


async def series_of(services: Services, series: str) -> SeriesShape:
    """A series with the dates that are listed; refused while there is none."""
    found = await services.engine.catalog.events.series(series)
    if found is None:
        raise RefusalError(Code.NOT_FOUND)
    marks = await services.marks.of(found.dates)
    dates = [card_shape(card, mark) for card, mark in zip(found.dates, marks, strict=True)]
    return {"id": found.id, "name": found.name, "description": found.description, "dates": dates}


def card_shape(card: SaleCard, mark: Mark) -> SaleCardShape:
    return {
        "id": card.id,
        "event_id": card.event_id,
        "name": card.name,
        "kind": card.kind,
        "zone": card.zone,
        "starts_at": card.starts_at,
        "picture": card.picture,
        "pictures": picture_sizes(card.shown),
        "venue_name": card.venue_name,
        "address": card.address,
        "distance_m": card.distance_m,
        "currency": card.currency,
        "price_from": card.price_from,
        "concession_from": card.concession_from,
        "stock": mark.stock,
        "left": mark.left,
        "few_left": mark.few_left,
        "state": mark.state,
        "status": card.status.value,
        "moved_from": card.moved_from if card.status is EventStatus.MOVED else None,
        "series_id": card.series_id,
        "lobby_at": card.times.lobby_at,
        "opens_at": card.times.opens_at,
        "closes_at": card.times.closes_at,
    }


async def info_of(caller: Caller, sale_id: str) -> SaleInfo:
    sale = await caller.sale(sale_id)
    info = await caller.services.engine.catalog.sale_info(sale.id)
    if info is None:
        raise RefusalError(Code.UNKNOWN_SALE)
    return info


async def state_of(services: Services, info: SaleInfo) -> str:
    by_times: SaleState = info.times.state(datetime.now(UTC))
    if by_times in (SaleState.CLOSED, SaleState.ENDED):
        return str(by_times.value)  # a sale that is over need not be brought back for this
    try:
        return (await services.views.view(info.id)).state
    except RefusalError:
        return str(by_times.value)


async def shape_of(
    services: Services, info: SaleInfo, list_number: int | None = None, *, whole: bool = False
) -> SaleShape:
    """A sale as everybody may read it now; the `whole` is for its organizer."""
    state, tills = await state_of(services, info), await services.engine.orders.tills(info.id)
    return paid_at(info, sale_shape(info, state, list_number, whole=whole), tills)


def paid_at(info: SaleInfo, shape: SaleShape, tills: Served) -> SaleShape:
    """The sale, and how it is paid; without tills nobody can tell. Where sums decide, with what counts for each."""
    offers = offers_of(tills)
    paid = [payment_shape(info, serves, each) for serves, each in offers]
    if not paid:
        return {**shape, "payment_methods": []}
    first = {name: value for name, value in paid[0].items() if name.startswith("payment_")}
    by_sum = {"payments": paid} if any(serves.by_sum for serves, _ in offers) else {}
    return cast("SaleShape", {**shape, **first, **by_sum})


def payment_shape(info: SaleInfo, serves: Serves, tills: Sequence[Till]) -> PaymentShape:
    methods = [method for till in tills for method in till.provider.methods()]
    shape: PaymentShape = {
        "amount_from": serves.amount_from,
        "amount_up_to": serves.amount_up_to,
        "payment_methods": list(offered(dict.fromkeys(methods), info.currency, begins_at(info), datetime.now(UTC))),
    }
    collecting = next((till.collecting for till in tills if till.collecting is not None), None)
    if collecting is None:
        return shape
    return {**shape, "payment_key": collecting.key, "payment_script": collecting.script}


async def view_of(caller: Caller, sale_id: str) -> SaleView:
    """The view of a sale for its watchers."""
    sale = await caller.sale(sale_id)
    return await caller.services.views.view(sale.id)


def at(view: SaleView) -> dict[str, Any]:
    return {"epoch": view.epoch, "seq": view.seq, "state": view.state}
