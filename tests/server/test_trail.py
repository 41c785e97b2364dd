"""The trail over HTTP: searched, exported, told by thing; nobody sees another's, and refusals are found in it."""

from __future__ import annotations

import asyncio
import csv
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from engine.access import KeyDraft, NewKey, Permission, Role
from engine.audit import Act, Actor, ActorKind, write
from engine.engine import Engine
from engine.limits import PAGE_ITEMS_MAX
from tests.server.conftest import Site, api, from_address

TRAIL = "/api/security/audit"
ADDRESS = "203.0.113.9"


async def acted(engine: Engine, by: Act, act: str, subject: str, **values: Any) -> None:
    async with engine.db.acquire() as connection, connection.transaction():
        await write(connection, by, act, subject, after=values or None)


async def asked(site: Site, key: str, what: str = "", status: int = 200, **query: Any) -> Any:
    return await api(site, f"GET {TRAIL}{what}?{urlencode(query)}", key, status=status)


async def exported(site: Site, key: str, **query: Any) -> tuple[str, str]:
    headers = {"Authorization": f"Bearer {key}"}
    async with site.http.get(f"{site.url}{TRAIL}/export?{urlencode(query)}", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text(), answer.content_type


@pytest.fixture
async def acts(site: Site, organizer: Act) -> Act:
    """Acts of two members and a key on some things; the same of a neighbour."""
    engine = site.engine
    neighbour = Act(await engine.access.create_organizer("Neighbour"), "acc_thief", ActorKind.ACCOUNT)
    ana = Act(organizer.organizer_id, "acc_ana", ActorKind.ACCOUNT, "r-1", "203.0.113.0/24")
    for by in (ana, neighbour):
        await acted(engine, by, "event.create", "evt_1", name="Jazz, at the Córner")
        await acted(engine, by, "sale.create", "jazz-1", event="evt_1", name="Jazz Night")
        for number in range(7):
            await acted(engine, by, "sale.change", "jazz-1", number=number)
        await acted(engine, by, "sale.open", "jazz-10")
    await acted(engine, Act(organizer.organizer_id, "ak_bot", ActorKind.KEY), "sale.open", "jazz-1")
    await engine.audit.linker.step()
    return ana


async def test_it_is_searched_by_each_filter_and_paged(site: Site, acts: Act, key: str) -> None:
    # What there was before: the organizer was made, and its key.
    for query, count in (
        ({"act": "sale.change"}, 7),
        ({"act": "sale"}, 10),
        ({"act": "sal"}, 0),
        ({"actor": "acc_ana"}, 10),
        ({"actor": "acc_thief"}, 0),
        ({"subject": "jazz-1"}, 9),
        ({"subject": "jazz-1", "actor": "ak_bot"}, 1),
        ({"words": "JAZZ night"}, 1),
        ({"words": "córner"}, 1),
        ({"words": "jazz unicorn"}, 0),
        ({"words": "evt_1 Night"}, 1),
        ({"words": "open", "act": "sale", "actor": "acc_ana"}, 1),
        ({"since_ms": 4_102_444_800_000}, 0),
        ({"until_ms": 1_000}, 0),
        ({"words": "%' OR 1=1 --"}, 0),
    ):
        found = await asked(site, key, **query, limit=PAGE_ITEMS_MAX)
        assert (len(found["items"]), found["next"]) == (count, None), query
    whole = (await asked(site, key, limit=PAGE_ITEMS_MAX))["items"]
    assert len(whole) == 13
    assert [each["id"] for each in whole] == sorted((each["id"] for each in whole), reverse=True)
    assert {each["actor"] for each in whole} >= {"acc_ana", "ak_bot"}
    for more in ({}, {"act": "sale", "words": "jazz"}):
        every, after = [], {}
        while True:
            page = await asked(site, key, limit=3, **more, **after)
            every += page["items"]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert [each["id"] for each in every] == [
            each["id"] for each in (await asked(site, key, limit=PAGE_ITEMS_MAX, **more))["items"]
        ]
    first = (await asked(site, key, actor="acc_ana", act="event"))["items"][0]
    assert (first["after"], first["network"], first["request"], first["linked"], first["actor_name"]) == (
        {"name": "Jazz, at the Córner"},
        "203.0.113.0/24",
        "r-1",
        True,
        None,
    )
    assert await asked(site, key, "/acts") == {
        "items": ["event.create", "key.create", "organizer.create", "sale.change", "sale.create", "sale.open"]
    }
    for wrong in ({"after": "x"}, {"after": "_" * 11}, {"limit": 0}, {"act": "Sale"}, {"since_ms": -1}, {"who": "me"}):
        assert (await asked(site, key, status=422, **wrong))["code"] == "invalid"


async def test_acts_of_a_moment_are_found_while_others_are_written(site: Site, acts: Act, key: str) -> None:
    """Acts are numbered when they are written and dated by when their transaction began."""
    engine = site.engine
    async with engine.db.acquire() as late, late.transaction():
        began = await late.fetchval("SELECT now()")
        await asyncio.sleep(0.01)
        await acted(engine, acts, "sale.pause", "jazz-1")
        await write(late, acts, "sale.resume", "jazz-1")
    at = began.timestamp() * 1_000
    found = (await asked(site, key, subject="jazz-1", until_ms=int(at) + 1, since_ms=int(at)))["items"]
    assert [each["act"] for each in found] == ["sale.resume"]
    assert (await asked(site, key, since_ms=int(at) + 1))["items"][0]["act"] == "sale.pause"


async def test_a_thing_has_its_history_with_what_names_it(site: Site, acts: Act, key: str) -> None:
    event = (await asked(site, key, "/history", subject="evt_1"))["items"]
    assert [each["act"] for each in event] == ["event.create", "sale.create"]
    first = await asked(site, key, "/history", subject="jazz-1", limit=4)
    rest = await asked(site, key, "/history", subject="jazz-1", limit=40, after=first["next"])
    told = [each["act"] for each in (*first["items"], *rest["items"])]
    assert told == ["sale.create", *["sale.change"] * 7, "sale.open"]
    assert (await asked(site, key, "/history", subject="acc_ana"))["items"] == []  # it did things; none was done to it
    assert (await asked(site, key, "/history", subject="jazz"))["items"] == []
    assert (await asked(site, key, "/history", status=422))["code"] == "invalid"


async def test_it_is_exported_to_be_recomputed_or_read_and_that_is_an_act(site: Site, acts: Act, key: str) -> None:
    await acted(site.engine, acts, "sale.close", "=HYPERLINK(1)")
    await site.engine.audit.linker.step()
    text, content_type = await exported(site, key)
    assert content_type == "application/jsonl"
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["number"] for line in lines] == list(range(1, 15))
    assert {line["chain"] for line in lines} == {acts.organizer_id}
    assert [line["previous"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    assert lines[0]["previous"] == "00" * 32
    text, content_type = await exported(site, key, format="csv", act="sale.close")
    rows = list(csv.DictReader(text.splitlines()))
    assert (content_type, [row["subject"] for row in rows]) == ("text/csv", ["'=HYPERLINK(1)"])
    told = (await asked(site, key, act="audit.export"))["items"]
    assert [each["detail"]["format"] for each in told] == ["csv", "jsonl"]
    assert told[0]["detail"]["act"] == "sale.close"


async def test_names_are_for_who_may_see_members_and_nobody_sees_anothers(
    site: Site, organizer: Act, key: str, engine: Engine
) -> None:
    async with engine.db.acquire() as connection, connection.transaction():
        account = await engine.accounts.make(connection, "ana@example.org", name="Ana")
        assert account is not None
        await engine.accounts.grants.add(connection, organizer, account, Role.MANAGER)
    await acted(engine, Act(organizer.organizer_id, account, ActorKind.ACCOUNT), "sale.open", "jazz-1")
    drafts = {
        "reads": KeyDraft("reads", frozenset({Permission.AUDIT_READ})),
        "knows": KeyDraft("knows", frozenset({Permission.AUDIT_READ, Permission.MEMBER_READ})),
        "sells": KeyDraft("sells", frozenset({Permission.SALE_READ})),
    }
    keys = {}
    for name, draft in drafts.items():
        made = await engine.access.make(organizer, draft)
        assert isinstance(made, NewKey)
        keys[name] = made.key
    for name, shown in (("reads", None), ("knows", "Ana")):
        assert (await asked(site, keys[name], act="sale"))["items"][0]["actor_name"] == shown
    for what in ("", "/history", "/acts", "/export"):
        assert (await asked(site, keys["sells"], what, status=403, subject="x"))["code"] == "forbidden"
    other = await engine.access.create(await engine.access.create_organizer("Neighbour"))
    text = json.dumps([await asked(site, other.key), await asked(site, other.key, "/history", subject="jazz-1")])
    assert (organizer.organizer_id in text, account in text, "jazz-1" in text) == (False, False, False)
    assert organizer.organizer_id not in (await exported(site, other.key))[0]


async def test_refusals_that_concern_an_organizer_are_in_its_trail(site: Site, organizer: Act, key: str) -> None:
    engine = site.engine
    narrow = await engine.access.make(organizer, KeyDraft("sells", frozenset({Permission.SALE_READ})))
    gone = await engine.access.create(organizer.organizer_id, "gone")
    away = await engine.access.make(organizer, KeyDraft("away", None, networks=("198.51.100.0/24",)))
    assert isinstance(narrow, NewKey)
    assert isinstance(away, NewKey)
    await engine.access.revoke(gone.id, Actor("ana"))
    for used, status in ((narrow, 403), (gone, 401), (away, 401)):
        headers = {"Authorization": f"Bearer {used.key}", **from_address(ADDRESS)}
        async with site.http.get(f"{site.url}{TRAIL}", headers=headers) as answer:
            assert answer.status == status
    await engine.audit.tally.hand_in()
    await engine.db.execute("UPDATE audit_tally SET minute = minute - interval '5 minutes'")
    await engine.audit.tally.settle()
    found = (await asked(site, key, actor="stranger"))["items"]
    assert {(each["act"], each["subject"], each["network"], each["detail"]["times"]) for each in found} == {
        ("permission.refused", narrow.id, "203.0.113.0/24", 1),
        ("key.refused", gone.id, "203.0.113.0/24", 1),
        ("key.refused", away.id, "203.0.113.0/24", 1),
    }
