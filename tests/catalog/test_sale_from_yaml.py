"""Sales from YAML: what is written is what is stored, and where one thing is wrong nothing is."""

from datetime import UTC, datetime
from hashlib import sha256

import asyncpg
import pytest

from engine.audit import Act
from engine.catalog import Catalog, CreatedSale, Mistake
from engine.catalog.draft import Known, compose_sale, read_sale_input
from engine.catalog.entry import Entering
from engine.catalog.findings import Findings
from engine.catalog.names import id_of
from engine.catalog.yaml_source import BadSource, read_yaml
from engine.ids import PART_ID
from tests.catalog.keeping import Reading

ALL_TABLES = ("venue", "layout", "section", "event", "ticket_type", "sale", "pool")


async def made(catalog: Catalog, text: str, by: Act) -> CreatedSale:
    created = await catalog.sale_from_yaml(text, by)
    assert isinstance(created, CreatedSale), created
    return created


async def mistakes(catalog: Catalog, text: str, by: Act) -> dict[str, Mistake]:
    found = await catalog.sale_from_yaml(text, by)
    assert isinstance(found, list), found
    return {mistake.path: mistake for mistake in found}


async def test_the_shortest_form_becomes_a_whole_sale(
    catalog: Catalog, by: Act, shortest: str, converged: list[str]
) -> None:
    created = await made(catalog, shortest, by)
    assert created.id.startswith("jazz-at-the-corner-")
    assert converged == [created.id]
    plan = await catalog.plan(created.id)
    assert plan is not None
    assert plan.seats == 200
    assert plan.prices == {"stalls": {"general": 4500}, "floor": {"general": 3000}}
    assert [(section.id, section.rank, len(section.rows)) for section in plan.sections] == [("stalls", 0, 10)]
    assert (plan.sections[0].rows[1].label, plan.sections[0].rows[1].first_seat) == ("B", 20)
    assert [(pool.id, pool.capacity, pool.draws_on) for pool in plan.pools] == [("floor", 300, ())]
    assert (plan.person_max, plan.cart_ms) == (6, 1_800_000)
    assert plan.opens_at == datetime(2037, 1, 10, 9, tzinfo=UTC)
    assert plan.lobby_at == datetime(2037, 1, 10, 8, 30, tzinfo=UTC)
    assert plan.closes_at == datetime(2037, 3, 1, 19, 30, tzinfo=UTC), "a sale closes when its event starts"
    assert plan.room is not None
    assert plan.draw_commit == sha256(plan.draw_secret).hexdigest()


async def test_everything_can_be_written(catalog: Catalog, by: Act, sale_id: str) -> None:
    text = f"""
id: {sale_id}
event: Noche de boleros — edición única
description: |
  Una noche.
kind: concert
starts: 2037-07-04T21:00-05:00
ends: 2037-07-05 00:30
zone: America/Bogota
venue: {{name: Teatro Colón, address: "Calle 10 #5-32, Bogotá", latitude: 4.5966, longitude: -74.0749}}
currency: cop
opens: 2037-06-01 10:00
closes: 2037-07-04 12:00
lobby: 2037-06-01 09:00
public_from: 2037-05-20 08:00
person_max: 4
cart_minutes: 0.5
room: {{shoppers: 50, per_second: 20, claim_seconds: 30}}
ticket_types: {{general: Entrada general, estudiante: Estudiante}}
sections:
  Platea: {{rows: [8, 10], price: {{general: 120000, estudiante: 60000}}, numbers: odd-even, accessible: [B 1-2]}}
  Palco Único: {{rows: 1, seats: 4, price: 200000, off: A 4}}
pools:
  pista: {{capacity: 100, price: 50000}}
  Preventa: {{name: Preventa, capacity: 20, price: 40000, draws_on: pista}}
"""
    created = await made(catalog, text, by)
    assert created.id == sale_id
    info = await catalog.sale_info(sale_id)
    plan = await catalog.plan(sale_id)
    assert info is not None
    assert plan is not None
    assert info.event is not None
    assert info.venue is not None
    assert (info.event.name, info.event.starts_at) == (
        "Noche de boleros — edición única",
        datetime(2037, 7, 5, 2, tzinfo=UTC),
    )
    assert (info.venue.name, info.venue.latitude, info.venue.zone) == ("Teatro Colón", 4.5966, "America/Bogota")
    assert info.prices["platea"] == {"general": 12_000_000, "estudiante": 6_000_000}
    assert dict(info.types) == {"general": "Entrada general", "estudiante": "Estudiante"}
    assert [section.name for section in info.sections] == ["Platea", "Palco Único"]
    assert [section.id for section in info.sections] == ["platea", "palco-unico"]
    assert info.sections[0].rows[1].accessible == (4, 5)
    assert plan.off_seats == (21,)
    assert [pool.draws_on for pool in plan.pools] == [(), ("pista",)]
    assert (info.cart_ms, info.person_max, info.currency) == (30_000, 4, "COP")
    assert info.room is not None
    assert (info.room.shoppers_max, info.room.per_second_max, info.room.claim_ms) == (50, 20, 30_000)
    assert info.times.visibility == "public_from"
    assert not info.times.shown(datetime(2037, 5, 20, 12, tzinfo=UTC))
    assert info.times.shown(datetime(2037, 5, 20, 13, tzinfo=UTC))


