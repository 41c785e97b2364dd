"""Members over HTTP and the socket: what a narrow grant shows, who is put out when, what two persons decide."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.access import EVERYTHING, Role, Scope
from engine.accounts import GrantDraft, Policy
from engine.audit import Act, ActorKind, Ground
from engine.onsale import Sale
from tests.server.conftest import Client, Site


@dataclass
class Person:
    """Somebody who is logged in."""

    site: Site
    account: str
    session: str
    cookie: dict[str, str]
    organizer: str

    async def asks(self, route: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        method, path = route.split(" ")
        async with self.site.http.request(
            method, f"{self.site.url}{path}", headers=self.cookie | headers, json=body
        ) as answer:
            return answer.status, None if answer.status == 204 else await answer.json(content_type=None)

    async def code(self, route: str, body: Any = None) -> str:
        status, answer = await self.asks(route, body)
        return "" if status < 400 and status != 202 else str(answer["code"])

    async def socket(self) -> Client:
        client = await self.site.socket(headers=self.cookie)
        await client.ok("hello", organizer=self.organizer)
        return client

    @property
    def act(self) -> Act:
        return Act(self.organizer, self.account, ActorKind.ACCOUNT, ground=Ground("event:read"))


async def member(
    site: Site, organizer: Act, role: Role, scope: Scope = EVERYTHING, *, until: datetime | None = None
) -> Person:
    """Somebody new who works for an organizer, with a fresh second factor."""
    accounts = site.engine.accounts
    async with site.engine.db.acquire() as connection, connection.transaction():
        account = await accounts.make(connection, f"{secrets.token_hex(6)}@example.org")
        assert account is not None
        await accounts.grants.add(connection, organizer, account, role, scope=scope, until=until)
        session = await accounts.sessions.begin(connection, account, stepped_up=True, second_factor=True)
    cookie = {"Cookie": f"aforo_session={session.token}"}
    return Person(site, account, session.id, cookie, organizer.organizer_id)


@pytest.fixture
async def event(site: Site, sale: Sale) -> str:
    return str(await site.engine.db.fetchval("SELECT event_id FROM sale WHERE id = $1", sale.id))


async def test_a_grant_over_one_event_shows_that_event_alone(
    site: Site, sale: Sale, organizer: Act, event: str
) -> None:
    there = await member(site, organizer, Role.ANALYST, Scope(frozenset({event})))
    elsewhere = await member(site, organizer, Role.ANALYST, Scope(frozenset({"evt_other"})))
    page = (await there.asks("GET /api/organizer/sales"))[1]
    assert [item["id"] for item in page["items"]] == [sale.id]
    assert await there.code(f"GET /api/sales/{sale.id}/orders") == ""
    assert (await elsewhere.asks("GET /api/organizer/sales"))[1]["items"] == []
    for narrow in (f"GET /api/sales/{sale.id}/orders", f"GET /api/sales/{sale.id}/takings"):
        assert await elsewhere.code(narrow) == "unknown_sale"
    assert await there.code(f"POST /api/sales/{sale.id}/pause") == "forbidden"
    for whole in ("/api/webhooks", "/api/people", "/api/organizer", "/api/security/members", "/api/security/keys"):
        assert await there.code(f"GET {whole}") == "forbidden"
    socket = await elsewhere.socket()
    assert (await socket.refused("watch", sale=sale.id, topics=["takings"]))["code"] == "forbidden"


async def test_who_is_no_member_may_nothing(site: Site, sale: Sale, organizer: Act) -> None:
    owner = await member(site, organizer, Role.OWNER)
    stranger = Act(await site.engine.access.create_organizer("Elsewhere"), "test")
    neighbour = await member(site, stranger, Role.OWNER)
    assert await neighbour.code(f"GET /api/sales/{sale.id}/orders") == "unknown_sale"
    status, answer = await neighbour.asks(
        "GET /api/organizer/sales", None, **{"Aforo-Organizer": organizer.organizer_id}
    )
    assert (status, answer["code"]) == (403, "forbidden")
    for route in (
        f"DELETE /api/security/members/{owner.account}",
        f"PUT /api/security/members/{owner.account}/grants",
    ):
        body = {"grants": [{"role": "gate"}]} if route.startswith("PUT") else None
        assert await neighbour.code(route, body) == "not_found"
    assert await site.engine.accounts.sessions.end(neighbour.account, neighbour.session)
    assert await neighbour.code("GET /api/organizer/sales") == "unauthorized"


# ── put out ──


async def test_who_is_removed_is_put_out_with_an_open_page(site: Site, sale: Sale, organizer: Act, event: str) -> None:
    owner = await member(site, organizer, Role.OWNER)
    colleague = await member(site, organizer, Role.ANALYST, Scope(frozenset({event})))
    socket = await colleague.socket()
    await socket.ok("watch", sale=sale.id, topics=["takings", "room"])
    assert await owner.code(f"DELETE /api/security/members/{colleague.account}") == ""
    told = await socket.event("access")
    assert told == {"on": "access", "organizer": None, "logged_in": True}
    assert (await socket.refused("watch", sale=sale.id, topics=["takings"]))["code"] == "forbidden"
    assert await colleague.code(f"GET /api/sales/{sale.id}/orders") == "forbidden"
    async with site.http.post(f"{site.url}/api/buyers", json={}) as answer:
        assert answer.status in (200, 201), "others go on"


@pytest.mark.parametrize("how", ["session", "key", "guest", "policy", "end"])
async def test_every_way_out_is_told_to_open_pages(
    site: Site, sale: Sale, organizer: Act, event: str, how: str
) -> None:
    engine, accounts = site.engine, site.engine.accounts
    owner = await member(site, organizer, Role.OWNER)
    soon = datetime.now(UTC) + timedelta(seconds=1.2)
    colleague = await member(site, organizer, Role.ANALYST, until=soon if how == "end" else None)
    if how == "key":
        key = await engine.access.create(organizer.organizer_id)
        socket = await site.socket()
        await socket.ok("hello", api_key=key.key)
    elif how == "guest":
        until = int((datetime.now(UTC) + timedelta(days=1)).timestamp() * 1000)
        body = {"label": "a friend", "permission": "sale:read", "about": {"sale": sale.id}, "until_at_ms": until}
        status, link = await owner.asks("POST /api/security/guest-links", body)
        assert status == 201
        socket = await site.socket()
        await socket.ok("hello", api_key=link["link"].partition("token=")[2])
    else:
        socket = await colleague.socket()
    if how == "policy":
        await engine.db.execute("UPDATE session SET second_factor = false WHERE id = $1", colleague.session)
    await socket.ok("watch", sale=sale.id, topics=["takings"])
    match how:
        case "session":
            await accounts.sessions.end(colleague.account, colleague.session)
        case "key":
            await engine.access.revoke(key.id)
        case "guest":
            assert await owner.code(f"DELETE /api/security/guest-links/{link['id']}") == ""
        case "policy":
            await accounts.policies.write(owner.act, Policy(second_factor=True))
    told = await socket.event("access")
    assert told["organizer"] is None
    assert told["logged_in"] == (how in ("policy", "end"))
    assert (await socket.refused("watch", sale=sale.id, topics=["takings"]))["code"] == "forbidden"


async def test_a_revocation_is_heard_though_the_news_of_it_were_lost(site: Site, sale: Sale, organizer: Act) -> None:
    colleague = await member(site, organizer, Role.ANALYST)
    socket = await colleague.socket()
    await socket.ok("watch", sale=sale.id, topics=["takings"])
    owner = await member(site, organizer, Role.OWNER)
    async with site.engine.db.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE role_grant DISABLE TRIGGER role_grant_tells_access")
        await connection.execute("UPDATE role_grant SET revoked_at = now() WHERE account_id = $1", colleague.account)
        await connection.execute("ALTER TABLE role_grant ENABLE TRIGGER role_grant_tells_access")
    await site.engine.db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')"
    )
    assert (await socket.event("access"))["organizer"] is None
    assert await owner.code("GET /api/security/members") == ""


# ── a second factor, and a second person ──


async def test_an_organizer_may_ask_its_members_for_a_second_factor(site: Site, organizer: Act) -> None:
    owner, colleague = await member(site, organizer, Role.OWNER), await member(site, organizer, Role.ANALYST)
    await site.engine.db.execute("UPDATE session SET second_factor = false WHERE id = $1", colleague.session)
    status, policy = await owner.asks("GET /api/security/policies")
    assert (status, policy["second_factor"]) == (200, False)
    body = {"second_factor": True, "two_persons": {"acts": []}}
    assert (await owner.asks("PUT /api/security/policies", body, **{"If-Match": '"7"'}))[0] == 412
    assert (await owner.asks("PUT /api/security/policies", body, **{"If-Match": '"0"'}))[0] == 200
    assert await colleague.code("GET /api/organizer/sales") == "second_factor_needed"
    assert await owner.code("GET /api/organizer/sales") == ""
    await site.engine.db.execute(
        "UPDATE session SET stepped_up_at = now() - interval '1 hour' WHERE id = $1", owner.session
    )
    assert await owner.code("PUT /api/security/policies", body) == "step_up_needed"


async def test_two_persons_close_a_sale(site: Site, sale: Sale, organizer: Act) -> None:
    owner, other = await member(site, organizer, Role.OWNER), await member(site, organizer, Role.MANAGER)
    analyst = await member(site, organizer, Role.ANALYST)
    body = {"second_factor": False, "two_persons": {"acts": ["sale.close"]}}
    assert await owner.code("PUT /api/security/policies", body) == ""
    status, asked = await other.asks(f"POST /api/sales/{sale.id}/close")
    assert (status, asked["code"]) == (202, "approval_needed")
    approval = f"/api/security/approvals/{asked['approval']}"
    assert (await other.asks(f"POST /api/sales/{sale.id}/close"))[1]["approval"] == asked["approval"]
    assert await other.code(f"POST {approval}/approve") == "forbidden"
    assert await analyst.code(f"POST {approval}/approve") == "not_found"
    assert [each["state"] for each in (await owner.asks("GET /api/security/approvals"))[1]["items"]] == ["open"]
    assert await site.engine.db.fetchval("SELECT closed_at FROM sale WHERE id = $1", sale.id) is None
    status, done = await owner.asks(f"POST {approval}/approve")
    assert (status, done["state"], done["decided_by"]) == (200, "done", owner.account)
    assert await site.engine.db.fetchval("SELECT closed_at FROM sale WHERE id = $1", sale.id) is not None
    loosened = {"second_factor": False, "two_persons": {"acts": []}}
    assert await owner.code("PUT /api/security/policies", loosened) == "approval_needed"


async def test_what_an_asker_may_do_no_more_is_not_done(site: Site, sale: Sale, organizer: Act) -> None:
    owner, other = await member(site, organizer, Role.OWNER), await member(site, organizer, Role.MANAGER)
    await site.engine.accounts.policies.write(owner.act, Policy(two_persons=frozenset({"sale.close"})))
    asked = (await other.asks(f"POST /api/sales/{sale.id}/close"))[1]["approval"]
    permit = await site.engine.accounts.grants.permit(owner.account, owner.organizer)
    assert permit is not None
    await site.engine.accounts.members.write_grants(owner.act, permit, other.account, [GrantDraft(Role.GATE)])
    assert await owner.code(f"POST /api/security/approvals/{asked}/approve") == "conflict"
    assert await site.engine.db.fetchval("SELECT closed_at FROM sale WHERE id = $1", sale.id) is None


# ── invited, looked at, asked about ──


async def test_somebody_is_invited_and_what_they_may_is_explained(
    site: Site, sale: Sale, organizer: Act, event: str
) -> None:
    owner = await member(site, organizer, Role.OWNER)
    guest = Person(site, "", "", {}, organizer.organizer_id)
    friday = int((datetime.now(UTC) + timedelta(days=3)).timestamp() * 1000)
    grants = [{"role": "analyst", "events": [event], "until_at_ms": friday}]
    status, invited = await owner.asks("POST /api/security/invitations", {"email": "Eva@Example.org", "grants": grants})
    assert status == 201
    assert [each["email"] for each in (await owner.asks("GET /api/security/invitations"))[1]["items"]] == [
        "eva@example.org"
    ]
    for wrong in ("", "x" * 43):
        assert await guest.code("POST /api/security/invitations/look", {"token": wrong}) == "wrong_link"
    assert await owner.code(f"DELETE /api/security/invitations/{invited['id']}") == ""
    about = {"sale": sale.id}
    colleague = await member(site, organizer, Role.ANALYST, Scope(frozenset({event})))
    for subject, permission, named, reason in (
        (owner.account, "organizer:own", {}, "granted"),
        (colleague.account, "order:read", about, "granted"),
        (colleague.account, "order:read", {}, "elsewhere"),
        (colleague.account, "sale:steer", about, "no_grant"),
        ("acc_nobody", "order:read", about, "no_member"),
        (owner.account, "order:read", {"sale": "nobodys-sale"}, "not_yours"),
    ):
        body = {"subject": {"account": subject}, "permission": permission, "about": named}
        status, found = await owner.asks("POST /api/security/authorize", body)
        assert (status, found["reason"], found["allowed"]) == (200, reason, reason == "granted")


# ── tokens made from keys ──


async def test_a_token_made_from_a_key_works_until_the_key_is_revoked(site: Site, sale: Sale, organizer: Act) -> None:
    key = await site.engine.access.create(organizer.organizer_id)

    def shown(token: str) -> Person:
        return Person(site, "", "", {"Authorization": f"Bearer {token}"}, organizer.organizer_id)

    status, made = await shown(key.key).asks("POST /api/security/tokens", {"scopes": ["order:read"], "seconds": 60})
    assert status == 200
    program = shown(made["token"])
    assert await program.code(f"GET /api/sales/{sale.id}/orders") == ""
    assert await program.code(f"POST /api/sales/{sale.id}/pause") == "forbidden"
    assert await program.code("POST /api/security/tokens", {}) == "unauthorized", "a token makes no tokens"
    socket = await site.socket()
    assert (await socket.ok("hello", api_key=made["token"]))["buyer"]
    async with site.http.get(f"{site.url}/.well-known/jwks.json") as answer:
        assert [each["kid"] for each in (await answer.json(content_type=None))["keys"]] == ["1"]
    await site.engine.access.revoke(key.id)
    assert (await socket.event("access"))["organizer"] is None
    assert await program.code(f"GET /api/sales/{sale.id}/orders") == "unauthorized"


async def test_who_may_something_in_one_event_only_can_leave(site: Site, organizer: Act, event: str) -> None:
    await member(site, organizer, Role.OWNER)
    colleague = await member(site, organizer, Role.ANALYST, Scope(frozenset({event})))
    assert await colleague.code("POST /api/security/members/leave") == ""
    assert await colleague.code("GET /api/organizer/sales") == "forbidden"
