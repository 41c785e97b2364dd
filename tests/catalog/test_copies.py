"""Copies over a real database: what they have, their times across clock changes, series made twice, and by whom."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from engine.access.api_keys import ApiKeys
from engine.audit import Act
from engine.catalog import Catalog, CreatedSale, DateCopy, Dates, ListedPrices, SaleInfo
from engine.catalog.dates import days_of, starts_of
from engine.catalog.event_inputs import DateRule, DatesInput
from engine.catalog.findings import Findings
from engine.limits import DATES_AT_ONCE_MAX
from engine.refusals import Code, Refused

# What a copy has of its own; whatever else a sale has is copied, and a new column is either or this test fails.
OWN = {
    *("id", "event_id", "kind", "lobby_at", "opens_at", "closes_at", "public_at", "opened_at", "closed_at", "paused"),
    *("steered", "draw_secret", "draw_commit", "created_at", "rehearsal_of", "rehearsal_until", "event_revision"),
}
NOW = datetime(2036, 1, 1, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


async def original(catalog: Catalog, by: Act, **fields: Any) -> CreatedSale:
    body = {
        "event": "Noche de boleros",
        "description": "One night.",
        "performers": ["Los Panchos"],
        "starts": "2037-03-20 20:30",
        "ends": "2037-03-20 23:00",
        "zone": "Europe/Madrid",
        "venue": "Teatro",
        "currency": "EUR",
        "lobby": "2037-03-10 09:30",
        "opens": "2037-03-10 10:00",
        "closes": "2037-03-20 18:30",
        "visibility": "public_from",
        "public_from": "2037-03-01 08:00",
        "person_max": 3,
        "entry": {"code": "SESAME-2037"},
        "ticket_types": {"general": "General", "half": "Half"},
        "sections": {"stalls": {"rows": 2, "seats": 5, "price": {"general": 20, "half": 10}}},
        "pools": {"floor": {"capacity": 9, "price": 20}, "early": {"capacity": 3, "price": 15, "draws_on": "floor"}},
        **fields,
    }
    made = await catalog.create_sale(by, body)
    assert isinstance(made, CreatedSale), made
    return made


def there(done: Dates | Refused | list[Any]) -> Dates:
    assert isinstance(done, Dates), done
    return done


async def count(db: asyncpg.Pool, table: str) -> int:
    found: int = await db.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def test_a_copy_has_all_that_is_not_its_own(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await original(catalog, by)
    await catalog.open_now(by, sale.id)
    await catalog.pause(by, sale.id)
    copy = await catalog.copies.clone(by, sale.id, {"starts": "2037-04-02 20:30"})
    assert isinstance(copy, DateCopy), copy
    made = copy.sales[0].id
    before, after = [dict(await db.fetchrow("SELECT * FROM sale WHERE id = $1", each)) for each in (sale.id, made)]
    differ = {name for name in before if before[name] != after[name]}
    assert differ <= OWN, "a copy has its own"
    assert {"event_id", "draw_secret", "draw_commit"} <= differ
    assert (after["paused"], after["opened_at"], after["steered"]) == (False, None, 0)
    # By the clocks of Madrid, which go forward in between.
    local = {name: after[name].astimezone(MADRID) for name in ("lobby_at", "opens_at", "closes_at", "public_at")}
    assert {name: f"{at:%m-%d %H:%M}" for name, at in local.items()} == {
        "lobby_at": "03-23 09:30",
        "opens_at": "03-23 10:00",
        "closes_at": "04-02 18:30",
        "public_at": "03-14 08:00",
    }
    pools = "SELECT id, name, position, capacity, draws_on FROM pool WHERE sale_id = $1 ORDER BY position"
    assert await db.fetch(pools, sale.id) == await db.fetch(pools, made)
    types = "SELECT id, name, position FROM ticket_type WHERE event_id = $1 ORDER BY position"
    assert await db.fetch(types, sale.event_id) == await db.fetch(types, copy.event_id)
    plan, info = await catalog.plan(str(made)), await catalog.sale_info(str(made))
    assert plan is not None
    assert plan.seats == 10
    assert info is not None
    assert info.event is not None
    assert (info.event.name, info.event.performers) == ("Noche de boleros", ("Los Panchos",))
    assert info.event.ends_at == datetime(2037, 4, 2, 21, 0, tzinfo=UTC)
    assert info.venue is not None
    assert info.venue.name == "Teatro"


async def test_a_copy_begins_with_the_newest_prices_and_zones(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    zones = {"front": {"seats": {"stalls": ["A"]}, "price": 30}}
    sale = await original(catalog, by, zones=zones)
    prices = {"stalls": {"general": 22}, "floor": 21, "early": 16}
    painted = {"aisle": {"name": "Aisle", "seats": {"stalls": ["B 1-2"]}, "price": {"patron": 40}}}
    body = {"prices": prices, "zones": painted, "ticket_types": {"patron": "Patron"}}
    newest = await catalog.price_lists.change(by, sale.id, body)
    assert isinstance(newest, ListedPrices), newest
    copy = await catalog.copies.clone(by, sale.id, {"starts": "2037-04-02 20:30"})
    assert isinstance(copy, DateCopy), copy
    made = str(copy.sales[0].id)
    assert await db.fetchval("SELECT count(*) FROM price_list WHERE sale_id = $1", made) == 0
    info = await catalog.sale_info(made)
    assert info is not None
    assert (info.list_now.number, info.list_now.prices, info.list_now.zones) == (1, newest.prices, newest.zones)
    assert list(info.list_now.zones) == ["aisle"]
    assert "patron" in info.types
    asked = {"questions": {"name": {"ask": "Whose name?", "kind": "text", "for": ["patron"]}}}
    assert isinstance(await catalog.change_sale(by, sale.id, asked), SaleInfo)


async def test_windows_of_ticket_types_move_with_the_sale(catalog: Catalog, by: Act) -> None:
    limits = {"number": "40 %", "until": "2037-03-12 10:00", "proof": "Card"}
    types = {"general": "General", "half": {"name": "Half", **limits}}
    sale = await original(catalog, by, ticket_types=types)
    copy = await catalog.copies.clone(by, sale.id, {"starts": "2037-04-02 20:30"})
    assert isinstance(copy, DateCopy), copy
    was, now = await catalog.sale_info(sale.id), await catalog.sale_info(str(copy.sales[0].id))
    assert was is not None
    assert now is not None
    assert was.type_numbers == now.type_numbers == {"half": 7}
    later_ms = (now.times.opens_at - was.times.opens_at).total_seconds() * 1000
    before, after = was.type_rules["half"], now.type_rules["half"]
    assert (after.from_ms, after.until_ms, after.proof) == (0, before.until_ms + later_ms, "Card")


async def test_every_column_of_a_sale_is_copied_or_its_own(db: asyncpg.Pool) -> None:
    from engine.catalog import event_sql

    columns = await db.fetch("SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'sale'")
    copied = set(re.findall(r"\w+", event_sql.COPY_SALE.partition("SELECT")[2]))
    assert {row["name"] for row in columns} - copied <= OWN


async def test_a_preview_writes_nothing(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await original(catalog, by)
    before = [await count(db, table) for table in ("event", "sale", "series", "audit")]
    copy = await catalog.copies.clone(by, sale.id, {"starts": "2037-04-02 20:30", "preview": True})
    assert isinstance(copy, DateCopy)
    assert (copy.event_id, copy.sales[0].id, copy.sales[0].of) == (None, None, sale.id)
    body = {"dates": ["2037-04-02 20:30", "2037-03-29 02:30", "2037-03-20 20:30", "2020-01-01 20:30"]}
    planned = there(await catalog.copies.dates(by, sale.event_id, body, preview=True))
    assert planned.series_id is None
    said = {date.written: (date.there, date.wrong) for date in planned.dates}
    assert said["2037-04-02 20:30"] == (False, "")
    assert said["2037-03-20 20:30"] == (True, "")
    assert said["2020-01-01 20:30"] == (False, "is in the past")
    assert "does not exist in Europe/Madrid" in said["2037-03-29 02:30"][1]
    assert [await count(db, table) for table in ("event", "sale", "series", "audit")] == before


async def test_dates_are_made_once_and_a_bad_one_stops_no_other(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await original(catalog, by)
    rule = {"every": ["friday", "saturday"], "at": "20:30", "from": "2037-03-20", "until": "2037-04-04"}
    body = {"rule": {**rule, "except": ["2037-03-27"]}, "dates": ["2037-10-25 02:30"], "series": "Primavera"}
    made = there(await catalog.copies.dates(by, sale.event_id, body, preview=False))
    days = [f"{date.starts_at:%m-%d}" for date in made.dates if date.event_id]
    assert days == ["03-21", "03-28", "04-03", "04-04"], "the 20th is the event itself"
    assert sum(bool(date.wrong) for date in made.dates) == 1
    assert made.series_name == "Primavera"
    again = there(await catalog.copies.dates(by, sale.event_id, body, preview=False))
    assert not any(date.event_id for date in again.dates)
    assert again.series_id == made.series_id
    assert await count(db, "event") == await count(db, "sale") == 5
    shown = await catalog.events.one(by.organizer_id, sale.event_id)
    assert shown is not None
    assert shown.event.series_name == "Primavera"
    assert [f"{date.starts_at:%m-%d}" for date in shown.dates] == ["03-20", *days]
    acts = Counter(row["act"] for row in await db.fetch("SELECT act FROM audit"))
    assert (acts["series.create"], acts["event.date"]) == (1, 4)


async def test_two_who_make_the_same_dates_at_once_make_them_once(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await original(catalog, by)
    body = {"rule": {"every": "day", "at": "20:30", "from": "2037-05-01", "until": "2037-05-10"}}
    both = await asyncio.gather(*(catalog.copies.dates(by, sale.event_id, body, preview=False) for _ in range(2)))
    made = [date for dates in both for date in there(dates).dates if date.event_id]
    assert len(made) == len({date.starts_at for date in made}) == 10
    assert await count(db, "event") == 11
    assert await count(db, "series") == 1


async def test_everybody_sees_the_dates_that_are_listed(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await original(catalog, by, visibility="public", public_from=None, entry="open")
    body = {"dates": ["2037-04-03 20:30", "2037-04-02 20:30"], "series": "Primavera"}
    made = there(await catalog.copies.dates(by, sale.event_id, body, preview=False))
    series = await catalog.events.series(str(made.series_id))
    assert series is not None
    assert series.name == "Primavera"
    assert [f"{card.starts_at:%m-%d}" for card in series.dates] == ["03-20", "04-02", "04-03"]
    assert {card.price_from for card in series.dates} == {1500}
    await db.execute("UPDATE sale SET visibility = 'hidden' WHERE id = $1", sale.id)
    shown = await catalog.events.series(str(made.series_id))
    assert shown is not None
    assert len(shown.dates) == 2
    await db.execute("UPDATE sale SET visibility = 'hidden'")
    assert await catalog.events.series(str(made.series_id)) is None, "it says nothing of what is hidden"
    assert await catalog.events.series("ser_none") is None


async def test_an_event_without_a_sale_has_dates_too(catalog: Catalog, by: Act) -> None:
    event = await catalog.create_event(by, {"event": "Talk", "starts": "2037-03-20 20:30", "zone": "UTC"})
    made = there(await catalog.copies.dates(by, str(event), {"dates": ["2037-03-21 20:30"]}, preview=False))
    assert [len(date.sales) for date in made.dates] == [0]
    assert made.dates[0].event_id is not None


async def test_a_neighbours_sale_and_event_are_nobodys(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await original(catalog, by)
    other = Act(await ApiKeys(db).create_organizer("Otro"), "ak_other")
    date = {"starts": "2037-04-02 20:30"}
    assert await catalog.copies.clone(other, sale.id, date) == Refused(Code.UNKNOWN_SALE)
    body = {"dates": ["2037-04-02 20:30"]}
    assert await catalog.copies.dates(other, sale.event_id, body, preview=False) == Refused(Code.NOT_FOUND)
    assert await count(db, "event") == 1


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ("2037-03-29 02:30", "does not exist"),
        ("2036-12-31", "needs a time of day"),
        ("2020-03-29 12:30", "is in the past"),
        ("2037-03-29 04:30", "has no time for closes: it does not exist in Europe/Madrid"),
    ],
)
async def test_a_date_that_can_not_be(catalog: Catalog, by: Act, starts: str, said: str) -> None:
    sale = await original(catalog, by, closes="2037-03-20 18:30")
    if "closes" in said:
        early = {"starts": "2037-03-20 04:30", "ends": "2037-03-20 07:00", "closes": "2037-03-20 02:30"}
        sale = await original(catalog, by, **early)
    wrong = await catalog.copies.clone(by, sale.id, {"starts": starts})
    assert isinstance(wrong, list)
    assert wrong[0].path == "starts"
    assert said in wrong[0].message


# ── rules, which are pure ──


def rule(**fields: Any) -> DateRule:
    return DateRule.model_validate(
        {"every": "day", "at": "20:30", "from": "2037-03-20", "until": "2037-03-31", **fields}
    )


def test_every_second_week() -> None:
    found = list(days_of(rule(every=["monday", "friday"], weeks=2, **{"from": "2037-03-18", "until": "2037-04-20"})))
    assert found == [date(2037, 3, 20), date(2037, 3, 30), date(2037, 4, 3), date(2037, 4, 13), date(2037, 4, 17)]


@pytest.mark.parametrize(
    ("zone", "at", "span", "gaps", "folds"),
    [
        ("Europe/Madrid", "02:30", ("2037-03-20", "2037-11-01"), 1, 1),
        ("Australia/Lord_Howe", "02:15", ("2037-09-01", "2037-11-01"), 1, 0),
        ("Australia/Lord_Howe", "01:45", ("2037-03-20", "2037-04-20"), 0, 1),
        ("America/Sao_Paulo", "00:30", ("2037-01-01", "2037-12-31"), 0, 0),
        ("America/Santiago", "00:30", ("2037-08-01", "2037-10-01"), 1, 0),
    ],
)
def test_every_day_through_the_changes_of_the_clocks(
    zone: str, at: str, span: tuple[str, str], gaps: int, folds: int
) -> None:
    read = DatesInput.model_validate({"rule": {"every": "day", "at": at, "from": span[0], "until": span[1]}})
    findings = Findings({})
    starts = starts_of(read, ZoneInfo(zone), NOW, findings)
    assert findings.paths == []
    days = (date.fromisoformat(span[1]) - date.fromisoformat(span[0])) // timedelta(days=1) + 1
    assert len(starts) == days
    assert sum("does not exist" in start.wrong for start in starts) == gaps
    assert sum("happens twice" in start.wrong for start in starts) == folds
    fine = [start.at for start in starts if start.at is not None]
    assert fine == sorted(fine)
    assert {f"{each.astimezone(ZoneInfo(zone)):%H:%M}" for each in fine} == {at}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ("dates",)),
        ({"rule": {"every": "monday", "at": "20:30", "from": "2037-03-20", "until": "2037-03-21"}}, ("rule",)),
        ({"rule": {"every": "day", "at": "20:30", "from": "2037-03-20", "until": "2037-03-19"}}, ("rule", "until")),
        ({"rule": {"every": "day", "at": "20:30", "from": "2037-03-20", "until": "2039-03-19"}}, ("rule",)),
        ({"rule": {"every": "day", "at": "20:30", "from": "9999-01-01", "until": "9999-12-31"}}, ("rule", "from")),
    ],
)
def test_a_list_that_makes_no_dates(body: dict[str, Any], path: tuple[str, ...]) -> None:
    findings = Findings({})
    assert starts_of(DatesInput.model_validate(body), MADRID, NOW, findings) == []
    assert findings.paths == [path]


def test_a_whole_year_at_once() -> None:
    read = DatesInput.model_validate(
        {"rule": {"every": "day", "at": "20:30", "from": "2040-01-01", "until": "2040-12-31"}}
    )
    assert len(starts_of(read, MADRID, NOW, Findings({}))) == DATES_AT_ONCE_MAX
