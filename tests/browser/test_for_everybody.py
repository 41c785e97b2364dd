"""For everybody: screen readers, keyboards, phones, three languages, light and dark."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import CARD, KEY, Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

TABS_MAX = 120


@pytest.mark.parametrize(("phone", "dark"), [(True, False), (False, True)])
def test_no_page_has_a_violation(site: Site, buyers: NewBuyer, phone: bool, dark: bool) -> None:
    sale = site.sale()
    lobby = site.sale(opens="in 10 minutes", lobby="now", room="{shoppers: 5}")
    ana = buyers(site, phone=phone, dark=dark)
    page = ana.page
    ana.open("/")
    expect(page.get_by_text("Jazz en el Rincón").first).to_be_visible()
    check(page, "home")
    ana.open(f"/s/{sale}")
    expect(page.get_by_role("heading", name="Jazz en el Rincón")).to_be_visible()
    check(page, "event")
    ana.open(f"/s/{lobby}/room")
    expect(page.get_by_text("You are in.", exact=False)).to_be_visible()
    check(page, "lobby")
    ana.open(f"/s/{sale}/seats")
    expect(page.locator("canvas").first).to_be_visible()
    check(page, "seats, map")
    ana.show_list()
    ana.take("A", 1)
    check(page, "seats, list")
    ana.to_checkout()
    ana.pay()
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    check(page, "checkout with issues")
    ana.fill_in()
    ana.pay()
    ana.tickets()
    expect(page.locator("img.qr")).to_have_count(1)
    check(page, "order")
    for path in ("/o", "/promos", "/office/sign-in", "/s/no-such-sale", "/nothing"):
        ana.open(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check(page, path)


class Keys:
    """Somebody who has no pointer: Tab to reach, Enter and Space to act, typing to fill."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, name: str) -> None:
        """Tab until what has the focus is called like this."""
        for _ in range(TABS_MAX):
            self.page.keyboard.press("Tab")
            if re.search(name, self.focused()):
                return
        raise AssertionError(f"{name} cannot be reached with Tab; the focus ended on {self.focused()!r}")

    def focused(self) -> str:
        told: str = self.page.evaluate("""() => {
          const at = document.activeElement;
          if (!at || at === document.body) return "";
          const labels = [...(at.labels ?? [])].map(label => label.innerText);
          return [at.getAttribute("aria-label"), ...labels, at.innerText].filter(Boolean).join(" ");
        }""")
        return told

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def type(self, name: str, text: str) -> None:
        self.reach(name)
        self.page.keyboard.type(text)


def test_a_purchase_needs_no_pointer(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site)
    keys = Keys(ana.page)
    ana.open(f"/s/{sale}")
    expect(ana.page.get_by_role("heading", name="Jazz en el Rincón")).to_be_visible()
    keys.reach("^Choose seats")
    keys.press("Enter")
    expect(ana.page).to_have_url(re.compile("/seats$"))
    expect(ana.button("Best available")).to_be_visible()
    keys.reach("^List")
    keys.press("Enter")
    keys.reach("^Platea")
    keys.press("Enter")
    keys.reach("row B, seat 5")
    keys.press("Space")
    expect(ana.page.get_by_text("1 ticket", exact=True)).to_be_visible()
    keys.reach("^Checkout")
    keys.press("Enter")
    expect(ana.page).to_have_url(re.compile("/checkout$"))
    expect(ana.page.get_by_label("Name", exact=True)).to_be_visible()
    for name, text in (
        ("^Name", "Ana Núñez"),
        ("^E-mail", "ana@example.org"),
        ("^Ticket password", KEY),
        ("^Card number", CARD.replace(" ", "")),
        ("^Expires", "1239"),
        ("^Security code", "123"),
    ):
        keys.type(name, text)
    keys.press("Enter")
    ana.tickets()


def test_the_map_is_for_keyboards_too(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana = buyers(site)
    ana.open(f"/s/{sale}/seats")
    expect(ana.page.get_by_role("application", name="Seat map")).to_be_visible()
    ana.page.get_by_role("application", name="Seat map").focus()
    ana.page.keyboard.press("ArrowRight")
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_text("1 ticket", exact=True)).to_be_visible()
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_text("Nothing chosen yet")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "words"), [("en-GB", "Choose seats"), ("es-MX", "Elegir asientos"), ("pt-BR", "Escolher assentos")]
)
def test_pages_speak_the_language_of_the_browser(site: Site, buyers: NewBuyer, locale: str, words: str) -> None:
    sale = site.sale()
    ana = buyers(site, locale=locale)
    ana.open(f"/s/{sale}")
    assert ana.page.locator("html").get_attribute("lang") == locale[:2]
    expect(ana.page.get_by_role("link", name=words)).to_be_visible()


def test_the_language_and_theme_can_be_switched_and_stay(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    ana.open("/")
    ana.page.get_by_label("Language").select_option("Português")
    expect(ana.page.locator("html")).to_have_attribute("lang", "pt")
    ana.page.reload()
    expect(ana.page.locator("html")).to_have_attribute("lang", "pt")
    expect(ana.page.get_by_label("Idioma")).to_have_value("pt")
    ana.page.get_by_label("Tema").select_option(index=2)
    ana.page.reload()
    expect(ana.page.locator("html")).to_have_attribute("data-theme", "dark")
