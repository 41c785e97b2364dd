"""Who works in the office, against the real server: ways in, a team, and being put out of a page that is open.

How a fresh proof is asked for is told by a stand-in for the answers, since proofs stay fresh for ten minutes.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

PASSWORD = "veleta caracol ventana 9"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Person:
    """Somebody with an address and a browser. Passkeys belong to a name, so the pages are asked for at localhost."""

    def __init__(self, site: Site, buyer: Buyer, name: str) -> None:
        self.site, self.page, self.name = site, buyer.page, name
        self.home = site.url.replace("127.0.0.1", "localhost")
        self.email = f"{name.lower()}-{secrets.token_hex(4)}@example.org"
        self.letters = 0

    def open(self, path: str) -> None:
        self.page.goto(self.home + path)

    def open_letter(self) -> None:
        self.letters += 1
        text = str(self.site.letter(self.email, self.letters)["text"])
        found = re.search(r"https?://[^/\s]+(/\S+#token=\S+)", text)
        assert found is not None, text
        self.open(found[1])

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", name=heading, level=1)).to_be_visible()

    def places(self) -> list[str]:
        return self.page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()

    def register(self, organizer: str = "") -> None:
        if organizer:
            self.page.get_by_label("Name of your organization").fill(organizer)
        self.page.get_by_label("Name · optional").fill(self.name)
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.press("Create account")
        self.sees("Look in your inbox")
        self.open_letter()
        self.press("Confirm")

    def sign_in(self, password: str = PASSWORD) -> None:
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.press("Sign in")

    def sign_out(self) -> None:
        self.press(f"You: {self.name}")
        self.press("Sign out")
        self.sees("Sign in to the office")

    def asks(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call as this person, beside the page."""
        told = {"Origin": self.home, "Idempotency-Key": secrets.token_hex(8), **headers}
        answer = self.page.context.request.fetch(self.home + path, method=method, data=body, headers=told)
        assert answer.ok, f"{method} {path}: {answer.text()}"
        return answer.json() if answer.body() else None


def test_a_team_comes_in_and_is_put_out_of_open_pages(site: Site, buyers: NewBuyer) -> None:
    ana, leo = Person(site, buyers(site), "Ana"), Person(site, buyers(site), "Leo")
    devices = ana.page.context.new_cdp_session(ana.page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]
    ana.open("/office/register")
    ana.register("Teatro del Ebro")
    ana.sees("Hello, Ana")
    ana.open("/office/account")
    ana.press("Add a passkey")
    expect(ana.page.get_by_role("button", name=re.compile("^Remove passkey"))).to_be_visible()
    check(ana.page, "one's own account, with a passkey")
    # the browser offers a passkey by itself; here somebody has to press
    devices.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": device, "enabled": False})
    ana.sign_out()
    ana.open("/office/orders?outside=link_first")  # back from elsewhere, and not signed in
    expect(ana.page.get_by_role("alert")).to_contain_text("You have an account with this address already")
    ana.sign_in("something else")
    expect(ana.page.get_by_role("alert").last).to_have_text("E-mail or password isn't right.")
    devices.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": device, "enabled": True})
    ana.press("Use a passkey")
    ana.sees("Orders")  # where one was going
    ana.asks("POST", "/api/security/invitations", {"email": leo.email, "grants": [{"role": "analyst"}]})
    leo.open_letter()
    leo.sees("Teatro del Ebro invites you")
    leo.page.get_by_role("link", name="Create your account").click()
    leo.register()
    leo.sees("Teatro del Ebro invites you")  # the way back, from the link of another letter
    leo.press("Accept the invitation")
    leo.sees("Hello, Leo")
    assert leo.places() == ["Today", "Events", "Orders", "Reports"]
    leo.open("/office/settings/keys")
    leo.sees("This isn't part of your work")
    leo.open("/office/events?sort=name")
    leo.sees("Events")
    put_out(ana, leo)


def put_out(ana: Person, leo: Person) -> None:
    """What the owner does elsewhere is seen on the page that is open, which nobody touches."""
    members = ana.asks("GET", "/api/security/members")["items"]
    [account] = [each["account"] for each in members if each["email"] == leo.email]
    ana.asks("PUT", f"/api/security/members/{account}/grants", {"grants": [{"role": "gate"}]})
    leo.sees("This isn't part of your work")
    leo.asks("POST", "/api/security/sessions/end")
    leo.sees("Sign in to the office")
    expect(leo.page.get_by_text("You were signed out.")).to_be_visible()
    kept = "Object.keys(sessionStorage).concat(Object.keys(localStorage)).join()"
    assert "session" not in leo.page.evaluate(kept)
    leo.sign_in()
    leo.sees("This isn't part of your work")
    expect(leo.page).to_have_url(re.compile(r"/office/events\?sort=name$"))  # where one was
    ana.asks("PUT", "/api/security/policies", {"second_factor": True, "two_persons": {"acts": []}})
    leo.sees("A second factor is required")
    check(leo.page, "a second factor is owed")
    ana.asks("DELETE", f"/api/security/members/{account}")
    leo.open("/office")
    leo.sees("You are in no team yet")


def test_a_guest_link_opens_the_orders_of_one_sale(site: Site, buyers: NewBuyer) -> None:
    sale, other = site.sale(), site.sale()
    until_ms = int(time.time() * 1000) + 3_600_000
    body = {"label": "a friend", "permission": "order:read", "about": {"sale": sale}, "until_at_ms": until_ms}
    made = site.ask("POST", "/api/security/guest-links", json.dumps(body).encode())
    page = buyers(site).page
    page.goto(made["link"])
    expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()
    expect(page.get_by_text("No orders yet")).to_be_visible()
    assert made["link"].rpartition("=")[2] not in page.url
    page.goto(f"/office/orders?sale={other}")
    expect(page.get_by_text("There is no such sale.")).to_be_visible()


class Stale:
    """Answers of a session whose last proof is old; a code makes it fresh."""

    def __init__(self) -> None:
        self.fresh = False
        self.asked: list[str] = []

    def answer(self, route: Route) -> None:
        asked = f"{route.request.method} {route.request.url.partition('/api/security/')[2]}"
        self.asked.append(asked)
        if asked == "POST sessions/step-up":
            self.fresh = True
        refused = asked == "POST me/close" and not self.fresh
        found = {"GET me": me(), "GET me/factors": FACTORS}.get(asked, {"items": []})
        route.fulfill(status=403 if refused else 200, json={"code": "step_up_needed"} if refused else found)


FACTORS = {"totp": {"confirmed_at_ms": 0}, "recovery_left": 3, "passkeys": []}


def me() -> dict[str, Any]:
    account = {"id": "acc_1", "email": "ana@example.org", "name": "Ana", "locale": "en", "created_at_ms": 0}
    return {
        "account": account | {"has_password": True, "second_factors": ["totp"], "operator": False},
        "session": {"id": "ses_1", "state": "in", "stepped_up_until_ms": None, "until_at_ms": 0},
        "organizers": [],
    }


def test_what_is_dangerous_asks_for_a_fresh_proof_and_goes_on(site: Site, buyers: NewBuyer) -> None:
    stale = Stale()
    page: Page = buyers(site, phone=True).page
    page.route("**/api/security/**", stale.answer)
    page.goto("/office/account")
    close = page.get_by_role("button", name="Close account")
    close.click()
    asked = page.get_by_role("dialog", name="Close your account?")
    asked.get_by_role("button", name="Close account").click()
    proof = page.get_by_role("dialog", name="Confirm that it is you")
    expect(proof.get_by_label("Code from your app")).to_be_focused()
    check(page, "a fresh proof is asked for")
    page.keyboard.press("Escape")  # turned away: nothing was done
    expect(proof).to_have_count(0)
    expect(asked).to_have_count(0)
    assert stale.asked.count("POST me/close") == 1
    close.click()
    asked.get_by_role("button", name="Close account").click()
    proof.get_by_label("Code from your app").fill("123456")
    proof.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile("/office/sign-in"))
    assert stale.asked.count("POST me/close") == 3  # refused, refused, and done with the proof
