"""How verify describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor, Violation
from engine.verify.counted import count_violations
from engine.verify.referred import profile_violations, referred_violations

if TYPE_CHECKING:
    from engine.engine import Engine


async def sale_invariants(engine: Engine, sale: str) -> list[Violation]:
    async with engine.db.acquire() as connection:
        return [*await count_violations(connection, sale), *await referred_violations(connection, sale)]


async def invariants(engine: Engine) -> list[Violation]:
    return await profile_violations(engine.db)


CONTEXT = Context(
    name="verify",
    floor=Floor.PROVE,
    owns="invariants between the stores, asked of live ones",
    source="-",
    invariants=invariants,
    sale_invariants=sale_invariants,
)
