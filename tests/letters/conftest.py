"""An engine that writes to a mail server of its own, on a database of its own, and a sale whose orders have letters."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from engine.engine import Engine
from engine.orders import Bought, CartChange, Contact, OrderView, Purchase
from engine.refusals import Refused
from engine.settings import Settings
from server.pages.documents import Documents
from server.pages.order_letters import OrderLetters
from tests.mail_sink import Sink, open_sink
from tests.orders.house import House, card, open_house

SITE = "https://tickets.example"
KEY = "tres tristes tigres"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
def settings(redis_url: str, database_url: str, sink: Sink) -> Settings:
    return Settings.model_validate(
        {
            "redis_url": redis_url,
            "database_url": database_url,
            "secret": "s" * 32,
            "base_url": SITE,
            "smtp_url": f"smtp://127.0.0.1:{sink.port}",
            "mail_from": "Aforo <no-reply@tickets.example>",
        }
    )


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    documents = Documents()
    async with Engine.open(settings) as engine:
        OrderLetters(engine, documents).register()
        yield engine
    documents.close()


@dataclass
class Desk:
    """A sale, its buyers, and what a worker does for them."""

    house: House

    @property
    def engine(self) -> Engine:
        return self.house.engine

    async def buy(
        self,
        *seats: int,
        units: dict[str, int] | None = None,
        email: str = "ana@example.org",
        locale: str = "es",
        order: str = "one",
    ) -> OrderView:
        buyer = await self.house.buyer_holding(*seats, units=units, ready=False)
        change = CartChange(contact=Contact("Ana Núñez", email), key=KEY)
        assert not isinstance(await self.engine.orders.change_cart(self.house.sale.id, buyer, change), Refused)
        wanted = Purchase(self.house.sale.id, buyer, order, card(), locale=locale)
        bought = await self.engine.orders.purchase(wanted)
        assert isinstance(bought, Bought), bought
        return bought.order

    async def write(self) -> None:
        """What was paid has its letter written."""
        while await self.engine.confirming.consumer.step(self.engine.db):
            pass
        await self.engine.confirming.step()

    async def send(self) -> None:
        await self.engine.letterbox.post.step()
        await self.engine.letterbox.post.settle()

    async def work(self) -> None:
        await self.write()
        await self.send()

    async def letters(self, order: OrderView) -> Sequence[Any]:
        """The rows of an order's letters, the oldest first."""
        found: Sequence[Any] = await self.engine.db.fetch(
            "SELECT * FROM message WHERE key LIKE $1 ORDER BY created_at, key", f"order:{order.id}:%"
        )
        return found


@pytest.fixture
async def desk(engine: Engine, sale_id: str) -> Desk:
    return Desk(await open_house(engine, sale_id))


def codes_in(pdf: bytes) -> list[str]:
    """The text of the code on each page of a PDF, as a scanner reads it."""
    found = []
    for page in pypdfium2.PdfDocument(io.BytesIO(pdf)):
        picture = page.render(scale=2).to_pil()
        found += [each.text for each in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]
    return found


def text_in(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(io.BytesIO(pdf)))
