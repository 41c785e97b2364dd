"""Passkeys as Chromium makes and shows them, with an authenticator that it plays itself."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from engine.accounts import SessionState
from tests.absent import chromium
from tests.server.conftest import Site
from tests.server.test_factors import Browser, Make, make_person, session_of

__all__ = ["make_person"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# What pages do: ask for options, let the browser answer, send what it answered.
PASSKEYS = """
window.ask = async (path, body) => {
  const answer = await fetch("/api/security" + path, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body ?? {}),
  });
  const told = answer.status === 204 ? null : await answer.json();
  return {status: answer.status, told};
};
window.create = async () => {
  const options = (await ask("/me/passkeys/options")).told;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = (await navigator.credentials.create({publicKey})).toJSON();
  return ask("/me/passkeys", {credential, label: "Chromium"});
};
window.show = async (options, path, name) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON((await ask(options)).told);
  return ask(path, {[name]: (await navigator.credentials.get({publicKey})).toJSON()});
};
"""


async def become(page: Page, url: str, token: str | None) -> None:
    """Open a page of ours with this session, or none."""
    await page.context.clear_cookies()
    if token is not None:
        await page.context.add_cookies([{"name": "aforo_session", "value": token, "url": url}])
    await page.goto(f"{url}/api/security/outside")
    await page.evaluate(f"() => {{{PASSKEYS}}}")


async def test_a_passkey_is_made_and_shown_in_every_way(site: Site, make_person: Make) -> None:
    ana = await make_person()
    url = site.url.replace("127.0.0.1", "localhost")  # browsers have no passkeys for addresses
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(bypass_csp=True)
        page = await context.new_page()
        devices = await context.new_cdp_session(page)
        await devices.send("WebAuthn.enable")
        device = (await devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR}))["authenticatorId"]

        async def shown(options: str, path: str, name: str) -> dict[str, Any]:
            told: dict[str, Any] = await page.evaluate("([a, b, c]) => show(a, b, c)", [options, path, name])
            return told

        await become(page, url, ana.cookies["aforo_session"])
        assert (await page.evaluate("() => create()"))["status"] == 201
        assert "InvalidStateError" in await page.evaluate("() => create().catch((error) => error.name)")
        # Without a name; as the second factor; to step up.
        login = ("/sessions/passkey/options", "/sessions/passkey", "credential")
        await become(page, url, None)
        assert (await shown(*login))["told"] == {"state": "in", "methods": []}
        await become(page, url, await session_of(site, ana.account, SessionState.HALF))
        finished = await shown("/sessions/factor/options", "/sessions/factor", "passkey")
        assert finished["told"]["state"] == "in"
        await become(page, url, await session_of(site, ana.account, SessionState.IN))
        assert (await page.evaluate("() => ask('/me/recovery')"))["told"]["code"] == "step_up_needed"
        stepped = await shown("/sessions/step-up/options", "/sessions/step-up", "passkey")
        assert stepped["told"]["stepped_up_until_ms"] > 0
        assert len((await page.evaluate("() => ask('/me/recovery')"))["told"]["recovery"]) == 10
        # Another origin of the same host, to which a browser gives the same passkeys: not us.
        elsewhere = await context.new_page()
        other = await context.new_cdp_session(elsewhere)
        await other.send("WebAuthn.enable")
        there = (await other.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR}))["authenticatorId"]
        for credential in (await devices.send("WebAuthn.getCredentials", {"authenticatorId": device}))["credentials"]:
            await other.send("WebAuthn.addCredential", {"authenticatorId": there, "credential": credential})
        await elsewhere.route("http://localhost:1/", lambda route: route.fulfill(body="<title>not us</title>"))
        await elsewhere.goto("http://localhost:1/")
        victim = Browser(site)
        options = await victim.ok("POST /sessions/passkey/options") | {"rpId": "localhost"}
        phished = await elsewhere.evaluate(
            """async (options) => {
                const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
                return (await navigator.credentials.get({publicKey})).toJSON();
            }""",
            options,
        )
        assert await victim.ask("POST /sessions/passkey", {"credential": phished}) == (403, "wrong_factor")
        # An authenticator that does not know its holder is not enough.
        await devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        await become(page, url, None)
        asked = "([a, b, c]) => show(a, b, c).catch((error) => error.name)"
        assert await page.evaluate(asked, list(login)) == "NotAllowedError"
        await browser.close()
