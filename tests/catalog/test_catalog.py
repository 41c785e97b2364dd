"""The catalog over a real database: one step after the other, steering, lists, and who may do what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from redis import exceptions as redis_errors

from engine.access.api_keys import ApiKeys
from engine.audit import Act
from engine.catalog import Catalog, CreatedSale, Mistake, Near, SaleInfo, Switches
from engine.catalog.model import SaleState
from engine.catalog.schedule import state_at
from engine.refusals import Code, Refused
from engine.stores.office import Office
from tests.catalog.keeping import coupons_of


async def made(catalog: Catalog, text: str, by: Act) -> str:
    created = await catalog.sale_from_yaml(text, by)
    assert isinstance(created, CreatedSale), created
    return created.id


def body(**fields: Any) -> dict[str, Any]:
    return {"currency": "EUR", "opens": "in 10 minutes", **fields}


async def test_step_by_step_over_http_bodies(catalog: Catalog, by: Act) -> None:
    venue = await catalog.create_venue(by, {"name": "Café Central", "zone": "Europe/Madrid", "latitude": 40.41})
    assert isinstance(venue, str)
    version = await catalog.create_layout(
        by, venue, {"sections": {"Sala": {"rows": 4, "seats": 6}, "Barra": {"rows": 1, "seats": 5}}}
    )
    assert version == 1
    event = await catalog.create_event(
        by, {"event": "Trío Ñandú", "starts": "in 9 days at 21:00", "zone": "Europe/Madrid", "venue": venue}
    )
    assert isinstance(event, str)
    created = await catalog.create_sale(by, body(event_id=event, layout=1, sections={"sala": {"price": 20}}))
    assert isinstance(created, CreatedSale), created
    assert (created.event_id, created.venue_id, created.layout_version) == (event, venue, 1)
    plan = await catalog.plan(created.id)
    assert plan is not None
    assert plan.seats == 29
    assert plan.off_seats == (24, 25, 26, 27, 28), "a section without a price is not for sale"
    again = await catalog.create_sale(by, body(event_id=event, pools={"de pie": {"capacity": 9, "price": 5}}))
    assert isinstance(again, CreatedSale), "an event may have a second sale"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"event_id": "evt_nobody"}, "event_id"),
        ({"event_id": "{event}", "layout": 7}, "layout"),
        ({"event_id": "{event}", "layout": 1, "sections": {"salla": {"price": 1}}}, "sections.salla"),
        ({"event_id": "{event}", "layout": 1, "sections": {"sala": {"price": 1, "rows": 2}}}, "sections.sala"),
        ({"event_id": "{event}", "venue_id": "ven_nobody"}, "venue_id"),
        ({"event_id": "{event}", "starts": "now"}, "starts"),
    ],
)
async def test_ids_that_do_not_fit(catalog: Catalog, by: Act, fields: dict[str, Any], path: str) -> None:
    venue = await catalog.create_venue(by, {"name": "Café Central", "zone": "Europe/Madrid"})
    assert isinstance(venue, str)
    await catalog.create_layout(by, venue, {"sections": {"Sala": {"rows": 4, "seats": 6}}})
    event = await catalog.create_event(
        by, {"event": "Trío", "starts": "in 9 days at 21:00", "zone": "Europe/Madrid", "venue": venue}
    )
    filled = {key: event if value == "{event}" else value for key, value in fields.items()}
    found = await catalog.create_sale(by, body(**filled))
    assert isinstance(found, list), found
    assert path in [mistake.path for mistake in found]


@pytest.mark.parametrize("wrong", [None, 7, "text", [], {"event": {"a": 1}}, {"sections": {"": {}}, "pools": {"": 3}}])
async def test_bodies_that_are_no_sale(catalog: Catalog, by: Act, wrong: Any) -> None:
    found = await catalog.create_sale(by, wrong)
    assert isinstance(found, list)
    assert found
    assert all(isinstance(mistake, Mistake) for mistake in found)


async def test_other_organizers_see_and_steer_nothing(
    catalog: Catalog, by: Act, db: asyncpg.Pool, shortest: str
) -> None:
    other = Act(await ApiKeys(db).create_organizer("Otro"), "ak_other")
    sale_id = await made(catalog, shortest + "venue: Sala\n", by)
    info = await catalog.sale_info(sale_id)
    assert info is not None
    assert info.venue is not None
    assert info.event is not None
    for steer in (catalog.open_now, catalog.pause, catalog.resume, catalog.close_early):
        assert await steer(other, sale_id) == Refused(Code.UNKNOWN_SALE)
    assert await catalog.change_sale(other, sale_id, {"person_max": 2}) == Refused(Code.UNKNOWN_SALE)
    layout = {"sections": {"Sala": {"rows": 4, "seats": 6}}}
    assert await catalog.create_layout(other, info.venue.id, layout) == Refused(Code.NOT_FOUND)
    found = await catalog.create_sale(other, body(event_id=info.event.id, pools={"a": {"capacity": 1, "price": 1}}))
    assert isinstance(found, list)
    assert found[0].path == "event_id"
    assert [card.id for card in (await catalog.organizer_sales(other.organizer_id)).items] == []


async def test_steering_is_stored_told_and_audited(
    catalog: Catalog, by: Act, db: asyncpg.Pool, shortest: str, converged: list[str]
) -> None:
    sale_id = await made(catalog, shortest, by)

    async def state() -> SaleState:
        plan = await catalog.plan(sale_id)
        assert plan is not None
        return state_at(plan, datetime.now(UTC))

    assert await state() is SaleState.SCHEDULED
    assert await catalog.pause(by, sale_id) == Refused(Code.SALE_NOT_OPEN)
    opened = await catalog.open_now(by, sale_id)
    assert isinstance(opened, Switches)
    assert await state() is SaleState.OPEN
    assert await catalog.open_now(by, sale_id) == opened, "opening twice is opening once"
    await catalog.pause(by, sale_id)
    assert await state() is SaleState.PAUSED
    await catalog.resume(by, sale_id)
    assert await state() is SaleState.OPEN
    closed = await catalog.close_early(by, sale_id)
    assert isinstance(closed, Switches)
    assert await state() is SaleState.CLOSED
    assert await catalog.close_early(by, sale_id) == closed
    assert await catalog.open_now(by, sale_id) == Refused(Code.SALE_CLOSED)
    assert converged == [sale_id] * 7
    acts = await db.fetch("SELECT act, actor FROM audit WHERE subject = $1 ORDER BY id", sale_id)
    assert [row["act"].removeprefix("sale.") for row in acts] == [
        "create",
        "open",
        "open",
        "pause",
        "resume",
        "close",
        "close",
    ]
    assert {row["actor"] for row in acts} == {"cli"}


async def test_what_is_stored_stays_when_redis_is_away(db: asyncpg.Pool, by: Act, shortest: str) -> None:
    async def away(sale_id: str) -> None:
        raise redis_errors.ConnectionError("gone")

    catalog = Catalog(db, Office(db), mark_code=str.casefold, coupons=coupons_of(db), converge=away)
    sale_id = await made(catalog, shortest, by)
    assert isinstance(await catalog.open_now(by, sale_id), Switches)
    info = await catalog.sale_info(sale_id)
    assert info is not None
    assert info.times.opened_at is not None


async def test_what_may_change(catalog: Catalog, by: Act, shortest: str) -> None:
    sale_id = await made(catalog, shortest, by)
    changed = await catalog.change_sale(
        by,
        sale_id,
        {
            "opens": "2037-01-11 10:00",
            "person_max": 2,
            "cart_minutes": 5,
            "room": {"shoppers": 9},
            "visibility": "hidden",
        },
    )
    assert isinstance(changed, SaleInfo), changed
    assert changed.times.opens_at == datetime(2037, 1, 11, 9, tzinfo=UTC)
    assert changed.times.lobby_at == datetime(2037, 1, 11, 8, 30, tzinfo=UTC), "the lobby keeps its distance"
    assert (changed.person_max, changed.cart_ms, changed.times.visibility) == (2, 300_000, "hidden")
    assert changed.room is not None
    assert changed.room.shoppers_max == 9
    for wrong, path in (
        ({"room": False}, "room"),
        ({"closes": "2037-01-01 10:00"}, "closes"),
        ({"visibility": "public_from"}, "public_from"),
        ({"prices": 3}, "prices"),
    ):
        found = await catalog.change_sale(by, sale_id, wrong)
        assert isinstance(found, list), wrong
        assert found[0].path == path
    await catalog.open_now(by, sale_id)
    found = await catalog.change_sale(by, sale_id, {"opens": "2037-01-12 10:00"})
    assert isinstance(found, list)
    assert found[0].message == "cannot change any more: the sale has opened"


async def test_lists_page_by_page_nearest_first_and_by_words(catalog: Catalog, by: Act, shortest: str) -> None:
    places = {"Madrid": (40.4, -3.7), "Lisboa": (38.7, -9.1), "Bogotá": (4.6, -74.1), "Suva": (-18.1, 178.4)}
    made_ids = {}
    for day, (city, (latitude, longitude)) in enumerate(places.items(), start=1):
        venue = f"venue: {{name: Teatro {city}, latitude: {latitude}, longitude: {longitude}}}\n"
        made_ids[city] = await made(catalog, shortest.replace("03-01", f"03-0{day}") + venue, by)
    hidden = await made(catalog, shortest + "visibility: hidden\n", by)
    later = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    await made(catalog, shortest + f"public_from: {later}\n", by)

    async def cities(**asked: Any) -> list[str]:
        names, after = [], None
        while True:
            page = await catalog.sales(**asked, after=after, limit=2)
            names += [card.venue_name.removeprefix("Teatro ") for card in page.items]
            if page.next is None:
                return names
            after = page.next

    assert await cities() == ["Madrid", "Lisboa", "Bogotá", "Suva"]
    assert await cities(near=Near(5.0, -74.0)) == ["Bogotá", "Lisboa", "Madrid", "Suva"]
    assert await cities(near=Near(-17.0, -179.0)) == ["Suva", "Bogotá", "Madrid", "Lisboa"], "across the date line"
    assert await cities(words="bogota") == ["Bogotá"]
    assert await cities(words="JAZZ") == ["Madrid", "Lisboa", "Bogotá", "Suva"]
    assert await cities(words="100%") == []
    page = await catalog.sales(after="not a cursor", near=Near(40.4, -3.7), limit=1)
    assert page.items[0].distance_m == pytest.approx(0, abs=1)
    assert page.items[0].price_from == 3000
    assert page.items[0].stock == 500
    mine = await catalog.organizer_sales(by.organizer_id, limit=3)
    rest = await catalog.organizer_sales(by.organizer_id, limit=3, after=mine.next)
    listed = [card.id for card in (*mine.items, *rest.items)]
    assert len(listed) == 6
    assert hidden in listed
    assert made_ids["Suva"] in listed


async def test_what_does_not_exist_is_none(catalog: Catalog, by: Act) -> None:
    assert await catalog.plan("nobody") is None
    assert await catalog.sale_info("nobody") is None
    assert await catalog.layout("ven_nobody", 1) is None
