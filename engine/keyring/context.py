"""How the keyring describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor, Violation
from engine.keyring.invariants import violations

if TYPE_CHECKING:
    from engine.engine import Engine


async def invariants(engine: Engine) -> list[Violation]:
    return await violations(engine.keyring)


CONTEXT = Context(
    name="keyring",
    floor=Floor.GROUND,
    owns="keys by purpose, wrapped by the root key",
    source="Postgres; the root key outside",
    tables=("ring_key",),
    invariants=invariants,
)
