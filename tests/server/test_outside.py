"""Logging in at an outside provider: a real one as its own process, and one that lies in every way there is."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from engine.accounts import SessionState
from engine.accounts.providers import Provider
from engine.engine import Engine
from engine.settings import OutsideProvider, Settings
from server.api.security.outside import HOME, own_path
from tests.accounts.authenticator import bytes_of
from tests.outside import provider as outside_process
from tests.server.conftest import Site, serving
from tests.server.test_factors import Browser, session_of

SECRET = "a secret/of ours:"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
ANOTHER_KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})


@asynccontextmanager
async def server(redis_url: str, database_url: str, folder: Path, issuers: dict[str, str]) -> AsyncIterator[Site]:
    settings = Settings(
        redis_url=redis_url,
        database_url=database_url,
        secret=SecretStr(secrets.token_hex(32)),
        data_dir=folder,
        trusted_networks=("127.0.0.1",),
        outgoing_allow=("127.0.0.0/8",),
        oidc=tuple(
            OutsideProvider(id=name, name=name, issuer=issuer, client_id="aforo", client_secret=SecretStr(SECRET))
            for name, issuer in issuers.items()
        ),
    )
    async with Engine.open(settings) as engine, serving(engine) as site:
        yield site


@dataclass
class Traveller(Browser):
    """A browser that goes where it is sent."""

    async def go(self, url: str) -> str:
        """Where the page at `url` sends the browser."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value)}
        async with self.site.http.get(url, headers=headers, allow_redirects=False) as answer:
            self.site.http.cookie_jar.clear()
            for name, morsel in answer.cookies.items():
                self.cookies[name] = morsel.value
            assert answer.status in (302, 303), await answer.text()
            return answer.headers["Location"]

    def ours(self, path: str) -> str:
        return f"{self.site.url}/api/security{path}"

    async def is_in(self) -> bool:
        return (await self.ask("GET /me/factors"))[0] == 200


# ── a provider that answers as it is told ──

Wrong = Callable[["Liar", dict[str, Any]], dict[str, Any] | None]


@dataclass
class Liar:
    """A provider in this process; `lie` changes the claims of the next id token, or answers another token."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    token: str = ""  # another id token than the honest one
    document: dict[str, Any] = field(default_factory=dict)  # what it says of itself beside the usual
    keys: list[dict[str, Any]] = field(default_factory=list)
    userinfo: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # how the browser was sent here
    verifier: str = ""

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
            **self.document,
        }

    def honest(self) -> dict[str, Any]:
        now = int(time.time())
        half = sha256(b"access").digest()[:16]
        return {
            "iss": self.issuer,
            "sub": "u-1",
            "aud": "aforo",
            "exp": now + 300,
            "iat": now,
            "nonce": self.asked["nonce"],
            "at_hash": urlsafe_b64encode(half).rstrip(b"=").decode(),
            "email": "ana@example.org",
            "email_verified": True,
        }

    def signed(self, key: RSAKey = KEY) -> str:
        claims = {name: value for name, value in {**self.honest(), **self.claims}.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)

    async def answer(self, request: web.Request) -> web.Response:
        match request.path:
            case "/.well-known/openid-configuration":
                return web.json_response(self.metadata())
            case "/keys":
                return web.json_response({"keys": self.keys or [KEY.as_dict(private=False)]})
            case "/userinfo":
                assert request.headers["Authorization"] == "Bearer access"
                return web.json_response(self.userinfo)
            case _:
                fields = await request.post()
                self.verifier = str(fields["code_verifier"])
                return web.json_response(
                    {"access_token": "access", "token_type": "Bearer", "id_token": self.token or self.signed()}
                )


@asynccontextmanager
async def lying() -> AsyncIterator[Liar]:
    liar, app = Liar(), web.Application()
    app.router.add_route("*", "/{any:.*}", liar.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    liar.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield liar
    await runner.cleanup()


async def travel(browser: Traveller, liar: Liar, then: str = "/office/orders", **changed: str | None) -> str:
    """Through a login at the liar's; where the browser ends."""
    there = await browser.go(browser.ours(f"/outside/liar/start?next={then}"))
    liar.asked = dict(parse_qsl(urlsplit(there).query))
    said = {"code": "c", "state": liar.asked["state"], "iss": liar.issuer} | changed
    query = "&".join(f"{name}={value}" for name, value in said.items() if value is not None)
    return await browser.go(browser.ours(f"/outside/liar/back?{query}"))


def written(part: Any) -> str:
    return urlsafe_b64encode(part if isinstance(part, bytes) else json.dumps(part).encode()).rstrip(b"=").decode()


def by_a_shared_secret(liar: Liar) -> str:
    """HS256 with what everybody knows: the public key."""
    said = f"{written({'alg': 'HS256', 'kid': 'k1'})}.{written(liar.honest())}"
    return f"{said}.{written(hmac.digest(KEY.as_pem(private=False), said.encode(), 'sha256'))}"


def by_nobody(liar: Liar) -> str:
    return f"{written({'alg': 'none'})}.{written(liar.honest())}."


CLAIMS: dict[str, dict[str, Any]] = {
    "of another issuer": {"iss": "https://other.example"},
    "for somebody else": {"aud": "another"},
    "for many, among them us": {"aud": ["another", "aforo"], "azp": "another"},
    "of yesterday": {"exp": int(time.time()) - 3_600},
    "of tomorrow": {"iat": int(time.time()) + 3_600, "nbf": int(time.time()) + 3_600},
    "for another browser": {"nonce": "another"},
    "without a nonce": {"nonce": None},
    "without an end": {"exp": None},
    "with another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "about nobody": {"sub": ""},
    "about nothing": {"sub": None},
}
ANSWERS: dict[str, dict[str, str | None]] = {
    "of another state": {"state": "another"},
    "without a state": {"state": None},
    "of another issuer": {"iss": "https://other.example"},
    "of no issuer": {"iss": None},
    "turned away": {"error": "access_denied"},
    "without a code": {"code": None},
}


async def test_every_lie_of_a_provider_ends_on_a_page_and_logs_nobody_in(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    async with lying() as liar, server(redis_url, database_url, tmp_path, {"liar": liar.issuer}) as site:
        refused = "/office/orders?outside=refused"
        for name, claims in CLAIMS.items():
            liar.claims = claims
            assert await travel(Traveller(site), liar) == refused, name
        liar.claims = {}
        for name, changed in ANSWERS.items():
            assert await travel(Traveller(site), liar, **changed) == refused, name
        for forge in (by_a_shared_secret, by_nobody, lambda each: each.signed(ANOTHER_KEY), lambda _: "no.token", str):
            browser = Traveller(site)
            there = await browser.go(browser.ours("/outside/liar/start?next=/office/orders"))
            liar.asked = dict(parse_qsl(urlsplit(there).query))
            liar.token = forge(liar)
            assert await travel(browser, liar) == refused
            liar.token = ""
            assert not await browser.is_in()
        # A cookie of another browser; and one that has come back before.
        browser, thief = Traveller(site), Traveller(site)
        await browser.go(browser.ours("/outside/liar/start?next=/office/orders"))
        assert await travel(thief, liar, state=liar.asked["state"]) == refused
        copied = dict(thief.cookies)
        assert await thief.go(thief.ours("/outside/liar/back?code=c")) == f"{HOME}?outside=refused"
        browser = Traveller(site)
        there = await browser.go(browser.ours("/outside/liar/start?next=/office/orders"))
        copied = dict(browser.cookies)
        liar.asked = dict(parse_qsl(urlsplit(there).query))
        back = browser.ours(f"/outside/liar/back?code=c&iss={liar.issuer}&state={liar.asked['state']}")
        assert await browser.go(back) == "/office/orders"
        assert await browser.is_in()
        assert sha256(liar.verifier.encode()).digest() == bytes_of(liar.asked["code_challenge"])
        assert await Traveller(site, copied).go(back) == refused
        await site.engine.audit.tally.hand_in()
        rows = await site.engine.db.fetch("SELECT act FROM audit_tally")
        assert {row["act"] for row in rows} == {"outside.refused"}


async def test_an_address_alone_opens_no_account(redis_url: str, database_url: str, tmp_path: Path) -> None:
    async with lying() as liar, server(redis_url, database_url, tmp_path, {"liar": liar.issuer}) as site:
        # Ana has an account; whoever has her address at the provider does not get into it.
        async with site.engine.db.acquire() as connection, connection.transaction():
            ana = await site.engine.accounts.make(connection, "ana@example.org")
        assert ana is not None
        assert await travel(Traveller(site), liar) == "/office/orders?outside=link_first"
        for claims in ({"email_verified": False}, {"email_verified": "true"}, {"email": "no address"}):
            liar.claims = {"sub": "u-2", **claims}
            assert await travel(Traveller(site), liar) == "/office/orders?outside=no_email"
        liar.claims = {}
        # From within the account it is linked, once what was shown there is fresh.
        stale = Traveller(site, {"aforo_session": await session_of(site, ana, SessionState.IN)})
        there = await stale.go(stale.ours("/outside/liar/start?link&next=/office/account"))
        assert there == "/office/account?outside=step_up_needed"
        fresh = Traveller(site, {"aforo_session": await session_of(site, ana, SessionState.IN, stepped_up=True)})
        assert await travel(fresh, liar, "/office/account%26x&link") == "/office/account&x?outside=linked"
        assert [each["id"] for each in (await fresh.ok("GET /me/outside"))["items"]] == ["liar"]
        browser = Traveller(site)
        assert await travel(browser, liar) == "/office/orders"
        assert await browser.is_in()
        # The same identity opens one account.
        async with site.engine.db.acquire() as connection, connection.transaction():
            bo = await site.engine.accounts.make(connection, "bo@example.org")
        assert bo is not None
        other = Traveller(site, {"aforo_session": await session_of(site, bo, SessionState.IN, stepped_up=True)})
        assert await travel(other, liar, "/office/account&link") == "/office/account?outside=linked_elsewhere"
        assert await fresh.ask("DELETE /me/outside/liar") == (409, "conflict"), "it is the only way in"
        assert await fresh.ask("DELETE /me/outside/none") == (404, "not_found")
        acts = await site.engine.db.fetch("SELECT act FROM audit WHERE subject = $1", ana)
        assert {"outside.link", "session.begin"} == {row["act"] for row in acts}


async def test_a_provider_that_cannot_be_believed_is_not_gone_to(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    async with lying() as liar:
        issuers = {"liar": liar.issuer, "gone": "http://127.0.0.1:9", "far": "http://192.0.2.1"}
        async with server(redis_url, database_url, tmp_path, issuers) as site:
            browser = Traveller(site)
            for name in ("gone", "far"):
                assert await browser.go(browser.ours(f"/outside/{name}/start")) == f"{HOME}?outside=unreachable"
            for document in (
                {"issuer": "https://other.example"},
                {"authorization_endpoint": "javascript:alert(1)"},
                {"authorization_endpoint": None},
            ):
                liar.document = document
                site.engine.outside.providers["liar"]._known.metadata = None
                assert await browser.go(browser.ours("/outside/liar/start")) == f"{HOME}?outside=unreachable", document
            listed = await browser.ok("GET /outside")
            assert [each["id"] for each in listed["items"]] == list(issuers)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "/office\r\nSet-Cookie: x=y",
        "javascript:alert(1)",
        "/" + "a" * 600,
        "/é",
    ],
)
def test_nobody_is_sent_elsewhere(path: str) -> None:
    assert own_path(path) == HOME


