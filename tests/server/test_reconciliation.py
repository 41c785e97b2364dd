"""What waits for somebody, disputes and reconciliation over HTTP: by whom, of whose orders, and what buyers see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.access import Permission, Role, Scope
from engine.audit import Act
from engine.onsale import Sale
from engine.payments import BookNews, DisputeState, end_dispute, open_dispute
from tests.server.conftest import Site, api
from tests.server.test_grants import member
from tests.server.test_order_records import key_for
from tests.server.test_refunds import bought

TASKS = "GET /api/organizer/tasks"
DISPUTES = "GET /api/organizer/disputes"
DISAGREEMENTS = "GET /api/organizer/disagreements"


@pytest.fixture
async def finance(site: Site, organizer: Act) -> str:
    return await key_for(site, organizer, Permission.ORDER_REFUND, Permission.ORDER_READ, Permission.ORGANIZER_EDIT)


async def disputed(site: Site, organizer: Act, order: dict[str, Any]) -> str:
    dispute = await open_dispute(site.engine.db, order["id"])
    assert dispute is not None
    await told(site, organizer, dispute)
    return dispute


async def told(site: Site, organizer: Act, dispute: str) -> None:
    assert await site.engine.reconciliation.heard(BookNews("sandbox", organizer.organizer_id, dispute))


async def test_a_dispute_is_a_task_and_shows_with_its_order(
    site: Site, sale: Sale, organizer: Act, finance: str
) -> None:
    assert await api(site, "GET /api/organizer/dispute-policy", finance) == {"blocks": False}
    await api(site, "PUT /api/organizer/dispute-policy", finance, {"blocks": True})
    assert await api(site, "GET /api/organizer/dispute-policy", finance) == {"blocks": True}
    buyer, order = await bought(site, sale, 0)
    dispute = await disputed(site, organizer, order)
    (task,) = (await api(site, TASKS, finance))["items"]
    assert (task["kind"], task["id"], task["code"], task["amount"]) == ("dispute", dispute, order["code"], 4500)
    assert task["due_at_ms"] > task["opened_at_ms"]
    record = await api(site, f"GET /api/organizer/sales/{sale.id}/orders/{order['id']}", finance)
    assert [(each["id"], each["state"], each["blocks"]) for each in record["disputes"]] == [(dispute, "open", True)]
    own = (await api(site, f"GET /api/orders/{order['code']}", buyer.hello["buyer"]))["order"]
    assert [ticket["blocked"] for ticket in own["tickets"]] == [True]
    await api(site, f"POST /api/organizer/disputes/{dispute}/answer", finance, {}, 204)
    assert (await api(site, TASKS, finance))["items"] == []
    assert await end_dispute(site.engine.db, order["id"], DisputeState.WON) == dispute
    await told(site, organizer, dispute)
    (shown,) = (await api(site, DISPUTES, finance))["items"]
    assert (shown["state"], shown["answered_at_ms"] is None, shown["ended_at_ms"] is None) == ("won", False, False)
    own = (await api(site, f"GET /api/orders/{order['code']}", buyer.hello["buyer"]))["order"]
    assert [ticket["blocked"] for ticket in own["tickets"]] == [False]


async def test_what_differs_is_found_on_demand_and_resolved_with_a_reason(site: Site, sale: Sale, finance: str) -> None:
    _, order = await bought(site, sale, 0)
    await site.engine.db.execute(
        "UPDATE sandbox_charge SET amount = 4400, visible_at = now() - interval '1 hour' WHERE order_id = $1",
        order["id"],
    )
    await site.engine.db.execute(
        "UPDATE payment SET answered_at = now() - interval '1 hour' WHERE order_id = $1", order["id"]
    )
    asked = await api(site, "POST /api/organizer/reconciliations", finance, {}, 202)
    assert (asked["state"], asked["since_ms"]) == ("waiting", 0)
    again = await api(site, "POST /api/organizer/reconciliations", finance, {"since_ms": 1}, 202)
    assert again["id"] == asked["id"], "one that waits already is the same"
    while await site.engine.reconciliation.step():
        pass
    (run,) = (await api(site, "GET /api/organizer/reconciliations", finance))["items"]
    assert (run["state"], run["compared"], run["found"]) == ("done", 1, 1)
    (task,) = (await api(site, TASKS, finance))["items"]
    assert (task["kind"], task["why"], task["amount"]) == ("disagreement", "amount_differs", 100)
    path = f"POST /api/organizer/disagreements/{task['id']}/resolve"
    assert (await api(site, path, finance, {"reason": "  "}, 422))["code"] == "invalid"
    resolved = await api(site, path, finance, {"reason": "The bank took a euro"})
    assert (resolved["state"], resolved["by_member"], resolved["facts"]["theirs"]) == ("resolved", True, 4400)
    await api(site, path, finance, {"reason": "again"}, 404)
    assert (await api(site, TASKS, finance))["items"] == []
    assert [each["id"] for each in (await api(site, DISAGREEMENTS, finance))["items"]] == [task["id"]]


async def test_a_neighbour_sees_and_changes_nothing(site: Site, sale: Sale, organizer: Act) -> None:
    _, order = await bought(site, sale, 0)
    dispute = await disputed(site, organizer, order)
    neighbour = (await site.engine.access.create(await site.engine.access.create_organizer("Vecinos"))).key
    for path in (TASKS, DISPUTES, DISAGREEMENTS, "GET /api/organizer/reconciliations"):
        assert (await api(site, path, neighbour))["items"] == []
    await api(site, f"POST /api/organizer/disputes/{dispute}/answer", neighbour, {}, 404)
    reader = await key_for(site, organizer, Permission.ORDER_READ)
    for path in (TASKS, DISPUTES, DISAGREEMENTS, "POST /api/organizer/reconciliations"):
        await api(site, path, reader, {} if path.startswith("POST") else None, 403)


async def test_whoever_gives_back_in_one_event_sees_what_waits_there(site: Site, sale: Sale, organizer: Act) -> None:
    _, order = await bought(site, sale, 0)
    await disputed(site, organizer, order)
    await site.engine.db.execute(
        "INSERT INTO disagreement (id, organizer_id, provider, kind, subject, facts, due_at)"
        " VALUES ('dis_x', $1, 'sandbox', 'unread', 'none', '{}', $2)",
        organizer.organizer_id,
        datetime.now(UTC) + timedelta(days=1),
    )
    event = await site.engine.db.fetchval("SELECT event_id FROM sale WHERE id = $1", sale.id)
    here = await member(site, organizer, Role.FINANCE, Scope(frozenset({event})))
    elsewhere = await member(site, organizer, Role.FINANCE, Scope(frozenset({"evt_other"})))
    anywhere = await member(site, organizer, Role.FINANCE)
    found = {
        name: (await each.asks(TASKS))[1]["items"]
        for name, each in (("here", here), ("elsewhere", elsewhere), ("anywhere", anywhere))
    }
    assert {name: [task["kind"] for task in tasks] for name, tasks in found.items()} == {
        "here": ["dispute"],
        "elsewhere": [],
        "anywhere": ["disagreement", "dispute"],
    }


async def test_the_trail_says_who_did_what_and_never_why(site: Site, sale: Sale, organizer: Act, finance: str) -> None:
    _, order = await bought(site, sale, 0)
    dispute = await disputed(site, organizer, order)
    await site.engine.db.execute(
        "INSERT INTO disagreement (id, organizer_id, provider, kind, subject, facts, due_at)"
        " VALUES ('dis_y', $1, 'sandbox', 'unread', 'none', '{}', now())",
        organizer.organizer_id,
    )
    for blocks in (True, True, False):
        await api(site, "PUT /api/organizer/dispute-policy", finance, {"blocks": blocks})
    await api(site, f"POST /api/organizer/disputes/{dispute}/answer", finance, {}, 204)
    await api(site, "POST /api/organizer/disagreements/dis_y/resolve", finance, {"reason": "Canary"})
    for _ in range(2):
        await api(site, "POST /api/organizer/reconciliations", finance, {}, 202)
    rows = await site.engine.db.fetch(
        "SELECT act, subject, to_jsonb(audit)::text AS said FROM audit WHERE organizer_id = $1"
        " AND act ~ '^(dispute|disagreement|reconciliation)[.]' ORDER BY id",
        organizer.organizer_id,
    )
    assert [row["act"] for row in rows] == [
        *("dispute.policy", "dispute.policy", "dispute.answer", "disagreement.resolve", "reconciliation.request")
    ]
    assert {row["subject"] for row in rows} >= {dispute, "dis_y", organizer.organizer_id}
    assert not [row for row in rows if "Canary" in row["said"]]
