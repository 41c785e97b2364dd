"""Receipts on paper: their words and figures, in three languages and five currencies, as a PDF reader finds them.

`AFORO_GOLDEN=write` writes golden/ anew; whoever does reads each change.
"""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest

from engine.catalog.model import EventStatus, Tax
from engine.orders import Contact, OrderLine, OrderState, OrderView, ReceiptName, TaxIdentity, TaxSum
from engine.orders.model import Line, OrderFee
from engine.pricing import Part
from engine.receipts import LegalIdentity, Receipt
from engine.receipts.issuing import CREDIT_NOTE, RECEIPT
from server.buying.about import About
from server.pages.credit_notes import credit_note_data
from server.pages.documents import Documents
from server.pages.facts import Names
from server.pages.receipts import receipt_data
from tests.receipts.naming import COMPANY

GOLDEN = Path(__file__).with_name("golden")
WRITES = os.environ.get("AFORO_GOLDEN") == "write"
AT = datetime(2026, 11, 28, 16, 30, tzinfo=UTC)
IVA, ADDED = Tax("iva", "IVA", 100_000, included=True), Tax("city", "City tax", 88_750, included=False)
SELLER = LegalIdentity(
    "Sala Sur S. L.",
    "B12345674",
    "Calle Mayor 1\n2.º izquierda",
    "28013",
    "Madrid",
    "ES",
    note="Registro Mercantil de Madrid, tomo 1",
    prefix="A-",
    zone="Europe/Madrid",
)
ABOUT = About(
    promo=False,
    name="Noche de coplas & «Ñandú»",
    description="",
    picture="",
    place="Teatro Campoamor",
    address="C. Pelayo 3, Oviedo",
    latitude=None,
    longitude=None,
    zone="Europe/Madrid",
    starts_at=datetime(2027, 3, 1, 19, 30, tzinfo=UTC),
    ends_at=None,
    status=EventStatus.SCHEDULED,
)
NAMES = Names(pools={"floor": "Pista"}, types={"general": "General"})


def order(currency: str) -> OrderView:
    """Two tickets, of which one has a discount, a fee, a tax in the prices and one on top."""
    whole = Line(None, "floor", "general", 20_000, None, 1_818)
    less = Line(None, "floor", "general", 15_000, 20_000, 1_331, 1_331)
    fees = (OrderFee("service", "Service", 1_500, 136, 1_500),)
    return OrderView(
        id="ord_1",
        sale="coplas",
        code="2345-6789-ABCD",
        state=OrderState.PAID,
        total=37_831,
        currency=currency,
        lines=(OrderLine(whole, None, IVA), OrderLine(less, None, ADDED)),
        tickets=(),
        contact=Contact("Ana Núñez", "ana@example.org"),
        placed_at=AT,
        paid_at=AT,
        card_last4="4242",
        failure="",
        fees=fees,
        taxes=(TaxSum(IVA, 19_546, 1_954), TaxSum(ADDED, 15_000, 1_331)),
    )


def receipt(currency: str) -> Receipt:
    return Receipt("A-2026-000123", RECEIPT, 0, AT, currency, 37_831, 3_285, SELLER)


async def words_of(data: dict[str, object]) -> str:
    documents = Documents()
    pdf = await documents.pdf("receipt", data)
    documents.close()
    words = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(io.BytesIO(pdf)))
    return "\n".join(line.rstrip() for line in words.splitlines()) + "\n"


def golden(name: str, found: str) -> str:
    """What it said before."""
    path = GOLDEN / f"{name}.txt"
    if WRITES:
        path.write_text(found, encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "es", "pt"])
@pytest.mark.parametrize("currency", ["EUR", "BRL", "COP", "JPY", "KWD"])
async def test_a_receipt_says_what_it_said_before(language: str, currency: str) -> None:
    found = await words_of(receipt_data(order(currency), ABOUT, NAMES, language, receipt(currency)))
    assert found == golden(f"{language}-{currency}", found)


NAMED = {
    "company": ReceiptName(COMPANY),
    "person": ReceiptName(TaxIdentity("Ana Núñez", "501442600", "Rua Direita 1", "", "Lisboa", "PT")),
    "erased": ReceiptName(erased=True),
}


@pytest.mark.parametrize("language", ["en", "es", "pt"])
@pytest.mark.parametrize("name", NAMED)
async def test_a_receipt_says_whom_it_is_made_out_to(language: str, name: str) -> None:
    found = await words_of(receipt_data(order("EUR"), ABOUT, NAMES, language, receipt("EUR"), name=NAMED[name]))
    assert found == golden(f"{language}-{name}", found)


@pytest.mark.parametrize("language", ["en", "es", "pt"])
@pytest.mark.parametrize("currency", ["EUR", "KWD"])
async def test_a_credit_note_says_what_it_said_before(language: str, currency: str) -> None:
    note = Receipt("A-2026-000124", CREDIT_NOTE, 1, AT, currency, 21_000, 1_886, SELLER)
    parts = [Part(0, None, 20_000, 1_818), Part(0, "service", 1_000, 68)]
    of = (order(currency), ABOUT, NAMES, language, note)
    found = await words_of(credit_note_data(*of, corrects=receipt(currency), parts=parts))
    assert found == golden(f"{language}-{currency}-credit-note", found)


async def test_without_a_number_it_is_no_receipt_and_says_so() -> None:
    words = await words_of(receipt_data(order("EUR"), ABOUT, NAMES, "en"))
    assert "This is not a receipt." in words
    assert "Order summary" in words
    assert "A-2026" not in words
    assert SELLER.name not in words


async def test_a_seller_that_wrote_no_identity_is_named_by_its_name() -> None:
    named = replace(receipt("EUR"), seller=LegalIdentity("Sala Sur"))
    words = await words_of(receipt_data(order("EUR"), ABOUT, NAMES, "pt", named))
    assert "Sala Sur" in words
    assert "NIF" not in words
