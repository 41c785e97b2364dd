"""What organizers say of themselves: written whole, each version of their terms for good."""

import asyncio

import asyncpg

from engine.access import ApiKeys, KeyRule, OrganizerChange, Organizers
from engine.audit import Act
from engine.refusals import Code, Refused, accept
from engine.stores.office import Office


async def made(db: asyncpg.Pool) -> tuple[Organizers, Act]:
    return Organizers(Office(db)), Act(await ApiKeys(db).create_organizer("Sala Norte"), "ana")


async def test_a_new_organizer_has_no_terms_and_asks_for_a_key(db: asyncpg.Pool) -> None:
    organizers, by = await made(db)
    view = await organizers.view(by.organizer_id)
    assert view is not None
    assert (view.name, view.terms, view.refund_rule, view.order_key) == ("Sala Norte", None, "", KeyRule.REQUIRED)
    assert await organizers.view("org_none") is None
    assert await organizers.change(Act("org_none", "ana"), OrganizerChange("Nobody")) == Refused(Code.NOT_FOUND)


async def test_only_words_that_differ_are_a_new_version_and_old_ones_stay(db: asyncpg.Pool) -> None:
    organizers, by = await made(db)
    asked = [
        (OrganizerChange("Sala", "No smoking."), 1),
        (OrganizerChange("Sala Norte", "No smoking.", order_key=KeyRule.BEFORE_DOWNLOAD), 1),
        (OrganizerChange("Sala Norte", "No smoking.", refund_rule="Never."), 2),
        (OrganizerChange("Sala Norte", refund_rule="Never."), None),  # withdrawn
        (OrganizerChange("Sala Norte", "", "https://example.org/terms"), 4),
    ]
    for change, version in asked:
        view = accept(await organizers.change(by, change))
        assert (view.terms and view.terms.version) == version
        assert (view.name, view.refund_rule, view.order_key) == (change.name, change.refund_rule, change.order_key)
    kept = [await organizers.terms(by.organizer_id, version) for version in range(1, 6)]
    said = [each and (each.text, each.url, each.refund_rule) for each in kept]
    assert said == [
        ("No smoking.", "", ""),
        ("No smoking.", "", "Never."),
        ("", "", "Never."),
        ("", "https://example.org/terms", ""),
        None,
    ]


async def test_two_who_write_at_once_write_one_after_the_other(db: asyncpg.Pool) -> None:
    organizers, by = await made(db)
    views = await asyncio.gather(*(organizers.change(by, OrganizerChange("Sala", f"Text {n}.")) for n in range(8)))
    assert sorted(view.terms.version for view in map(accept, views) if view.terms) == list(range(1, 9))


async def test_an_act_is_noted_when_something_changed(db: asyncpg.Pool) -> None:
    organizers, by = await made(db)
    for _ in range(2):
        accept(await organizers.change(by, OrganizerChange("Sala Sur", "No smoking.")))
    rows = await db.fetch("SELECT before, after FROM audit WHERE act = 'organizer.change'")
    assert [dict(row) for row in rows] == [
        {"before": {"name": "Sala Norte", "terms": None}, "after": {"name": "Sala Sur", "terms": 1}}
    ]