async def test_every_mistake_is_named_with_its_line(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    text = """\
event: Jazz
starts: 2037-03-29 02:30
zone: Europe/Madrid
currency: EURO
opens: 2037-13-10 10:00
person_max: many
vennue: Sala
sections:
  stalls: {rows: 10, seats: 20, prise: 45.00}
  Platea Alta: {rows: 10, price: 45}
pools:
  floor: {capacity: 300, price: 30.00}
  early: {capacity: 500, price: 5, draws_on: flor}
  floor: {capacity: 1}
"""
    found = await mistakes(catalog, text, by)
    told = {path: (mistake.line, mistake.message) for path, mistake in found.items()}
    assert told["starts"][0] == 2
    assert "does not exist in Europe/Madrid" in told["starts"][1]
    assert told["currency"] == (4, "is not a known currency; did you mean EUR?")
    assert told["opens"][0] == 5
    assert told["person_max"] == (6, "must be a whole number")
    assert told["vennue"] == (7, "is not known here; did you mean venue?")
    assert told["sections.stalls.prise"] == (9, "is not known here; did you mean price?")
    assert told["sections.stalls.price"] == (9, "is missing")
    assert told["sections.Platea Alta"] == (10, "seats are missing: say how many a row has")
    assert told["pools.early.draws_on"] == (13, "names no pool of this sale: flor; did you mean floor?")
    assert told["pools.floor"] == (14, "is written twice (also in line 12)")
    assert len(told) == 10
    for table in ALL_TABLES:
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    assert [row["act"] for row in await db.fetch("SELECT act FROM audit")] == ["organizer.create"]


@pytest.mark.parametrize(
    ("written", "instead", "path", "message"),
    [
        ("45.00", "45.005", "sections.stalls.price", "has more decimals than EUR allows (2 decimals)"),
        ("45.00", "-1", "sections.stalls.price", "must be 0 or more"),
        ("45.00", "{general: 45, vip: lots}", "sections.stalls.price.vip", "must be a number"),
        ("currency: EUR", "currency: JPY\nperson_max: 0", "person_max", "must be 1 or more"),
        ("Europe/Madrid", "Europe/Madird", "zone", "is not a known time zone; did you mean Europe/Madrid?"),
        ("2037-03-01 20:30", "2037-03-01", "starts", "needs a time of day, such as 2037-03-01 10:00"),
        ("2037-03-01 20:30", "2001-03-01 20:30", "starts", "is in the past"),
        ("2037-01-10 10:00", "2037-10-10 10:00", "opens", "is not before the event starts"),
        ("currency: EUR", "currency: EUR\ncloses: 2037-01-10 10:00", "closes", "is not after opens"),
        ("currency: EUR", "currency: EUR\nlobby: 2037-01-10 10:01", "lobby", "is after opens"),
        ("2037-03-01 20:30", "2037-10-25 02:30", "starts", "happens twice in Europe/Madrid"),
        ("floor:", "stalls:", "pools.stalls", "has the same id as 'stalls', which is stalls"),
        ("capacity: 300", "capacity: 0", "pools.floor.capacity", "must be 1 or more"),
        ("price: 30.00", "price: 30.00, draws_on: floor", "pools.floor.draws_on", "goes in a circle"),
        ("seats: 20", "seats: 20, off: [Z]", "sections.stalls", "'Z' names no seat here"),
        ("seats: 20", "seats: 20, row_labels: [A, B]", "sections.stalls", "row_labels has 2 entries for 10 rows"),
        ("rows: 10", "rows: 999, blocks: 300", "sections.stalls", "blocks need `shape: arc`"),
        ("currency: EUR", "currency: EUR\nid: Ñ", "id", "must be 3 to 40 small letters, digits and hyphens"),
        ("currency: EUR", "currency: EUR\nvisibility: public_from", "public_from", "is missing: say from when on"),
        ("currency: EUR", "currency: EUR\nevent_id: evt_x", "event_id", "comes instead of event, not with it"),
        ("currency: EUR", "currency: EUR\nlayout: 1", "layout", "needs the venue_id of a venue that exists"),
        ("45.00", "{Niño: 1, nino: 2}", "sections.stalls.price.nino", "has the same id as 'Niño', which is nino"),
        ("45.00", '{"Niño": 1, "Nin\u0303o": 2}', "sections.stalls.price", "has the same name twice"),
        ("45.00", '{"+": 1, "-": 2}', "sections.stalls.price.+", "needs a name with letters or digits in it"),
        (
            "currency: EUR",
            "currency: EUR\nticket_types: {niño: Child, NIÑO: Kid}",
            "ticket_types.NIÑO",
            "has the same id as 'niño', which is nino",
        ),
        (
            "floor:",
            "Pista 1: {capacity: 1, price: 1}\n  pista-1:",
            "pools.pista-1",
            "has the same id as 'Pista 1', which is pista-1",
        ),
        (
            "stalls:",
            "ring 2: {rows: 1, seats: 3, price: 1}\n  ring: {rows: 2, blocks: 3, shape: arc, price: 1}\n  stalls:",
            "sections.ring",
            "has the same id as 'ring 2', which is ring-2",
        ),
        (
            "price: 30.00}",
            "price: {vip: 1}}\nticket_types: {half: Half}",
            "pools.floor.price.vip",
            "is not one of the ticket_types",
        ),
    ],
)
def test_one_mistake(shortest: str, *, written: str, instead: str, path: str, message: str) -> None:
    assert written in shortest
    source = read_yaml(shortest.replace(written, instead))
    findings = Findings(source.lines)
    read = read_sale_input(source.tree, findings, source.lines)
    assert read is not None
    assert compose_sale(read, Known(), datetime.now(UTC), findings, Entering(str.casefold, {}, Reading())) is None
    found = {mistake.path: mistake for mistake in findings.listed()}
    assert path in found, found
    assert found[path].message.startswith(message)
    assert found[path].line is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty"),
        ("- a\n- b\n", "must be a group"),
        ("event: [a\nstarts: b", "not valid YAML"),
        ("a: &x 1\nb: *x", "anchors"),
        ("a: !!python/object:os.system 1", "tags"),
        ("[" * 50 + "]" * 50, "nested too deeply"),
        ("event: \x00", "not valid YAML"),
        ("x" * 2_000_000, "larger than"),
    ],
)
def test_text_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(BadSource) as bad:
        read_yaml(text)
    assert message in bad.value.mistake.message


