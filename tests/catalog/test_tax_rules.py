"""Taxes by country: a new sale has those of its venue's country unless it says others, and keeps them."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from engine.audit import Act
from engine.catalog import Catalog, CreatedSale
from engine.catalog.model import Dues
from engine.refusals import Code, Refused

RULES = {
    "ES": {"IVA": 10, "General": {"name": "IVA general", "rate": 21, "for": ["shirt", "Service", "vip"]}},
    "pt": {"IVA": {"rate": 6, "included": True}},
    "US": {"Sales": {"rate": "8.875", "included": False}},
}
SALE: dict[str, Any] = {
    "event": "Jazz",
    "starts": "in 9 days at 20:30",
    "zone": "Europe/Madrid",
    "currency": "EUR",
    "opens": "now",
    "pools": {"floor": {"capacity": 5, "price": {"general": 20, "half": 10}}},
    "products": {"shirt": {"capacity": 5, "price": 25}},
    "fees": {"Service": "1.50"},
}


@pytest.fixture(autouse=True)
async def ruled(catalog: Catalog, by: Act) -> None:
    written = await catalog.tax_rules.change(by, {"countries": RULES})
    assert not isinstance(written, list | Refused), written


async def made(catalog: Catalog, by: Act, **more: Any) -> Dues:
    created = await catalog.create_sale(by, {**SALE, **more})
    assert isinstance(created, CreatedSale), created
    info = await catalog.sale_info(created.id)
    assert info is not None
    return info.lists[0].dues


async def test_a_new_sale_has_the_taxes_of_its_venues_country(catalog: Catalog, by: Act) -> None:
    dues = await made(catalog, by, venue={"name": "Sala", "country": "es"})
    assert dues.tax is not None
    assert (dues.tax.name, dues.tax.ppm, dues.tax.included) == ("IVA", 100_000, True)
    assert {kind: tax.name for kind, tax in dues.taxes.items()} == {"product:shirt": "IVA general"}
    (fee,) = dues.fees
    assert fee.tax is not None
    assert fee.tax.name == "IVA general"
    # Found again by its name, the venue still is in Spain; elsewhere nothing is asked.
    assert (await made(catalog, by, venue="Sala")).tax == dues.tax
    added = await made(catalog, by, venue={"name": "Hall", "country": "US"})
    assert added.tax is not None
    assert (added.tax.ppm, added.tax.included) == (88_750, False)
    for venue in ({"name": "Salle", "country": "FR"}, "Nowhere"):
        assert (await made(catalog, by, venue=venue)).all_taxes == []


async def test_what_a_sale_says_itself_counts(catalog: Catalog, by: Act) -> None:
    venue = {"name": "Sala", "country": "ES"}
    assert (await made(catalog, by, venue=venue, taxes={})).all_taxes == []
    said = await made(catalog, by, venue=venue, taxes={"IGIC": 7})
    assert [tax.name for tax in said.all_taxes] == ["IGIC"]


async def test_a_change_of_the_rules_changes_no_sale(catalog: Catalog, by: Act) -> None:
    created = await catalog.create_sale(by, {**SALE, "venue": {"name": "Sala", "country": "ES"}})
    assert isinstance(created, CreatedSale)
    version, _ = await catalog.tax_rules.of(by.organizer_id)
    written = await catalog.tax_rules.change(by, {"countries": {"ES": {"IVA": 12}}, "version": version})
    assert not isinstance(written, list | Refused)
    info = await catalog.sale_info(created.id)
    assert info is not None
    assert info.lists[0].dues.tax is not None
    assert info.lists[0].dues.tax.ppm == 100_000
    stale = await catalog.tax_rules.change(by, {"countries": {}, "version": version})
    assert stale == Refused(Code.CHANGED_MEANWHILE)


async def test_of_two_who_write_at_once_one_is_told(catalog: Catalog, by: Act) -> None:
    version, _ = await catalog.tax_rules.of(by.organizer_id)
    asks = [{"countries": {"ES": {"IVA": rate}}, "version": version} for rate in range(1, 9)]
    answers = await asyncio.gather(*(catalog.tax_rules.change(by, ask) for ask in asks))
    assert sum(isinstance(each, tuple) for each in answers) == 1
    assert answers.count(Refused(Code.CHANGED_MEANWHILE)) == 7


async def test_a_neighbours_rules_are_not_ours(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_b', 'B')")
    neighbour = Act("org_b", "test")
    assert await catalog.tax_rules.of("org_b") == (0, {})
    assert (await made(catalog, neighbour, venue={"name": "Sala", "country": "ES"})).all_taxes == []


@pytest.mark.parametrize(
    ("countries", "path"),
    [
        ({"XX": {"IVA": 10}}, "countries.XX"),
        ({"ES": {"IVA": {"rate": 101}}}, "countries.ES.IVA.rate"),
        ({"ES": {"IVA": "1.00001"}}, "countries.ES.IVA.rate"),
        ({"ES": {"IVA": 10, "Other": 5}}, "countries.ES.Other"),
    ],
)
async def test_what_is_wrong_is_named(catalog: Catalog, by: Act, countries: Any, path: str) -> None:
    before = await catalog.tax_rules.of(by.organizer_id)
    said = await catalog.tax_rules.change(by, {"countries": countries})
    assert isinstance(said, list)
    assert [each.path for each in said] == [path]
    assert await catalog.tax_rules.of(by.organizer_id) == before
