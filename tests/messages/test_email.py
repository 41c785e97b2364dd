"""E-mail to a local SMTP server: what a letter carries, and what refusals and outages mean."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from engine.messages.email import Email
from engine.messages.model import Message, Outcome, Words


@dataclass
class Sink:
    """Keeps what it is sent; refuses the recipients it is set to refuse."""

    letters: list[EmailMessage] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    refuse: str = ""
    port: int = 0

    async def handle_RCPT(  # a name of aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse and self.refuse.startswith("rcpt "):
            return self.refuse.removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse
        self.sessions.add(id(session))
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 taken"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    sink = Sink()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, loop=loop, hostname="sink"), "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    yield sink
    server.close()
    await server.wait_closed()


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


async def test_a_server_that_is_away() -> None:
    email = Email("smtp://127.0.0.1:1", "offers@aforo.example")
    assert (await email.send(message())).outcome is Outcome.LATER
