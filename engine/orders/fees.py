"""Fees of orders: what is asked besides their lines, and what of it is tax.

Owns order_fee. Guarantees: they are written with their order, and never changed; an order without any has no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from engine.catalog.model import Dues
from engine.orders.model import Line
from engine.orders.owed import OrderFee, TaxSum
from engine.pricing import by_tax

PLACE_FEES = """
INSERT INTO order_fee (sale_id, order_id, fee, name, position, price, tax, owed, by_line)
SELECT $1, f.order_id, f.fee, f.name, f.position, f.price, f.tax, f.owed, f.by_line::bigint[]
FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[])
     AS f (order_id, fee, name, position, price, tax, owed, by_line)
"""


async def place_fees(
    connection: asyncpg.Connection, sale: str, placed: Iterable[tuple[str, Sequence[OrderFee]]]
) -> None:
    """Write the fees of these orders, where they have any."""
    rows = [(order, position, fee) for order, fees in placed for position, fee in enumerate(fees)]
    if rows:
        await connection.execute(
            PLACE_FEES,
            sale,
            [order for order, _, _ in rows],
            [fee.fee for _, _, fee in rows],
            [fee.name for _, _, fee in rows],
            [position for _, position, _ in rows],
            [fee.price for _, _, fee in rows],
            [fee.tax for _, _, fee in rows],
            [fee.owed for _, _, fee in rows],
            ["{" + ",".join(map(str, fee.by_line)) + "}" for _, _, fee in rows],
        )


def fees_of(row: Any) -> tuple[OrderFee, ...]:
    """Those of an order as it was read."""
    return tuple(OrderFee(**{**each, "by_line": tuple(each["by_line"])}) for each in row["fees"] or ())


def fees_in_hand(fees: Iterable[OrderFee]) -> list[dict[str, Any]]:
    """The same column of an order that was just written."""
    return [{**each.wire(), "by_line": each.by_line} for each in fees]


def taxes_of(lines: Iterable[Line], fees: Iterable[OrderFee], dues: Dues) -> tuple[TaxSum, ...]:
    """What is owed of each tax, by the dues of the order's price list. Pure."""
    of_fee = {fee.id: fee.tax for fee in dues.fees}
    parts = [(dues.taxes.get(line.type, dues.tax), line.owed, line.tax) for line in lines]
    parts += [(of_fee.get(fee.fee), fee.owed, fee.tax) for fee in fees]
    return tuple(TaxSum(tax, net, amount) for tax, (net, amount) in by_tax(parts).items())