async def test_text_that_cannot_be_read_is_one_mistake(catalog: Catalog, by: Act) -> None:
    found = await catalog.sale_from_yaml("event: [a\nstarts: b", by)
    assert isinstance(found, list)
    assert [mistake.line for mistake in found] == [2]


@pytest.mark.parametrize("focus", ["middle", "7", "[1]", "[1, 2, 3]", "{x: 1}"])
async def test_what_is_no_focal_point_is_named(catalog: Catalog, by: Act, shortest: str, focus: str) -> None:
    found = await mistakes(catalog, shortest.replace("price: 45.00", f"price: 45.00, focus: {focus}"), by)
    (line,) = [at for at, text in enumerate(shortest.splitlines(), 1) if "45.00" in text]
    path = "sections.stalls.focus"
    assert found == {path: Mistake(path, line, "must be stage, or a point as [x, y]")}


async def test_another_focal_point_is_another_version_of_the_seats(catalog: Catalog, by: Act, shortest: str) -> None:
    text = shortest + "venue: Sala Norte\n"
    first = await made(catalog, text, by)
    assert (await made(catalog, text.replace("price: 45.00", "price: 45.00, focus: stage"), by)).layout_version == 1
    second = await made(catalog, text.replace("price: 45.00", "price: 45.00, focus: [3, 12.5]"), by)
    assert (first.layout_version, second.layout_version) == (1, 2)
    assert second.venue_id is not None
    layout = await catalog.layout(second.venue_id, 2)
    assert layout is not None
    assert layout.sections[0].focus == (3, 12.5)


async def test_the_id_of_another_sale_is_refused(catalog: Catalog, by: Act, shortest: str, sale_id: str) -> None:
    await made(catalog, f"id: {sale_id}\n{shortest}", by)
    found = await mistakes(catalog, f"id: {sale_id}\n{shortest}", by)
    assert found["id"] == Mistake("id", 1, "is the id of another sale")


