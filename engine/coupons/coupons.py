"""Coupons: those of an organizer, written with a sale or by themselves, changed, ended, and their codes.

Owns coupon, coupon_code. Guarantees: nothing that was used is deleted; a code means one coupon of a sale, and of an
organizer; a change counts for whoever buys next, and a limit never falls below what is used; each act is in the audit
trail. Fails with mistakes or refusals, as values.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from engine.audit import Act, write
from engine.catalog import (
    CouponChange,
    CouponGround,
    CouponInput,
    Findings,
    Later,
    Lines,
    Mistake,
    NewCoupon,
    Path,
    SaleInfo,
    find_coupons_too_early,
    id_of,
    read_input,
)
from engine.coupons import sql
from engine.coupons.batches import Batches
from engine.coupons.meeting import counted_of, coupon_of
from engine.coupons.model import Counted, Coupon, Limits, Rule
from engine.coupons.reading import Draft, read_coupon, read_limits, read_rule, rule_to_json
from engine.ids import new_id
from engine.limits import COUPONS_LISTED_MAX, COUPONS_PER_ORGANIZER_MAX
from engine.refusals import Code, Refused
from engine.segments import own_segments
from engine.stores.office import Office
from engine.stores.turns import take_turn

ReadSale = Callable[[str], Awaitable[SaleInfo | None]]

BELOW_USED = "is less than what is used already"


@dataclass(frozen=True, slots=True)
class CouponView:
    coupon: Coupon
    counted: Counted
    codes: tuple[str, ...]  # those that are words
    drawn: int  # how many were drawn in batches
    made_at: datetime
    ended_at: datetime | None

    @property
    def id(self) -> str:
        return self.coupon.id


class CodeTakenError(Exception):
    """A code means another coupon already."""


class NotMadeError(Exception):
    """Something is wrong with one of them: none is made."""


class Coupons:
    def __init__(
        self,
        db: asyncpg.Pool,
        office: Office,
        sales: Callable[[], ReadSale],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`sales()` reads sales; it is not there yet while the parts are put together."""
        self.batches = Batches(office)
        self._db = db
        self._office = office
        self._sales = sales
        self._now = now

    # ── with a sale, in its transaction ──

    def read(self, written: Mapping[str, CouponInput], ground: CouponGround, findings: Findings) -> Sequence[Draft]:
        drafts = [read_coupon(key, each, ("coupons", key), ground, findings) for key, each in written.items()]
        codes: dict[str, str] = {}
        keys: dict[str, str] = {}
        for each in drafts:
            if keys.setdefault(id_of(each.key), each.key) != each.key:
                findings.add(("coupons", each.key), f"has the name of {keys[id_of(each.key)]}: give it another one")
            for code in each.codes:
                if codes.setdefault(code, each.key) != each.key:
                    findings.add(("coupons", each.key, "codes"), f"have {code}, which {codes[code]} has as well")
        return drafts

    async def write(self, connection: asyncpg.Connection, by: Act, sale_id: str, drafts: Sequence[Draft]) -> None:
        there = {row["key"]: coupon_of(row) for row in await connection.fetch(sql.OF_SALE, sale_id)}
        stays = {each.key: each.automatic for each in drafts}
        await self._end(connection, by, [each for key, each in there.items() if stays.get(key) != each.automatic])
        there = {key: each for key, each in there.items() if stays.get(key) == each.automatic}
        before = {key: await self._take_in_codes(connection, each, drafts) for key, each in there.items()}
        for each in drafts:
            if (coupon := there.get(each.key)) is None:
                await self._make(connection, by, sale_id, each)
            else:
                await self._change(connection, by, coupon, each)
                await self._give_codes(connection, by, coupon, before[each.key], each.codes)

    async def copy(self, connection: asyncpg.Connection, sale_id: str, copy: str, later: Later) -> None:
        for row in await connection.fetch(sql.OF_SALE, sale_id):
            coupon, codes = coupon_of(row), await connection.fetch(sql.CODES_WRITTEN, row["id"])
            rule = replace(
                coupon.rule,
                begins_at=coupon.rule.begins_at and later(coupon.rule.begins_at),
                ends_at=coupon.rule.ends_at and later(coupon.rule.ends_at),
            )
            organizer = await connection.fetchval(sql.ORGANIZER_OF, copy)
            draft = Draft(
                coupon.key, coupon.name, rule, coupon.limits, tuple(each["code"] for each in codes), coupon.automatic
            )
            await self._insert(connection, organizer, copy, draft)

    # ── by themselves ──

    async def all_of(self, organizer: str, sale: str | None = None) -> list[CouponView]:
        """Those that count in a sale, or all of them; the ended ones last."""
        rows = await self._office.fetch(organizer, sql.LIST, organizer, sale, None, COUPONS_LISTED_MAX)
        return [_view(row) for row in rows]

    async def segment_names(self, organizer: str) -> dict[str, str]:
        """What an organizer's segments are called, by their ids."""
        return {row["id"]: row["name"] for row in await self._office.fetch(organizer, sql.SEGMENT_NAMES, organizer)}

    async def one(self, organizer: str, coupon: str) -> CouponView | Refused:
        rows = await self._office.fetch(organizer, sql.LIST, organizer, None, coupon, 1)
        return _view(rows[0]) if rows else Refused(Code.NOT_FOUND)

    async def make(self, by: Act, body: Any) -> CouponView | list[Mistake]:
        findings = Findings({})
        read = read_input(NewCoupon, body, findings)
        made = [] if read is None else await self._make_all(by, [(read, ())], findings)
        coupons = [each for each in made if isinstance(each, CouponView)]
        return coupons[0] if coupons else findings.listed()

    async def make_all(
        self,
        by: Act,
        written: Mapping[str, Any],
        *,
        sale: str | None = None,
        currency: str | None = None,
        lines: Lines = MappingProxyType({}),
    ) -> list[CouponView] | list[Mistake]:
        """Several by their keys: all of them, or none. `lines` are those of a file that they were read from."""
        findings = Findings(lines)
        read = []
        for key, body in written.items():
            here = Findings({})
            besides = {"key": key} | ({"sale": sale} if sale else {}) | ({"currency": currency} if currency else {})
            one = read_input(NewCoupon, {**body, **besides} if isinstance(body, dict) else body, here)
            for each in here.listed():
                findings.add((key, *each.path.split(".")), each.message)
            if one is not None:
                read.append((one, (key,)))
        return await self._make_all(by, read, findings) if not findings.paths else findings.listed()

    async def _make_all(
        self, by: Act, read: Sequence[tuple[NewCoupon, Path]], findings: Findings
    ) -> list[CouponView] | list[Mistake]:
        infos = [await self._own_sale(by, each, findings) for each, _ in read]
        await find_coupons_too_early(self._db, read[0][1] if read else (), findings)
        try:
            async with self._office.transaction(by) as connection:
                await take_turn(connection, f"coupons of {by.organizer_id}")
                there = await connection.fetchval(sql.COUNT, by.organizer_id)
                if there + len(read) > COUPONS_PER_ORGANIZER_MAX:
                    said = f"is one more than there may be: {COUPONS_PER_ORGANIZER_MAX}; end some first"
                    findings.add(("key",), said)
                made = [
                    await self._make_one(connection, by, each, info, (path, findings))
                    for (each, path), info in zip(read, infos, strict=True)
                ]
                if findings.paths:
                    raise NotMadeError
                return [await _seen(connection, by, str(each)) for each in made]
        except NotMadeError:
            return findings.listed()

    async def _make_one(
        self,
        connection: asyncpg.Connection,
        by: Act,
        read: NewCoupon,
        info: SaleInfo | None,
        told: tuple[Path, Findings],
    ) -> str | None:
        """Its id; None where something is wrong with it."""
        path, findings = told
        ground = await self._ground(connection, by, info, read.currency)
        draft = read_coupon(read.key, read, path, ground, findings)
        draft = replace(draft, rule=replace(draft.rule, sales=tuple(read.sales)))
        if findings.paths:
            return None
        try:
            async with connection.transaction():
                made = await self._make(connection, by, read.sale, draft)
        except CodeTakenError as taken:
            findings.add((*path, "codes" if read.codes else "key"), str(taken))
            return None
        if made is None:
            findings.add((*path, "key"), "is the name of another coupon of yours")
        return made

    async def change(self, by: Act, coupon: str, body: Any) -> CouponView | Refused | list[Mistake]:
        """The rule anew, whole; what is used stays, and so do its codes."""
        findings = Findings({})
        read = read_input(CouponChange, body, findings)
        row = await self._office.fetchrow(by.organizer_id, sql.FIND_OWN, coupon, by.organizer_id)
        if read is None:
            return findings.listed()
        if row is None:
            return Refused(Code.NOT_FOUND)
        info = None if row["sale_id"] is None else await self._sales()(row["sale_id"])
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.LOCK, coupon, by.organizer_id)
            before = coupon_of(row)
            if read.revision is not None and read.revision != before.revision:
                return Refused(Code.CHANGED_MEANWHILE)
            ground = await self._ground(connection, by, info, before.rule.currency or None)
            rule = replace(read_rule(read, (), ground, findings), sales=before.rule.sales)
            limits = read_limits(read, (), ground, findings)
            if before.ended:
                findings.add((), "has ended, and changes no more")
            for field, most, used in zip(
                ("uses", "tickets", "money"),
                (limits.uses, limits.tickets, limits.money),
                (row["uses"], row["tickets"], row["money"]),
                strict=True,
            ):
                if most is not None and most < used:
                    findings.add((field,), BELOW_USED)
            if findings.paths:
                return findings.listed()
            await self._change(
                connection, by, before, Draft(before.key, read.name or before.key, rule, limits, (), before.automatic)
            )
            return await _seen(connection, by, coupon)

    async def end(self, by: Act, coupon: str) -> CouponView | Refused:
        """It counts no more, for good; what was used stays. Ending it again changes nothing."""
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.LOCK, coupon, by.organizer_id)
            if row is None:
                return Refused(Code.NOT_FOUND)
            if not row["ended"]:
                await self._end(connection, by, [coupon_of(row)])
            return await _seen(connection, by, coupon)

    # ── parts ──

    async def _own_sale(self, by: Act, read: NewCoupon, findings: Findings) -> SaleInfo | None:
        """The sale it belongs to; a finding where it, or another one that it names, is not the organizer's."""
        info = None if read.sale is None else await self._sales()(read.sale)
        if read.sale is not None and (info is None or info.organizer_id != by.organizer_id):
            findings.add(("sale",), "is no sale of yours")
            info = None
        if read.sale is not None and read.sales:
            findings.add(("sales",), "are for a coupon that belongs to none: leave out one of the two")
        for each in read.sales:
            other = await self._sales()(each)
            if other is None or other.organizer_id != by.organizer_id:
                findings.add(("sales",), f"has none of yours: {each}")
        return info

    async def _ground(
        self, connection: asyncpg.Connection, by: Act, info: SaleInfo | None, currency: str | None
    ) -> CouponGround:
        segments = await own_segments(connection, by.organizer_id)
        if info is None:
            return CouponGround(ZoneInfo("UTC"), self._now(), currency or "", segments=segments)
        return ground_of(info, self._now(), segments)

    async def _make(self, connection: asyncpg.Connection, by: Act, sale_id: str | None, draft: Draft) -> str | None:
        made = await self._insert(connection, by.organizer_id, sale_id, draft)
        if made is not None:
            await write(
                connection, by, "coupon.make", made, after=_told(draft.name, draft.rule, draft.limits, draft.codes)
            )
        return made

    async def _insert(
        self, connection: asyncpg.Connection, organizer: str, sale_id: str | None, draft: Draft
    ) -> str | None:
        limits = draft.limits
        made: str | None = await connection.fetchval(
            sql.MAKE,
            *(new_id("cpn"), organizer, sale_id, draft.key, draft.name, rule_to_json(draft.rule), draft.automatic),
            *(limits.uses, limits.tickets, limits.money),
        )
        if made is not None:
            await self._add_codes(connection, organizer, sale_id, made, draft.codes)
        return made

    async def _add_codes(
        self, connection: asyncpg.Connection, organizer: str, sale_id: str | None, coupon: str, codes: Sequence[str]
    ) -> None:
        taken_up = {row["code"] for row in await connection.fetch(sql.TAKE_UP_CODES, coupon, list(codes))}
        new = [code for code in codes if code not in taken_up]
        added = {
            row["code"] for row in await connection.fetch(sql.ADD_CODES, organizer, sale_id, new, coupon, None, None)
        }
        if missing := [code for code in new if code not in added]:
            raise CodeTakenError(f"have {missing[0]}, which is the code of another coupon of yours")

    async def _take_in_codes(self, connection: asyncpg.Connection, coupon: Coupon, drafts: Sequence[Draft]) -> set[str]:
        """Revoke those of its codes that it loses, so that another coupon may have them; what it had."""
        had = {row["code"] for row in await connection.fetch(sql.CODES_WRITTEN, coupon.id)}
        kept = next(each.codes for each in drafts if each.key == coupon.key)
        if gone := sorted(had.difference(kept)):
            await connection.execute(sql.REVOKE_CODES, coupon.id, gone)
        return had

    async def _give_codes(
        self, connection: asyncpg.Connection, by: Act, coupon: Coupon, had: set[str], codes: Sequence[str]
    ) -> None:
        if new := [code for code in codes if code not in had]:
            await self._add_codes(connection, by.organizer_id, coupon.sale_id, coupon.id, new)
        if had != set(codes):
            before, after = {"codes": sorted(had)}, {"codes": sorted(codes)}
            await write(connection, by, "coupon.change", coupon.id, before=before, after=after)

    async def _change(self, connection: asyncpg.Connection, by: Act, before: Coupon, draft: Draft) -> None:
        if (before.name, before.rule, before.limits) == (draft.name, draft.rule, draft.limits):
            return
        limits = draft.limits
        await connection.execute(
            sql.CHANGE, before.id, draft.name, rule_to_json(draft.rule), limits.uses, limits.tickets, limits.money
        )
        was = _told(before.name, before.rule, before.limits)
        await write(connection, by, "coupon.change", before.id, before=was, after=_told(draft.name, draft.rule, limits))

    async def _end(self, connection: asyncpg.Connection, by: Act, coupons: Sequence[Coupon]) -> None:
        if not coupons:
            return
        ids = [each.id for each in coupons]
        await connection.execute(sql.END, ids)
        await connection.execute(sql.REVOKE_ALL, ids)
        for each in coupons:
            await write(connection, by, "coupon.end", each.id, before={"name": each.name})


