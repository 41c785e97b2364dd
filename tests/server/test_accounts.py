"""Accounts over HTTP: registering, logging in, forgetting a password, changing an address, closing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest

from engine.access import Sealer
from engine.keyring import LETTERS
from engine.vault import Contact
from tests.server.conftest import Site, fresh_address, from_address

PASSWORD = "tres tristes tigres"
OTHER = "trigo en un trigal 7"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604"}


class Visitor:
    """A browser of its own: it keeps its cookies."""

    def __init__(self, site: Site, headers: dict[str, str], email: str) -> None:
        self._url = f"{site.url}/api/security"
        self._email = email
        self.http = aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def ask(self, asked: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        method, path = asked.split(" ")
        sent = {} if method in ("GET", "DELETE") else {"json": body if body is not None else {}}
        async with self.http.request(method, self._url + path, headers=headers, **sent) as answer:
            return answer.status, await answer.json(content_type=None) if answer.status != 204 else None

    async def ok(self, asked: str, body: Any = None, **headers: str) -> Any:
        status, answered = await self.ask(asked, body, **headers)
        assert status < 300, answered
        return answered

    async def refused(self, asked: str, body: Any = None, **headers: str) -> str:
        status, answered = await self.ask(asked, body, **headers)
        assert status >= 400, answered
        return str(answered["code"])

    async def log_in(self) -> Any:
        return await self.ok("POST /sessions", {"email": self._email, "password": PASSWORD})


class World:
    """A server with people before it, and the letters they get."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.email, self.nobodys = (f"{name}-{secrets.token_hex(6)}@example.org" for name in ("ana", "nobody"))
        self._visitors: list[Visitor] = []

    def visitor(self, headers: dict[str, str] | None = None) -> Visitor:
        self._visitors.append(Visitor(self.site, headers or FIREFOX, self.email))
        return self._visitors[-1]

    async def letters(self, email: str | None = None) -> list[tuple[str, dict[str, str]]]:
        """Templates and fields of what was written to an address, the oldest first."""
        sealer = Sealer(self.site.engine.keyring.keyring, b"letter", LETTERS)
        found = []
        readable = "SELECT id, template, sealed FROM message WHERE sealed IS NOT NULL ORDER BY created_at, id"
        for row in await self.site.engine.db.fetch(readable):
            said = orjson.loads(sealer.unseal(row["sealed"], row["id"]) or "{}")
            if said["to"] == (email or self.email):
                found.append((row["template"], said["data"]))
        return found

    async def token(self, template: str, email: str | None = None) -> str:
        """That of the newest such letter."""
        data = [said for named, said in await self.letters(email) if named == template][-1]
        return data["link"].partition("#token=")[2]

    async def register(self, visitor: Visitor, email: str | None = None, **more: str) -> Any:
        await visitor.ok("POST /accounts", {"email": email or self.email, "password": PASSWORD, **more})
        return await visitor.ok("POST /accounts/verify", {"token": await self.token("verify", email)})

    async def acts(self) -> list[str]:
        rows = await self.site.engine.db.fetch("SELECT act FROM audit ORDER BY at, id")
        return [row["act"] for row in rows]

    async def close(self) -> None:
        await asyncio.gather(*(visitor.http.close() for visitor in self._visitors))


@pytest.fixture
async def world(site: Site) -> AsyncIterator[World]:
    world = World(site)
    yield world
    await world.close()


