"""A buyer at a browser: what people do on the pages, by the names that people see."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response, WebSocket, expect

from tests.browser.site import Site

WAIT_MS = 20_000
LOOK_EVERY_MS = 50
CARD = "4242 4242 4242 4242"
KEY = "tres tristes tigres"
SERVER_ERROR = 500

# All that passes is told by one element each: nobody reads it, and telling it all takes longer than judging it.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

expect.set_options(timeout=WAIT_MS)


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for what no locator can tell; the browser goes on meanwhile."""
    for _ in range(WAIT_MS // LOOK_EVERY_MS):
        if condition():
            return
        page.wait_for_timeout(LOOK_EVERY_MS)
    raise AssertionError("waited in vain")


def check(page: Page, what: str) -> None:
    """No violation of WCAG that axe can see, and nothing wider than the screen, once the page has drawn itself."""
    page.locator("h1").first.wait_for()
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, f"{what}\n{found.generate_report()}"
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{what} is {wide} px wider than the screen"


@dataclass(frozen=True)
class Bought:
    code: str


class Buyer:
    """One browser with its own cookies; several tabs where a test opens more."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.site = site
        self.context = context
        self.errors: list[str] = []
        self._sockets: list[WebSocket] = []
        self.forgiving = False  # while a test takes the server away
        context.set_default_timeout(WAIT_MS)
        self.page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on("response", self._answered)
        page.on("websocket", self._connected)
        return page

    def hears(self, text: str) -> AbstractContextManager[object]:
        """Around an act: wait until the socket has said this."""
        return self._sockets[-1].expect_event("framereceived", lambda frame: text in str(frame))

    def close(self) -> None:
        self.context.close()

    def _connected(self, opened: WebSocket) -> None:
        self._sockets.append(opened)

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium tells every refused request and lost socket as an error; answers are looked at below.
        if message.type == "error" and not re.match(r"Failed to load resource|WebSocket connection", message.text):
            self.errors.append(message.text)

    def _answered(self, response: Response) -> None:
        if response.status >= SERVER_ERROR and not self.forgiving:
            self.errors.append(f"{response.status} {response.url}")

    # ── what is on the page ──

    def button(self, name: str | re.Pattern[str], *, exact: bool = True) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact and isinstance(name, str))

    def seat(self, row: str, number: int) -> Locator:
        """A seat of the list, by what a screen reader says of it."""
        return self.page.get_by_test_id("seat-list").get_by_role(
            "button", name=re.compile(rf"row {row}, seat {number}\b")
        )

    def ring(self) -> Locator:
        return self.page.get_by_role("timer")

    # ── what a buyer does ──

    def open(self, path: str) -> None:
        self.page.goto(path)

    def open_list(self, sale: str) -> None:
        """Choose seats, in the list: equal to the map, and the same for every pointer and key."""
        self.open(f"/s/{sale}/seats")
        self.show_list()

    def show_list(self) -> None:
        self.page.get_by_role("group", name="Show as").get_by_text("List", exact=True).click()
        self.page.locator("summary", has_text="Platea").click()

    def take(self, row: str, number: int) -> None:
        self.seat(row, number).click()
        expect(self.seat(row, number)).to_have_attribute("aria-pressed", "true")

    def to_checkout(self) -> None:
        self.page.get_by_role("link", name="Checkout").or_(self.button("Checkout")).first.click()
        expect(self.page).to_have_url(re.compile("/checkout$"))

    def fill_in(self, card: str = CARD) -> None:
        self.fill_in_contact()
        self.fill_card(card)

    def fill_in_contact(self) -> None:
        field = self.page.get_by_label
        field("Name", exact=True).fill("Ana Núñez")
        field("E-mail").fill("ana@example.org")
        field("Ticket password").fill(KEY)

    def fill_card(self, card: str) -> None:
        field = self.page.get_by_label
        field("Card number").fill(card)
        field("Expires").fill("12/39")
        field("Security code").fill("123")

    def pay(self) -> None:
        self.button(re.compile("^Pay ")).click()

    def buy(self) -> Bought:
        """From the seats page with something in the cart to the tickets."""
        self.to_checkout()
        self.fill_in()
        self.pay()
        return self.tickets()

    def tickets(self) -> Bought:
        """Wait for the order's page and read the purchase code off its address."""
        expect(self.page).to_have_url(re.compile("/o/[A-Z0-9-]+$"))
        expect(self.page.get_by_text("Purchase code", exact=True)).to_be_visible()
        return Bought(self.page.url.rpartition("/")[2])
