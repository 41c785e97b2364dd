"""The audience in Redis: where persons are, and which segments they are in.

Owns the calls of lua/segments. Derived: all of it can be built again from Postgres (engine/segments/follow.py).
Guarantees: each call is one atomic step. Answers `Lost` while the audience is not there.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from engine import limits
from engine.people import Point, Position
from engine.segments.cells import as_units, cell_of, from_units
from engine.stores.audience_keys import AudienceKeys
from engine.stores.batcher import Batcher
from engine.stores.redis import RedisClient
from engine.stores.scripts import call, pack, script, unpack

WHERE = struct.Struct(">iiIHHI")
ACCURACY_M_MAX = 65_535


@dataclass(frozen=True, slots=True)
class Lost:
    """The audience is not there: it is being built from Postgres."""


LOST = Lost()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a person is, to be written."""

    number: int
    zone: int
    position: Position | None

    def packed(self) -> tuple[int, int, int, int, int, int]:
        """latitude, longitude, second, accuracy, zone, cell: as `where` keeps them."""
        if self.position is None:
            return (0, 0, 0, 0, self.zone, 0)
        point = self.position.point
        accuracy_m = min(self.position.accuracy_m, ACCURACY_M_MAX)
        at_s = max(1, self.position.at_s)
        return (as_units(point.latitude), as_units(point.longitude), at_s, accuracy_m, self.zone, cell_of(point))


@dataclass(frozen=True, slots=True)
class Known:
    """What the audience knows of a person."""

    number: int
    zone: int
    position: Position | None
    consent: bool
    segments: frozenset[int]


class Audience:
    def __init__(self, redis: RedisClient, space: str) -> None:
        self.redis = redis
        self.keys = AudienceKeys(space)
        self._numbers: dict[str, int] = {}
        self._find: Batcher[str, int | None] = Batcher("segments/buyers", self._find_numbers)
        self._readers: dict[tuple[int, ...], Batcher[int, Known | Lost]] = {}

    async def ready(self) -> bool:
        return bool(await self.redis.exists(self.keys.ready))

    # ── who ──

    async def number_of(self, buyer: str) -> int | None:
        """The person number of a buyer; remembered here, for it never changes."""
        number = self._numbers.get(buyer)
        if number is None:
            number = await self._find.submit(buyer)
            if number is None:
                return None
            if len(self._numbers) >= limits.AUDIENCE_NUMBERS_CACHED_MAX:
                self._numbers.clear()
            self._numbers[buyer] = number
        return number

    async def _find_numbers(self, buyers: list[str]) -> list[int | None]:
        pipe = self.redis.pipeline(transaction=False)
        for buyer in buyers:
            pipe.hget(self.keys.buyers(buyer), buyer)
        return [None if found is None else int(found) for found in await pipe.execute()]

    async def read(self, number: int, segments: tuple[int, ...]) -> Known | Lost:
        """What is known of a person, and in which of `segments` it is; who asks at one moment shares a call."""
        reader = self._readers.get(segments)
        if reader is None:
            if len(self._readers) > limits.SEGMENTS_PER_PROMO_MAX:
                self._readers.clear()

            async def send(numbers: list[int]) -> list[Known | Lost]:
                return await self.read_many(numbers, segments)

            reader = self._readers[segments] = Batcher("segments/persons_read", send)
        return await reader.submit(number)

    async def read_many(self, numbers: Sequence[int], segments: tuple[int, ...]) -> list[Known | Lost]:
        keys = [self.keys.ready, self.keys.where, self.keys.consent, *map(self.keys.segment, segments)]
        answers = unpack(await call(self.redis, script("segments/persons_read"), keys, [pack(list(numbers))]))
        return [_known(number, answer, segments) for number, answer in zip(numbers, answers, strict=True)]

    # ── where ──

    async def place(self, items: Sequence[Placed], *, news: bool = False) -> list[bool]:
        """Write positions; False for one that is older than the known one. `news`: Postgres doesn't know them yet."""
        cells: dict[int, int] = {}
        packed: list[tuple[int, ...]] = []
        for item in items:
            record = item.packed()
            key = cells.setdefault(record[5], len(cells) + 1) if record[5] else 0
            packed.append((item.number, *record, key))
        keys = [self.keys.where, self.keys.worn, self.keys.moved, *map(self.keys.cell, cells)]
        answer = await call(
            self.redis, script("segments/persons_place"), keys, [pack(packed), "report" if news else ""]
        )
        return [verdict == "placed" for verdict in unpack(answer)]

    async def leave(self, items: Sequence[Placed]) -> None:
        """Forget where people were, and drop them from the cells they were in."""
        keys = [self.keys.where, self.keys.worn, self.keys.moved]
        await call(self.redis, script("segments/persons_leave"), keys, [pack([item.number for item in items])])
        while await self.tidy():
            pass

    async def tidy(self) -> int:
        """Drop from worn cells who has left them; answers how many entries went."""
        some = cast("list[bytes]", await self.redis.srandmember(self.keys.worn, limits.CLAIM_CELLS_MAX))
        worn = [int(cell) for cell in some]
        if not worn:
            return 0
        keys = [self.keys.where, self.keys.worn, *map(self.keys.cell, worn)]
        items = [(cell, at) for at, cell in enumerate(worn, start=1)]
        return int(sum(unpack(await call(self.redis, script("segments/cells_tidy"), keys, [pack(items)]))))

    # ── in which segments ──

    async def put_bits(self, changes: Mapping[str, tuple[Sequence[int], Sequence[int]]]) -> int:
        """Set and clear bits: bitmap key → (numbers to set, numbers to clear). Answers how many changed."""
        keys = list(changes)
        items = [
            (at, bit, list(numbers))
            for at, key in enumerate(keys, start=1)
            for bit, numbers in ((1, changes[key][0]), (0, changes[key][1]))
            if numbers
        ]
        if not items:
            return 0
        return int(sum(unpack(await call(self.redis, script("segments/bits_put"), keys, [pack(items)]))))

    async def count(self, key: str) -> int:
        return int(await self.redis.bitcount(key))


def _known(number: int, answer: Any, segments: tuple[int, ...]) -> Known | Lost:
    if answer == "lost":
        return LOST
    lat, lon, at_s, accuracy_m, zone, consent, indexes = answer
    position = Position(Point(from_units(lat), from_units(lon)), accuracy_m, at_s) if at_s else None
    return Known(number, zone, position, bool(consent), frozenset(segments[at] for at in indexes))