async def test_the_same_seats_are_the_same_version(catalog: Catalog, by: Act, shortest: str) -> None:
    text = shortest + "venue: Café Central\n"
    first = await made(catalog, text, by)
    second = await made(catalog, text, by)
    third = await made(catalog, text.replace("rows: 10", "rows: 11"), by)
    assert first.venue_id == second.venue_id == third.venue_id
    assert (first.layout_version, second.layout_version, third.layout_version) == (1, 1, 2)


async def test_relative_times(catalog: Catalog, by: Act, shortest: str) -> None:
    created = await made(catalog, shortest.replace("2037-01-10 10:00", "in 5 minutes"), by)
    info = await catalog.sale_info(created.id)
    assert info is not None
    assert 0 < (info.times.opens_at - datetime.now(UTC)).total_seconds() <= 300


async def test_a_sale_without_a_room(catalog: Catalog, by: Act, shortest: str) -> None:
    created = await made(catalog, shortest + "room: none\n", by)
    plan = await catalog.plan(created.id)
    assert plan is not None
    assert plan.room is None
    assert plan.lobby_at is None


IN_SCRIPTS = """\
event: ليلة الجاز
starts: 2037-03-01 20:30
zone: Europe/Madrid
currency: EUR
opens: 2037-01-10 10:00
venue: 国家大剧院
room: none
ticket_types: {成人: 成人票, 儿童: 儿童票, льготный: Льготный билет}
sections:
  Партер: {rows: 2, seats: 5, price: {成人: 45, 儿童: 20, льготный: 30}}
  Балкон 1: {rows: 1, seats: 5, price: {成人: 25}}
  Ложа 1: {rows: 1, seats: 5, price: {成人: 25}}
pools:
  قاعة: {capacity: 300, price: {成人: 30}}
  مبكر: {capacity: 20, price: {成人: 10}, draws_on: قاعة}
"""


async def test_names_in_any_script_become_a_sale(catalog: Catalog, by: Act) -> None:
    created = await made(catalog, IN_SCRIPTS, by)
    info = await catalog.sale_info(created.id)
    assert info is not None
    assert info.event is not None
    assert info.venue is not None
    assert (info.event.name, info.venue.name) == ("ليلة الجاز", "国家大剧院")
    assert [section.name for section in info.sections] == ["Партер", "Балкон 1", "Ложа 1"]
    assert [pool.name for pool in info.pools] == ["قاعة", "مبكر"]
    assert list(info.types.values()) == ["成人票", "儿童票", "Льготный билет"]
    assert info.pools[1].draws_on == (info.pools[0].id,)
    assert {len(prices) for prices in info.prices.values()} == {3, 1}
    ids = [*info.types, *info.prices, created.id]
    assert len(set(ids)) == len(ids)
    assert all(PART_ID.fullmatch(each) for each in ids)


async def test_a_section_of_a_stored_layout_is_found_by_id_and_by_name(catalog: Catalog, by: Act) -> None:
    first = await made(catalog, IN_SCRIPTS, by)
    info = await catalog.sale_info(first.id)
    assert info is not None
    text = f"""\
event_id: {first.event_id}
layout: {first.layout_version}
currency: EUR
opens: 2037-01-10 10:00
sections: {{{info.sections[0].id}: {{price: {{成人: 45}}}}, балкон 1: {{price: {{成人: 25}}}}}}
"""
    second = await catalog.sale_info((await made(catalog, text, by)).id)
    assert second is not None
    assert list(second.prices) == [info.sections[0].id, info.sections[1].id]
    found = await mistakes(catalog, text.replace("балкон 1", "Партер"), by)
    assert "has the same id as" in found["sections.Партер"].message


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Anfiteatro Único", "anfiteatro-unico"),
        ("Łódź", "odz"),
        ("VIP 2", "vip-2"),
        ("★", ""),
        ("x" * 100, "x" * 40),
    ],
)
def test_ids_of_latin_names_stay_what_they_were(name: str, made: str) -> None:
    assert id_of(name) == made


def test_ids_of_other_scripts_tell_names_apart() -> None:
    names = ["成人", "儿童", "か", "が", "мой", "мои", "Зал 1", "Ложа 1", "Зал Б", "٣", "٤"]
    ids = [id_of(name) for name in names]
    assert len(set(ids)) == len(names)
    assert all(PART_ID.fullmatch(each) and len(each) <= 40 for each in ids)
    assert id_of("Зал  Ж") == id_of("зал ж")
    assert id_of("成人") == "dd8479a6f3"
