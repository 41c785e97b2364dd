"""Stores, products and promos of organizers, in Postgres; segments as they come with them.

Guarantees: what is stored was valid as a whole; where one thing is wrong nothing is, and every mistake is named. A
constraint of the database keeps windows of one product from overlapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import asyncpg
from pydantic import ValidationError

from engine.audit import Act, write
from engine.catalog import BadSource, Findings, Input, Lines, Mistake, mistakes_of, read_yaml
from engine.ids import new_id, new_sale_id
from engine.limits import SEGMENTS_MAX
from engine.promos import shelf_sql as q
from engine.promos.days import Window
from engine.promos.draft import KnownProduct, PromoDraft, StoreDraft, check_rule, compose_promo, compose_store
from engine.promos.inputs import PromoInput, RuleInput, SegmentInput, StoreInput
from engine.refusals import Code, Refused
from engine.segments import (
    BUILT_IN,
    Preview,
    Segments,
    TooManySegments,
    keep_built_in,
    segment_ids,
    write_segments,
)
from engine.stores.office import Office

OVERLAPS = "overlaps with another promo of the same product"
TOO_MANY_SEGMENTS = f"is more than there may be: an organizer has at most {SEGMENTS_MAX} segments"
InputT = TypeVar("InputT", bound=Input)


@dataclass(frozen=True, slots=True)
class CreatedStore:
    id: str
    products: Mapping[str, str]  # key in the source → id
    promos: tuple[str, ...]


class Overlap(Exception):
    """A window of `promo` meets another one of the same product."""

    def __init__(self, at: int) -> None:
        super().__init__(OVERLAPS)
        self.at = at


class Shelf:
    def __init__(
        self, office: Office, segments: Segments, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._office = office
        self._segments = segments
        self._now = now

    # ── creating ──

    async def store_from_yaml(self, text: str, by: Act) -> CreatedStore | list[Mistake]:
        """A store with all it sells and offers, as its organizer wrote it down; mistakes come with their lines."""
        try:
            source = read_yaml(text)
        except BadSource as bad:
            return [bad.mistake]
        findings = Findings(source.lines)
        read = read_input(StoreInput, source.tree, findings, source.lines)
        findings.take(source.mistakes)
        return await self._create_store(by, read, findings)

    async def create_store(self, by: Act, body: Any) -> CreatedStore | list[Mistake]:
        """The same from plain values, such as a JSON body."""
        findings = Findings({})
        return await self._create_store(by, read_input(StoreInput, body, findings), findings)

    async def _create_store(self, by: Act, read: StoreInput | None, findings: Findings) -> CreatedStore | list[Mistake]:
        if read is None:
            return findings.listed()
        names = frozenset(segment["name"] for segment in await self._segments.of_organizer(by.organizer_id))
        draft = compose_store(read, names, self._now(), findings)
        if draft is None or findings.paths:
            return findings.listed()
        try:
            async with self._office.transaction(by) as connection:
                return await _write_store(connection, by, draft)
        except Overlap as overlap:
            findings.add(("promos", overlap.at), OVERLAPS)
            return findings.listed()
        except TooManySegments:
            findings.add(("segments",), TOO_MANY_SEGMENTS)
            return findings.listed()

    async def create_promo(self, by: Act, body: Any) -> str | list[Mistake]:
        """A promo of a product that exists; its id, or what is wrong."""
        findings = Findings({})
        read = read_input(PromoInput, body, findings)
        if read is None:
            return findings.listed()
        row = await self._office.fetchrow(by.organizer_id, q.FIND_PRODUCT, read.product, by.organizer_id)
        product = row and KnownProduct(row["price"], row["currency"], ZoneInfo(row["zone"]))
        names = (
            frozenset(segment["name"] for segment in await self._segments.of_organizer(by.organizer_id))
            | BUILT_IN.keys()
        )
        draft = compose_promo(read, product, names, self._now(), findings)
        if draft is None or findings.paths:
            return findings.listed()
        try:
            async with self._office.transaction(by) as connection:
                await keep_built_in(connection, by.organizer_id)
                return await _write_promo(connection, by, draft, draft.product, 0)
        except Overlap:
            findings.add((), OVERLAPS)
            return findings.listed()

    # ── segments ──

    async def put_segment(self, by: Act, body: Any) -> str | list[Mistake]:
        """Make a segment, or give one another rule; its id."""
        findings = Findings({})
        read = read_input(SegmentInput, body, findings)
        if read is not None:
            check_rule(read.rule, ("rule",), findings)
            if read.name in BUILT_IN:
                findings.add(("name",), "is built in and cannot be changed")
        if read is None or findings.paths:
            return findings.listed()
        try:
            async with self._office.transaction(by) as connection:
                (segment,) = await write_segments(connection, by, {read.name: read.rule})
        except TooManySegments:
            findings.add(("name",), TOO_MANY_SEGMENTS)
            return findings.listed()
        return segment

    async def preview(self, organizer_id: str, body: Any) -> Preview | list[Mistake]:
        """How many of an organizer's people a rule finds right now."""
        findings = Findings({})
        read = read_input(RuleInput, body, findings)
        if read is not None:
            check_rule(read.rule, ("rule",), findings)
        if read is None or findings.paths:
            return findings.listed()
        return await self._segments.preview(organizer_id, read.rule, self._now())

    # ── steering ──

    async def schedule(self, by: Act, promo_id: str) -> str | Refused:
        """A draft becomes a promo that will run."""
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(q.LOCK_PROMO, promo_id, by.organizer_id)
            if row is None:
                return Refused(Code.NOT_FOUND)
            if row["state"] != "draft":
                return str(row["state"])
            windows = [window for window in _stored_windows(row["schedule"]) if window.closes_at > self._now()]
            if not windows:
                return Refused(Code.WINDOW_OVER)
            try:
                await _write_windows(connection, promo_id, row["product_id"], windows, 0)
            except Overlap:
                return Refused(Code.CONFLICT, {"reason": OVERLAPS})
            await connection.execute(q.SET_STATE, promo_id, "scheduled")
            after = {"state": "scheduled", "windows": [_window_to_json(window) for window in windows]}
            await write(connection, by, "promo.schedule", promo_id, before={"state": "draft"}, after=after)
        return "scheduled"

    async def steer(self, by: Act, promo_id: str, to: str) -> list[str] | Refused:
        """Pause, resume or end: answers the sales that have to follow. Saying it twice changes nothing."""
        allowed = {"paused": {"scheduled"}, "scheduled": {"paused"}, "ended": {"draft", "scheduled", "paused"}}[to]
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(q.LOCK_PROMO, promo_id, by.organizer_id)
            if row is None:
                return Refused(Code.NOT_FOUND)
            if row["state"] == "ended" and to != "ended":
                return Refused(Code.WINDOW_OVER)
            if row["state"] == "draft" and to != "ended":
                return Refused(Code.CONFLICT, {"reason": "the promo is a draft"})
            sales = [sale["sale_id"] for sale in await connection.fetch(q.PREPARED_SALES, promo_id)]
            if row["state"] in allowed:
                await connection.execute(q.SET_STATE, promo_id, to)
                before, after = {"state": row["state"]}, {"state": to}
                await write(connection, by, f"promo.{to}", promo_id, before=before, after=after)
            if to == "ended":
                await connection.execute(q.TAKE_BACK, promo_id)
                await connection.execute(q.END_RUNNING, promo_id)
        return sales

    # ── reading ──

    async def stores(self, organizer_id: str, after: str = "", limit: int = 50) -> list[Mapping[str, Any]]:
        return [dict(row) for row in await self._office.fetch(organizer_id, q.STORES, organizer_id, after, limit)]

    async def products(self, organizer_id: str, store_id: str) -> list[Mapping[str, Any]] | Refused:
        async with self._office.reading(organizer_id) as db:
            rows = await db.fetch(q.PRODUCTS, organizer_id, store_id)
            if not rows and not await db.fetchval(q.OWNS_STORE, organizer_id, store_id):
                return Refused(Code.NOT_FOUND)
        return [dict(row) for row in rows]


