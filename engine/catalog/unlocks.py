"""Unlocks: codes that show ticket types which are hidden from everybody else, and let draw on allocations.

Calls Postgres only, where a stored sale changes. Guarantees of unlocks without findings: each has a code of its own, of
which only the mark is kept, and names something that is hidden or withheld; a code opens one unlock. What everybody may
read of a sale comes through `shown_to_all`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from engine.catalog.allocation_sql import OPEN, READ_ALLOCATIONS
from engine.catalog.coupon_inputs import CouponInput
from engine.catalog.event_inputs import SaleChange
from engine.catalog.findings import Findings, fresh_id
from engine.catalog.inputs import PhaseInput, UnlockInput
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import Dues, Phase, TypeRule, Unlock, hidden_types
from engine.catalog.names import id_of
from engine.catalog.ticket_types import type_rules_from_json
from engine.catalog.views import SaleInfo


def read_unlocks(
    written: Mapping[str, UnlockInput],
    rules: Mapping[str, TypeRule],
    mark_code: Callable[[str], str],
    findings: Findings,
    before: Sequence[Unlock] = (),
    *,
    named_by: Collection[str] = (),
) -> tuple[Unlock, ...]:
    """The unlocks of a sale. One that was there `before` keeps its codes unless it says others.

    Those that a coupon names, by whose codes they open, need none of their own.
    """
    hidden, kept = hidden_types(rules), {each.id: each.codes for each in before}
    taken: dict[str, str] = {}
    opened: dict[str, str] = {}
    found = []
    for key, each in written.items():
        path: Path = ("unlocks", key)
        made = fresh_id(key, taken, path, findings)
        codes = tuple(dict.fromkeys(map(mark_code, each.codes))) or kept.get(made, ())
        if not each.types and not each.allocations:
            findings.add(path, "must name types, allocations or both")
        if not codes and made not in named_by and made not in kept:
            findings.add((*path, "codes"), "are missing: name one code or several, or let a coupon unlock it")
        for code in codes:
            if opened.setdefault(code, key) != key:
                findings.add((*path, "codes"), f"have one that {opened[code]} has as well")
        types = tuple(dict.fromkeys(map(id_of, each.types)))
        open_to_all = next((kind for kind in types if kind not in hidden), None)
        if open_to_all is not None and findings.fine(("ticket_types",)):
            said = f"names no ticket type that is hidden: {open_to_all}{nearest(open_to_all, hidden)}"
            findings.add((*path, "types"), said)
        found.append(Unlock(made, codes, types, tuple(dict.fromkeys(map(id_of, each.allocations)))))
    return tuple(found)


def unlocked_by(coupons: Mapping[str, CouponInput]) -> frozenset[str]:
    """The unlocks that coupons name."""
    return frozenset(id_of(name) for each in coupons.values() for name in each.unlocks)


def check_allocations(
    unlocks: Mapping[str, UnlockInput], phases: Mapping[str, PhaseInput], there: Mapping[str, bool], findings: Findings
) -> None:
    """Check that what they let draw on is `there`, which says of each allocation whether it withholds units."""
    written: list[tuple[Path, Sequence[str]]] = [(("unlocks", key), each.allocations) for key, each in unlocks.items()]
    written += [(("phases", key), each.allocations) for key, each in phases.items()]
    for path, names in written:
        for name in names:
            if id_of(name) not in there and findings.fine(("allocations",)):
                said = f"names no allocation of this sale: {id_of(name)}{nearest(id_of(name), there)}"
                findings.add((*path, "allocations"), said)
            elif there.get(id_of(name)):
                said = f"names {id_of(name)}, which withholds units: make a pool of hidden ticket types for them"
                findings.add((*path, "allocations"), said)


def opened_by(unlocks: Iterable[Unlock], phases: Iterable[Phase]) -> list[str]:
    """The allocations that they let draw on."""
    by_codes = {name for each in unlocks for name in each.allocations}
    return sorted(by_codes.union(*(phase.allocations for phase in phases)))


async def changed_unlocks(
    connection: asyncpg.Connection,
    row: Mapping[str, Any],
    change: SaleChange,
    mark_code: Callable[[str], str],
    findings: Findings,
) -> tuple[Unlock, ...]:
    """The unlocks of a stored sale after a change: all of them anew, or those there are."""
    allocations = await connection.fetch(READ_ALLOCATIONS, row["id"])
    there = {each["id"]: bool(each["units"]) for each in allocations}
    check_allocations(change.unlocks or {}, change.phases or {}, there, findings)
    before = unlocks_from_json(row["unlocks"])
    if change.unlocks is None:
        return before
    rules = type_rules_from_json(row["type_rules"])
    named_by = unlocked_by(change.coupons or {})
    return read_unlocks(change.unlocks, rules, mark_code, findings, before, named_by=named_by)


async def open_allocations(
    connection: asyncpg.Connection, sale_id: str, unlocks: Iterable[Unlock], phases: Iterable[Phase]
) -> None:
    """Let buyers draw on what they name, until it is released."""
    await connection.execute(OPEN, sale_id, opened_by(unlocks, phases))


def check_hidden(
    prices: Mapping[str, Mapping[str, int]],
    written: Mapping[str, tuple[str, str]],
    rules: Mapping[str, TypeRule],
    findings: Findings,
) -> None:
    """Check that every seat has a type that isn't hidden: whoever sees it on the map may hold it."""
    hidden = hidden_types(rules)
    for place, its in prices.items():
        where = written.get(place, ("zones", place))
        if where[0] != "pools" and its and hidden.issuperset(its) and findings.fine(where):
            said = "names hidden ticket types alone: give it one that isn't hidden as well, or use a pool"
            findings.add((*where, "price"), said)


