"""What is said of ticket types, products and days: shapes, and how they are made of what the engine knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, cast

from pydantic import Field
from typing_extensions import TypedDict

from engine.catalog import Day, SaleInfo, TypeRule


class TypeLimits(TypedDict, total=False):
    number: int
    per_person: int
    from_ms: int
    until_ms: int
    proof: str
    may_pay_more: bool
    hidden: bool  # but for the phases that name it, and carts that a code shows it to


class ProductShape(TypedDict):
    id: Annotated[str, Field(description="Of the pool that counts it: what a hold names.")]
    name: str
    capacity: int
    price: int
    per_person: int


class DayShape(TypedDict):
    id: str
    name: str
    starts_at: datetime


def days_shape(days: Iterable[Day]) -> list[DayShape]:
    return [{"id": day.id, "name": day.name, "starts_at": day.starts_at} for day in days]


def type_limits(info: SaleInfo) -> dict[str, TypeLimits]:
    """In the order of the types; what is not said of one is left out."""
    found: dict[str, TypeLimits] = {}
    for kind in info.types:
        limits = info.type_rules.get(kind, TypeRule()).limits(info.type_numbers.get(kind))
        if limits:
            found[kind] = cast("TypeLimits", limits)
    return found


def products_shape(info: SaleInfo) -> list[ProductShape]:
    named = {pool.id: pool for pool in info.product_pools}
    return [
        {
            "id": each.id,
            "name": named[each.id].name,
            "capacity": named[each.id].capacity,
            "price": each.price,
            "per_person": each.per_person,
        }
        for each in info.products
    ]
