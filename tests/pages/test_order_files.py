"""Tickets, receipt, codes and calendar of an order: open to its buyer and to the key, to nobody else."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import pytest

from engine.access import KeyRule, OrganizerChange
from engine.audit import Act
from engine.engine import Engine
from engine.ids import new_buyer
from engine.limits import DOCUMENTS_BURST_MAX
from engine.orders import Bought, CartChange, OrderView
from engine.refusals import Refused, accept
from tests.orders.house import open_house

KEY = "tres tristes tigres"
FILES = {
    "tickets.pdf": "application/pdf",
    "receipt.pdf": "application/pdf",
    "event.ics": "text/calendar",
}


@dataclass(frozen=True)
class Order:
    """An order that was paid, and who bought it."""

    view: OrderView
    cookie: dict[str, str]

    def path(self, file: str) -> str:
        return f"/o/{self.view.code}/{file}"

    @property
    def code_path(self) -> str:
        return self.path(f"tickets/{self.view.tickets[0].id}.svg")


async def buy(engine: Engine, sale_id: str) -> Order:
    house = await open_house(engine, sale_id)
    buyer = await house.buyer_holding(3, units={"floor": 1})
    assert not isinstance(await engine.orders.change_cart(sale_id, buyer, CartChange(key=KEY)), Refused)
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    return Order(bought.order, {"Cookie": f"aforo_buyer={engine.signer.buyer_token(buyer)}"})


@pytest.fixture
async def order(engine: Engine, sale_id: str) -> Order:
    return await buy(engine, sale_id)


async def test_the_browser_that_bought_gets_its_files(http: aiohttp.ClientSession, order: Order) -> None:
    for file, kind in FILES.items():
        async with http.get(order.path(file), headers=order.cookie) as answer:
            assert (answer.status, answer.content_type) == (200, kind)
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert "attachment" in answer.headers["Content-Disposition"]
    async with http.get(order.code_path, headers=order.cookie) as answer:
        assert (answer.status, answer.content_type) == (200, "image/svg+xml")
    async with http.get(order.code_path.replace(".svg", ".png"), headers=order.cookie) as answer:
        assert answer.content_type == "image/png"


async def test_a_ticket_is_a_picture_to_keep(http: aiohttp.ClientSession, order: Order) -> None:
    found = set()
    for ticket in order.view.tickets:
        async with http.get(order.path(f"tickets/{ticket.id}/picture.png"), headers=order.cookie) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            assert "attachment" in answer.headers["Content-Disposition"]
            body = await answer.read()
        assert body.startswith(b"\x89PNG")
        width, height = (int.from_bytes(body[at : at + 4]) for at in (16, 20))
        assert width < height  # as a phone is held
        found.add(body)
    assert len(found) == len(order.view.tickets)
    async with http.get(order.path("tickets/tkt_0000000000000000/picture.png"), headers=order.cookie) as answer:
        assert answer.status == 404


async def test_nobody_else_does(http: aiohttp.ClientSession, engine: Engine, order: Order) -> None:
    stranger = {"Cookie": f"aforo_buyer={engine.signer.buyer_token('x' * 16)}; aforo_opened=99999999999.AAAA"}
    for headers in ({}, stranger):
        for path in (*map(order.path, FILES), order.code_path, order.code_path.replace(".svg", "/picture.png")):
            async with http.get(path, headers=headers) as answer:
                assert answer.status == 403
                assert (await answer.json())["code"] == "bad_order_key"


async def test_an_order_that_does_not_exist_looks_the_same(http: aiohttp.ClientSession, order: Order) -> None:
    async with http.get("/o/2222-2222-2222/tickets.pdf", headers=order.cookie) as answer:
        assert answer.status == 403


async def test_the_key_opens_this_order_s_files_and_no_other_s(
    http: aiohttp.ClientSession, engine: Engine, order: Order, fresh_sale_id: Callable[[], str]
) -> None:
    other = await buy(engine, fresh_sale_id())
    for key, status in (("tres tigres", 403), (KEY, 200)):
        async with http.post("/api/orders/open", json={"code": order.view.code, "key": key}) as answer:
            assert answer.status == status
    for file in FILES:
        async with http.get(order.path(file)) as answer:
            assert answer.status == 200
        async with http.get(other.path(file)) as answer:
            assert answer.status == 403
    mine = http.cookie_jar.filter_cookies(answer.url.with_path(order.path("tickets.pdf")))["aforo_opened"].value
    async with http.get(other.path("tickets.pdf"), headers={"Cookie": f"aforo_opened={mine}"}) as answer:
        assert answer.status == 403


async def test_a_ticket_of_another_order_is_not_there(http: aiohttp.ClientSession, order: Order) -> None:
    async with http.get(order.path("tickets/tkt_0000000000000000.svg"), headers=order.cookie) as answer:
        assert answer.status == 404


async def test_one_address_gets_so_many_documents_and_no_more(http: aiohttp.ClientSession, order: Order) -> None:
    statuses: list[int] = []
    # However slow the machine is: what is given back meanwhile is less than what is asked for at once.
    while 429 not in statuses and len(statuses) < 20 * DOCUMENTS_BURST_MAX:
        asked = (status_of(http, order) for _ in range(DOCUMENTS_BURST_MAX))
        statuses += await asyncio.gather(*asked)
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= DOCUMENTS_BURST_MAX


async def status_of(http: aiohttp.ClientSession, order: Order) -> int:
    async with http.get(order.path("tickets.pdf"), headers=order.cookie) as answer:
        return answer.status


async def test_tickets_are_taken_away_once_they_have_a_key(
    engine: Engine, sale_id: str, http: aiohttp.ClientSession
) -> None:
    house = await open_house(engine, sale_id)
    later = OrganizerChange("Sala Norte", order_key=KeyRule.BEFORE_DOWNLOAD)
    accept(await engine.organizers.change(Act(house.organizer, "test"), later))
    buyer = await house.buyer_holding(3, key_hash="")
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    order = Order(bought.order, {"Cookie": f"aforo_buyer={engine.signer.buyer_token(buyer)}"})
    stranger = {"Cookie": f"aforo_buyer={engine.signer.buyer_token(new_buyer())}"}
    picture = order.code_path.replace(".svg", "/picture.png")

    async def asked(method: str, path: str, headers: dict[str, str], key: str = "") -> tuple[int, str]:
        body = {"json": {"key": key}} if key else {}
        async with http.request(method, path, headers=headers, **body) as answer:
            problem = answer.content_type == "application/problem+json"
            return answer.status, (await answer.json(content_type=None))["code"] if problem else ""

    for path in (order.path("tickets.pdf"), picture):
        assert await asked("GET", path, order.cookie) == (409, "key_needed")
        assert await asked("GET", path, stranger) == (403, "bad_order_key")
    for path in (order.path("receipt.pdf"), order.code_path):
        assert await asked("GET", path, order.cookie) == (200, "")
    key = f"/api/orders/{order.view.code}/key"
    for headers in (stranger, {}):
        assert await asked("PUT", key, headers, KEY) == (403, "bad_order_key")
    assert await asked("PUT", key, order.cookie, "short") == (422, "invalid")
    assert await asked("PUT", key, order.cookie, KEY) == (200, "")
    assert await asked("PUT", key, order.cookie, "another one") == (409, "key_is_set")
    for path in (order.path("tickets.pdf"), picture):
        assert await asked("GET", path, order.cookie) == (200, "")
    async with http.post("/api/orders/open", json={"code": order.view.code, "key": KEY}) as opened:
        assert (await opened.json())["order"]["has_key"] is True
