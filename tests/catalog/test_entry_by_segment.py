"""Sales and phases that are for a segment, as they are written, changed, copied and verified."""

from __future__ import annotations

import secrets
from typing import Any

import asyncpg
import pytest

from engine.access.api_keys import ApiKeys
from engine.audit import Act
from engine.catalog import Catalog, CreatedSale, DateCopy, Entry, EntryRule, SaleInfo, segments_of_sales
from engine.catalog.invariants import violations
from engine.onsale.plan import settings_of
from engine.segments import write_segments
from engine.stores.office import Office

PHASES = "phases:\n  early: {until: 2037-02-01 10:00, entry: {segment: members}}\n  later: {}\n"
BEFORE_SEGMENTS = {"open", "challenge", "contact", "account", "code"}


async def segment(db: asyncpg.Pool, by: Act, name: str) -> str:
    async with Office(db).transaction(by) as connection:
        (made,) = await write_segments(connection, by, {name: 'locale = "es"'})
    return made


@pytest.fixture
async def members(db: asyncpg.Pool, by: Act) -> str:
    return await segment(db, by, "members")


@pytest.fixture
async def theirs(db: asyncpg.Pool, members: str) -> str:
    """A segment of another organizer, beside that of the first."""
    assert members
    other = Act(await ApiKeys(db).create_organizer("Casa de al lado"), "cli")
    return await segment(db, other, "friends of theirs")


async def made(catalog: Catalog, by: Act, text: str) -> CreatedSale:
    created = await catalog.sale_from_yaml(text, by)
    assert isinstance(created, CreatedSale), created
    return created


async def read(catalog: Catalog, sale: str) -> SaleInfo:
    info = await catalog.sale_info(sale)
    assert info is not None
    return info


def said(found: Any) -> list[tuple[str, int | None, str]]:
    assert isinstance(found, list), found
    return [(mistake.path, mistake.line, mistake.message) for mistake in found]


async def test_a_sale_and_its_phases_name_a_segment(
    catalog: Catalog, by: Act, members: str, shortest: str, db: asyncpg.Pool
) -> None:
    plain = await made(catalog, by, f"{shortest}entry: {{segment: members}}\n")
    phased = await made(catalog, by, shortest + PHASES)
    rule = Entry(EntryRule.SEGMENT, segment=members)
    assert (await read(catalog, plain.id)).entry == rule
    assert [phase.entry for phase in (await read(catalog, phased.id)).phases] == [rule, Entry()]
    whose = (by.organizer_id, frozenset({members}))
    assert await segments_of_sales(db, [plain.id, phased.id, "none"]) == {plain.id: whose, phased.id: whose}
    changed = await catalog.change_sale(by, plain.id, {"entry": "open"})
    assert isinstance(changed, SaleInfo)
    assert changed.entry == Entry()
    changed = await catalog.change_sale(by, plain.id, {"entry": {"segment": "members"}})
    assert isinstance(changed, SaleInfo)
    assert changed.entry == rule
    noted = await db.fetch("SELECT after FROM audit WHERE act = 'sale.change' ORDER BY id")
    said_then = [{"rule": "open", "codes": 0}, {"rule": "segment", "codes": 0, "segment": members}]
    assert [row["after"]["entry"] for row in noted] == said_then
    # As a release before this one changes the rule.
    await db.execute("UPDATE sale SET entry = 'open' WHERE id = $1", plain.id)
    assert (await read(catalog, plain.id)).entry == Entry()
    assert await violations(db) == []


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("name", "meant"), [("membres", "; did you mean members?"), ("friends of theirs", ""), ("nobody", "")]
)
async def test_a_segment_that_is_not_theirs_is_named_where_it_is_written(
    catalog: Catalog, by: Act, shortest: str, name: str, meant: str
) -> None:
    why = f"is not a segment of yours: {name}{meant}"
    lines = shortest.count("\n")
    written = await catalog.sale_from_yaml(f"{shortest}entry: {{segment: {name}}}\n", by)
    assert said(written) == [("entry.segment", lines + 1, why)]
    written = await catalog.sale_from_yaml(shortest + PHASES.replace("members", name), by)
    assert said(written) == [("phases.early.entry.segment", lines + 2, why)]
    assert (await catalog.organizer_sales(by.organizer_id)).items == ()
    sale = await made(catalog, by, shortest)
    changed = await catalog.change_sale(by, sale.id, {"entry": {"segment": name}})
    assert said(changed) == [("entry.segment", None, why)]
    assert (await read(catalog, sale.id)).entry == Entry()


async def test_a_built_in_segment_is_there_once_it_is_named(
    catalog: Catalog, by: Act, shortest: str, db: asyncpg.Pool
) -> None:
    sale = await made(catalog, by, f"{shortest}entry: {{segment: frequent buyers}}\n")
    rule = "SELECT rule FROM segment WHERE id = $1 AND organizer_id = $2"
    entry = (await read(catalog, sale.id)).entry
    assert await db.fetchval(rule, entry.segment, by.organizer_id) == "orders >= 3 and last_order_days <= 90"


async def test_a_copy_is_for_the_same_people(catalog: Catalog, by: Act, members: str, shortest: str) -> None:
    for text in (f"{shortest}entry: {{segment: members}}\n", shortest + PHASES):
        sale = await made(catalog, by, text)
        copy = await catalog.copies.clone(by, sale.id, {"starts": "2037-06-01 20:30"})
        assert isinstance(copy, DateCopy)
        was, now = await read(catalog, sale.id), await read(catalog, str(copy.sales[0].id))
        assert now.entry == was.entry
        assert [phase.entry for phase in now.phases] == [phase.entry for phase in was.phases]
        assert {now.entry.segment, *(phase.entry.segment for phase in now.phases)} >= {members}


@pytest.mark.usefixtures("members")
async def test_scripts_of_a_release_before_let_nobody_in(catalog: Catalog, by: Act, shortest: str) -> None:
    """They know five rules, and let in whoever asks where it is none of the other four: so it is codes, and no code."""
    for text in (f"{shortest}entry: {{segment: members}}\n", shortest + PHASES):
        plan = await catalog.plan((await made(catalog, by, text)).id)
        assert plan is not None
        settings = settings_of(plan)
        for rules in (settings, *settings.get("phases", ())):
            assert rules["entry"] in BEFORE_SEGMENTS
            assert "entry_segment" not in rules or (rules["entry"], rules["entry_codes"]) == ("code", ())


async def test_verify_finds_a_sale_that_is_for_nobodys_segment(
    catalog: Catalog, by: Act, theirs: str, shortest: str, db: asyncpg.Pool
) -> None:
    plain = await made(catalog, by, f"{shortest}entry: {{segment: members}}\n")
    phased = await made(catalog, by, shortest + PHASES)
    assert await violations(db) == []
    lost = f"seg_{secrets.token_hex(4)}"
    await db.execute("UPDATE sale SET entry_segment = $2 WHERE id = $1", plain.id, theirs)
    name_it = "UPDATE sale SET phases = jsonb_set(phases, '{0,entry_segment}', to_jsonb($2::text)) WHERE id = $1"
    await db.execute(name_it, phased.id, lost)
    found = {(each.subject, each.text) for each in await violations(db)}
    assert found == {
        (f"sale {plain.id}", f"is for segment {theirs}, which its organizer has not"),
        (f"sale {phased.id}", f"is for segment {lost}, which its organizer has not"),
    }
