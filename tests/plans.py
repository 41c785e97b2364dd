"""How much Postgres looks at for an answer."""

from __future__ import annotations

from typing import Any

import asyncpg


async def looked_at(connection: asyncpg.Connection, statement: str, *arguments: object) -> dict[str, Any]:
    """The plan of a statement that was run, with what each part of it did."""
    (told,) = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *arguments)
    plan: dict[str, Any] = told["Plan"]
    return plan


def most_rows(plan: dict[str, Any]) -> float:
    """How many rows the part of a plan that looks at most of them looks at."""
    looked = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return float(max([looked, *map(most_rows, plan.get("Plans", ()))]))
