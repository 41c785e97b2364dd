"""Second factors over HTTP: set up, shown, spent once; and what liars, thieves and neighbours are told."""

from __future__ import annotations

import asyncio
import copy
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pyotp
import pytest

from engine.accounts import SessionState
from engine.ids import new_id
from tests.accounts.authenticator import ES384, USER_PRESENT, Authenticator, text_of
from tests.server.conftest import Site

SECURITY = "/api/security"
WRONG = (403, "wrong_factor")


@dataclass
class Browser:
    """One browser: its cookies, and what it is answered."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    async def ask(self, what: str, body: Any = None) -> tuple[int, Any]:
        """The status, with the body of an answer, or the code of a refusal."""
        method, path = what.split(" ")
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        url = f"{self.site.url}{SECURITY}{path}"
        async with self.site.http.request(method, url, json=body, headers=headers) as answer:
            for name, morsel in answer.cookies.items():
                self.cookies[name] = morsel.value
            self.site.http.cookie_jar.clear()
            found = await answer.json(content_type=None) if answer.status != 204 else None
        return answer.status, found["code"] if answer.status >= 400 else found

    async def ok(self, what: str, body: Any = None) -> Any:
        status, found = await self.ask(what, body)
        assert status < 300, (what, status, found)
        return found


STEP_S, ANSWERED_S = 30, 10


@dataclass
class Person(Browser):
    """Somebody with an account, in a browser where they are logged in."""

    account: str = ""
    email: str = ""
    secret: str = ""
    recovery: list[str] = field(default_factory=list)

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(time.time() + 30 * steps)

    async def half(self) -> Browser:
        """Another browser, in which the password was right."""
        return Browser(self.site, {"aforo_session": await session_of(self.site, self.account, SessionState.HALF)})

    async def anew(self, *, stepped_up: bool = False) -> Browser:
        token = await session_of(self.site, self.account, SessionState.IN, stepped_up=stepped_up)
        return Browser(self.site, {"aforo_session": token})

    async def set_up_app(self) -> None:
        made = await self.ok("POST /me/totp")
        self.secret = made["secret"]
        if (left := STEP_S - time.time() % STEP_S) < ANSWERED_S:  # the code before must still count when it arrives
            await asyncio.sleep(left)
        self.recovery = (await self.ok("POST /me/totp/confirm", {"code": self.code(-1)}))["recovery"]

    async def add_passkey(self, device: Authenticator) -> str:
        options = await self.ok("POST /me/passkeys/options")
        made: str = (await self.ok("POST /me/passkeys", {"credential": device.create(options), "label": "Laptop"}))[
            "id"
        ]
        return made


async def session_of(site: Site, account: str, state: SessionState, *, stepped_up: bool = False) -> str:
    async with site.engine.db.acquire() as connection, connection.transaction():
        begun = await site.engine.accounts.sessions.begin(connection, account, state=state, stepped_up=stepped_up)
    return begun.token


Make = Callable[[], Awaitable[Person]]


@pytest.fixture
def make_person(site: Site) -> Make:
    async def made() -> Person:
        email = f"{secrets.token_hex(6)}@example.org"
        async with site.engine.db.acquire() as connection, connection.transaction():
            account = await site.engine.accounts.make(connection, email, name="Ana")
        assert account is not None
        token = await session_of(site, account, SessionState.IN, stepped_up=True)
        return Person(site, {"aforo_session": token}, account, email)

    return made


async def letters(site: Site) -> list[str]:
    """Templates of the letters that were written."""
    return [row["template"] for row in await site.engine.db.fetch("SELECT template FROM message ORDER BY id")]


async def acts(site: Site, account: str) -> list[str]:
    rows = await site.engine.db.fetch("SELECT act FROM audit WHERE subject = $1 ORDER BY at, id", account)
    return [row["act"] for row in rows]


# ── the app and its codes ──


async def test_an_app_finishes_logins_by_codes_that_count_once(site: Site, make_person: Make) -> None:
    ana = await make_person()
    assert await ana.ok("GET /me/factors") == {"totp": None, "recovery_left": 0, "passkeys": []}
    assert await ana.ask("POST /me/recovery") == (409, "conflict"), "they stand in for something"
    await ana.set_up_app()
    assert len(ana.recovery) == 10
    assert await ana.ask("POST /me/totp") == (409, "conflict")
    found = await ana.ok("GET /me/factors")
    assert found["totp"]["confirmed_at_ms"] > 0
    assert found["recovery_left"] == 10
    # Two logins at the same moment, with the same code: one.
    halves = [await ana.half() for _ in range(3)]
    code = ana.code()
    told = await asyncio.gather(*(each.ask("POST /sessions/factor", {"totp": code}) for each in halves))
    assert sorted(status for status, _ in told) == [200, 403, 403]
    winner = next(each for each, (status, _) in zip(halves, told, strict=True) if status == 200)
    assert (await winner.ok("GET /me/factors"))["recovery_left"] == 10
    loser = next(each for each in halves if each is not winner)
    assert await loser.ask("GET /me/factors") == (401, "unauthorized"), "half a login is good for nothing else"
    # A recovery code instead; the half session is over then, and its token with it.
    before = dict(loser.cookies)
    assert (await loser.ok("POST /sessions/factor", {"recovery": ana.recovery[3].upper()}))["state"] == "in"
    assert loser.cookies != before
    assert await Browser(site, before).ask("POST /sessions/factor", {"totp": ana.code(1)}) == (401, "unauthorized")
    assert await (await ana.half()).ask("POST /sessions/factor", {"recovery": ana.recovery[3]}) == WRONG
    fresh = (await winner.ok("POST /me/recovery"))["recovery"]
    assert await (await ana.half()).ask("POST /sessions/factor", {"recovery": ana.recovery[5]}) == WRONG
    assert (await (await ana.half()).ok("POST /sessions/factor", {"recovery": fresh[5]}))["state"] == "in"
    assert await winner.ok("POST /me/totp/remove") is None
    assert (await winner.ok("GET /me/factors")) == {"totp": None, "recovery_left": 0, "passkeys": []}
    assert (await letters(site)).count("second_factor_changed") == 5
    told_of = await acts(site, ana.account)
    assert {"totp.add", "recovery.use", "recovery.make", "totp.remove", "session.begin"} <= set(told_of)


async def test_codes_are_not_guessed(site: Site, make_person: Make) -> None:
    """Of a million codes a thief of the password may try ten, then waits; nobody else does."""
    ana, bo = await make_person(), await make_person()
    await ana.set_up_app()
    await bo.set_up_app()
    thief = await ana.half()
    right = {ana.code(steps) for steps in range(-1, 3)}
    guesses = [f"{each:06}" for each in range(100) if f"{each:06}" not in right]
    told = [(await thief.ask("POST /sessions/factor", {"totp": each}))[1] for each in guesses[:12]]
    assert told[:9] == ["wrong_factor"] * 9
    assert told[-1] == "too_many_tries"
    assert (await (await bo.half()).ask("POST /sessions/factor", {"totp": bo.code()}))[0] == 200
    assert (await (await ana.half()).ask("POST /sessions/factor", {"recovery": ana.recovery[0]}))[0] == 200
    for body in ({}, {"totp": "1"}, {"totp": "123456", "recovery": "x"}, {"password": "x"}, {"passkey": {"id": "x"}}):
        assert (await (await ana.half()).ask("POST /sessions/factor", body))[1] == "invalid"
    await site.engine.audit.tally.hand_in()
    counted = await site.engine.db.fetchval("SELECT sum(times)::int FROM audit_tally WHERE act = 'factor.refused'")
    assert counted >= 9


# ── stepping up ──


async def test_what_is_dangerous_wants_a_fresh_factor(site: Site, make_person: Make) -> None:
    ana = await make_person()
    await ana.set_up_app()
    later = await ana.anew()
    for what in ("POST /me/totp/remove", "POST /me/recovery", "POST /me/passkeys/options", "DELETE /me/passkeys/psk_x"):
        assert await later.ask(what) == (403, "step_up_needed")
    assert await later.ask("POST /sessions/step-up", {"password": "whatever it is"}) == WRONG, "it has a factor"
    until = (await later.ok("POST /sessions/step-up", {"totp": ana.code()}))["stepped_up_until_ms"]
    assert until > 0
    assert len((await later.ok("POST /me/recovery"))["recovery"]) == 10
    await site.engine.db.execute("UPDATE session SET stepped_up_at = stepped_up_at - interval '11 minutes'")
    assert await later.ask("POST /me/recovery") == (403, "step_up_needed")
    assert await (await ana.half()).ask("POST /sessions/step-up", {"totp": ana.code(1)}) == (401, "unauthorized")
    # A key has no second factor to show, and is not asked.
    assert await Browser(site).ask("POST /me/recovery") == (401, "unauthorized")


# ── passkeys ──


async def test_a_passkey_logs_in_alone_finishes_logins_and_steps_up(site: Site, make_person: Make) -> None:
    ana = await make_person()
    device = Authenticator(site.url)
    passkey = await ana.add_passkey(device)
    [shown] = (await ana.ok("GET /me/factors"))["passkeys"]
    assert (shown["id"], shown["label"], shown["backed_up"], shown["last_used_at_ms"]) == (
        passkey,
        "Laptop",
        True,
        None,
    )
    # Without a name.
    browser = Browser(site)
    options = await browser.ok("POST /sessions/passkey/options")
    assert options["allowCredentials"] == []
    credential = device.get(options)
    assert await browser.ok("POST /sessions/passkey", {"credential": credential}) == {"state": "in", "methods": []}
    assert (await browser.ok("POST /me/recovery"))["recovery"], "it is both factors, and fresh"
    assert await browser.ask("POST /sessions/passkey", {"credential": credential}) == WRONG, "an answer counts once"
    # As the second factor, and to step up.
    half = await ana.half()
    options = await half.ok("POST /sessions/factor/options")
    assert [each["id"] for each in options["allowCredentials"]] == [text_of(device.credential)]
    assert (await half.ok("POST /sessions/factor", {"passkey": device.get(options)}))["state"] == "in"
    later = await ana.anew()
    options = await later.ok("POST /sessions/step-up/options")
    assert (await later.ok("POST /sessions/step-up", {"passkey": device.get(options)}))["stepped_up_until_ms"] > 0
    await later.ok(f"PUT /me/passkeys/{passkey}", {"label": "Phone"})
    [shown] = (await ana.ok("GET /me/factors"))["passkeys"]
    assert shown["label"] == "Phone"
    assert shown["last_used_at_ms"] > 0
    # Somebody else's can't be named or removed; removed, it opens nothing.
    bo = await make_person()
    assert await bo.ask(f"PUT /me/passkeys/{passkey}", {"label": "Mine"}) == (404, "not_found")
    assert await bo.ask(f"DELETE /me/passkeys/{passkey}") == (404, "not_found")
    await later.ok(f"DELETE /me/passkeys/{passkey}")
    options = await browser.ok("POST /sessions/passkey/options")
    assert await browser.ask("POST /sessions/passkey", {"credential": device.get(options)}) == WRONG


Lie = Callable[[Authenticator, dict[str, Any]], dict[str, Any]]


def from_another_origin(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    device.origin = "https://aforo.example.evil"
    return device.get(options)


def of_another_host(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    device.rp_id = "evil.example"
    return device.get(options)


def to_another_challenge(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return device.get({**options, "challenge": text_of(secrets.token_bytes(58))})


def without_verification(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    device.flags = USER_PRESENT
    return device.get(options)


def with_a_count_of_before(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    device.count = 0
    return device.get(options)


def signed_by_another(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    device.key = Authenticator("").key
    return device.get(options)


def with_truncated_data(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    credential = copy.deepcopy(device.get(options))
    credential["response"]["authenticatorData"] = credential["response"]["authenticatorData"][:20]
    return credential


def with_broken_client_data(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    credential = copy.deepcopy(device.get(options))
    credential["response"]["clientDataJSON"] = text_of(b"[" * 2_000)
    return credential


def of_another_account(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    device.account = new_id("acc").encode()
    return device.get(options)


def nobody_knows(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    device.credential = secrets.token_bytes(16)
    return device.get(options)


LIES: dict[Lie, str] = {
    from_another_origin: "origin",
    of_another_host: "relying_party",
    to_another_challenge: "challenge",
    without_verification: "user_verification",
    with_a_count_of_before: "count",
    signed_by_another: "signature",
    with_truncated_data: "unreadable",
    with_broken_client_data: "unreadable",
    of_another_account: "account",
    nobody_knows: "unknown",
}


async def test_every_lie_about_a_passkey_is_told_as_one_and_counted(site: Site, make_person: Make) -> None:
    ana = await make_person()
    device = Authenticator(site.url)
    await ana.add_passkey(device)
    browser = Browser(site)
    options = await browser.ok("POST /sessions/passkey/options")
    await browser.ok("POST /sessions/passkey", {"credential": device.get(options)})
    for lie, reason in LIES.items():
        thief = Browser(site)
        options = await thief.ok("POST /sessions/passkey/options")
        answer = {"credential": lie(copy.copy(device), options)}
        assert await thief.ask("POST /sessions/passkey", answer) == WRONG, lie.__name__
        await site.engine.audit.tally.hand_in()
        counted = await site.engine.db.fetch("DELETE FROM audit_tally RETURNING subject")
        assert [row["subject"] for row in counted] == [f"passkey: {reason}"], lie.__name__
    assert "passkey.refused" in await acts(site, ana.account), "a copied passkey is told of by itself"
    # An honest answer in a browser that the challenge was not made for, or as a step-up of somebody else.
    options = await browser.ok("POST /sessions/passkey/options")
    stolen = device.get(options)
    other = Browser(site)
    await other.ok("POST /sessions/passkey/options")
    assert await other.ask("POST /sessions/passkey", {"credential": stolen}) == WRONG
    assert await Browser(site).ask("POST /sessions/passkey", {"credential": stolen}) == WRONG
    bo = await make_person()
    options = await bo.ok("POST /sessions/step-up/options")
    assert await bo.ask("POST /sessions/step-up", {"passkey": device.get(options)}) == WRONG


async def test_passkeys_are_made_for_us_and_for_one_account(site: Site, make_person: Make) -> None:
    ana, bo = await make_person(), await make_person()

    async def told(person: Person, device: Authenticator, **changed: str) -> tuple[int, Any]:
        options = await person.ok("POST /me/passkeys/options")
        credential = device.create(options)
        credential["response"] |= changed
        return await person.ask("POST /me/passkeys", {"credential": credential})

    assert await told(ana, Authenticator("https://evil.example")) == WRONG
    assert await told(ana, Authenticator(site.url, flags=USER_PRESENT)) == WRONG
    assert await told(ana, Authenticator(site.url, algorithm=ES384)) == WRONG, "it was not offered"
    assert await told(ana, Authenticator(site.url), attestationObject=text_of(b"\xa3cfmt")) == WRONG
    assert await told(ana, Authenticator(site.url), attestationObject=text_of(b"\x9f" * 3_000)) == WRONG
    device = Authenticator(site.url)
    assert (await told(ana, device))[0] == 201
    assert await told(bo, device) == WRONG, "it is Ana's"
    options = await bo.ok("POST /me/passkeys/options")
    answer = {"credential": Authenticator(site.url).create(options)}
    assert await ana.ask("POST /me/passkeys", answer) == WRONG, "the options were Bo's"
    assert (await bo.ask("POST /me/passkeys", answer))[0] == 201
    assert await bo.ask("POST /me/passkeys", answer) == WRONG, "an answer counts once"
    options = await ana.ok("POST /me/passkeys/options")
    assert [each["id"] for each in options["excludeCredentials"]] == [text_of(device.credential)]
    assert options["authenticatorSelection"]["userVerification"] == "required"


async def test_a_passkey_that_does_not_count_is_used_again(site: Site, make_person: Make) -> None:
    ana = await make_person()
    device = Authenticator(site.url, counts=False)
    await ana.add_passkey(device)
    for _ in range(2):
        browser = Browser(site)
        options = await browser.ok("POST /sessions/passkey/options")
        await browser.ok("POST /sessions/passkey", {"credential": device.get(options)})


async def test_with_the_last_factor_its_recovery_codes_go(site: Site, make_person: Make) -> None:
    ana = await make_person()
    passkey = await ana.add_passkey(Authenticator(site.url))
    codes = (await ana.ok("POST /me/recovery"))["recovery"]
    await ana.ok(f"DELETE /me/passkeys/{passkey}")
    assert (await ana.ok("GET /me/factors"))["recovery_left"] == 0
    await ana.add_passkey(Authenticator(site.url))
    assert await (await ana.half()).ask("POST /sessions/factor", {"recovery": codes[0]}) == WRONG
