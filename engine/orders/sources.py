"""Sources: by which links of an organizer the buyer of a cart or an order came, and what came of each link.

Owns cart_source and order_source. Guarantees: that of an order is written with it, and never changed; that of a cart is
written once its buyer fills in anything, and keeps the first link; a link of another organizer than the sale's is not
written, whoever names it; orders that are paid count, and those that were given back do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from engine.links import CameBy, Source
from engine.orders.model import CartRef

# A rehearsal has no buyers.
PLACE_SOURCES = """
INSERT INTO order_source (sale_id, order_id, first_link, last_link)
SELECT sale.id, o.id, o.first_link, o.last_link
FROM sale_terms AS sale, unnest($2::text[], $3::text[], $4::text[]) AS o (id, first_link, last_link)
WHERE sale.id = $1 AND sale.kind <> 'rehearsal'
  AND (SELECT l.organizer_id FROM named_link l WHERE l.id = o.first_link) = sale.organizer_id
  AND (SELECT l.organizer_id FROM named_link l WHERE l.id = o.last_link) = sale.organizer_id
"""
NOTE_CARTS = """
INSERT INTO cart_source (sale_id, cart_id, first_link, last_link)
SELECT sale.id, c.id, c.first_link, c.last_link
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS c (sale_id, id, first_link, last_link)
JOIN sale_terms AS sale ON sale.id = c.sale_id AND sale.kind <> 'rehearsal'
JOIN named_link AS first ON first.id = c.first_link AND first.organizer_id = sale.organizer_id
JOIN named_link AS last ON last.id = c.last_link AND last.organizer_id = sale.organizer_id
ORDER BY sale.id, c.id
ON CONFLICT (sale_id, cart_id) DO UPDATE SET last_link = excluded.last_link
WHERE cart_source.last_link <> excluded.last_link
"""
COUNT_CARTS = """
SELECT last_link AS link, count(*) AS carts FROM cart_source WHERE last_link = ANY ($1::text[]) GROUP BY last_link
"""
COUNT_BY_LAST = """
SELECT s.last_link AS link, o.currency, count(*) AS orders, coalesce(sum(t.captured), 0)::bigint AS taken
FROM order_source s JOIN orders o ON o.sale_id = s.sale_id AND o.id = s.order_id
CROSS JOIN LATERAL (
    SELECT sum(captured) AS captured FROM order_takings WHERE sale_id = o.sale_id AND order_id = o.id
) AS t
WHERE s.last_link = ANY ($1::text[]) AND o.state = 'paid' GROUP BY s.last_link, o.currency ORDER BY o.currency
"""
COUNT_BY_FIRST = """
SELECT s.first_link AS link, count(*) AS orders
FROM order_source s JOIN orders o ON o.sale_id = s.sale_id AND o.id = s.order_id
WHERE s.first_link = ANY ($1::text[]) AND o.state = 'paid' GROUP BY s.first_link
"""


@dataclass(frozen=True, slots=True)
class BroughtBy:
    """What came of a link."""

    carts: int = 0  # that somebody filled in, who came by it last; as long as carts are kept
    orders: int = 0  # paid, by buyers who came by it last
    orders_first: int = 0  # the same, first
    taken: Mapping[str, int] = field(default_factory=dict)  # by those who came by it last: minor units by currency


def source_of(row: Any) -> Source | None:
    """That of an order as it was read."""
    if row["first_link"] is None:
        return None
    return Source(CameBy(row["first_link"], row["first_name"]), CameBy(row["last_link"], row["last_name"]))


def in_hand(source: Source | None) -> dict[str, str | None]:
    """The same columns of an order that was just written."""
    if source is None:
        return dict.fromkeys(("first_link", "first_name", "last_link", "last_name"))
    return {
        "first_link": source.first.link,
        "first_name": source.first.name,
        "last_link": source.last.link,
        "last_name": source.last.name,
    }


async def place_sources(connection: asyncpg.Connection, sale: str, placed: Iterable[tuple[str, Source | None]]) -> None:
    """Write by which links the buyers of these orders came, where they came by any."""
    known = [(order, source) for order, source in placed if source is not None]
    if known:
        await connection.execute(
            PLACE_SOURCES,
            sale,
            [order for order, _ in known],
            [source.first.link for _, source in known],
            [source.last.link for _, source in known],
        )


async def note_carts(db: asyncpg.Pool, written: Iterable[tuple[CartRef, Source | None]]) -> None:
    """Write by which links the buyers of these carts came, which are there, where they came by any."""
    known = [(cart, source) for cart, source in written if source is not None]
    if known:
        await db.execute(
            NOTE_CARTS,
            [cart.sale for cart, _ in known],
            [cart.cart for cart, _ in known],
            [source.first.link for _, source in known],
            [source.last.link for _, source in known],
        )


async def brought_by(db: asyncpg.Pool, links: Sequence[str]) -> dict[str, BroughtBy]:
    """What came of each of these links that anything came of."""
    carts = {row["link"]: row["carts"] for row in await db.fetch(COUNT_CARTS, links)}
    first = {row["link"]: row["orders"] for row in await db.fetch(COUNT_BY_FIRST, links)}
    orders: dict[str, int] = {}
    taken: dict[str, dict[str, int]] = {}
    for row in await db.fetch(COUNT_BY_LAST, links):
        orders[row["link"]] = orders.get(row["link"], 0) + row["orders"]
        taken.setdefault(row["link"], {})[row["currency"]] = row["taken"]
    return {
        link: BroughtBy(carts.get(link, 0), orders.get(link, 0), first.get(link, 0), taken.get(link, {}))
        for link in {*carts, *first, *orders}
    }