async def test_an_organizer_registers_confirms_and_works(world: World) -> None:
    ana = world.visitor()
    me = await world.register(ana, name="Ana", locale="es", organizer="Sala Norte")
    assert me["account"]["email"] == world.email
    assert me["account"]["has_password"]
    assert [(each["name"], each["roles"], each["narrow"]) for each in me["organizers"]] == [
        ("Sala Norte", ["owner"], False)
    ]
    assert me["session"]["state"] == "in"
    assert await ana.ok("GET /me") == me
    async with ana.http.get(f"{world.site.url}/api/organizer") as answer:
        assert (await answer.json())["name"] == "Sala Norte"
    assert {"account.create", "organizer.create", "grant.give", "session.begin"} <= set(await world.acts())
    token = await world.token("verify")
    assert await ana.refused("POST /accounts/verify", {"token": token}) == "wrong_code", "a link is good once"
    assert (await ana.ok("PUT /me", {"name": "Ana M.", "locale": "pt"}))["account"]["name"] == "Ana M."
    await ana.ok("POST /sessions/end")
    assert await ana.refused("GET /me") == "unauthorized"
    assert await ana.log_in() == {"state": "in", "methods": []}
    assert await world.letters() == [("verify", {"link": (await world.letters())[0][1]["link"]})], (
        "it knows the browser"
    )


async def test_a_password_that_a_stranger_chose_for_an_address_opens_nothing(world: World) -> None:
    stranger, victim = world.visitor(), world.visitor()
    await stranger.ok("POST /accounts", {"email": world.email, "password": OTHER})
    token = await world.token("verify")
    assert await victim.refused("POST /accounts/verify", {"token": token}) == "password_needed"
    assert await victim.refused("POST /accounts/verify", {"token": token, "password": PASSWORD}) == "wrong_password"
    assert await stranger.refused("POST /sessions", {"email": world.email, "password": OTHER}) == "wrong_password"
    phone = world.visitor(PHONE)
    assert (await phone.ok("POST /accounts/verify", {"token": token, "password": OTHER}))["account"][
        "email"
    ] == world.email


async def test_two_who_register_one_address_get_one_account(world: World) -> None:
    one, two = world.visitor(), world.visitor()
    tokens = []
    for visitor in (one, two):
        await visitor.ok("POST /accounts", {"email": world.email, "password": PASSWORD})
        tokens.append(await world.token("verify"))
    found = await asyncio.gather(
        *(v.ask("POST /accounts/verify", {"token": t}) for v, t in zip((one, two), tokens, strict=True))
    )
    assert sorted(status for status, _ in found) == [200, 409]
    assert [answer["code"] for status, answer in found if status == 409] == ["address_taken"]
    assert await world.site.engine.db.fetchval("SELECT count(*) FROM account") == 1


async def test_nobody_learns_whether_an_address_has_an_account(world: World) -> None:
    ana, stranger = world.visitor(), world.visitor()
    await world.register(ana)
    hashing = world.site.engine.accounts.passwords.hashing
    bodies: dict[str, dict[str, str]] = {
        "POST /accounts": {"password": OTHER},
        "POST /password/forgot": {},
        "POST /sessions": {"password": OTHER},
    }
    for asked, body in bodies.items():
        told = []
        for email in (world.email, world.nobodys):
            before = hashing.given
            status, answer = await stranger.ask(asked, {"email": email, **body})
            told.append(
                (status, {name: said for name, said in answer.items() if name != "request"}, hashing.given - before)
            )
        assert told[0] == told[1], asked
        assert told[0][2] == 1, f"{asked} costs one argon2"
    assert [named for named, _ in await world.letters()] == ["verify", "registered_already", "reset"]
    assert [named for named, _ in await world.letters(world.nobodys)] == ["verify"]
    await stranger.ok("POST /accounts", {"email": world.email, "password": OTHER})
    assert len(await world.letters()) == 3, "one such letter a day"


@pytest.mark.parametrize("password", ["1qaz2wsx3edc", "aaaaaaaaaaaaaaaa", "ana@example.com", "short"])
async def test_a_password_that_is_guessed_at_once_is_refused(world: World, password: str) -> None:
    status, answer = await world.visitor().ask("POST /accounts", {"email": "ana@example.com", "password": password})
    assert (status, answer["code"]) == (422, "invalid" if password == "short" else "weak_password")
    assert await world.letters() == []
    told = await world.visitor().ok("POST /password/strength", {"password": password, "email": password})
    assert told["score"] < 2
    assert told["hint"]