def ground_of(info: SaleInfo, now: datetime, segments: Mapping[str, str]) -> CouponGround:
    """What the coupons of a sale are read against."""
    places = {place for each in info.lists for place in (*each.prices, *each.zones)}
    return CouponGround(
        ZoneInfo(info.event.zone if info.event is not None else "UTC"),
        now,
        info.currency,
        info.types,
        [each.id for each in info.products],
        places,
        [each.id for each in info.unlocks],
        segments,
    )


async def _seen(connection: asyncpg.Connection, by: Act, coupon: str) -> CouponView:
    """A coupon of the organizer's, as this transaction has it."""
    return _view(await connection.fetchrow(sql.LIST, by.organizer_id, None, coupon, 1))


def _view(row: Any) -> CouponView:
    return CouponView(
        coupon_of(row), counted_of(row), tuple(row["codes"]), row["drawn"], row["made_at"], row["ended_at"]
    )


def _told(name: str, rule: Rule, limits: Limits, codes: Sequence[str] | None = None) -> dict[str, object]:
    said: dict[str, object] = {"name": name, **rule_to_json(rule)}
    said |= {"uses_max": limits.uses, "tickets_max": limits.tickets, "money_max": limits.money}
    return said if codes is None else {**said, "codes": list(codes)}


async def segments_of_coupons(db: asyncpg.Pool, sales: Collection[str]) -> dict[str, tuple[str, frozenset[str]]]:
    """Whose each of these sales is, and which segments coupons that count there name."""
    rows = await db.fetch(sql.SEGMENTS_OF, list(sales))
    return {row["id"]: (row["organizer_id"], frozenset(row["segments"])) for row in rows}
