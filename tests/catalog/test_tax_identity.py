"""Whether a sale has receipts made out to a company: said by its YAML or later, and by what is copied from it."""

from __future__ import annotations

import asyncpg
import pytest

from engine.audit import Act
from engine.catalog import Catalog, CreatedSale
from engine.catalog.copies import DateCopy


async def has(catalog: Catalog, sale: str) -> bool:
    info = await catalog.sale_info(sale)
    assert info is not None
    return info.tax_identity


async def test_it_is_as_written_and_as_changed_and_so_are_copies(
    catalog: Catalog, by: Act, shortest: str, db: asyncpg.Pool
) -> None:
    plain = await catalog.sale_from_yaml(shortest, by)
    assert isinstance(plain, CreatedSale), plain
    assert not await has(catalog, plain.id)
    sale = await catalog.sale_from_yaml(f"{shortest}tax_identity: true\n", by)
    assert isinstance(sale, CreatedSale), sale
    assert await has(catalog, sale.id)
    other = await catalog.change_sale(by, sale.id, {"person_max": 3})
    assert getattr(other, "tax_identity", other) is True, "what a change leaves out stays"
    copy = await catalog.copies.clone(by, sale.id, {"starts": "2037-04-02 20:30"})
    assert isinstance(copy, DateCopy), copy
    assert await has(catalog, str(copy.sales[0].id))
    changed = await catalog.change_sale(by, sale.id, {"tax_identity": False})
    assert getattr(changed, "tax_identity", changed) is False
    row = await db.fetchrow("SELECT before, after FROM audit WHERE act = 'sale.change' ORDER BY id DESC LIMIT 1")
    assert (row["before"]["tax_identity"], row["after"]["tax_identity"]) == (True, False)


@pytest.mark.parametrize("written", ["maybe", "[true]", "7"])
async def test_what_is_no_answer_is_named_at_its_line(catalog: Catalog, by: Act, shortest: str, written: str) -> None:
    found = await catalog.sale_from_yaml(f"{shortest}tax_identity: {written}\n", by)
    assert isinstance(found, list), found
    assert [(each.path, each.line) for each in found] == [("tax_identity", shortest.count("\n") + 1)]