async def test_strangers_make_nobody_wait_who_has_logged_in_there_before(world: World) -> None:
    ana, stranger, elsewhere = world.visitor(), world.visitor(), world.visitor(PHONE)
    await world.register(ana)
    await ana.ok("POST /sessions/end")
    wrong = {"email": world.email, "password": OTHER}
    codes = [await stranger.refused("POST /sessions", wrong, **from_address(fresh_address())) for _ in range(12)]
    assert codes[0] == "wrong_password"
    assert codes[-1] == "too_many_tries"
    right = {"email": world.email, "password": PASSWORD}
    assert await elsewhere.refused("POST /sessions", right) == "too_many_tries", "a wait tells nothing of a password"
    assert (await ana.log_in())["state"] == "in"
    unknown = {"email": world.nobodys, "password": OTHER}
    codes = [await stranger.refused("POST /sessions", unknown, **from_address(fresh_address())) for _ in range(12)]
    assert codes[-1] == "too_many_tries", "who has no account is counted like who has one"


async def test_a_network_that_tries_many_accounts_waits(world: World) -> None:
    stranger, address = world.visitor(), from_address(fresh_address())
    codes = [
        await stranger.refused("POST /sessions", {"email": f"a{n}@example.org", "password": OTHER}, **address)
        for n in range(35)
    ]
    assert codes[0] == "wrong_password"
    assert codes[-1] == "network_busy"


async def test_a_forgotten_password_is_chosen_anew_and_ends_every_session(world: World) -> None:
    ana, phone = world.visitor(), world.visitor(PHONE)
    await world.register(ana)
    await phone.log_in()
    assert [named for named, _ in await world.letters()] == ["verify", "new_login"]
    await phone.ok("POST /password/forgot", {"email": world.email.title()})
    await phone.ok("POST /password/forgot", {"email": world.email})
    first, token = [said["link"].partition("#token=")[2] for named, said in await world.letters() if named == "reset"]
    assert await phone.refused("POST /password/reset", {"token": token, "password": "1qaz2wsx3edc"}) == "weak_password"
    assert (await phone.ok("POST /password/reset", {"token": token, "password": OTHER}))["state"] == "in"
    assert await ana.refused("GET /me") == "unauthorized"
    assert (await phone.ok("GET /me"))["account"]["email"] == world.email
    for void in (token, first, "x" * 43, "short"):
        assert await phone.refused("POST /password/reset", {"token": void, "password": PASSWORD}) == "wrong_code"
    assert await ana.refused("POST /sessions", {"email": world.email, "password": PASSWORD}) == "wrong_password"
    assert [named for named, _ in await world.letters()][-1] == "password_changed"


async def test_a_reset_link_is_spent_by_one_of_two_who_use_it_at_once(world: World) -> None:
    ana = world.visitor()
    await world.register(ana)
    await ana.ok("POST /password/forgot", {"email": world.email})
    token = await world.token("reset")
    body = {"token": token, "password": OTHER}
    found = await asyncio.gather(*(world.visitor().ask("POST /password/reset", body) for _ in range(4)))
    assert sorted(status for status, _ in found) == [200, 403, 403, 403]


async def test_a_password_is_changed_with_the_present_one_and_the_session_goes_on(world: World) -> None:
    ana, phone = world.visitor(), world.visitor(PHONE)
    await world.register(ana)
    await phone.log_in()
    before = {cookie.key: cookie.value for cookie in ana.http.cookie_jar}
    assert await ana.refused("PUT /me/password", {"current": OTHER, "password": OTHER}) == "wrong_password"
    assert await ana.refused("PUT /me/password", {"password": OTHER}) == "wrong_password"
    await ana.ok("PUT /me/password", {"current": PASSWORD, "password": OTHER})
    assert await phone.refused("GET /me") == "unauthorized"
    found = await asyncio.gather(*(ana.ask("GET /me") for _ in range(4)))
    assert [status for status, _ in found] == [200] * 4, "requests that were on their way carry the token before"
    after = {cookie.key: cookie.value for cookie in ana.http.cookie_jar}
    assert after["aforo_session"] != before["aforo_session"]
    assert (await ana.ok("GET /me"))["account"]["email"] == world.email
    await world.site.engine.db.execute("UPDATE session SET renewed_at = now() - interval '2 minutes'")
    thief = world.visitor()
    assert await thief.refused("GET /me", Cookie=f"aforo_session={before['aforo_session']}") == "unauthorized"


