"""Ticket types: how many tickets of each there may be, for whom, when, and what they cost.

Pure. A type that has a number is counted as a pool of its own beside the seat or unit that is sold with it, so that
scripts take both in one step; the number is that pool's capacity. What else is said of a type are its rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.catalog.draft_stock import Stock
from engine.catalog.findings import Findings
from engine.catalog.inputs import SaleInput
from engine.catalog.local_time import Moment, ms_of
from engine.catalog.mistakes import Path
from engine.catalog.model import PoolPlan, Product, TypeRule, type_pool
from engine.catalog.names import id_of


def read_type_rules(
    read: SaleInput, stock: Stock, moment_of: Callable[[Moment | None, Path], datetime | None], findings: Findings
) -> dict[str, TypeRule]:
    """The rules of the types that have any."""
    sold = {kind for each in stock.prices.values() for kind in each}
    rules: dict[str, TypeRule] = {}
    for key, each in read.ticket_types.items():
        path: Path = ("ticket_types", key)
        made = id_of(key)
        if made not in sold and each.limited and findings.fine(("sections",), ("pools",), path):
            findings.add(path, "is named, and nothing is sold as it: give something a price for it")
        begins, ends = moment_of(each.begins, (*path, "from")), moment_of(each.ends, (*path, "until"))
        if begins is not None and ends is not None and begins >= ends:
            findings.add((*path, "until"), "must be after from")
        rule = TypeRule(each.per_person, ms_of(begins), ms_of(ends), each.proof, each.may_pay_more, each.hidden)
        if rule != TypeRule():
            rules[made] = rule
    return rules


def read_type_numbers(read: SaleInput, stock: Stock, findings: Findings) -> tuple[PoolPlan, ...]:
    """The pools of types that have a number; a share is one of all that the sale has."""
    units = sum(pool.capacity for pool in stock.pools if not pool.draws_on and pool.admits)
    in_all = units + _seats_for_sale(stock)
    pools = []
    for key, each in read.ticket_types.items():
        if each.number is not None:
            number = each.number if isinstance(each.number, int) else int(in_all * _share(each.number))
            if number > in_all and findings.fine(("sections",), ("pools",)):
                findings.add(("ticket_types", key, "number"), f"is more than the sale has, which is {in_all:,}")
            pools.append(PoolPlan(type_pool(id_of(key)), stock.types[id_of(key)], number))
    return tuple(pools)


def _seats_for_sale(stock: Stock) -> int:
    """Seats of sections that have a price, but for those that are off."""
    if stock.layout is None:
        return 0
    off = set(stock.layout.off_seats)
    return sum(
        sum(seat not in off for seat in range(section.first_seat, section.first_seat + section.seats))
        for section in stock.layout.sections
        if section.id in stock.prices
    )


def _share(number: str) -> Decimal:
    return Decimal(number.rstrip("%").strip()) / 100


def type_rules_to_json(rules: Mapping[str, TypeRule]) -> dict[str, dict[str, Any]]:
    return {kind: rule.wire() for kind, rule in rules.items()}


def type_rules_from_json(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, TypeRule]:
    return {kind: TypeRule(**said) for kind, said in stored.items()}


def rules_of(rules: Mapping[str, TypeRule], products: Iterable[Product]) -> dict[str, TypeRule]:
    """Those of ticket types, and of products, each of which is sold as itself."""
    return {**rules, **{each.id: TypeRule(per_person=each.per_person) for each in products}}


def parted(pools: Iterable[PoolPlan]) -> tuple[tuple[PoolPlan, ...], dict[str, int], tuple[PoolPlan, ...]]:
    """Pools of tickets, the numbers of ticket types, and the pools of products."""
    all_pools = tuple(pools)
    numbers = {pool.kind: pool.capacity for pool in all_pools if pool.kind is not None}
    products = tuple(pool for pool in all_pools if not pool.admits and pool.kind is None)
    return tuple(pool for pool in all_pools if pool.admits), numbers, products
