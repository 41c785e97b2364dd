"""Price zones: which seats these words mean, and what is wrong with them, at its line."""

from datetime import UTC, datetime

import pytest

from engine.catalog.draft import Known, SaleDraft, compose_sale, read_sale_input
from engine.catalog.entry import Entering
from engine.catalog.findings import Findings
from engine.catalog.yaml_source import read_yaml
from tests.catalog.keeping import Reading

SALE = """
event: Jazz
starts: 2037-03-01 20:30
zone: Europe/Madrid
currency: EUR
opens: 2037-01-10 10:00
sections:
  Platea: {rows: 2, seats: 10, price: 45}
  Palco: {rows: 1, seats: 4, price: 60}
pools:
  Pista: {capacity: 5, price: 10}
zones:
"""
ENTERING = Entering(str.casefold, {}, Reading())


def composed(zones: str) -> SaleDraft | list[str]:
    source = read_yaml(SALE + zones)
    findings = Findings(source.lines)
    read = read_sale_input(source.tree, findings, source.lines)
    assert read is not None, findings.listed()
    draft = compose_sale(read, Known(), datetime(2036, 1, 1, tzinfo=UTC), findings, ENTERING)
    return draft or [str(mistake) for mistake in findings.listed()]


def test_a_zone_is_painted_over_sections() -> None:
    draft = composed("  Golden: {seats: {Platea: [A 3-6, B], Palco: A 1}, price: {general: 90, half: 45}}")
    assert isinstance(draft, SaleDraft), draft
    zone = draft.stock.zones["golden"]
    assert (zone.name, zone.runs) == ("Golden", ((2, 4), (10, 11)))
    assert draft.stock.prices["golden"] == {"general": 9000, "half": 4500}


def test_no_zone_is_what_a_sale_of_before_has() -> None:
    draft = composed("  {}")
    assert isinstance(draft, SaleDraft), draft
    assert draft.stock.zones == {}


@pytest.mark.parametrize(
    ("zones", "told"),
    [
        ("  a: {seats: {Plata: A}, price: 9}", "is not a section of this sale; did you mean platea?"),
        ("  a: {seats: {Pista: A}, price: 9}", "is not a section of this sale"),
        ("  a: {seats: {Platea: Z}, price: 9}", "'Z' names no seat here"),
        ("  Platea: {seats: {Platea: A}, price: 9}", "has the same id as another zone, section or pool"),
        ("  Pista: {seats: {Platea: A}, price: 9}", "has the same id as another zone, section or pool"),
        (
            "  a: {seats: {Platea: A}, price: 9}\n  b: {seats: {Platea: A 2}, price: 9}",
            "has seats that are in a already",
        ),
        ("  a: {seats: {Platea: A}, price: 9.001}", "has more decimals than EUR allows"),
        ("  a: {seats: {Platea: A}, price: 9, colour: red}", "is not known here; name, seats, price are"),
        ("  a: {seats: {}, price: 9}", "zones.a.seats"),
    ],
)
def test_what_is_wrong_with_a_zone_is_told_at_its_line(zones: str, told: str) -> None:
    source = read_yaml(SALE + zones)
    findings = Findings(source.lines)
    read = read_sale_input(source.tree, findings, source.lines)
    if read is not None:
        compose_sale(read, Known(), datetime(2036, 1, 1, tzinfo=UTC), findings, ENTERING)
    mistakes = [str(mistake) for mistake in findings.listed()]
    assert any(told in each and each.startswith("line 1") for each in mistakes), mistakes
