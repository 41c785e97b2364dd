"""PDFs and pictures: rendered from data only, once for the same data, a bounded number at a time."""

import asyncio

import pytest

from engine.limits import DOCUMENTS_WAITING_MAX
from engine.refusals import Code, RefusalError
from server.pages.documents import Documents
from server.pages.tickets import qr_png, qr_svg

PNG = b"\x89PNG\r\n\x1a\n"
PICTURE = {"language": "es", "name": 'Ñandú #1 "x" [y] $z$ @a <b> \\c', "when": "hoy", "place": "Oviedo", "pattern": 3}


@pytest.fixture
def documents():
    made = Documents()
    yield made
    made.close()


async def test_text_that_looks_like_markup_stays_text(documents: Documents) -> None:
    assert (await documents.png("picture", PICTURE)).startswith(PNG)


async def test_the_same_data_is_rendered_once(documents: Documents) -> None:
    first, second = await asyncio.gather(*(documents.png("picture", PICTURE) for _ in range(2)))
    assert first is second
    assert await documents.png("picture", dict(reversed(PICTURE.items()))) is first


async def test_too_many_at_once_are_refused(documents: Documents) -> None:
    asked = [documents.png("picture", PICTURE | {"pattern": number}) for number in range(DOCUMENTS_WAITING_MAX + 1)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, bytes) for answer in answers) == DOCUMENTS_WAITING_MAX
    refused = [answer for answer in answers if isinstance(answer, RefusalError)]
    assert [refusal.code for refusal in refused] == [Code.BUSY]


def test_a_code_has_its_quiet_zone_and_names_no_size() -> None:
    drawing = qr_svg("A1.sale.tkt_1.seat:1.sig").decode()
    assert drawing.startswith("<svg")
    assert "width=" not in drawing.partition(">")[0]
    assert qr_png("A1.sale.tkt_1.seat:1.sig").startswith(PNG)