def unlocks_to_json(unlocks: Iterable[Unlock]) -> list[dict[str, Any]]:
    return [
        {"id": each.id, "codes": list(each.codes), "types": list(each.types), "allocations": list(each.allocations)}
        for each in unlocks
    ]


def unlocks_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Unlock, ...]:
    return tuple(
        Unlock(each["id"], tuple(each["codes"]), tuple(each["types"]), tuple(each.get("allocations", ())))
        for each in stored
    )


def unlocked_types(unlocks: Iterable[Unlock], unlocked: Collection[str]) -> frozenset[str]:
    """The hidden types that a cart with these unlocks is shown: the one place that says so."""
    return frozenset(kind for each in unlocks if each.id in unlocked for kind in each.types)


def may_have(kind: str, phase: Phase | None, hidden: Collection[str], shown: Collection[str] = ()) -> bool:
    """Whether a cart of a phase may have a ticket type.

    It may have what was shown to it; of what is hidden else only what its phase names; of all the rest what that sells.
    """
    if kind in shown:
        return True
    if kind in hidden:
        return phase is not None and kind in phase.types
    return phase is None or phase.sells(kind)


def unseen_types(rules: Mapping[str, TypeRule], phases: Iterable[Phase]) -> frozenset[str]:
    """Hidden types that no phase shows to everybody."""
    return hidden_types(rules).difference(*(phase.types for phase in phases))


def shown_to_all(info: SaleInfo) -> SaleInfo:
    """The sale without what is hidden: types, what is sold as nothing else, and what is asked of nobody else."""
    unseen = unseen_types(info.type_rules, info.phases)
    return without_types(info, unseen) if unseen else info


def without_types(info: SaleInfo, unseen: Collection[str]) -> SaleInfo:
    def seen(prices: Mapping[str, int]) -> dict[str, int]:
        return {kind: price for kind, price in prices.items() if kind not in unseen}

    lists = tuple(
        replace(
            each,
            prices=(priced := {place: kept for place, its in each.prices.items() if (kept := seen(its))}),
            zones={zone: said for zone, said in each.zones.items() if zone in priced},
            dues=_dues_without(each.dues, frozenset(unseen)),
        )
        for each in info.lists
    )
    sold = {place for each in lists for place in each.prices}
    gone = {pool.id for pool in info.pools if pool.id not in sold}
    questions = tuple(
        replace(each, types=tuple(kind for kind in each.types if kind not in unseen))
        for each in info.questions
        if not each.types or not set(each.types) <= set(unseen)
    )
    return replace(
        info,
        lists=lists,
        pools=tuple(replace(pool, draws_on=_but(pool.draws_on, gone)) for pool in info.pools if pool.id not in gone),
        types=seen_names(info.types, unseen),
        type_numbers={kind: number for kind, number in info.type_numbers.items() if kind not in unseen},
        type_rules={kind: rule for kind, rule in info.type_rules.items() if kind not in unseen},
        questions=questions,
        phases=tuple(replace(phase, places=_but(phase.places, gone)) for phase in info.phases),
        admits={place: days for place, days in info.admits.items() if place not in gone},
    )


def _dues_without(dues: Dues, unseen: frozenset[str]) -> Dues:
    """Fees and taxes of what everybody sees."""
    fees = [replace(fee, types=fee.types - unseen) for fee in dues.fees if not fee.types or fee.types - unseen]
    taxes = {kind: tax for kind, tax in dues.taxes.items() if kind not in unseen}
    return Dues(tuple(fees), taxes, dues.tax)


def seen_names(names: Mapping[str, str], unseen: Collection[str]) -> dict[str, str]:
    return {kind: name for kind, name in names.items() if kind not in unseen}


def _but(ids: Iterable[str], gone: Collection[str]) -> tuple[str, ...]:
    return tuple(each for each in ids if each not in gone)
