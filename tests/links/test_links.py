"""Links of an organizer: made, changed and archived; their names, their visits, and what inventing names costs."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from engine.audit import Act
from engine.catalog import CreatedSale, Mistake
from engine.engine import Engine
from engine.limits import LINK_BOOKS_MAX, LINKS_PER_ORGANIZER_MAX
from engine.links import LinkChange, Links, LinkView
from engine.refusals import Code, Refused

MANY = """
INSERT INTO tracked_link (id, organizer_id, name, label) SELECT 'l' || n, $1, 'l' || n, '' FROM generate_series(1, $2) n
"""
SALE = """
event: Jazz
starts: 2037-03-01 20:30
zone: Europe/Madrid
currency: EUR
opens: 2037-01-10 10:00
pools: {floor: {capacity: 3, price: 12.50}}
"""


async def make(engine: Engine, by: Act, name: str = "poster", sale: str | None = None) -> LinkView:
    made = await engine.links.make(by, name, f"The {name}", sale)
    assert isinstance(made, LinkView), made
    return made


async def sale_of(engine: Engine, by: Act) -> str:
    made = await engine.catalog.sale_from_yaml(SALE, by)
    assert isinstance(made, CreatedSale), made
    return made.id


async def visits(engine: Engine, link: LinkView) -> int:
    found: int = await engine.db.fetchval("SELECT visits FROM tracked_link WHERE id = $1", link.id)
    return found


async def paths(made: Any) -> list[str]:
    assert isinstance(made, list), made
    return [mistake.path for mistake in made if isinstance(mistake, Mistake)]


async def test_a_link_is_made_changed_archived_and_taken_up_again(engine: Engine, by: Act) -> None:
    link = await make(engine, by)
    assert (link.name, link.sale, link.address, link.visits, link.archived) == ("poster", None, None, 0, False)
    sale = await sale_of(engine, by)
    led = await engine.links.change(by, link.id, LinkChange("Posters in the metro", sale, changes_sale=True))
    assert isinstance(led, LinkView)
    assert (led.label, led.address) == ("Posters in the metro", f"/s/{sale}?from=poster")
    archived = await engine.links.change(by, link.id, LinkChange(archived=True))
    assert isinstance(archived, LinkView)
    assert (archived.archived, archived.label, archived.sale) == (True, led.label, sale)
    assert [each.archived for each in await engine.links.all_of(by.organizer_id)] == [True]
    back = await engine.links.change(by, link.id, LinkChange(archived=False, changes_sale=True))
    assert isinstance(back, LinkView)
    assert (back.archived, back.sale) == (False, None)
    acts = await engine.db.fetch("SELECT act FROM audit WHERE act LIKE 'link.%' ORDER BY id")
    assert [row["act"] for row in acts] == ["link.make", "link.change", "link.change", "link.change"]


async def test_changing_nothing_is_no_act(engine: Engine, by: Act) -> None:
    link = await make(engine, by)
    assert await engine.links.change(by, link.id, LinkChange()) == link
    assert await engine.db.fetchval("SELECT count(*) FROM audit WHERE act = 'link.change'") == 0


async def test_a_name_means_one_link_of_its_organizer_for_ever(engine: Engine, by: Act) -> None:
    link = await make(engine, by)
    await engine.links.change(by, link.id, LinkChange(archived=True))
    assert await paths(await engine.links.make(by, "poster", "Another", None)) == ["name"]
    neighbour = Act(await engine.access.create_organizer("Sala Sur"), "test")
    assert (await make(engine, neighbour)).id != link.id


async def test_two_that_make_the_same_link_at_once_make_one(engine: Engine, by: Act) -> None:
    both = await asyncio.gather(*(engine.links.make(by, "poster", "", None) for _ in range(2)))
    assert sorted(isinstance(each, LinkView) for each in both) == [False, True]


async def test_a_link_leads_to_a_sale_of_its_organizer_alone(engine: Engine, by: Act) -> None:
    neighbour = Act(await engine.access.create_organizer("Sala Sur"), "test")
    theirs = await sale_of(engine, neighbour)
    assert await paths(await engine.links.make(by, "poster", "", theirs)) == ["sale"]
    link = await make(engine, by)
    assert await paths(await engine.links.change(by, link.id, LinkChange(sale=theirs, changes_sale=True))) == ["sale"]
    refused = await engine.links.change(neighbour, link.id, LinkChange(archived=True))
    assert isinstance(refused, Refused)
    assert refused.code is Code.NOT_FOUND
    assert await engine.links.all_of(neighbour.organizer_id) == []


async def test_an_organizer_has_a_bounded_number(engine: Engine, by: Act) -> None:
    await engine.db.execute(MANY, by.organizer_id, LINKS_PER_ORGANIZER_MAX - 1)
    await make(engine, by)
    assert await paths(await engine.links.make(by, "radio", "", None)) == ["name"]


async def test_no_link_is_deleted_by_the_office(engine: Engine, by: Act) -> None:
    link = await make(engine, by)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with engine.office.transaction(by) as connection:
            await connection.execute("DELETE FROM tracked_link WHERE id = $1", link.id)


async def test_visits_are_added_once_whichever_process_counted_them(engine: Engine, by: Act) -> None:
    poster, radio = await make(engine, by), await make(engine, by, "radio")
    other = Links(engine.db, engine.office)
    for _ in range(3):
        engine.links.visits.count(poster.id)
        other.visits.count(poster.id)
    other.visits.count(radio.id)
    await asyncio.gather(engine.links.visits.hand_in(), other.visits.hand_in())
    await asyncio.gather(engine.links.visits.hand_in(), other.visits.hand_in())
    assert (await visits(engine, poster), await visits(engine, radio)) == (6, 1)


async def test_a_batch_whose_answer_was_lost_is_not_added_again(engine: Engine, by: Act) -> None:
    """It was written, and the connection died before it said so."""
    link, counted = await make(engine, by), engine.links.visits
    counted.count(link.id)

    class Lossy:
        async def execute(self, *asked: Any) -> None:
            await engine.db.execute(*asked)
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    whole, counted._db = counted._db, Lossy()
    await counted.hand_in()
    counted._db = whole
    counted.count(link.id)
    await counted.hand_in()
    await counted.hand_in()
    assert await visits(engine, link) == 2


async def test_ten_thousand_invented_names_cost_one_look_and_leave_nothing(engine: Engine, by: Act) -> None:
    link, known = await make(engine, by), engine.links.known
    looks = 0

    class Counting:
        async def fetch(self, *asked: Any) -> Any:
            nonlocal looks
            looks += 1
            return await engine.db.fetch(*asked)

    known._db, known.names.kept_s = Counting(), 3_600
    names = (f"invented-{number}" for number in range(10_000))
    assert {await known.of(by.organizer_id, name) for name in names} == {None}
    found = await known.of(by.organizer_id, "poster")
    assert found is not None
    assert found.id == link.id
    assert (looks, len(known.names), len(engine.links.visits)) == (1, 1, 0)
    assert await engine.db.fetchval("SELECT count(*) FROM tracked_link") == 1


async def test_the_names_of_a_bounded_number_of_organizers_are_kept(engine: Engine) -> None:
    for number in range(LINK_BOOKS_MAX + 20):
        await engine.links.known.of(f"org_{number}", "poster")
    assert len(engine.links.known.names) == LINK_BOOKS_MAX


async def test_a_look_that_failed_is_tried_again(engine: Engine, by: Act) -> None:
    await make(engine, by)
    known = engine.links.known

    class Away:
        async def fetch(self, *_: Any) -> Any:
            raise OSError("Postgres is away")

    whole, known._db = known._db, Away()
    with pytest.raises(OSError, match="away"):
        await known.of(by.organizer_id, "poster")
    known._db = whole
    assert await known.of(by.organizer_id, "poster") is not None