async def test_sessions_are_listed_and_ended(world: World) -> None:
    ana, phone = world.visitor(), world.visitor(PHONE)
    await world.register(ana)
    await phone.log_in()
    items = (await ana.ok("GET /sessions"))["items"]
    assert {(each["device"], each["current"]) for each in items} == {
        ("Firefox on Linux", True),
        ("Safari on iPhone", False),
    }
    assert {each["network"] for each in items} == {"127.0.0.0/24"}
    other = next(each["id"] for each in items if not each["current"])
    stranger = world.visitor()
    await world.register(stranger, "eve@example.org")
    assert await stranger.refused(f"DELETE /sessions/{other}") == "not_found"
    await ana.ok(f"DELETE /sessions/{other}")
    assert await phone.refused("GET /me") == "unauthorized"
    await phone.log_in()
    assert await ana.ok("POST /sessions/end-others") == {"ended": 1}
    assert await phone.refused("GET /me") == "unauthorized"
    was = {cookie.key: cookie.value for cookie in ana.http.cookie_jar}["aforo_session"]
    await ana.log_in()
    thief = world.visitor()
    assert await thief.refused("GET /me", Cookie=f"aforo_session={was}") == "unauthorized", (
        "a login ends the one before"
    )


async def test_a_new_address_is_confirmed_and_the_old_one_told(world: World) -> None:
    ana, eve = world.visitor(), world.visitor()
    await world.register(ana)
    await world.register(eve, "eve@example.org")
    await ana.ok("POST /me/email", {"email": "ana@new.example"})
    await eve.ok("POST /me/email", {"email": "ana@new.example"})
    tokens = [said["link"].partition("#token=")[2] for _, said in await world.letters("ana@new.example")]
    await ana.ok("POST /password/forgot", {"email": world.email})
    await world.visitor(PHONE).ok("POST /me/email/confirm", {"token": tokens[0]})
    assert (await ana.ok("GET /me"))["account"]["email"] == "ana@new.example"
    told = (await world.letters())[-1]
    assert (told[0], told[1]["email"]) == ("email_changed", "a…@new.example")
    assert await eve.refused("POST /me/email/confirm", {"token": tokens[1]}) == "address_taken"
    assert (await eve.ok("GET /me"))["account"]["email"] == "eve@example.org"
    reset = {"token": await world.token("reset"), "password": OTHER}
    assert await eve.refused("POST /password/reset", reset) == "wrong_code", "what went to the old address is void"


async def test_an_account_is_closed_unless_it_is_an_organizers_last_owner(world: World) -> None:
    ana, eve = world.visitor(), world.visitor()
    await world.register(ana, organizer="Sala Norte")
    assert await ana.refused("POST /me/close") == "last_owner"
    await world.register(eve, "eve@example.org")
    await eve.ok("POST /me/close")
    assert await eve.refused("GET /me") == "unauthorized"
    assert await eve.refused("POST /sessions", {"email": "eve@example.org", "password": PASSWORD}) == "wrong_password"
    assert [named for named, _ in await world.letters("eve@example.org")][-1] == "account_closed"
    assert "eve@example.org" not in str(await world.site.engine.db.fetch("SELECT * FROM account"))
    again = await world.register(world.visitor(), "eve@example.org")
    assert again["account"]["created_at_ms"] > 0, "the address is free again"


