"""Coupons of a sale, as its organizer writes them with it: what they are read against, and who keeps them.

Owns no table: coupons are a context of their own above the catalog, which hands it what was written, in the
transaction that writes the sale.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import asyncpg

from engine.audit import Act
from engine.catalog.coupon_inputs import CouponInput
from engine.catalog.findings import Findings

Later = Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class CouponGround:
    """What a coupon is read against: what is sold, for how much, and when it is."""

    zone: ZoneInfo
    now: datetime
    currency: str = ""  # "" where it belongs to no sale, and names none
    types: Collection[str] | None = None  # None: it belongs to no sale
    products: Collection[str] = ()
    places: Collection[str] = ()
    unlocks: Collection[str] = ()
    segments: Mapping[str, str] = field(default_factory=dict)  # by name, folded as they are compared


class CouponsOfSale(Protocol):
    def read(self, written: Mapping[str, CouponInput], ground: CouponGround, findings: Findings) -> Sequence[Any]:
        """What was written, as `write` takes it."""
        ...

    async def write(self, connection: asyncpg.Connection, by: Act, sale_id: str, drafts: Sequence[Any]) -> None:
        """The coupons of a sale, all of them anew: of one that was there its uses stay; the others end."""
        ...

    async def copy(self, connection: asyncpg.Connection, sale_id: str, copy: str, later: Later) -> None:
        """The same for a copy of the sale, whose times are `later`: rules and codes that are words, nothing used."""
        ...
