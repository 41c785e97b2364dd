"""Pages of orders: a sale's, as its organizer reads them, oldest first; a buyer's own, what is to come or what is past.

Guarantees: an organizer who goes on from a cursor misses no order that was placed since. Placing takes the sale's lock
and takes the time under it, so orders can be seen in the order of their times. Fails with `unknown_sale` for the sale
of somebody else as for one that does not exist, and with `invalid` for a cursor that is none of ours.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

import asyncpg
import orjson

from engine.limits import PAGE_ITEMS_MAX
from engine.orders import sql
from engine.orders.making import Channel
from engine.orders.order_view import OrderView
from engine.refusals import Code, Refused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

LIST_ORDERS = """
SELECT id, placed_at FROM orders
WHERE sale_id = $1 AND total >= 0 AND (placed_at, id) > ($2, $3::text) AND state <> 'void'
ORDER BY placed_at, id LIMIT $4
"""
# The same of one channel ($5): few of a sale's orders are not of buyers, and those have an index.
LIST_ORDERS_OF_BUYERS = """
SELECT id, placed_at FROM orders
WHERE sale_id = $1 AND total >= 0 AND (placed_at, id) > ($2, $3::text) AND state <> 'void' AND channel = 'online'
ORDER BY placed_at, id LIMIT $4
"""
LIST_ORDERS_OF_CHANNEL = """
SELECT id, placed_at FROM orders
WHERE sale_id = $1 AND channel <> 'online' AND channel = $5 AND (placed_at, id) > ($2, $3::text) AND state <> 'void'
ORDER BY placed_at, id LIMIT $4
"""
# Those of some buyers ($1) that came to something; the rest of a page ends where another one goes on ($2 to $5).
LIST_UPCOMING = """
SELECT o.sale_id, o.id, o.placed_at, m.starts_at FROM orders o JOIN sale_moment m ON m.id = o.sale_id
WHERE o.buyer_id = ANY ($1::text[]) AND o.state IN ('paying', 'awaiting', 'paid', 'refunding', 'refunded')
  AND m.over_at > now()
  AND (m.starts_at, o.placed_at, o.sale_id, o.id) > ($2, $3, $4::text, $5::text)
ORDER BY m.starts_at, o.placed_at, o.sale_id, o.id LIMIT $6
"""
LIST_PAST = """
SELECT o.sale_id, o.id, o.placed_at, m.starts_at FROM orders o JOIN sale_moment m ON m.id = o.sale_id
WHERE o.buyer_id = ANY ($1::text[]) AND o.state IN ('paying', 'awaiting', 'paid', 'refunding', 'refunded')
  AND m.over_at <= now()
  AND (m.starts_at, o.placed_at, o.sale_id, o.id) < ($2, $3, $4::text, $5::text)
ORDER BY m.starts_at DESC, o.placed_at DESC, o.sale_id DESC, o.id DESC LIMIT $6
"""


@dataclass(frozen=True, slots=True)
class OrderPage:
    items: list[OrderView]
    next: str | None  # cursor of the next page; None when this was the last one
    resume: str | None  # where to go on later, for what is placed from now on; None when there is nothing yet


@dataclass(frozen=True, slots=True)
class Cursor:
    """An order was the last that was read."""

    placed_at: datetime
    order: str

    def text(self) -> str:
        packed = orjson.dumps([(self.placed_at - EPOCH) // MICROSECOND, self.order])
        return urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(text: str) -> Cursor | None:
    """The cursor, or None when it is not one of these."""
    try:
        match orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4))):
            case [int(passed), str(order)]:
                return Cursor(EPOCH + passed * MICROSECOND, order)
    except (NotBase64, ValueError, OverflowError):
        pass
    return None


BEGINNING = Cursor(EPOCH, "")
NO_CURSOR = Refused(Code.INVALID, {"fields": [{"path": "after", "message": "is not the cursor of a page of orders"}]})


class OwnOrders(Enum):
    UPCOMING = "upcoming"  # soonest first
    PAST = "past"  # latest first


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Orders of one buyer, or of all that are one account's."""

    items: list[OrderView]
    next: str | None


@dataclass(frozen=True, slots=True)
class OwnCursor:
    """One of a buyer's own orders was the last that was read."""

    starts_at: datetime
    placed_at: datetime
    sale: str
    order: str

    def text(self) -> str:
        moments = [(at - EPOCH) // MICROSECOND for at in (self.starts_at, self.placed_at)]
        return urlsafe_b64encode(orjson.dumps([*moments, self.sale, self.order])).decode().rstrip("=")


def read_own_cursor(text: str) -> OwnCursor | None:
    """The cursor, or None when it is not one of these."""
    try:
        match orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4))):
            case [int(starts), int(placed), str(sale), str(order)]:
                return OwnCursor(EPOCH + starts * MICROSECOND, EPOCH + placed * MICROSECOND, sale, order)
    except (NotBase64, ValueError, OverflowError):
        pass
    return None


OWN_LISTS = {
    OwnOrders.UPCOMING: (LIST_UPCOMING, OwnCursor(EPOCH, EPOCH, "", "")),
    OwnOrders.PAST: (LIST_PAST, OwnCursor(datetime.max.replace(tzinfo=UTC), EPOCH, "", "")),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """The ids of a page's orders, with its cursors."""

    orders: list[str]
    next: str | None
    resume: str | None


async def list_orders(
    db: asyncpg.Pool, organizer: str, sale: str, after: str | None, limit: int, *, channel: Channel | None
) -> Listed | Refused:
    """The orders after a cursor, of an organizer's own sale; of one channel, or of all."""
    begin = BEGINNING if after is None else read_cursor(after)
    if begin is None:
        return NO_CURSOR
    if await db.fetchval(sql.OWNED_SALE, sale, organizer) is None:
        return Refused(Code.UNKNOWN_SALE)
    limit = max(1, min(limit, PAGE_ITEMS_MAX))
    statement, more = list_of(channel)
    rows = await db.fetch(statement, sale, begin.placed_at, begin.order, limit + 1, *more)
    shown = rows[:limit]
    resume = Cursor(shown[-1]["placed_at"], shown[-1]["id"]).text() if shown else after
    return Listed([row["id"] for row in shown], resume if len(rows) > limit else None, resume)


def list_of(channel: Channel | None) -> tuple[str, tuple[str, ...]]:
    """The statement that lists them, and what else it is asked with."""
    match channel:
        case None:
            return LIST_ORDERS, ()
        case Channel.ONLINE:
            return LIST_ORDERS_OF_BUYERS, ()
        case _:
            return LIST_ORDERS_OF_CHANNEL, (channel.value,)


async def list_own(
    db: asyncpg.Pool, buyers: Sequence[str], when: OwnOrders, after: str | None, limit: int
) -> tuple[list[tuple[str, str]], str | None] | Refused:
    """Sale and id of orders of these buyers after a cursor, and the cursor of the next page."""
    statement, beginning = OWN_LISTS[when]
    begin = beginning if after is None else read_own_cursor(after)
    if begin is None:
        return NO_CURSOR
    limit = max(1, min(limit, PAGE_ITEMS_MAX))
    rows = await db.fetch(statement, list(buyers), begin.starts_at, begin.placed_at, begin.sale, begin.order, limit + 1)
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    following = None if last is None else OwnCursor(last["starts_at"], last["placed_at"], last["sale_id"], last["id"])
    return [(row["sale_id"], row["id"]) for row in shown], None if following is None else following.text()