async def test_buyers_belong_to_one_account(world: World) -> None:
    ana, eve = world.visitor(), world.visitor()
    await world.register(ana)
    await world.register(eve, "eve@example.org")
    engine = world.site.engine
    token = (await (await world.site.http.post(f"{world.site.url}/api/buyers")).json())["buyer"]
    buyer = engine.signer.buyer_of(token)
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await ana.ok("POST /me/buyers"))["items"] == [], "this browser is no buyer"
    for _ in range(2):
        linked = await ana.ok("POST /me/buyers", **bearer)
        assert [(each["buyer_id"], each["how"]) for each in linked["items"]] == [(buyer, "browser")]
    assert await eve.refused("POST /me/buyers", **bearer) == "conflict"
    assert await eve.refused(f"DELETE /me/buyers/{buyer}") == "not_found"
    await ana.ok(f"DELETE /me/buyers/{buyer}")
    assert [each["buyer_id"] for each in (await eve.ok("POST /me/buyers", **bearer))["items"]] == [buyer]


async def test_somebody_corrects_their_own_name_by_a_fresh_proof(world: World) -> None:
    ana, eve = world.visitor(), world.visitor()
    await world.register(ana)
    await world.register(eve, "eve@example.org")
    engine = world.site.engine
    token = (await (await world.site.http.post(f"{world.site.url}/api/buyers")).json())["buyer"]
    await ana.ok("POST /me/buyers", Authorization=f"Bearer {token}")
    filed = engine.vault.filed(Contact("Anna", world.email, "600 000 000"), None, engine.signer.buyer_of(token))
    async with engine.db.acquire() as connection, connection.transaction():
        (person,) = await engine.vault.put(connection, [filed])
    own = f"PUT /me/known/{person}"
    assert await eve.refused(own, {"name": "Eve"}) == "not_found"
    for wrong in ({"name": ""}, {"name": "Ana", "phone": "no number"}, {"name": "Ana", "email": "x@example.org"}, {}):
        assert await ana.refused(own, wrong) == "invalid"
    contact = {"name": "Ana Ruiz", "email": world.email, "phone": "600 000 000"}
    assert await ana.ok(own, {"name": "Ana Ruiz"}) == {"person": person, "contact": contact}
    assert (await ana.ok(own, {"name": "Ana Ruiz", "phone": ""}))["contact"]["phone"] == ""
    assert (await ana.ok(own, {"name": "Ana Ruiz", "phone": "+34600111222"}))["contact"]["phone"] == "+34600111222"
    (names,) = [each for each in (await ana.ok("GET /me/known"))["sections"] if each["name"] == "names"]
    assert [(row["person"], row["name"]) for row in names["rows"]] == [(person, "Ana Ruiz")]
    await engine.db.execute("UPDATE session SET stepped_up_at = now() - interval '1 day'")
    assert await ana.refused(own, {"name": "Ana"}) == "step_up_needed"
    assert await world.visitor().refused(own, {"name": "Ana"}) == "unauthorized"


async def test_somebody_reads_what_is_known_and_erases_it_by_a_fresh_proof(world: World) -> None:
    ana, owner = world.visitor(), world.visitor()
    await world.register(ana)
    token = (await (await world.site.http.post(f"{world.site.url}/api/buyers")).json())["buyer"]
    await ana.ok("POST /me/buyers", Authorization=f"Bearer {token}")
    known = await ana.ok("GET /me/known")
    assert {section["name"] for section in known["sections"]} >= {"account", "logins"}
    assert world.email in str(known)
    await world.site.engine.db.execute("UPDATE session SET stepped_up_at = now() - interval '1 day'")
    assert await ana.refused("GET /me/known") == "step_up_needed"
    assert await ana.refused("POST /me/erase") == "step_up_needed"
    await ana.log_in()
    erased = await ana.ok("POST /me/erase")
    assert erased["people"] == 0
    assert await ana.refused("GET /me") == "unauthorized"
    assert world.email not in str(await world.site.engine.db.fetch("SELECT * FROM account"))
    await world.register(owner, "eve@example.org", organizer="Sala Norte")
    assert await owner.refused("POST /me/erase") == "last_owner"
    assert (await owner.ok("GET /me"))["account"]["email"] == "eve@example.org"
