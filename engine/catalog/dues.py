"""Dues: the fees and taxes that a price list asks besides its prices.

Pure. Guarantees of dues without findings: rates are parts per million and sums minor units; each ticket type, product
and fee has one tax at most; every name is of something that is sold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from engine.catalog.due_inputs import FeeInput, TaxInput
from engine.catalog.findings import Findings, fresh_id
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import NO_DUES, PERCENT, PRODUCT, Dues, Fee, Per, Tax
from engine.catalog.names import id_of, shown_name
from engine.money import minor_units

RATE_DECIMALS_MAX = 4  # 8.875 % is 88,750 parts per million
FEE = "fee:"  # what a tax may be of, beside ticket types and products, which have no such name


@dataclass(frozen=True, slots=True)
class Priced:
    """What dues may be for: ticket types and products, and the currency of their prices."""

    types: Collection[str]
    products: Collection[str]
    currency: str


def ppm_of(percent: Decimal) -> int:
    """10 → 100,000. A `ValueError` says of a rate that it has too many decimals."""
    scaled = percent * PERCENT
    if scaled != int(scaled):
        raise ValueError(f"has more than {RATE_DECIMALS_MAX} decimals")
    return int(scaled)


def read_dues(taxes: Mapping[str, TaxInput], fees: Mapping[str, FeeInput], priced: Priced, findings: Findings) -> Dues:
    """The fees and taxes that were written, in their order."""
    taken: dict[str, str] = {}
    fee_ids = {key: fresh_id(key, taken, ("fees", key), findings) for key in fees}
    by_type, otherwise = _taxes(taxes, set(fee_ids.values()), priced, findings)
    found = [
        replace(_fee(key, fees[key], priced, findings), id=made, tax=by_type.get(_of_fee(made), otherwise))
        for key, made in fee_ids.items()
    ]
    return Dues(tuple(found), {kind: tax for kind, tax in by_type.items() if not kind.startswith(FEE)}, otherwise)


def _of_fee(fee: str) -> str:
    return f"{FEE}{fee}"


def _taxes(
    written: Mapping[str, TaxInput], fees: set[str], priced: Priced, findings: Findings
) -> tuple[dict[str, Tax], Tax | None]:
    """Each tax by what it is of, and that of all the rest."""
    by_type: dict[str, Tax] = {}
    otherwise: Tax | None = None
    taken: dict[str, str] = {}
    for key, each in written.items():
        path: Path = ("taxes", key)
        made = fresh_id(key, taken, path, findings)
        tax = Tax(made, each.name or shown_name(key), _rate(each.rate, (*path, "rate"), findings), each.included)
        if not each.of:
            if otherwise is not None:
                said = f"is of all that has no tax of its own, as {otherwise.name} is: say what it is for"
                findings.add(path, said)
            otherwise = tax
        for name in each.of:
            kind = kind_of(name, priced, fees)
            if kind is None:
                _unknown(name, (*path, "for"), priced, findings)
            elif kind in by_type:
                findings.add((*path, "for"), f"names {name}, which has {by_type[kind].name} already")
            else:
                by_type[kind] = tax
    return by_type, otherwise


def _fee(key: str, written: FeeInput, priced: Priced, findings: Findings) -> Fee:
    path: Path = ("fees", key)
    amount = 0
    if written.amount is not None and findings.fine(("currency",)):
        try:
            amount = minor_units(written.amount, priced.currency)
        except ValueError as wrong:
            findings.add((*path, "amount"), str(wrong))
    ppm = 0 if written.percent is None else _rate(written.percent, (*path, "percent"), findings)
    if not amount and not ppm and findings.fine(path):
        findings.add(path, "asks for nothing: give an amount, a percentage, or both")
    kinds = {name: kind_of(name, priced, set()) for name in written.of}
    for name, kind in kinds.items():
        if kind is None:
            _unknown(name, (*path, "for"), priced, findings)
    types = frozenset(kind for kind in kinds.values() if kind is not None)
    name = written.name or shown_name(key)
    return Fee("", name, Per(written.per), amount, ppm, types, free_too=written.free_too)


def _rate(percent: Decimal, path: Path, findings: Findings) -> int:
    try:
        return ppm_of(percent)
    except ValueError as wrong:
        findings.add(path, str(wrong))
        return 0


def kind_of(name: str, priced: Priced, fees: set[str]) -> str | None:
    """What a name means: a ticket type, a product or, of taxes, a fee."""
    made = id_of(name)
    if made in priced.types:
        return made
    if f"{PRODUCT}{made}" in priced.products:
        return f"{PRODUCT}{made}"
    return _of_fee(made) if made in fees else None


def _unknown(name: str, path: Path, priced: Priced, findings: Findings) -> None:
    known = [*priced.types, *(product.removeprefix(PRODUCT) for product in priced.products)]
    if findings.fine(("ticket_types",), ("products",), ("sections",), ("pools",), ("fees",)):
        findings.add(path, f"names nothing that is sold: {name}{nearest(id_of(name), known)}")


def fitting(rules: Mapping[str, TaxInput], priced: Priced, fees: Collection[str]) -> dict[str, TaxInput]:
    """The rules for what a sale has: names of what it doesn't sell say nothing there."""
    fee_ids = {id_of(name) for name in fees}
    found = {}
    for key, tax in rules.items():
        names = [name for name in tax.of if kind_of(name, priced, fee_ids) is not None]
        if names or not tax.of:
            found[key] = tax.model_copy(update={"of": names})
    return found


# ── as they are stored ──


def dues_to_json(dues: Dues) -> dict[str, Any]:
    """{} for none."""
    taxes = dues.all_taxes
    if not taxes and not dues.fees:
        return {}
    return {
        "taxes": [{"id": tax.id, "name": tax.name, "ppm": tax.ppm, "included": tax.included} for tax in taxes],
        "tax_of": {kind: tax.id for kind, tax in dues.taxes.items()},
        "tax": None if dues.tax is None else dues.tax.id,
        "fees": [
            {
                "id": fee.id,
                "name": fee.name,
                "per": fee.per.value,
                "amount": fee.amount,
                "ppm": fee.ppm,
                "types": sorted(fee.types),
                "tax": None if fee.tax is None else fee.tax.id,
                "free_too": fee.free_too,
            }
            for fee in dues.fees
        ],
    }


def dues_from_json(stored: Mapping[str, Any]) -> Dues:
    if not stored:
        return NO_DUES
    taxes = {each["id"]: Tax(each["id"], each["name"], each["ppm"], each["included"]) for each in stored["taxes"]}
    fees = tuple(
        Fee(
            each["id"],
            each["name"],
            Per(each["per"]),
            each["amount"],
            each["ppm"],
            frozenset(each["types"]),
            None if each["tax"] is None else taxes[each["tax"]],
            each["free_too"],
        )
        for each in stored["fees"]
    )
    tax_of = {kind: taxes[tax] for kind, tax in stored["tax_of"].items()}
    return Dues(fees, tax_of, None if stored["tax"] is None else taxes[stored["tax"]])
