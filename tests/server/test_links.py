"""From a link to what came of it: visits, the browser's cookie, orders over both wires, and the organizer's list."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from http.cookies import Morsel
from typing import Any

import aiohttp
import pytest

from engine.access import KeyDraft, NewKey, Permission
from engine.audit import Act
from engine.onsale import Sale
from server.contract.stamps import today
from tests.server.conftest import Client, Site, api

CARD = {"number": "4242 4242 4242 4242", "expires": "12/40", "cvc": "123"}
CONTACT = {"name": "Ada Lovelace", "email": "ada@example.org", "phone": ""}
COOKIE = "aforo_from"
COUNTS = ("visits", "carts", "orders", "orders_first")


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """It keeps cookies."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield http


@pytest.fixture(autouse=True)
def nothing_is_kept(site: Site) -> None:
    """A link counts in the process that shows its page as soon as it is made elsewhere."""
    site.engine.links.known.names.kept_s = -1


async def link(site: Site, key: str, name: str = "poster", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = await api(site, "POST /api/links", key, {"name": name, "label": f"The {name}", **more}, 201)
    return made


async def listed(site: Site, key: str) -> dict[str, dict[str, Any]]:
    await site.engine.links.visits.hand_in()
    return {each["name"]: each for each in (await api(site, "GET /api/links", key))["items"]}


async def come(
    site: Site, browser: aiohttp.ClientSession, sale: str, name: str, view: str = ""
) -> aiohttp.ClientResponse:
    async with browser.get(f"{site.url}/s/{sale}{view}", params={"from": name}) as answer:
        assert answer.status == 200
        return answer


def carried(browser: aiohttp.ClientSession) -> Morsel[str] | None:
    return next((each for each in browser.cookie_jar if each.key == COOKIE), None)


async def shop(site: Site, browser: aiohttp.ClientSession, sale: str, *seats: int) -> Client:
    """A socket of this browser, with a cart that lacks nothing."""
    client = Client(await browser.ws_connect(f"{site.url}/ws", protocols=("aforo.json.1",)), "aforo.json.1")
    site.clients.append(client)
    client.hello = await client.ok("hello")
    await client.ok("enter", sale=sale)
    await client.ok("hold", sale=sale, hold="h1", seats=list(seats))
    await client.ok("change", sale=sale, contact=CONTACT, key="mi llave secreta")
    return client


async def sources(site: Site, key: str, sale: str) -> list[Any]:
    return [each["source"] for each in (await api(site, f"GET /api/sales/{sale}/orders", key))["items"]]


async def test_first_and_last_link_go_into_the_order(
    site: Site, key: str, sale: Sale, browser: aiohttp.ClientSession
) -> None:
    await link(site, key), await link(site, key, "radio", sale=sale.id), await link(site, key, "letter")
    for name in ("poster", "letter", "radio"):
        await come(site, browser, sale.id, name)
    client = await shop(site, browser, sale.id, 0, 1)
    bought = await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    assert "source" not in bought["order"]
    assert await sources(site, key, sale.id) == [{"first": "poster", "last": "radio"}]
    found = await listed(site, key)
    assert {name: tuple(each[count] for count in COUNTS) for name, each in found.items()} == {
        "poster": (1, 0, 0, 1),
        "letter": (1, 0, 0, 0),
        "radio": (1, 1, 1, 0),
    }
    assert found["radio"]["taken"] == [{"currency": "EUR", "total": 9000}]
    assert (found["poster"]["taken"], found["poster"]["address"]) == ([], None)
    assert found["radio"]["address"] == f"/s/{sale.id}?from=radio"


async def test_over_plain_http_it_is_the_same(site: Site, key: str, sale: Sale, browser: aiohttp.ClientSession) -> None:
    await link(site, key)
    await come(site, browser, sale.id, "POSTER", "/seats")  # as it may be typed from paper
    token = (await shop(site, browser, sale.id, 0)).hello["buyer"]
    mine = f"{site.url}/api/sales/{sale.id}/carts/mine/orders"
    ask = {"order": "o-1", "card": CARD}
    async with browser.post(mine, json=ask, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 201, await answer.text()
    assert await sources(site, key, sale.id) == [{"first": "poster", "last": "poster"}]


async def test_the_cookie_is_for_this_site_alone_and_for_a_while(
    site: Site, key: str, sale: Sale, browser: aiohttp.ClientSession
) -> None:
    await link(site, key)
    answer = await come(site, browser, sale.id, "poster")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    morsel = answer.cookies[COOKIE]
    assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["domain"]) == (True, "Lax", "/", "")
    assert morsel["max-age"] == str(30 * 24 * 3600)


async def test_a_browser_that_is_forgotten_came_by_nothing(
    site: Site, key: str, sale: Sale, browser: aiohttp.ClientSession
) -> None:
    await link(site, key)
    await come(site, browser, sale.id, "poster")
    assert carried(browser) is not None
    async with browser.post(f"{site.url}/api/buyers/forget", json={"opened": []}) as answer:
        assert answer.status == 204, await answer.text()
    assert carried(browser) is None
    client = await shop(site, browser, sale.id, 0)
    await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    assert await sources(site, key, sale.id) == [None]


async def test_names_that_nobody_gave_out_or_archived_are_no_links(
    site: Site, key: str, sale: Sale, browser: aiohttp.ClientSession
) -> None:
    made = await link(site, key)
    await api(site, f"PATCH /api/links/{made['id']}", key, {"archived": True})
    for name in ("poster", "invented", "", "x" * 2_000, "a b", "<script>", "poster\x00"):
        answer = await come(site, browser, sale.id, name)
        assert COOKIE not in answer.cookies
        assert answer.headers["Cache-Control"] == "no-cache"
    assert (await listed(site, key))["poster"]["visits"] == 0
    await api(site, f"PATCH /api/links/{made['id']}", key, {"archived": False})
    await come(site, browser, sale.id, "poster")
    assert (await listed(site, key))["poster"]["visits"] == 1


async def test_who_came_before_a_link_was_archived_came_by_it(
    site: Site, key: str, sale: Sale, browser: aiohttp.ClientSession
) -> None:
    made = await link(site, key)
    await come(site, browser, sale.id, "poster")
    await api(site, f"PATCH /api/links/{made['id']}", key, {"archived": True})
    client = await shop(site, browser, sale.id, 0)
    await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    assert await sources(site, key, sale.id) == [{"first": "poster", "last": "poster"}]


async def test_a_neighbours_link_means_nothing_here(
    site: Site, key: str, sale: Sale, browser: aiohttp.ClientSession
) -> None:
    neighbour = await site.engine.access.create_organizer("A neighbour")
    other = (await site.engine.access.create(neighbour)).key
    await link(site, other)
    assert COOKIE not in (await come(site, browser, sale.id, "poster")).cookies
    browser.cookie_jar.update_cookies({COOKIE: f"{neighbour}:poster:poster:20000"})
    client = await shop(site, browser, sale.id, 0)
    await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    assert await sources(site, key, sale.id) == [None]
    assert (await listed(site, other))["poster"]["visits"] == 0
    assert await listed(site, key) == {}


@pytest.mark.parametrize("text", ["nonsense", "x" * 3_000, "{organizer}:invented:invented:{day}", "|:|:|"])
async def test_a_cookie_that_somebody_made_up_stops_no_purchase(
    site: Site, key: str, sale: Sale, browser: aiohttp.ClientSession, text: str
) -> None:
    await link(site, key)
    info = await site.engine.catalog.sale_info(sale.id)
    assert info is not None
    browser.cookie_jar.update_cookies({COOKIE: text.format(organizer=info.organizer.id, day=today())})
    client = await shop(site, browser, sale.id, 0)
    await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    assert await sources(site, key, sale.id) == [None]


async def test_looking_at_a_page_without_asking_for_it_is_no_visit(site: Site, key: str, sale: Sale) -> None:
    await link(site, key)
    async with site.http.head(f"{site.url}/s/{sale.id}?from=poster") as answer:
        assert answer.status == 200
        assert COOKIE not in answer.cookies
    assert (await listed(site, key))["poster"]["visits"] == 0


async def test_who_may_see_and_who_may_make_links(site: Site, organizer: Act) -> None:
    async def scoped(*scopes: Permission) -> str:
        made = await site.engine.access.make(organizer, KeyDraft(scopes=frozenset(scopes)))
        assert isinstance(made, NewKey)
        return made.key

    makes, sees = await scoped(Permission.PROMO_EDIT), await scoped(Permission.REPORT_READ)
    made = await link(site, makes)
    await api(site, "GET /api/links", makes, status=403)
    await api(site, "POST /api/links", sees, {"name": "radio", "label": "Radio"}, 403)
    await api(site, f"PATCH /api/links/{made['id']}", sees, {"archived": True}, 403)
    assert list(await listed(site, sees)) == ["poster"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "Big Poster", "label": "x"}, "name"),
        ({"name": "x" * 33, "label": "x"}, "name"),
        ({"name": "x", "label": " "}, "label"),
        ({"name": "x", "label": "x", "sale": "no-such-sale"}, "sale"),
    ],
)
async def test_what_is_wrong_is_named(site: Site, key: str, body: dict[str, str], path: str) -> None:
    said = await api(site, "POST /api/links", key, body, 422)
    assert [each["path"] for each in said["fields"]] == [path]
    await link(site, key)
    again = await api(site, "POST /api/links", key, {"name": "poster", "label": "x"}, 422)
    assert [each["path"] for each in again["fields"]] == ["name"]
    await api(site, f"PATCH /api/links/lnk_{secrets.token_hex(4)}", key, {"label": "x"}, 404)
