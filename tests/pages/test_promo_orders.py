"""Orders of promos have papers too: with what was bought, the store and its address, and no date that nobody knows."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from engine.engine import Engine
from engine.onsale.model import Held
from engine.orders import Bought, OrderView
from server.app import build
from server.buying.about import about
from server.observe.metrics import Metrics
from server.pages.assets import Assets
from server.pages.facts import Names
from server.pages.receipts import receipt_data
from server.pages.tickets import tickets_data
from server.process import Process
from tests.pages.conftest import served
from tests.promos.city import ORGANIZER, City


@pytest.fixture
async def bought(engine: Engine) -> tuple[OrderView, str]:
    """A croissant that was paid, and the cookie of who did."""
    await engine.db.execute("INSERT INTO organizer (id, name) VALUES ($1, 'Bakery') ON CONFLICT DO NOTHING", ORGANIZER)
    city = City(engine)
    await city.step()
    buyer = await city.buyer()
    sale = await city.running()
    await city.step()
    held = await city.claim(sale, buyer)
    assert isinstance(held, Held), held
    paid = await city.buy(sale, buyer)
    assert isinstance(paid, Bought), paid
    return paid.order, f"aforo_buyer={engine.signer.buyer_token(buyer)}"


@pytest.fixture
async def http(engine: Engine, bought: tuple[OrderView, str]) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(build(Process(engine, Metrics()), Assets(None)), headers={"Cookie": bought[1]}) as client:
        yield client


async def test_paper_says_what_and_where(engine: Engine, bought: tuple[OrderView, str]) -> None:
    order, _ = bought
    occasion = await about(engine, order.sale)
    data = tickets_data(order, occasion, Names(), "es")
    assert data["event"] == "Croissant"
    assert data["when"].startswith("Oferta hasta el ")
    assert data["venue"] == occasion.where != ""
    assert data["words"]["show"] == "Muestra este código en la tienda. Solo sirve una vez; no lo compartas."
    (ticket,) = data["tickets"]
    assert ticket["place"] == [{"name": "Se recoge en", "value": occasion.place}]
    assert ticket["type"] == ""
    receipt = receipt_data(order, occasion, Names(), "en")
    assert [(line["name"], line["type"]) for line in receipt["lines"]] == [("Croissant", "")]


async def test_it_has_every_file_but_a_date(http: aiohttp.ClientSession, bought: tuple[OrderView, str]) -> None:
    order, _ = bought
    kinds = {
        "tickets.pdf": "application/pdf",
        "receipt.pdf": "application/pdf",
        f"tickets/{order.tickets[0].id}/picture.png": "image/png",
        f"tickets/{order.tickets[0].id}.svg": "image/svg+xml",
    }
    for file, kind in kinds.items():
        async with http.get(f"/o/{order.code}/{file}") as answer:
            assert (answer.status, answer.content_type) == (200, kind)
    async with http.get(f"/o/{order.code}/event.ics") as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, "not_found")


async def test_my_tickets_name_the_store(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/orders") as answer:
        (item,) = (await answer.json())["items"]
    assert (item["about"]["kind"], item["about"]["name"]) == ("promo", "Croissant")
    assert item["about"]["place"]
    assert item["about"]["starts_at_ms"] is None
    assert item["about"]["offered_until_ms"] is not None
