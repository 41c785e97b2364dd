"""Money, as the pages write it too: web/test/money-cases.json is tried on both sides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.money import CURRENCIES, decimal_amount, decimals_of, money
from tests.absent import ROOT

TABLE = json.loads((ROOT / "web" / "test" / "money-cases.json").read_text("utf-8"))


def test_every_currency_has_its_decimals() -> None:
    assert {each: decimals_of(each) for each in CURRENCIES if decimals_of(each) != 2} == TABLE["decimals"]


@pytest.mark.parametrize("language", ["en", "es", "pt"])
@pytest.mark.parametrize("case", TABLE["written"], ids=lambda case: f"{case['minor']} {case['currency']}")
def test_amounts_are_written_as_people_write_them(case: dict[str, Any], language: str) -> None:
    assert money(case["minor"], case["currency"], language) == case[language]


def test_money_for_machines() -> None:
    assert [decimal_amount(5, "EUR"), decimal_amount(5, "JPY"), decimal_amount(-5, "KWD")] == ["0.05", "5", "-0.005"]
