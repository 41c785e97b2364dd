"""Taking: what orders spend of credit, written as they are placed, and what comes back as they fail.

Guarantees: whether an order's credit is still there is judged before it is written, by what is read with its
neighbours; the trigger and the constraint of the tables are the last word, whoever else spends the same voucher in
other sales meanwhile. Rows are locked in the order of their ids. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from engine.credit import sql
from engine.credit.model import EntryKind, Spend

# Which of them an order met, where something came between reading and writing.
CREDIT_GUARDS = ("credit_is_never_overspent", "credit_is_spent_in_time", "credit_is_spent_where_it_counts")
Spent = tuple[str, Spend]  # by which order


@dataclass(slots=True)
class CreditLeft:
    """What is left of credit while a batch is decided."""

    balances: dict[str, int] = field(default_factory=dict)  # of what may be spent still

    def take(self, spends: Sequence[Spend]) -> bool:
        """Take what an order spends, all of it or, answering False, nothing."""
        if any(self.balances.get(each.credit, 0) < each.amount for each in spends):
            return False
        for each in spends:
            self.balances[each.credit] -= each.amount
        return True

    def put_back(self, spends: Sequence[Spend]) -> None:
        """What an order took that is refused for something else."""
        for each in spends:
            self.balances[each.credit] += each.amount


async def read_credit_left(connection: asyncpg.Connection, spends: Sequence[Spend]) -> CreditLeft:
    """What is left of the credit of a batch. Nothing is locked by it."""
    rows = await connection.fetch(sql.LEFT, sorted({each.credit for each in spends}))
    return CreditLeft({row["id"]: row["balance"] for row in rows})


async def spend(connection: asyncpg.Connection, sale: str, spent: Sequence[Spent]) -> None:
    """Take this off; a `CheckViolationError` when some of it isn't there, or may not be spent, any more."""
    await _enter(connection, sale, EntryKind.SPEND, spent, -1)


async def give_back(connection: asyncpg.Connection, sale: str, spent: Sequence[Spent]) -> None:
    """It was spent by orders that came to nothing. What ended meanwhile may be spent for some days more."""
    await _enter(connection, sale, EntryKind.RETURN, spent, 1)


async def _enter(connection: asyncpg.Connection, sale: str, kind: EntryKind, spent: Sequence[Spent], sign: int) -> None:
    if spent:
        await connection.execute(
            sql.ENTER,
            sale,
            kind.value,
            [each.credit for _, each in spent],
            [order for order, _ in spent],
            [sign * each.amount for _, each in spent],
        )
