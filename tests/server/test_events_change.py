"""An event changes over HTTP: open pages hear of it, whoever may not is refused, a repeat is the same answer."""

from __future__ import annotations

from typing import Any

from engine.access import Role, Scope
from engine.accounts import Policy
from engine.audit import Act
from engine.engine import Engine
from engine.onsale import Sale
from tests.eventually import until
from tests.server.conftest import Site, api
from tests.server.test_grants import member


async def event_of(engine: Engine, sale: str) -> str:
    event: str = await engine.db.fetchval("SELECT event_id FROM sale WHERE id = $1", sale)
    return event


async def test_open_pages_hear_of_a_move_and_of_a_cancellation(site: Site, sale: Sale, key: str) -> None:
    event = await event_of(site.engine, sale.id)
    socket = await site.socket()
    watched = (await socket.ok("watch", sale=sale.id, topics=["room"]))["room"]
    assert "revision" not in watched

    async def revision() -> Any:
        return (await api(site, f"GET /api/sales/{sale.id}/room", key)).get("revision")

    moved = await api(site, f"POST /api/events/{event}/move", key, {"starts": "in 70 days at 20:30"})
    assert moved["event"]["status"] == "moved"
    assert moved["event"]["moved_from"] is not None
    told = await socket.event("room", lambda event: "revision" in event)
    assert told["revision"] == 1
    shown = await api(site, f"GET /api/sales/{sale.id}", key)
    assert (shown["event"]["status"], shown["event"]["revision"]) == ("moved", 1)
    await api(site, f"POST /api/events/{event}/cancel", key)
    await until("the room says so", lambda: revision_is(revision, 2))
    assert (await api(site, f"GET /api/sales/{sale.id}", key))["state"] == "closed"


async def revision_is(ask: Any, expected: int) -> bool:
    return bool(await ask() == expected)


TALK = {"event": "Talk", "starts": "in 60 days", "zone": "Europe/Madrid"}
MOVE = {"starts": "in 70 days at 20:30"}


async def test_a_grant_over_one_event_reaches_that_event_alone(
    site: Site, sale: Sale, organizer: Act, key: str
) -> None:
    event = await event_of(site.engine, sale.id)
    other = (await api(site, "POST /api/events", key, TALK, 201))["id"]
    ana = await member(site, organizer, Role.PUBLISHER, Scope(events=frozenset({event})))
    assert await ana.code(f"POST /api/events/{event}/move", MOVE) == ""
    for route, body in (
        (f"GET /api/events/{other}", None),
        (f"PATCH /api/events/{other}", {"event": "Mine"}),
        *((f"POST /api/events/{other}/{act}", MOVE) for act in ("move", "schedule")),
        (f"POST /api/events/{other}/postpone", {}),
        (f"POST /api/events/{other}/cancel", None),
    ):
        assert await ana.code(route, body) == "not_found", route
    _, listed = await ana.asks("GET /api/events")
    assert [each["id"] for each in listed["items"]] == [event]
    assert await ana.code(f"POST /api/sales/{sale.id}/reopen", {}) == ""
    # A copy would be an event that nobody gave to Ana.
    assert await ana.code(f"POST /api/events/{event}/dates", {"dates": [MOVE["starts"]]}) == "forbidden"
    assert await ana.code(f"POST /api/sales/{sale.id}/clone", MOVE) == "forbidden"


async def test_who_edits_does_not_steer(site: Site, sale: Sale, organizer: Act) -> None:
    event = await event_of(site.engine, sale.id)
    eva = await member(site, organizer, Role.EDITOR)
    assert await eva.code(f"PATCH /api/events/{event}", {"description": "One hour."}) == ""
    assert await eva.code(f"POST /api/events/{event}/cancel") == "forbidden"
    assert await eva.code(f"POST /api/events/{event}/move", MOVE) == "forbidden"
    assert await eva.code(f"POST /api/sales/{sale.id}/clone", {**MOVE, "preview": True}) == ""


async def test_cancelling_needs_two_persons_where_closing_does(site: Site, sale: Sale, organizer: Act) -> None:
    event = await event_of(site.engine, sale.id)
    owner, ana = await member(site, organizer, Role.OWNER), await member(site, organizer, Role.PUBLISHER)
    await site.engine.accounts.policies.write(owner.act, Policy(two_persons=frozenset({"sale.close"})))
    status, asked = await ana.asks(f"POST /api/events/{event}/cancel")
    assert (status, asked["code"]) == (202, "approval_needed")
    status, done = await owner.asks(f"POST /api/security/approvals/{asked['approval']}/approve")
    assert (status, done["state"]) == (200, "done")
    assert (await ana.asks(f"GET /api/events/{event}"))[1]["event"]["status"] == "cancelled"


async def test_the_same_key_makes_dates_once(site: Site, sale: Sale, key: str) -> None:
    event = await event_of(site.engine, sale.id)
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "dates-1"}
    body = {"dates": ["in 80 days at 20:30", "in 81 days at 20:30"]}
    answers = []
    for _ in range(2):
        url = f"{site.url}/api/events/{event}/dates"
        async with site.http.post(url, json=body, headers=headers) as answer:
            answers.append(await answer.json())
            assert answer.status == 200
    assert answers[0] == answers[1]
    made = [date["event_id"] for date in answers[0]["dates"]]
    assert None not in made
    listed = await api(site, "GET /api/events", key)
    assert len(listed["items"]) == 3
    series = await api(site, f"GET /api/series/{answers[0]['series_id']}", key)
    assert len(series["dates"]) == 3
