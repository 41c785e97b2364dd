"""Days of a sale over a real database: as written, as they change, move and are copied, and mistakes at their place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from engine.audit import Act
from engine.catalog import Catalog, CreatedSale, DateCopy, Dates, EventShown, SaleInfo
from engine.catalog.invariants import violations
from engine.catalog.model import RoomPlan
from engine.catalog.reading import Near
from engine.catalog.shadow_sales import copy_sale
from engine.catalog.yaml_source import read_yaml

FESTIVAL = """\
event: Festival
starts: 2037-03-27 18:00
ends: 2037-03-30 02:00
zone: Europe/Madrid
currency: EUR
opens: 2037-01-10 10:00
days:
  sun: {name: Sunday, starts: 2037-03-29 12:00}
  Fri: {name: Friday, starts: 2037-03-27 18:00}
  Sat: {starts: 2037-03-28 12:00}
sections:
  Loge: {rows: 2, seats: 5, price: 90, admits: Sat}
  arc: {rows: 1, seats: 4, blocks: 2, price: 10, shape: {kind: arc, radius: 20, sweep: 90}, admits: [sun]}
  hall: {rows: 1, seats: 5, price: 9}
pools:
  friday: {capacity: 9, price: 30, admits: fri}
  saturday: {capacity: 9, price: 30, admits: sat}
  sunday: {capacity: 9, price: 30, admits: [sun]}
  pass: {capacity: 4, price: 70, draws_on: [friday, saturday, sunday], admits: [sun, fri, sat]}
  parking: {capacity: 4, price: 7}