def test_paths_of_ours_are_kept() -> None:
    assert own_path("/office/sales/boleros?view=desk#seats") == "/office/sales/boleros?view=desk#seats"


@pytest.mark.node
@pytest.mark.timeout(300)
async def test_a_real_provider_makes_an_account_and_knows_it_again(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    """npm's oidc-provider as a process of its own: discovery, PKCE, the code, its keys, userinfo."""
    async with server(redis_url, database_url, tmp_path, {}) as site:
        redirect = f"{site.url}/api/security/outside/real/back"
        with outside_process.running(redirect) as issuer:
            outside = site.engine.outside
            settings = OutsideProvider(
                id="real", name="Real", issuer=issuer, client_id="aforo", client_secret=SecretStr(SECRET)
            )
            outside.providers["real"] = Provider(settings, outside._outgoing)
            person = {"sub": "p-1", "email": "Carla@Example.org", "email_verified": True, "name": "Carla"}
            await site.http.post(f"{issuer}/become", json=person)
            for _ in range(2):
                browser = Traveller(site)
                url = await browser.go(browser.ours("/outside/real/start?next=/account"))
                query = parse_qs(urlsplit(url).query)
                assert query["code_challenge_method"] == ["S256"]
                provider_cookies = Traveller(site)
                while url.startswith((issuer, "/")) and not url.startswith(redirect):
                    url = await provider_cookies.go(url if url.startswith("http") else issuer + url)
                assert await browser.go(url) == "/account"
                assert await browser.is_in()
            rows = await site.engine.db.fetch("SELECT email, name FROM account")
            assert [(row["email"], row["name"]) for row in rows] == [("carla@example.org", "Carla")]
