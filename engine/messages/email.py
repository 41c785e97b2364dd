"""E-mail over SMTP: a few connections kept open, List-Unsubscribe in one click, refusals told apart from outages.

Guarantees: the message id is the Message-ID, so a repeat can be told; no field of a message adds a header or a
recipient. Fails by outcome: 4xx and a lost connection mean later; a refused recipient means the address is dead; any
other 5xx refuses the message, and so does what can't be an address. A connection lost in the middle leaves a doubt.
"""

from __future__ import annotations

import asyncio
import secrets
from base64 import encodebytes
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from urllib.parse import quote, unquote, urlsplit

import aiosmtplib

from engine.limits import EMAIL_CONNECTIONS_MAX, EMAIL_S_MAX
from engine.messages.addresses import email_address
from engine.messages.channel import Channel
from engine.messages.model import Attachment, Message, Outcome, Sent
from engine.messages.words import locale_of, one_line

PERMANENT = 500
FIELD_CHARS_MAX = 76  # of a line that is not folded
WORD_CHARS = ":/?#[]@!$&()*+,;=%"
NO_SUCH_ADDRESS = frozenset({550, 551, 553})


class Email(Channel):
    """`url` as in smtp://user:password@host:587 (STARTTLS when offered) or smtps://host:465."""

    name = "email"

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (465 if parts.scheme == "smtps" else 25)
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._address = parseaddr(sender)[1]
        self._idle: asyncio.LifoQueue[aiosmtplib.SMTP] = asyncio.LifoQueue()
        self._slots = asyncio.Semaphore(EMAIL_CONNECTIONS_MAX)

    async def _send(self, message: Message) -> Sent:
        try:
            to = email_address(message.to)
        except ValueError:
            return Sent(Outcome.REFUSED, "not an address")
        return await self.hand_over(self.letter(message, to), to)

    async def hand_over(self, letter: bytes, to: str) -> Sent:
        """Give the server a letter that is ready."""
        async with self._slots:
            try:
                server = await self._connection()
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                return Sent(Outcome.LATER, type(error).__name__)
            try:
                await server.sendmail(self._address, to, letter)
            except aiosmtplib.SMTPRecipientsRefused as refused:
                code = refused.recipients[0].code
                self._idle.put_nowait(server)
                return _refused(code, dead=code in NO_SUCH_ADDRESS)
            except aiosmtplib.SMTPResponseException as refused:
                server.close()
                return _refused(refused.code, dead=False)
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                server.close()
                return Sent(Outcome.LATER, type(error).__name__, in_doubt=True)
            except BaseException:  # cut short: in the middle of a letter the connection takes no other
                server.close()
                raise
            self._idle.put_nowait(server)
            return Sent(Outcome.SENT)

    async def close(self) -> None:
        while not self._idle.empty():
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._idle.get_nowait().quit()

    async def _connection(self) -> aiosmtplib.SMTP:
        while not self._idle.empty():
            server = self._idle.get_nowait()
            if server.is_connected:
                return server
        server = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls,
            timeout=EMAIL_S_MAX,
        )
        await server.connect()
        return server

    def letter(self, message: Message, to: str) -> bytes:
        """The message as bytes, put together here: the library takes ten times as long for one with a PDF."""
        text = part("text/plain; charset=utf-8", message.words.text.encode())
        html = part("text/html; charset=utf-8", message.words.html.encode())
        body = multipart("alternative", (text, html))
        if message.attachments:
            body = multipart("mixed", (body, *map(attached, message.attachments)))
        fields = header_fields(message, to, self._sender, datetime.now(UTC))
        return "".join(field_line(name, value) for name, value in (*fields, ("MIME-Version", "1.0"))).encode() + body


# ── the parts of a letter, each from its Content-Type on ──


def part(kind: str, body: bytes, *fields: str) -> bytes:
    """In lines of base64 (RFC 2045), so that no line of it is too long, and none begins like a boundary."""
    head = (f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *fields)
    return "\r\n".join((*head, "", "")).encode() + encodebytes(body).replace(b"\n", b"\r\n")


def attached(attachment: Attachment) -> bytes:
    return part(
        attachment.kind, attachment.body, f'Content-Disposition: attachment; filename="{word(attachment.name)}"'
    )


def multipart(kind: str, parts: Iterable[bytes]) -> bytes:
    boundary = f"=_{secrets.token_hex(16)}"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    between = f"--{boundary}\r\n".encode()
    return head + b"".join(between + each for each in parts) + f"--{boundary}--\r\n".encode()


def field_line(name: str, value: str) -> str:
    """A field of the header, folded where it is long (RFC 5322)."""
    if name != "Subject" and len(name) + len(value) < FIELD_CHARS_MAX:
        return f"{name}: {value}\r\n"
    folded = Header(value, "utf-8" if name == "Subject" else None, header_name=name).encode(linesep="\r\n")
    return f"{name}: {folded}\r\n"


def header_fields(message: Message, to: str, sender: str, at: datetime) -> list[tuple[str, str]]:
    """What stands above the text, as people read it."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    fields = [
        ("From", formataddr(parseaddr(sender))),
        ("To", to),
        ("Subject", one_line(message.words.subject)),
        ("Date", format_datetime(at, usegmt=True)),
        ("Message-ID", f"<{word(message.id)}@{domain}>"),
        ("Content-Language", locale_of(message.locale)),
        ("Auto-Submitted", "auto-generated"),
    ]
    if message.unsubscribe:
        fields.append(("List-Unsubscribe", f"<{word(message.unsubscribe)}>"))
        fields.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return fields


def word(text: str) -> str:
    """The text as one word that a header can hold: ids and links are that already."""
    return quote(text, safe=WORD_CHARS)


def _refused(code: int, *, dead: bool) -> Sent:
    if dead:
        return Sent(Outcome.BOUNCED, str(code))
    return Sent(Outcome.REFUSED if code >= PERMANENT else Outcome.LATER, str(code))
