"""The documents of a buyer's own orders: whole for who bought, empty for everybody else, kept by no cache."""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from engine.engine import Engine
from engine.ids import new_buyer
from tests.pages.test_addresses import first_data
from tests.pages.test_order_files import KEY, Order, buy

HTML = {"Accept": "text/html"}
PRIVATE = "private, no-store"


@pytest.fixture
async def order(engine: Engine, sale_id: str) -> Order:
    return await buy(engine, sale_id)


async def data_of(http: aiohttp.ClientSession, path: str, headers: dict[str, str] | None = None) -> tuple[Any, str]:
    """The first data of a page, and who may keep it."""
    async with http.get(path, headers=HTML | (headers or {})) as answer:
        assert answer.status == 200
        return first_data(await answer.text()), answer.headers["Cache-Control"]


async def test_my_tickets_come_with_the_page_to_the_browser_that_bought(
    http: aiohttp.ClientSession, order: Order
) -> None:
    data, kept = await data_of(http, "/o", order.cookie)
    upcoming, past = data["api"]["/api/orders?when=upcoming"], data["api"]["/api/orders?when=past"]
    assert [each["code"] for each in upcoming["items"]] == [order.view.code]
    assert (upcoming["items"][0]["tickets"], upcoming["items"][0]["about"]["kind"]) == (2, "event")
    assert past == {"items": [], "next": None}
    assert kept == PRIVATE


async def test_an_order_opens_by_itself_to_the_browser_that_bought(http: aiohttp.ClientSession, order: Order) -> None:
    data, kept = await data_of(http, f"/o/{order.view.code}", order.cookie)
    opened = data["api"][f"/api/orders/{order.view.code}"]
    assert len(opened["order"]["tickets"]) == 2
    assert opened["about"]["name"] == "Jazz en el Rincón"
    assert kept == PRIVATE


async def test_nobody_else_finds_anything_in_these_pages(
    http: aiohttp.ClientSession, engine: Engine, order: Order
) -> None:
    stranger = {"Cookie": f"aforo_buyer={engine.signer.buyer_token(new_buyer())}"}
    forged = {"Cookie": order.cookie["Cookie"][:-2] + "AA"}
    for headers in ({}, stranger, forged):
        data, kept = await data_of(http, f"/o/{order.view.code}", headers)
        assert data["api"] == {}
        assert kept == PRIVATE
        data, _ = await data_of(http, "/o", headers)
        assert [page["items"] for page in data.get("api", {}).values()] in ([], [[], []])


async def test_who_gave_the_key_sees_it_again_and_who_is_forgotten_does_not(
    http: aiohttp.ClientSession, engine: Engine, order: Order, fresh_sale_id: Callable[[], str]
) -> None:
    own = await buy(engine, fresh_sale_id())
    async with http.post("/api/orders/open", json={"code": order.view.code, "key": KEY}) as answer:
        assert answer.status == 200
        http.cookie_jar.update_cookies(
            {"aforo_buyer": own.cookie["Cookie"].partition("=")[2]}, answer.url.with_path("/")
        )
    for each in (own, order):
        assert (await data_of(http, f"/o/{each.view.code}"))[0]["api"] != {}
    async with http.post("/api/buyers/forget", json={"opened": [order.view.code, "../o/x; Path=/", "none"]}) as answer:
        assert answer.status == 204
        cookies = answer.headers.getall("Set-Cookie")
        assert len(cookies) == 3
        assert all("Max-Age=0" in cookie for cookie in cookies)
    for each in (own, order):
        assert (await data_of(http, f"/o/{each.view.code}"))[0]["api"] == {}
        async with http.get(each.path("tickets.pdf")) as answer:
            assert answer.status == 403
    assert (await data_of(http, "/o"))[0] == {}


async def test_another_site_s_page_makes_nobody_forget(http: aiohttp.ClientSession) -> None:
    async with http.post("/api/buyers/forget", json={}, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers
