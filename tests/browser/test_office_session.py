"""Who works in the office: what its pages do with what the security API says.

That API stands in here by its agreed shapes, so that each test says what it answers and when; the server is a real one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

THEATRE = "org_theatre"
CLUB = "org_club"
FIXED: dict[str, Any] = {
    "GET sessions": {"items": []},
    "GET me/factors": {"totp": {"confirmed_at_ms": 0}, "recovery_left": 3, "passkeys": []},
    "GET outside": {"items": [{"id": "campus", "name": "Campus"}]},
    "GET approvals": {"items": [{"id": "ap_1", "act": "sale.close", "about": {"sale": "jazz"}, "state": "open"}]},
}


@dataclass
class Security:
    """Accounts that a test makes up. `state` is that of the session: none, half, or in."""

    key: str
    state: str = "none"
    owed: str | None = None
    fresh: bool = False
    permissions: tuple[str, ...] = ("sale:read", "order:read", "member:read")
    asked: list[str] = field(default_factory=list)
    organizers: list[str | None] = field(default_factory=list)
    sockets: list[WebSocketRoute] = field(default_factory=list)

    def stand_in(self, page: Page) -> None:
        page.route("**/api/**", self.answer)
        page.route_web_socket("**/ws", self.connect)

    def connect(self, socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        self.sockets.append(socket)

    def say_access_changed(self) -> None:
        self.sockets[-1].send(json.dumps({"on": "access"}))

    def answer(self, route: Route) -> None:
        request = route.request
        path = request.url.split("?")[0].partition("/api/")[2]
        if not path.startswith("security/"):
            self.organizers.append(request.headers.get("aforo-organizer"))
            route.continue_(headers={**request.headers, "authorization": f"Bearer {self.key}"})
            return
        asked = f"{request.method} {path.removeprefix('security/')}"
        self.asked.append(asked)
        status, body = self.said(asked, json.loads(request.post_data or "{}"))
        route.fulfill(status=status, json=body)

    def said(self, asked: str, sent: dict[str, Any]) -> tuple[int, Any]:
        match asked:
            case "GET me":
                return (401, refused("unauthorized")) if self.state == "none" else (200, self.me())
            case "POST sessions":
                if sent["password"] != "right":
                    return 403, refused("wrong_password")
                self.state = "half"
                return 200, {"state": "second_factor", "methods": ["totp"]}
            case "POST sessions/factor":
                if sent != {"totp": "123456"}:
                    return 403, refused("wrong_factor")
                self.state = "in"
                return 200, {"state": "in", "methods": []}
            case "POST sessions/end":
                self.state = "none"
                return 200, {}
            case "POST sessions/step-up":
                self.fresh = True
                return 200, {"stepped_up_until_ms": 0}
            case "POST me/close":
                return (200, {}) if self.fresh else (403, refused("step_up_needed"))
            case _:
                return (200, FIXED[asked]) if asked in FIXED else (404, refused("not_found"))

    def me(self) -> dict[str, Any]:
        account = {"id": "acc_1", "email": "ana@example.org", "name": "Ana Núñez", "locale": "en", "created_at_ms": 0}
        return {
            "account": account | {"has_password": True, "second_factors": ["totp"], "operator": False},
            "session": {"id": "ses_1", "state": self.state, "stepped_up_until_ms": None, "until_at_ms": 0},
            "organizers": [
                self.works_for(THEATRE, "Teatro del Ebro", self.permissions),
                self.works_for(CLUB, "Club El Zaguán", ("report:read",)),
            ],
        }

    def works_for(self, organizer: str, name: str, permissions: tuple[str, ...]) -> dict[str, Any]:
        return {
            "id": organizer,
            "name": name,
            "roles": [],
            "permissions": list(permissions),
            "narrow": False,
            "owed": self.owed,
        }


def refused(code: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": code, "status": 400, "detail": code, "code": code, "retryable": False}


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def places(page: Page) -> list[str]:
    return page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()


def sign_in(page: Page) -> None:
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password").fill("right")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code from your app").fill("123 456")
    page.get_by_role("button", name="Continue").click()


@pytest.fixture
def security(site: Site) -> Security:
    return Security(site.key)


def test_one_signs_in_works_for_one_organizer_and_is_put_out(site: Site, buyers: NewBuyer, security: Security) -> None:
    site.sale()
    page = buyers(site).page
    security.stand_in(page)
    page.goto("/office/orders")
    heading(page, "Sign in to the office")
    expect(page.get_by_role("link", name="Continue with Campus")).to_be_visible()
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("E-mail or password isn't right.")
    sign_in(page)
    heading(page, "Orders")  # where one was going
    assert places(page) == ["Today", "Events", "Orders", "Settings"]
    assert set(security.organizers) <= {None, THEATRE}
    assert security.organizers[-1] == THEATRE
    page.goto("/office")
    heading(page, "Hello, Ana")
    expect(page.get_by_role("link", name="sale.close of jazz waits for a second person")).to_be_visible()
    page.goto("/office/settings/keys")
    heading(page, "This isn't part of your work")
    check(page, "a page that is not one's own")
    page.get_by_label("Organizer").select_option(label="Club El Zaguán")
    heading(page, "Reports")  # the only place there
    assert places(page) == ["Today", "Reports"]
    security.permissions = ("report:read", "sale:read")
    page.get_by_label("Organizer").select_option(label="Teatro del Ebro")
    heading(page, "Hello, Ana")
    page.goto("/office/events?sort=name")
    expect(page.get_by_role("rowheader", name=re.compile("Jazz")).first).to_be_visible()
    security.permissions = ("report:read",)
    security.say_access_changed()
    heading(page, "This isn't part of your work")
    expect(page.get_by_role("rowheader")).to_have_count(0)
    security.permissions = ("sale:read",)
    security.state = "none"
    security.say_access_changed()
    heading(page, "Sign in to the office")
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    check(page, "signed out")
    sign_in(page)
    heading(page, "Events")
    expect(page).to_have_url(re.compile(r"/office/events\?sort=name$"))
    page.get_by_role("button", name="You: Ana Núñez").click()
    page.get_by_role("button", name="Sign out").click()
    heading(page, "Sign in to the office")
    assert page.evaluate("Object.keys(sessionStorage).concat(Object.keys(localStorage)).join()").count("session") == 0


def test_what_is_dangerous_asks_for_a_fresh_proof_and_goes_on(site: Site, buyers: NewBuyer, security: Security) -> None:
    security.state = "in"
    page = buyers(site, phone=True).page
    security.stand_in(page)
    page.goto("/office/account")
    heading(page, "Your account")
    close = page.get_by_role("button", name="Close account")
    close.click()
    asked = page.get_by_role("dialog", name="Close your account?")
    asked.get_by_role("button", name="Close account").click()
    proof = page.get_by_role("dialog", name="Confirm that it is you")
    expect(proof.get_by_label("Code from your app")).to_be_focused()
    check(page, "a fresh proof is asked for")
    page.keyboard.press("Escape")  # turned away: nothing was done
    expect(proof).to_have_count(0)
    assert security.asked.count("POST me/close") == 1
    close.click()
    asked.get_by_role("button", name="Close account").click()
    proof.get_by_label("Code from your app").fill("123456")
    proof.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile("/office/sign-in"))
    assert security.asked.count("POST me/close") == 3  # refused, refused, and done with the proof


def test_a_policy_that_wants_a_second_factor_says_so(site: Site, buyers: NewBuyer, security: Security) -> None:
    security.state, security.owed = "in", "second_factor"
    page = buyers(site).page
    security.stand_in(page)
    page.goto("/office/events")
    heading(page, "A second factor is required")
    check(page, "a second factor is owed")
    page.get_by_role("link", name="Set one up").click()
    heading(page, "Your account")
    check(page, "one's own account")
