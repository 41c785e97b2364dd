"""Tickets that are drawn directly: scanners read their codes, people their words; others draw what our fonts lack."""

from __future__ import annotations

import io
import string
from typing import Any

import pypdfium2
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from server.pages import qr
from server.pages.ticket_paper import HEIGHT, WIDTH, tickets_pdf

PAYLOAD = "A1.sale.tkt_abcdefgh12345678.seat:12." + "Ab3" * 28
WORDS = {"ticket": "Ticket", "type": "Type", "price": "Price", "code": "Code", "show": "Show this code at the door."}


def ticket(**changes: Any) -> dict[str, Any]:
    place = [{"name": "Section", "value": "Stalls"}, {"name": "Row", "value": "3"}, {"name": "Seat", "value": "4"}]
    plain = {"id": "tkt_1", "place": place, "type": "General", "price": "45 €", "count": "1 of 1", "payload": PAYLOAD}
    return plain | {"when": ["Mon 1 March 2027, 20:30"]} | changes


def data(*tickets: dict[str, Any], **changes: Any) -> dict[str, Any]:
    plain = {
        "language": "en",
        "title": "Tickets: Jazz (1) \\ «Ñandú»",
        "event": "Jazz",
        "when": "Mon 1 March 2027, 20:30",
        "venue": "Teatro Sol, Oviedo",
        "code": "K7QF-2M9X-TDRP",
        "words": WORDS,
    }
    return plain | {"tickets": tickets or [ticket()]} | changes


def read(pdf: bytes, scale: float = 2) -> list[tuple[list[str], str]]:
    """Of each page its codes and its words."""
    found = []
    for page in pypdfium2.PdfDocument(io.BytesIO(pdf)):
        codes = zxingcpp.read_barcodes(page.render(scale=scale).to_pil(), formats=zxingcpp.BarcodeFormat.QRCode)
        found.append(([each.text for each in codes], page.get_textpage().get_text_range()))
    return found


def test_each_ticket_has_a_page_with_its_code() -> None:
    made = tickets_pdf(data(ticket(), ticket(payload=PAYLOAD.lower(), count="2 of 2")))
    assert made is not None
    (first, second) = read(made)
    assert (first[0], second[0]) == ([PAYLOAD], [PAYLOAD.lower()])
    for word in ("Jazz", "20:30", "Teatro Sol", "Stalls", "45 €", "K7QF-2M9X-TDRP", "tkt_1", "Show this code"):
        assert word in first[1], word
    document = pypdfium2.PdfDocument(io.BytesIO(made))
    assert document.get_metadata_value("Title") == "Tickets: Jazz (1) \\ «Ñandú»"
    assert document[0].get_size() == pytest.approx((WIDTH, HEIGHT), abs=0.1)


@pytest.mark.parametrize("length", [1, 30, 200])
def test_long_names_stay_on_the_page(length: int) -> None:
    long = ("Supercalifragilístico " * 20)[: length * 2].strip() or "x"
    place = [{"name": long, "value": long}, {"name": "Row", "value": long}, {"name": "Seat", "value": long}]
    made = tickets_pdf(data(ticket(place=place, type=long, price=long, when=[long]), event=long, venue=long))
    assert made is not None
    ((codes, _),) = read(made)
    assert codes == [PAYLOAD]


def test_what_our_fonts_lack_is_left_to_another() -> None:
    assert tickets_pdf(data(event="Καλημέρα 東京")) is None
    assert tickets_pdf(data(ticket(payload="x" * 500))) is None


# ── codes ──


@given(st.integers(1, 15), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_full_codes_are_those_of_another_maker(version: int, chance: Any) -> None:
    text = "".join(chance.choices(string.ascii_letters + "._-:", k=qr.room_of(version)))
    other = segno.make_qr(text, error="m", mask=qr.MASK, mode="byte", boost_error=False)
    assert other.version == version
    assert qr.rows(text) == ["".join(map(str, row)) for row in other.matrix]


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_again(text: str) -> None:
    made = tickets_pdf(data(ticket(payload=text)))
    assert made is not None
    ((codes, _),) = read(made, 3)
    assert codes == [text]


def test_what_no_code_holds_is_refused() -> None:
    assert qr.version_for(qr.room_of(15)) == 15
    with pytest.raises(ValueError, match="too many"):
        qr.version_for(qr.room_of(15) + 1)
    with pytest.raises(ValueError, match="ascii"):
        qr.rows("ñ")
