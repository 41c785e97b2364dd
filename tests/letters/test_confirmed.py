"""Whoever paid gets a letter with their tickets: what it says, what is attached, and when there is none."""

from __future__ import annotations

import icalendar
import pytest
from fast_mail_parser import parse_email

from engine.access import SignedTicket, ticket_of
from engine.context import Erasure
from engine.orders import OrderView
from engine.vault import CONTEXT
from tests.letters.conftest import SITE, Desk, codes_in, text_in
from tests.mail_sink import Sink


async def test_the_letter(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3, 4, units={"floor": 1})
    await desk.work()
    (letter,) = sink.letters
    assert letter["To"] == "ana@example.org"
    assert letter["Subject"] == "Tus entradas: Jazz en el Rincón"
    assert letter["Content-Language"] == "es"
    said = letter.get_body(("plain",))
    html = letter.get_body(("html",))
    assert said is not None
    assert html is not None
    for text in (said.get_content(), html.get_content()):
        for part in ("Sala Norte", order.code, f"{SITE}/o/{order.code}", "20:30 (Europe/Madrid)", "110", "Asiento"):
            assert part in text, part
    assert "Ana" not in said.get_content(), "nobody showed that the address is theirs"
    (row,) = await desk.letters(order)
    assert (row["state"], row["template"], row["organizer_id"]) == ("sent", "order_confirmed", desk.house.organizer)


async def test_another_parser_finds_the_same_parts(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3, 4, units={"floor": 1})
    await desk.work()
    parsed = parse_email(sink.raw[0])
    assert parsed.subject == "Tus entradas: Jazz en el Rincón"
    assert [len(parsed.text_plain), len(parsed.text_html)] == [1, 1]
    files = {each.filename: each for each in parsed.attachments}
    assert {name: each.mimetype for name, each in files.items()} == {
        f"tickets-{order.code}.pdf": "application/pdf",
        "event.ics": "text/calendar",
    }
    assert all(len(line) <= 998 for line in sink.raw[0].split(b"\r\n")), "RFC 5322"


async def test_the_codes_open_the_gate(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3, 4, units={"floor": 1})
    await desk.work()
    (pdf,) = [each.get_content() for each in sink.letters[0].iter_attachments() if each.get_filename().endswith("pdf")]
    keys = desk.engine.signer.ticket_public_keys()
    read = [ticket_of(code, keys) for code in codes_in(pdf)]
    assert read == [SignedTicket(order.sale, each.id, each.item) for each in order.tickets]
    words = text_in(pdf)
    assert "Jazz en el Rincón" in words
    assert order.code in words


async def test_the_calendar(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3)
    await desk.work()
    (file,) = [each for each in sink.letters[0].iter_attachments() if each.get_filename() == "event.ics"]
    (event,) = icalendar.Calendar.from_ical(file.get_content()).walk("VEVENT")
    assert event["SUMMARY"] == "Jazz en el Rincón"
    assert event["DTSTART"].dt.strftime("%H:%M %Z") in ("20:30 CET", "20:30 CEST")
    assert event["URL"] == f"{SITE}/o/{order.code}"


@pytest.mark.parametrize(("locale", "subject"), [("en", "Your tickets: "), ("pt", "Seus ingressos: "), ("", "Your ")])
async def test_it_is_in_the_language_the_buyer_reads(desk: Desk, sink: Sink, locale: str, subject: str) -> None:
    await desk.buy(3, locale=locale)
    await desk.work()
    assert sink.letters[0]["Subject"].startswith(subject)


async def test_one_letter_however_often_it_is_told(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3)
    await desk.write()
    await desk.engine.db.execute("UPDATE outbox_cursor SET id_after = 0 WHERE consumer = 'orders.confirmed'")
    await desk.work()
    await desk.work()
    assert len(await desk.letters(order)) == 1
    assert len(sink.letters) == 1


async def test_no_letter_without_an_address(desk: Desk, sink: Sink) -> None:
    silent, other, erased = await desk.buy(3), await desk.buy(4), await desk.buy(5, email="leo@example.org")
    contact = {"name": "Ana", "email": "nobody at home"}
    await desk.engine.db.execute("UPDATE orders SET contact = $2, person_id = NULL WHERE id = $1", silent.id, contact)
    await erase(desk, erased)
    await desk.work()
    assert not await desk.letters(silent)
    assert not await desk.letters(erased)
    assert len(await desk.letters(other)) == 1
    assert len(sink.letters) == 1


async def test_no_letter_to_whom_was_erased_while_it_waited(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3)
    await desk.write()
    await erase(desk, order)
    await desk.send()
    (row,) = await desk.letters(order)
    assert row["state"] == "lapsed"
    assert not sink.letters


async def erase(desk: Desk, order: OrderView) -> None:
    person = await desk.engine.db.fetchval("SELECT person_id FROM orders WHERE id = $1", order.id)
    async with desk.engine.db.acquire() as connection, connection.transaction():
        assert CONTEXT.forget is not None
        await CONTEXT.forget(connection, Erasure(None, (person,), id="era_1"))


async def test_no_letter_of_what_was_refunded(desk: Desk, sink: Sink) -> None:
    before, after = await desk.buy(3), await desk.buy(4)
    refunded = "UPDATE orders SET state = 'refunding' WHERE id = $1"
    await desk.engine.db.execute(refunded, before.id)
    await desk.write()
    assert not await desk.letters(before)
    await desk.engine.db.execute(refunded, after.id)
    await desk.send()
    (row,) = await desk.letters(after)
    assert row["state"] == "lapsed", "it was refunded while its letter waited"
    assert not sink.letters


async def test_what_cant_be_drawn_is_tried_again(desk: Desk, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    order = await desk.buy(3)
    with monkeypatch.context() as broken:
        broken.setattr("server.pages.order_letters.paper_data", lambda *_: {"nothing": "that is drawn"})
        await desk.work()
    (row,) = await desk.letters(order)
    assert (row["state"], row["tries"], row["doubts"]) == ("queued", 1, 0)
    await desk.engine.db.execute("UPDATE message SET due_at = now()")
    await desk.send()
    assert len(sink.letters) == 1


async def test_without_somebody_who_draws_it_waits(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3)
    await desk.write()
    desk.engine.letterbox.post._draws.clear()
    await desk.send()
    (row,) = await desk.letters(order)
    assert (row["state"], row["tries"]) == ("queued", 0)
    assert not sink.letters
