"""E-mail to a local SMTP server: what a letter carries, and what refusals and outages mean."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from engine.messages.email import Email
from engine.messages.model import Message, Outcome, Words
from tests.mail_sink import Sink


def message(number: int = 1) -> Message:
    words = Words("¡Croissants a 0,90 €!", "Texto ñ", "<p>Texto ñ</p>", "corto")
    return Message(
        f"n{number}.2026-07-01", "ana@example.org", "es", words, "https://a.example/n", "https://a.example/u"
    )


@pytest.fixture
async def email(sink: Sink) -> AsyncIterator[Email]:
    email = Email(f"smtp://127.0.0.1:{sink.port}", "Aforo <offers@aforo.example>")
    yield email
    await email.close()


async def test_a_letter(email: Email, sink: Sink) -> None:
    assert (await email.send(message())).outcome is Outcome.SENT
    (letter,) = sink.letters
    assert letter["Subject"] == "¡Croissants a 0,90 €!"
    assert letter["Message-ID"] == "<n1.2026-07-01@aforo.example>"
    assert letter["List-Unsubscribe"] == "<https://a.example/u>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = letter.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Texto ñ"


async def test_connections_are_kept(email: Email, sink: Sink) -> None:
    results = await asyncio.gather(*(email.send(message(number)) for number in range(40)))
    assert {sent.outcome for sent in results} == {Outcome.SENT}
    assert len(sink.letters) == 40
    assert len(sink.sessions) <= 4


@pytest.mark.parametrize(
    ("refuse", "outcome"),
    [
        ("rcpt 550 no such user", Outcome.BOUNCED),
        ("rcpt 452 mailbox full", Outcome.LATER),
        ("rcpt 554 we do not like you", Outcome.REFUSED),
        ("451 come back", Outcome.LATER),
        ("554 spam", Outcome.REFUSED),
    ],
)
async def test_refusals(email: Email, sink: Sink, refuse: str, outcome: Outcome) -> None:
    sink.refuse = refuse
    sent = await email.send(message())
    assert sent.outcome is outcome
    assert "example.org" not in sent.detail
    sink.refuse = ""
    assert (await email.send(message(2))).outcome is Outcome.SENT


@pytest.mark.parametrize("fault", ["drop", "hang"])
async def test_a_connection_lost_in_the_middle_leaves_a_doubt(
    email: Email, sink: Sink, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.messages.email.EMAIL_S_MAX", 0.5)
    sink.fault = fault
    sent = await email.send(message())
    assert (sent.outcome, sent.in_doubt) == (Outcome.LATER, True)
    sink.fault = ""
    assert (await email.send(message(2))).outcome is Outcome.SENT, "the next letter has a connection of its own"


async def test_a_server_that_is_away() -> None:
    email = Email("smtp://127.0.0.1:1", "offers@aforo.example")
    sent = await email.send(message())
    assert (sent.outcome, sent.in_doubt) == (Outcome.LATER, False)
