"""How coupons describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from engine.context import Context, Erasure, Floor, Section, Told, Whom
from engine.coupons.sql import FORGET_PERSONS, KNOWN

if TYPE_CHECKING:
    from engine.engine import Engine


def persons_of(whom: Whom) -> list[str]:
    """By what uses of somebody are counted."""
    by_address = [f"contact {mark.hex()}" for mark in whom.inboxes]
    return [*by_address, *(f"buyer {each}" for each in whom.buyers), *(f"account {each}" for each in whom.accounts)]


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    await connection.execute(FORGET_PERSONS, persons_of(erasure), erasure.organizer_id)


async def known(_: Engine, connection: asyncpg.Connection, told: Told) -> list[Section]:
    return [await Section.read(connection, "coupons", KNOWN, persons_of(told), told.organizer_id)]


CONTEXT = Context(
    name="coupons",
    floor=Floor.SELL,
    owns="coupons, their codes, and how much of each is used",
    source="Postgres, whose constraints keep every limit",
    tables=("coupon", "coupon_batch", "coupon_code", "coupon_person"),
    forget=forget,
    known=known,
)
