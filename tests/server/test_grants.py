"""Members over HTTP: what a narrow grant lets somebody see, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from engine.access import Role, Scope
from engine.audit import Act
from engine.onsale import Sale
from tests.server.conftest import Site


async def logged_in(site: Site, organizer: Act, role: Role, scope: Scope) -> dict[str, str]:
    """The cookie of a new member."""
    accounts = site.engine.accounts
    async with site.engine.db.acquire() as connection, connection.transaction():
        account = await accounts.make(connection, f"{role.value}-{len(scope.events)}@example.org")
        assert account is not None
        await accounts.grants.add(connection, organizer, account, role, scope=scope)
        session = await accounts.sessions.begin(connection, account)
    return {"Cookie": f"aforo_session={session.token}"}


async def asked(site: Site, path: str, headers: dict[str, str]) -> tuple[int, Any]:
    async with site.http.get(f"{site.url}{path}", headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.FINANCE])
async def test_a_grant_over_one_event_shows_that_event_alone(
    site: Site, sale: Sale, organizer: Act, role: Role
) -> None:
    event = await site.engine.db.fetchval("SELECT event_id FROM sale WHERE id = $1", sale.id)
    there = await logged_in(site, organizer, role, Scope(frozenset({event})))
    elsewhere = await logged_in(site, organizer, Role.BOX_OFFICE, Scope(frozenset({"evt_other"})))
    status, page = await asked(site, "/api/organizer/sales", there)
    assert (status, [item["id"] for item in page["items"]]) == (200, [sale.id])
    assert (await asked(site, f"/api/sales/{sale.id}/orders", there))[0] == 200
    status, page = await asked(site, "/api/organizer/sales", elsewhere)
    assert (status, page["items"]) == (200, [])
    assert (await asked(site, f"/api/sales/{sale.id}/orders", elsewhere))[1]["code"] == "unknown_sale"
    for whole in ("/api/webhooks", "/api/people", "/api/organizer"):
        assert (await asked(site, whole, there))[1]["code"] == "forbidden"


async def test_who_is_no_member_may_nothing(site: Site, sale: Sale) -> None:
    accounts = site.engine.accounts
    async with site.engine.db.acquire() as connection, connection.transaction():
        account = await accounts.make(connection, "stranger@example.org")
        assert account is not None
        session = await accounts.sessions.begin(connection, account)
    cookie = {"Cookie": f"aforo_session={session.token}"}
    assert (await asked(site, f"/api/sales/{sale.id}/orders", cookie))[1]["code"] == "forbidden"
    assert await accounts.sessions.end(account, session.id)
    assert (await asked(site, f"/api/sales/{sale.id}/orders", cookie))[1]["code"] == "unauthorized"
