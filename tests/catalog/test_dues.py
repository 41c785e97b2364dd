"""Fees and taxes as they are written: short and in full, each mistake at its line."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from engine.catalog.due_inputs import Fees, Taxes
from engine.catalog.dues import Priced, dues_from_json, dues_to_json, read_dues
from engine.catalog.findings import Findings
from engine.catalog.model import NO_DUES, PERCENT, Dues, Fee, Per, Tax

SOLD = Priced(["general", "vip"], ["product:shirt"], "EUR")


class Written(BaseModel):
    taxes: Taxes = {}
    fees: Fees = {}


def read(taxes: Any = None, fees: Any = None) -> tuple[Dues, list[str]]:
    written, findings = Written.model_validate({"taxes": taxes or {}, "fees": fees or {}}), Findings({})
    dues = read_dues(written.taxes, written.fees, SOLD, findings)
    assert findings.paths or dues_from_json(dues_to_json(dues)) == dues
    return dues, [f"{each.path} {each.message}" for each in findings.listed()]


def test_short_forms_are_spelled_out() -> None:
    dues, wrong = read({"IVA": 10}, {"Service": 1.5})
    vat = Tax("iva", "IVA", 10 * PERCENT, included=True)
    assert not wrong
    assert dues == Dues((Fee("service", "Service", Per.TICKET, 150, tax=vat),), {}, vat)


def test_each_of_what_is_sold_has_the_tax_that_names_it() -> None:
    taxes = {"IVA": 10, "IVA general": {"rate": "21", "for": ["Shirt", "service"]}}
    dues, wrong = read(taxes, {"Service": {"percent": 5, "per": "order", "for": "vip"}, "Post": 2})
    assert not wrong
    assert (dues.tax and dues.tax.id, {kind: tax.id for kind, tax in dues.taxes.items()}) == (
        "iva",
        {"product:shirt": "iva-general"},
    )
    service, post = dues.fees
    assert (service.ppm, service.per, service.types, service.tax and service.tax.id) == (
        5 * PERCENT,
        Per.ORDER,
        frozenset({"vip"}),
        "iva-general",
    )
    assert post.tax == dues.tax


def test_none_are_stored_as_nothing() -> None:
    assert dues_to_json(NO_DUES) == {}
    assert read() == (NO_DUES, [])


@pytest.mark.parametrize(
    ("taxes", "fees", "wrong"),
    [
        ({"A": 10, "B": 21}, {}, "taxes.B is of all that has no tax of its own, as A is: say what it is for"),
        ({"A": {"rate": 10, "for": "balcony"}}, {}, "taxes.A.for names nothing that is sold: balcony"),
        (
            {"A": {"rate": 10, "for": "vip"}, "B": {"rate": 21, "for": "vip"}},
            {},
            "taxes.B.for names vip, which has A already",
        ),
        ({"A": "8.87512"}, {}, "taxes.A.rate has more than 4 decimals"),
        ({}, {"Service": 0}, "fees.Service asks for nothing: give an amount, a percentage, or both"),
        ({}, {"Service": "1.505"}, "fees.Service.amount has more decimals than EUR allows (2 decimals)"),
        (
            {},
            {"Service": {"amount": 1, "for": ["vpi"]}},
            "fees.Service.for names nothing that is sold: vpi; did you mean vip?",
        ),
        ({"A": 1, "a": {"rate": 2, "for": "vip"}}, {}, "taxes.a has the same id"),
    ],
)
def test_a_mistake_is_told_where_it_is(taxes: Any, fees: Any, wrong: str) -> None:
    said = read(taxes, fees)[1]
    assert any(each.startswith(wrong) for each in said), said


@pytest.mark.parametrize(
    "written", [{"taxes": {"A": 101}}, {"taxes": {"A": -1}}, {"fees": {"S": -1}}, {"taxes": {"A": {}}}]
)
def test_what_is_no_rate_and_no_sum_is_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        Written.model_validate(written)
