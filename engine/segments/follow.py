"""Keeps the audience in Redis like the persons in Postgres: builds it, follows changes, lets segments age.

Owns the marker `ready`, written only once all was built; nothing is claimed without it. One process at a time runs
this, under a lease. Follows by transaction ids, so that no change is missed, whichever commits first. Segments are
built one by one, so that a broken one does not hold up the others.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import asyncpg

from engine import limits
from engine.people import Point, Position, write_positions
from engine.segments import sql
from engine.segments.audience import WHERE, Audience, Known, Placed
from engine.segments.members import WRONG, Bitmap, Members
from engine.segments.rules import ages
from engine.stores.commits import Commits, read_commits

# What else is to be there before the audience is ready.
Build = Callable[[datetime], Awaitable[None]]


@dataclass(slots=True)
class Page:
    """Some persons, as the audience keeps them."""

    items: list[Placed] = field(default_factory=list)
    buyers: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    bits: dict[str, tuple[list[int], list[int]]] = field(default_factory=lambda: defaultdict(lambda: ([], [])))


class Follower:
    def __init__(self, db: asyncpg.Pool, audience: Audience) -> None:
        self._db = db
        self.audience = audience
        self._keys = audience.keys
        self._members = Members(db, audience.keys)
        self._also: list[Build] = []
        self._followed: Commits | None = None
        self._follow_at = 0.0

    def also_build(self, build: Build) -> None:
        """Register what a higher context keeps beside the audience; it is built before the audience counts as ready."""
        self._also.append(build)

    async def step(self) -> None:
        """Build what is lost, else follow what changed; then write back what buyers reported, and tidy."""
        commits, instant = await read_commits(self._db), time.monotonic()
        if not await self.audience.ready():
            self._followed = None
            await self.build()
        elif commits != self._followed or instant >= self._follow_at:
            # Segments age by themselves, however little is committed.
            await self.follow()
            self._followed, self._follow_at = commits, instant + limits.JOB_RESTS_S_MAX
        await self.write_back()
        await self.audience.tidy()

    # ── building ──

    async def build(self) -> int:
        """The whole audience from Postgres; answers how many persons it has."""
        now = datetime.now(UTC)
        since = await self._horizon()
        consent = bytearray()
        count = 0
        async for rows in self._pages():
            page = self._page(rows)
            count += len(page.items)
            set_bits(consent, page.bits[self._keys.consent][0])
            await self._write_new(page)
        await self.audience.redis.set(self._keys.consent, bytes(consent))
        for bitmap in await self._members.bitmaps():
            await self.refresh(bitmap, now)
        await self._let_go_of_older()
        for build in self._also:
            await build(now)
        await self.audience.redis.hset(
            self._keys.ready, mapping={"xid": since, "persons": count, "aged_at": now.timestamp()}
        )
        return count

    async def _let_go_of_older(self) -> None:
        """Keys that only older releases use get an expiry, once no older release has run for a while."""
        numbers = [row["number"] for row in await self._db.fetch(sql.SEGMENTS)]
        pipe = self.audience.redis.pipeline(transaction=False)
        for key in self._keys.older(numbers):
            pipe.expire(key, limits.OLDER_AUDIENCE_S, nx=True)
        await pipe.execute()

    async def _write_new(self, page: Page) -> None:
        """Positions as runs of records, cells as runs of entries: one round trip per page."""
        pipe = self.audience.redis.pipeline(transaction=False)
        cells: dict[int, list[int]] = defaultdict(list)
        first = page.items[0].number
        records = bytearray(WHERE.size * (page.items[-1].number - first + 1))
        for item in page.items:
            packed = item.packed()
            WHERE.pack_into(records, WHERE.size * (item.number - first), *packed)
            if packed[5]:
                cells[packed[5]].append(item.number)
        pipe.setrange(self._keys.where, WHERE.size * first, bytes(records))
        for cell, numbers in cells.items():
            pipe.append(self._keys.cell(cell), b"".join(number.to_bytes(4, "big") for number in numbers))
        if cells:
            # A build that was begun before may have left entries: tidying drops those that are there twice.
            pipe.sadd(self._keys.worn, *cells)
        for key, buyers in page.buyers.items():
            pipe.execute_command("HSET", key, *flat(buyers))
        await pipe.execute()

    # ── following ──

    async def follow(self) -> int:
        """Write what changed since the last time; answers how many persons."""
        now = datetime.now(UTC)
        marker = await self.audience.redis.hmget(self._keys.ready, "xid", "aged_at")
        since, aged_at = cast("list[bytes | None]", marker)
        if since is None:
            return 0
        until = await self._horizon()
        bitmaps = await self._members.bitmaps()
        count = 0
        async for rows in self._pages((since.decode(), until)):
            page = self._page(rows)
            count += len(page.items)
            await self._write_changed(page, bitmaps, now)
        await self._refresh(bitmaps, now, float(aged_at or 0))
        await self.audience.redis.hset(self._keys.ready, "xid", until)
        return count

    async def place_now(self, number: int) -> None:
        """Write one person at once: who just registered need not wait for the next step."""
        if not await self.audience.ready():
            return
        rows = await self._page_rows(number - 1, 1)
        if rows and rows[0]["number"] == number:
            await self._write_changed(self._page(rows), await self._members.bitmaps(), datetime.now(UTC))

    async def forget(self, numbers: Sequence[int], buyers: Sequence[str]) -> None:
        """Nothing of people who were erased stays here: neither where they are, nor what they fit."""
        if numbers:
            placed = [Placed(number, 0, None) for number in numbers]
            for at in range(0, len(placed), limits.BATCH_ITEMS_MAX):
                await self.audience.leave(placed[at : at + limits.BATCH_ITEMS_MAX])
            bitmaps = [self._keys.consent, *(each.key for each in await self._members.bitmaps())]
            await self.audience.put_bits(dict.fromkeys(bitmaps, ((), numbers)))
        pipe = self.audience.redis.pipeline(transaction=False)
        for buyer in buyers:
            pipe.hdel(self._keys.buyers(buyer), buyer)
        await pipe.execute()

    async def last_seen(self, buyer: str) -> Position | None:
        """Where a buyer was last, as far as the audience knows."""
        number = await self.audience.number_of(buyer)
        known = None if number is None else await self.audience.read(number, ())
        return known.position if isinstance(known, Known) else None

    async def _write_changed(self, page: Page, bitmaps: Sequence[Bitmap], now: datetime) -> None:
        numbers = [item.number for item in page.items]
        for key, members in (await self._members.among(bitmaps, numbers, now)).items():
            bits = page.bits[key]
            for number in numbers:
                bits[0 if number in members else 1].append(number)
        for at in range(0, len(page.items), limits.BATCH_ITEMS_MAX):
            await self.audience.place(page.items[at : at + limits.BATCH_ITEMS_MAX])
        await self.audience.put_bits(page.bits)
        pipe = self.audience.redis.pipeline(transaction=False)
        for key, buyers in page.buyers.items():
            pipe.execute_command("HSET", key, *flat(buyers))
        await pipe.execute()

    async def _refresh(self, bitmaps: Sequence[Bitmap], now: datetime, aged_at: float) -> None:
        """Segments whose rule nobody has built yet; every now and then all whose persons come and go with time."""
        old = now.timestamp() - aged_at > limits.SEGMENT_AGES_S
        built = await self.audience.redis.hgetall(self._keys.built)
        for each in bitmaps:
            if (old and each.rule is not None and ages(each.rule)) or built.get(each.key.encode()) != each.mark:
                await self.refresh(each, now)
        if old:
            await self.audience.redis.hset(self._keys.ready, "aged_at", now.timestamp())

    async def unbuilt(self) -> frozenset[str]:
        """Keys of bitmaps whose rules nobody has built yet: new, or changed. A rule found broken counts as built."""
        built = await self.audience.redis.hgetall(self._keys.built)
        return frozenset(
            each.key
            for each in await self._members.bitmaps()
            if built.get(each.key.encode()) not in {each.mark, replace(each, rule=None).mark}
        )

    async def refresh(self, bitmap: Bitmap, now: datetime) -> int:
        """Build one bitmap anew; answers how many are in it. A rule that can't be asked finds nobody."""
        members: list[int] = []
        try:
            async for some in self._members.everybody_in(bitmap, now):
                members += some
        except WRONG as fault:
            members = []
            await self._members.spoiled(bitmap, fault)
        bits = bytearray(1)
        set_bits(bits, members)
        await self.audience.redis.set(bitmap.key, bytes(bits))
        await self.audience.redis.hset(self._keys.built, bitmap.key, bitmap.mark)
        return len(members)

    async def write_back(self) -> int:
        """Positions that buyers reported go to Postgres. One may be lost with this process; it is only a position."""
        popped = await self.audience.redis.spop(self._keys.moved, limits.BATCH_ITEMS_MAX)
        numbers = sorted(int(number) for number in popped or ())
        if not numbers:
            return 0
        known = await self.audience.read_many(numbers, ())
        moved = {each.number: each.position for each in known if isinstance(each, Known) and each.position}
        await write_positions(self._db, moved)
        return len(moved)

    # ── reading ──

    async def _horizon(self) -> str:
        """Every transaction before this one has ended."""
        return str((await read_commits(self._db)).all_before)

    async def _pages(self, changed: tuple[str, str] | None = None) -> AsyncIterator[list[Any]]:
        after = 0
        while rows := await self._page_rows(after, limits.PERSONS_PER_COPY, changed):
            yield rows
            after = rows[-1]["number"]

    async def _page_rows(self, after: int, limit: int, changed: tuple[str, str] | None = None) -> list[Any]:
        query = sql.FOLLOWED.format(changed=sql.CHANGED if changed else "")
        return list(await self._db.fetch(query, after, limit, *(changed or ())))

    def _page(self, rows: Sequence[Any]) -> Page:
        page = Page()
        for row in rows:
            number = row["number"]
            page.items.append(Placed(number, row["zone"], _position(row)))
            page.buyers[self._keys.buyers(row["buyer_id"])][row["buyer_id"]] = number
            page.bits[self._keys.consent][0 if row["consent"] else 1].append(number)
        return page


def _position(row: Any) -> Position | None:
    if row["located_s"] is None or row["latitude"] is None:
        return None
    return Position(Point(row["latitude"], row["longitude"]), row["accuracy_m"], row["located_s"])


def set_bits(bitmap: bytearray, numbers: Sequence[int]) -> None:
    """Set bits as SETBIT counts them, most significant first; the bitmap grows."""
    for number in numbers:
        byte = number >> 3
        if byte >= len(bitmap):
            bitmap.extend(bytes(byte + 1 - len(bitmap)))
        bitmap[byte] |= 0x80 >> (number & 7)


def flat(fields: Mapping[str, int]) -> list[str | int]:
    """Names and values in turn, as HSET takes them."""
    return [part for field in fields.items() for part in field]
