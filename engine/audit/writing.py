"""The one place that writes to the audit trail.

Guarantees: a row is written in the transaction of what it records, or not at all. Fails with RuntimeError outside a
transaction, and with TypeError on a value that has no single spelling in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import asyncpg

from engine.audit import sql
from engine.audit.model import Act, Actor, moment

Values = Mapping[str, Any]


async def write(
    connection: asyncpg.Connection,
    by: Act | Actor,
    act: str,
    subject: str,
    *,
    before: Values | None = None,
    after: Values | None = None,
    detail: Values | None = None,
) -> None:
    """Note that `by` did `act` to `subject`, and what that changed: never secrets, never personal values."""
    if not connection.is_in_transaction():
        raise RuntimeError(f"{act} is written in the transaction that does it, or not at all")
    await connection.execute(
        sql.INSERT,
        by.organizer_id if isinstance(by, Act) else None,
        by.kind.value,
        by.actor,
        act,
        subject,
        None if before is None else plain(before),
        None if after is None else plain(after),
        plain(detail or {}),
        by.request,
        by.network,
    )


def plain(value: object) -> Any:
    """The value as JSON spells it in one way only: whole numbers, no fractions; instants as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case Enum():
            return plain(value.value)
        case datetime():
            return moment(value)
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no single spelling in JSON")
