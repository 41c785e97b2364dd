"""Every channel is given any text in every field: it answers an outcome, and nothing comes out that was smuggled in."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from ipaddress import IPv4Network
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.messages import Channel, Message, Outcome, Sent, Words
from engine.messages.channels import Sandbox
from engine.messages.email import Email
from engine.messages.push import Push
from engine.messages.sms import OnlyTo, Sms
from engine.outgoing import Outgoing
from tests.messages.test_push_and_sms import browser_keys

ANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HEADERS = {
    *("content-type", "mime-version", "from", "to", "subject", "date", "message-id", "content-language"),
    *("auto-submitted", "list-unsubscribe", "list-unsubscribe-post"),
}
ADDRESSES = (
    "ana@example.org",
    "ñ@x.es",
    "a@b\r\nRCPT TO:<c@d.example>",
    "a@b.example\nBcc: c@d.example",
    "+34600000000",
    "",
)


@dataclass
class World:
    """A mail server, a push service and a gateway on this machine, and a loop that the channels live in."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    letters: list[tuple[list[str], bytes]] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    smtp_port: int = 0
    http_port: int = 0

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append((list(envelope.rcpt_tos), envelope.content))
        return "250 taken"

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return web.Response(status=201)

    async def start(self) -> list[Any]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, loop=loop, hostname="sink"), "127.0.0.1", 0)
        app = web.Application()
        app.router.add_post("/take", self.take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.smtp_port = server.sockets[0].getsockname()[1]
        self.http_port = runner.addresses[0][1]
        return [server, runner]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    thread = Thread(target=world.loop.run_forever)
    thread.start()
    server, runner = world.run(world.start())

    async def stop() -> None:
        await runner.cleanup()
        server.close()
        await server.wait_closed()

    yield world
    world.run(stop())
    world.loop.call_soon_threadsafe(world.loop.stop)
    thread.join()
    world.loop.close()


texts = st.text(max_size=40) | st.sampled_from(["a\r\nBcc: b@c.example", "\x00", "\ud800", "ñ", "\u202e"])
subscriptions = st.fixed_dictionaries(
    {"endpoint": texts | st.just("HERE"), "keys": st.fixed_dictionaries({"p256dh": texts, "auth": texts})}
).map(json.dumps)
# Anything at all, and often what comes close to an address.
receivers = texts | st.sampled_from(ADDRESSES) | st.builds("{}@{}".format, texts, texts) | st.emails() | subscriptions


@st.composite
def messages(draw: st.DrawFn) -> Message:
    words = Words(draw(texts), draw(texts), draw(texts), draw(texts))
    return Message(draw(texts), draw(receivers), draw(texts), words, draw(texts), draw(texts))


def sent_by(world: World, channel: Channel, message: Message) -> Sent:
    async def once() -> Sent:
        try:
            return await channel.send(message)
        finally:
            await channel.close()

    sent = world.run(once())
    assert isinstance(sent, Sent)
    assert len(message.to) < 5 or message.to not in sent.detail
    return sent


@ANY
@given(message=messages())
def test_email(world: World, message: Message) -> None:
    world.letters.clear()
    sent = sent_by(world, Email(f"smtp://127.0.0.1:{world.smtp_port}", "Aforo <offers@aforo.example>"), message)
    assert len(world.letters) == (sent.outcome is Outcome.SENT)
    for receivers, letter in world.letters:
        assert [each.lower() for each in receivers] == [message_from_bytes(letter)["To"].lower()]
        assert {name.lower() for name, _ in message_from_bytes(letter).items()} <= HEADERS


@ANY
@given(message=messages())
def test_sms(world: World, message: Message) -> None:
    world.requests.clear()
    sent = sent_by(world, Sms(f"http://127.0.0.1:{world.http_port}/take", "token"), message)
    assert len(world.requests) == (sent.outcome is Outcome.SENT)
    for headers, body in world.requests:
        assert json.loads(body)["to"] == message.to
        assert "Bcc" not in headers


@ANY
@given(message=messages())
def test_sms_to_some_countries(world: World, message: Message) -> None:
    world.requests.clear()
    channel = OnlyTo(frozenset({"ES"}), Sms(f"http://127.0.0.1:{world.http_port}/take", ""))
    sent = sent_by(world, channel, message)
    assert (sent.outcome is Outcome.SENT) == bool(world.requests)
    assert not world.requests or re.fullmatch(r"\+34[67]\d{8}", message.to)


@ANY
@given(message=messages(), keys=st.none() | st.fixed_dictionaries({"p256dh": texts, "auth": texts}))
@example(message=Message("n", "", "en", Words("", "", "", ""), "", ""), keys={"p256dh": "A" * 80, "auth": "A" * 22})
def test_push(world: World, message: Message, keys: dict[str, str] | None) -> None:
    """Also with an endpoint that can be reached, and keys that are anything, or right."""
    world.requests.clear()
    here = {"endpoint": f"http://127.0.0.1:{world.http_port}/take", "keys": keys or browser_keys()[1]}
    reached = Message(message.id, json.dumps(here), *_rest(message))
    outgoing = Outgoing([IPv4Network("127.0.0.0/8")])
    for each in (message, reached):
        world.requests.clear()
        sent = sent_by(world, Push(b"s" * 32, "mailto:ops@aforo.example", outgoing), each)
        assert len(world.requests) == (sent.outcome is Outcome.SENT)


def _rest(message: Message) -> tuple[str, Words, str, str]:
    return message.locale, message.words, message.link, message.unsubscribe


@ANY
@given(message=messages())
def test_sandbox(world: World, tmp_path: Path, message: Message) -> None:
    channel = Sandbox("email", tmp_path)
    channel.path.unlink(missing_ok=True)
    sent = sent_by(world, channel, message)
    lines = channel.path.read_bytes().splitlines() if channel.path.exists() else []
    assert len(lines) == (sent.outcome is Outcome.SENT)


class Broken(Channel):
    name = "broken"

    async def _send(self, message: Message) -> Sent:
        raise LookupError(f"no route to {message.to}")

    async def close(self) -> None: ...


async def test_what_a_channel_did_not_foresee_is_logged_without_the_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        sent = await Broken().send(Message("n1", "ana@example.org", "en", Words("", "", "", ""), "", ""))
    assert sent == Sent(Outcome.REFUSED, "LookupError")
    assert "LookupError" in caplog.text
    assert "ana@example.org" not in caplog.text