"""
MADRID = {
    "fri": "2037-03-27 17:00",
    "sat": "2037-03-28 11:00",
    "sun": "2037-03-29 10:00",
}  # in UTC; the clocks go forward


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def made(catalog: Catalog, by: Act, text: str = FESTIVAL) -> CreatedSale:
    created = await catalog.sale_from_yaml(text, by)
    assert isinstance(created, CreatedSale), created
    return created


async def info_of(catalog: Catalog, sale: str) -> SaleInfo:
    info = await catalog.sale_info(sale)
    assert info is not None
    return info


def starts(info: SaleInfo) -> dict[str, datetime]:
    return {day.id: day.starts_at for day in info.days}


async def test_days_come_back_in_their_order_with_what_admits_to_them(catalog: Catalog, by: Act) -> None:
    info = await info_of(catalog, (await made(catalog, by)).id)
    assert [(day.id, day.name) for day in info.days] == [("fri", "Friday"), ("sat", "Sat"), ("sun", "Sunday")]
    assert starts(info) == {day: utc(at) for day, at in MADRID.items()}
    assert info.admits == {
        "loge": ("sat",),
        "arc-1": ("sun",),
        "arc-2": ("sun",),
        "friday": ("fri",),
        "saturday": ("sat",),
        "sunday": ("sun",),
        "pass": ("fri", "sat", "sun"),
    }
    assert [day.name for day in info.admitted["pass"]] == ["Friday", "Sat", "Sunday"]


@pytest.mark.parametrize(
    "wrong",
    [
        (
            "admits: fri}",
            "admits: fry}",
            "line 16: pools.friday.admits",
            "names no day of this sale: fry; did you mean fri?",
        ),
        ("[sun, fri, sat]", "[sun, fri, Fri, sat]", "line 19: pools.pass.admits", "names Fri twice"),
        ("[sun, fri, sat]", "[sun, fri]", "line 19: pools.pass.admits", "leaves out sat, to which Saturday admits"),
        ("admits: sat}", "}", "line 19: pools.pass.admits", "names sat, and it draws on no pool that admits to it"),
        ("admits: Sat", "admits: [Sat, mon]", "line 12: sections.Loge.admits", "names no day of this sale: mon"),
        ("2037-03-29 12:00", "2037-03-29 02:30", "line 8: days.sun.starts", "does not exist in Europe/Madrid"),
        ("2037-03-29 12:00", "2037-03-31 12:00", "line 8: days.sun.starts", "is not before the event ends"),
        ("2037-03-28 12:00", "2037-03-27 12:00", "line 10: days.Sat.starts", "is before the event starts"),
        ("2037-03-28 12:00", "tomorrow", "line 10: days.Sat.starts", "is not a time"),
        ("{starts: 2037-03-28 12:00}", "{name: Saturday}", "line 10: days.Sat.starts", "is missing"),
        ("{starts: 2037-03-28 12:00}", "{start: 2037-03-28 12:00}", "line 10: days.Sat.start", "did you mean starts?"),
        ("  Sat:", "  FRI:", "line 10: days.FRI", "has the same id as 'Fri', which is fri"),
        ("  Sat:", '  "!":', "line 10: days.!", "needs a name with letters or digits in it"),
        ("ends: 2037-03-30 02:00\n", "", "", ""),
    ],
)
async def test_mistakes_are_named_at_their_line(catalog: Catalog, by: Act, wrong: tuple[str, str, str, str]) -> None:
    was, written, where, said = wrong
    text = FESTIVAL.replace(was, written, 1)
    assert text != FESTIVAL
    found = await catalog.sale_from_yaml(text, by)
    if not said:
        assert isinstance(found, CreatedSale), "an event may have days and no end"
        return
    assert isinstance(found, list), found
    told = [str(mistake) for mistake in found]
    assert any(each.startswith(where) and said in each for each in told), told
    assert len([each for each in told if each.startswith(f"{where}:")]) == 1


async def test_a_repeated_local_time_is_asked_about(catalog: Catalog, by: Act) -> None:
    body = {
        "event": "Festival",
        "starts": "2037-10-24 18:00",
        "zone": "Europe/Madrid",
        "currency": "EUR",
        "opens": "2037-01-10 10:00",
        "days": {"night": {"starts": "2037-10-25 02:30"}},
        "pools": {"floor": {"capacity": 9, "price": 20, "admits": ["night"]}},
    }
    found = await catalog.create_sale(by, body)
    assert isinstance(found, list)
    assert [(each.path, each.message.partition(",")[0]) for each in found] == [
        ("days.night.starts", "happens twice in Europe/Madrid")
    ]


async def test_days_change_and_those_that_tickets_admit_to_stay(catalog: Catalog, by: Act) -> None:
    sale = await made(catalog, by)
    lacking = await catalog.change_sale(by, sale.id, {"days": {"fri": {"starts": "2037-03-27 18:00"}}})
    assert isinstance(lacking, list)
    assert [str(each) for each in lacking] == ["days: lack sat, to which tickets admit"]
    days = {
        "fri": {"name": "Friday", "starts": "2037-03-27 18:00"},
        "sat": {"name": "Saturday", "starts": "2037-03-28 11:00"},
        "sun": {"name": "Sunday", "starts": "2037-03-29 12:00"},
        "late": {"starts": "2037-03-30 00:30"},
    }
    changed = await catalog.change_sale(by, sale.id, {"days": days})
    assert isinstance(changed, SaleInfo), changed
    assert [(day.id, day.name, day.revision) for day in changed.days] == [
        ("fri", "Friday", 0),
        ("sat", "Saturday", 1),
        ("sun", "Sunday", 0),
        ("late", "Late", 0),
    ]
    assert starts(changed)["sat"] == utc("2037-03-28 10:00")
    wrong = await catalog.change_sale(by, sale.id, {"days": days | {"late": {"starts": "2037-03-27 17:00"}}})
    assert isinstance(wrong, list)
    assert [str(each) for each in wrong] == ["days.late.starts: is before the event starts"]
    source = read_yaml("days:\n  fri: {starts: 2037-03-27 18:00}\n  sat: {starts: 2037-03-27 17:00}\n")
    written = await catalog.change_sale(by, sale.id, source.tree, source.lines)
    assert isinstance(written, list)
    assert [str(each) for each in written] == ["line 3: days.sat.starts: is before the event starts"]
    del days["late"]
    assert isinstance(await catalog.change_sale(by, sale.id, {"days": days}), SaleInfo), "nothing admits to it"
    untouched = await catalog.change_sale(by, sale.id, {"person_max": 4})
    assert isinstance(untouched, SaleInfo)
    assert [day.id for day in untouched.days] == ["fri", "sat", "sun"]


async def test_moving_an_event_moves_its_days_by_the_clock(catalog: Catalog, by: Act) -> None:
    sale = await made(catalog, by)
    moved = await catalog.events.move(by, sale.event_id, {"starts": "2037-04-03 18:00"})
    assert isinstance(moved, EventShown), moved
    info = await info_of(catalog, sale.id)
    assert starts(info) == {
        day: utc(at) + timedelta(days=7, hours=-1 if day != "sun" else 0) for day, at in MADRID.items()
    }
    # A week earlier Saturday would begin in the hour that the clocks skip.
    late = {
        "days": {
            "fri": {"starts": "2037-04-03 18:00"},
            "sat": {"starts": "2037-04-05 02:30"},
            "sun": {"starts": "2037-04-05 12:00"},
        }
    }
    assert isinstance(await catalog.change_sale(by, sale.id, late), SaleInfo)
    skipped = await catalog.events.move(by, sale.event_id, {"starts": "2037-03-27 18:00"})
    assert isinstance(skipped, list)
    assert [each.path for each in skipped] == ["starts"]
    assert "has no time for sat: it does not exist in Europe/Madrid" in skipped[0].message
    short = await catalog.events.move(by, sale.event_id, {"starts": "2037-05-01 18:00", "ends": "2037-05-02 06:00"})
    assert isinstance(short, list)
    assert [str(each) for each in short] == [f"ends: is before a day of sale {sale.id}"]
    assert starts(await info_of(catalog, sale.id)) == {
        "fri": utc("2037-04-03 16:00"),
        "sat": utc("2037-04-05 00:30"),
        "sun": utc("2037-04-05 10:00"),
    }, "what is refused changes nothing"


async def test_a_copy_has_its_days_as_far_from_its_start(catalog: Catalog, by: Act) -> None:
    sale = await made(catalog, by)
    copy = await catalog.copies.clone(by, sale.id, {"starts": "2037-05-01 18:00"})
    assert isinstance(copy, DateCopy), copy
    there = await info_of(catalog, str(copy.sales[0].id))
    assert [f"{day.id} {day.starts_at:%m-%d %H:%M}" for day in there.days] == [
        "fri 05-01 16:00",
        "sat 05-02 10:00",
        "sun 05-03 10:00",
    ]
    assert there.days == copy.sales[0].days
    assert there.admits == (await info_of(catalog, sale.id)).admits
    short = await catalog.copies.clone(by, sale.id, {"starts": "2037-05-01 18:00", "ends": "2037-05-02 06:00"})
    assert isinstance(short, list)
    assert [str(each) for each in short] == ["starts: would end before one of its days"]
    dates: dict[str, Any] = {"dates": ["2037-06-05 18:00"]}
    series = await catalog.copies.dates(by, sale.event_id, dates, preview=False)
    assert isinstance(series, Dates), series
    assert starts(await info_of(catalog, str(series.dates[0].sales[0].id)))["sun"] == utc("2037-06-07 10:00")


async def test_a_rehearsal_has_the_same_days(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await made(catalog, by)
    async with db.acquire() as connection:
        assert await copy_sale(connection, sale.id, "shadow-1", open_room=RoomPlan(5), lasts_s=60)
    shadow, original = await info_of(catalog, "shadow-1"), await info_of(catalog, sale.id)
    assert (shadow.days, shadow.admits) == (original.days, original.admits)


async def test_a_sale_is_listed_until_its_last_day_has_begun(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    text = FESTIVAL.replace("ends: 2037-03-30 02:00\n", "")
    sale = await made(catalog, by, text)
    # As if it were the morning of its second day.
    later = (datetime.now(UTC) - timedelta(hours=20)) - utc("2037-03-27 17:00")
    shifted = "d || jsonb_build_object('starts_ms', (d ->> 'starts_ms')::bigint + $1)"
    await db.execute("UPDATE event SET starts_at = starts_at + $1::interval", later)
    await db.execute(
        f"UPDATE sale SET days = (SELECT jsonb_agg({shifted}) FROM jsonb_array_elements(days) d)",
        int(later.total_seconds() * 1000),
    )
    assert [card.id for card in (await catalog.sales()).items] == [sale.id]
    assert [card.id for card in (await catalog.sales(near=Near(0, 0))).items] == [sale.id]
    over_at = await db.fetchval("SELECT over_at FROM sale_moment WHERE id = $1", sale.id)
    assert over_at > datetime.now(UTC)
    await db.execute("UPDATE sale SET days = '[]', admits = '{}'")
    assert (await catalog.sales()).items == ()
    assert await db.fetchval("SELECT over_at FROM sale_moment WHERE id = $1", sale.id) < datetime.now(UTC)


async def test_verify_finds_what_admits_to_a_day_that_is_not_there(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await made(catalog, by)
    assert await violations(db) == []
    await db.execute("UPDATE sale SET days = days - 0")
    told = {str(each.text) for each in await violations(db)}
    assert told == {
        "says that friday admits to fri, a day it has not",
        "says that pass admits to fri, a day it has not",
    }
    assert sale.id


async def test_sections_of_a_layout_that_exists_may_admit_to_days(catalog: Catalog, by: Act) -> None:
    first = await made(catalog, by)
    body = {
        "event_id": first.event_id,
        "venue_id": first.venue_id,
        "layout": first.layout_version,
        "currency": "EUR",
        "opens": "2037-01-10 10:00",
        "closes": "2037-03-27 10:00",
        "days": {"sat": {"starts": "2037-03-28 12:00"}},
        "sections": {"Loge": {"price": 20, "admits": "sat"}},
    }
    created = await catalog.create_sale(by, body)
    assert isinstance(created, CreatedSale), created
    assert (await info_of(catalog, created.id)).admits == {"loge": ("sat",)}
    before = await catalog.create_sale(by, body | {"days": {"sat": {"starts": "2037-03-26 12:00"}}})
    assert isinstance(before, list)
    assert [str(each) for each in before] == ["days.sat.starts: is before the event starts"]


ALL = {
    "loge": "sat",
    "arc-1": "sun",
    "arc-2": "sun",
    "friday": "fri",
    "saturday": "sat",
    "sunday": "sun",
    "pass": ["fri", "sat", "sun"],
}


async def test_what_admits_to_which_day_changes_until_the_sale_opens(
    catalog: Catalog, by: Act, db: asyncpg.Pool
) -> None:
    sale = await made(catalog, by)

    async def change(**admits: Any) -> Any:
        return await catalog.change_sale(by, sale.id, {"admits": {**ALL, **admits}})

    changed = await change(**{"arc-1": ["Sun", "fri"], "hall": "fri"})
    assert isinstance(changed, SaleInfo)
    assert changed.admits["arc-1"] == ("fri", "sun")
    assert changed.admits["hall"] == ("fri",)
    for admits, path, said in (
        ({"hall": "mon"}, "admits.hall", "names no day of this sale"),
        ({"hall": ["fri", "Fri"]}, "admits.hall", "names Fri twice"),
        ({"balcony": "fri"}, "admits.balcony", "is not a section or pool of this sale"),
        ({"pass": ["fri", "sat"]}, "admits.pass", "leaves out sun"),
    ):
        wrong = await change(**admits)
        assert isinstance(wrong, list)
        assert [(each.path, said in each.message) for each in wrong] == [(path, True)], wrong
    # With the days that it names: one goes, with all that admitted to it.
    days = {"fri": {"starts": "2037-03-27 18:00"}, "sun": {"starts": "2037-03-29 12:00"}}
    lacking = await catalog.change_sale(by, sale.id, {"days": days, "admits": ALL})
    assert isinstance(lacking, list)
    assert {each.path for each in lacking} >= {"admits.loge", "admits.saturday"}
    gone = {place: its for place, its in ALL.items() if place in ("arc-1", "friday", "sunday")} | {
        "pass": ["fri", "sun"]
    }
    fewer = await catalog.change_sale(by, sale.id, {"days": days, "admits": gone})
    assert isinstance(fewer, SaleInfo)
    assert [day.id for day in fewer.days] == ["fri", "sun"]
    assert await violations(db) == []
    await db.execute("UPDATE sale SET lobby_at = NULL, opens_at = now() + interval '5 s' WHERE id = $1", sale.id)
    late = await catalog.change_sale(by, sale.id, {"admits": {}})
    assert isinstance(late, list)
    assert [each.path for each in late] == ["admits"]
    same = await catalog.change_sale(by, sale.id, {"admits": gone})
    assert isinstance(same, SaleInfo), "nothing changes"