def read_input(model: type[InputT], body: Any, findings: Findings, lines: Lines | None = None) -> InputT | None:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        findings.take(mistakes_of(error, model, body if isinstance(body, Mapping) else {}, lines or {}))
        return None


async def _write_store(db: asyncpg.Connection, by: Act, draft: StoreDraft) -> CreatedStore:
    store_id = new_id("sto")
    await db.execute(
        q.INSERT_STORE,
        store_id,
        by.organizer_id,
        draft.name,
        draft.address,
        draft.zone,
        draft.latitude,
        draft.longitude,
    )
    ids: dict[str, str] = {}
    for product in draft.products:
        ids[product.key] = new_id("prd")
        await db.execute(
            q.INSERT_PRODUCT,
            *(ids[product.key], by.organizer_id, store_id, product.name, product.description, product.picture),
            *(product.price, draft.currency),
        )
    await keep_built_in(db, by.organizer_id)
    await write_segments(db, by, draft.segments)
    promos = [await _write_promo(db, by, promo, ids[promo.product], at) for at, promo in enumerate(draft.promos)]
    after = {"name": draft.name, "products": len(draft.products), "promos": len(draft.promos)}
    await write(db, by, "store.create", store_id, after=after)
    return CreatedStore(store_id, ids, tuple(promos))


async def _write_promo(db: asyncpg.Connection, by: Act, draft: PromoDraft, product_id: str, at: int) -> str:
    promo_id = new_id("prm")
    segments = await segment_ids(db, by.organizer_id, draft.segments)
    schedule = {**draft.schedule, "windows": [_window_to_json(window) for window in draft.windows]}
    await db.execute(
        q.INSERT_PROMO,
        *(promo_id, by.organizer_id, product_id, draft.name, draft.price, draft.stock, draft.person_max),
        *(draft.radius_m, segments, schedule, "scheduled" if draft.scheduled else "draft"),
    )
    if draft.scheduled:
        await _write_windows(db, promo_id, product_id, draft.windows, at)
    await write(db, by, "promo.create", promo_id, after=_promo_facts(draft, product_id))
    return promo_id


def _promo_facts(draft: PromoDraft, product_id: str) -> dict[str, Any]:
    """What the audit trail keeps of a promo."""
    return {
        "product": product_id,
        "name": draft.name,
        "price": draft.price,
        "stock": draft.stock,
        "person_max": draft.person_max,
        "radius_m": draft.radius_m,
        "segments": draft.segments,
        "state": "scheduled" if draft.scheduled else "draft",
        "windows": [_window_to_json(window) for window in draft.windows],
    }


async def _write_windows(
    db: asyncpg.Connection, promo_id: str, product_id: str, windows: Sequence[Window], at: int
) -> None:
    rows = [(promo_id, product_id, new_sale_id(), window.opens_at, window.closes_at) for window in windows]
    try:
        async with db.transaction():
            await db.executemany(q.INSERT_WINDOW, rows)
    except asyncpg.ExclusionViolationError as clash:
        raise Overlap(at) from clash


def _window_to_json(window: Window) -> list[str]:
    return [window.opens_at.isoformat(), window.closes_at.isoformat()]


def _stored_windows(schedule: Mapping[str, Any]) -> list[Window]:
    return [
        Window(datetime.fromisoformat(opens), datetime.fromisoformat(closes)) for opens, closes in schedule["windows"]
    ]
