"""The document: every value escaped, nothing inline that runs, and the programs named in the right order."""

import json
import re
from html.parser import HTMLParser
from typing import Any

from server.pages.assets import Entry
from server.pages.headers import page_headers
from server.pages.linked_data import availability, event_json
from server.pages.shell import Page, document, embedded
from server.pages.shells import sale_text
from tests.pages.sales import SALE, sale

ENTRY = Entry("/assets/buyer-1.js", ("/assets/buyer-1.css",), ("/assets/shared-1.js",))
HOSTILE = "\"><script>alert(1)</script><img onerror='x'>&amp;"


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._open: dict[str, str | None] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self._open = dict(attrs)
            self.scripts.append((self._open, ""))

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.scripts[-1] = (self._open, self.scripts[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        self._open = None


def rendered(**changes: Any) -> Elements:
    values: dict[str, Any] = {
        "language": "es",
        "origin": "https://tickets.example",
        "path": "/s/coplas-2027",
        "title": HOSTILE,
        "description": HOSTILE,
        "entry": ENTRY,
        "picture": "/s/coplas-2027/picture.png",
        "data": json.dumps({"name": HOSTILE, "line": "\u2028"}).encode(),
        "linked": event_json(SALE, "https://tickets.example/s/coplas-2027", "https://tickets.example/p.png"),
    }
    return Elements(document(Page(**(values | changes))).decode())


def test_the_font_comes_with_the_first_styles() -> None:
    page = rendered(entry=Entry("/assets/buyer-1.js", ("/assets/buyer-1.css",), (), "/assets/archivo-1.woff2"))
    links = [attributes for tag, attributes in page.tags if tag == "link"]
    preload, style = (next(link for link in links if link["rel"] == rel) for rel in ("preload", "stylesheet"))
    assert (preload["href"], preload["as"], preload["crossorigin"]) == ("/assets/archivo-1.woff2", "font", None)
    assert links.index(preload) < links.index(style)


def test_what_is_said_without_scripts_leaves_with_the_first_drawing() -> None:
    text = document(Page("en", "https://tickets.example", "/", "Home", "All events", ENTRY)).decode()
    assert text.count("<main>") == 1
    assert re.search(r'<div id="app"><noscript><main>.*</main></noscript></div>', text)


def test_values_stay_values() -> None:
    page = rendered()
    assert all("onerror" not in attributes for _, attributes in page.tags)
    metas = {
        attributes.get("name") or attributes.get("property"): attributes.get("content")
        for tag, attributes in page.tags
        if tag == "meta"
    }
    assert metas["og:title"] == HOSTILE
    assert metas["og:image"] == "https://tickets.example/s/coplas-2027/picture.png"
    assert metas["twitter:card"] == "summary_large_image"


def test_nothing_inline_is_executed() -> None:
    page = rendered()
    kinds = [attributes.get("type") for attributes, _ in page.scripts]
    assert kinds == ["module", "application/json", "application/ld+json"]
    assert all("src" in attributes or attributes["type"] != "module" for attributes, _ in page.scripts)
    assert all("style" not in attributes and tag != "style" for tag, attributes in page.tags)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_first_data_comes_through_unharmed() -> None:
    page = rendered()
    data = next(text for attributes, text in page.scripts if attributes.get("id") == "aforo")
    assert json.loads(data) == {"name": HOSTILE, "line": "\u2028"}
    linked = json.loads(next(text for attributes, text in page.scripts if attributes["type"] == "application/ld+json"))
    assert linked["description"] == SALE.description


def test_embedded_json_has_no_character_that_html_reads() -> None:
    assert not re.search(
        "[<>&\u2028\u2029]", embedded(json.dumps([HOSTILE, "\u2028\u2029", "<!--"], ensure_ascii=False))
    )


def test_a_hidden_page_is_not_listed_and_names_no_canonical_address() -> None:
    page = rendered(listed=False)
    assert ("meta", {"name": "robots", "content": "noindex"}) in page.tags
    assert not any(attributes.get("rel") == "canonical" for _, attributes in page.tags)


def test_a_listed_page_names_its_languages() -> None:
    languages = {attributes.get("hreflang") for tag, attributes in rendered().tags if tag == "link"} - {None}
    assert languages == {"en", "es", "pt", "x-default"}


def test_without_built_pages_the_document_says_how_to_build_them() -> None:
    text = document(Page("en", "http://x", "/", "Aforo", "Tickets", None)).decode()
    assert "make web" in text
    assert "module" not in text


def test_linked_data_tells_prices_times_and_what_is_left() -> None:
    event = event_json(SALE, "https://t.example/s/x", "https://t.example/p.png")
    assert event["startDate"] == "2027-03-28T21:30:00+02:00"
    assert [offer["price"] for offer in event["offers"]] == ["45.00", "12.50"]
    assert [offer["availability"].rpartition("/")[2] for offer in event["offers"]] == ["InStock", "SoldOut"]
    assert event["offers"][0]["validFrom"] == "2027-01-10T10:00:00+01:00"
    assert event["location"]["geo"]["latitude"] == 43.3623


def test_availability_follows_the_state_of_the_sale() -> None:
    offer = SALE.offers[0]
    told = {
        state: availability(sale(state=state), offer) for state in ("scheduled", "lobby", "open", "paused", "ended")
    }
    assert told == {
        "scheduled": "PreSale",
        "lobby": "PreSale",
        "open": "InStock",
        "paused": "InStock",
        "ended": "Discontinued",
    }
    assert availability(sale(left=False), offer) == "SoldOut"


def test_the_policy_allows_this_host_and_nothing_else() -> None:
    policy = page_headers("tickets.example:8000", https=False)["Content-Security-Policy"]
    assert "connect-src 'self' ws://tickets.example:8000;" in policy
    assert "unsafe" not in policy
    assert "connect-src 'self';" in page_headers("x; script-src *", https=True)["Content-Security-Policy"]


def test_the_description_of_a_sale_offers_nothing_that_can_not_be_had() -> None:
    assert re.search(r"Tickets from €\d", sale_text(SALE, "en"))
    assert sale_text(sale(left=False), "en").endswith(". Sold out.")
    for state in ("closed", "ended"):
        assert sale_text(sale(state=state), "en").endswith(". Sales have ended.")
