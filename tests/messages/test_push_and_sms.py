"""Web Push and SMS against real HTTP servers: encryption, signatures, ids, and what answers mean."""

import base64
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path

import http_ece
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.messages import open_channels, vapid_public_key
from engine.messages.model import Message, Outcome, Words
from engine.messages.push import Push
from engine.messages.sms import OnlyTo, Sms
from engine.outgoing import Outgoing

SECRET = b"s" * 32
LOOPBACK = [IPv4Network("127.0.0.0/8")]
WORDS = Words("Croissants", "long", "<p>long</p>", "short ñ")


@dataclass
class Gateway:
    """A push service and an SMS gateway with scripted answers; keeps what it receives."""

    url: str = ""
    status: int = 201
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = web.Application()
    app.router.add_post("/take", gateway.take)
    async with TestServer(app) as server:
        gateway.url = str(server.make_url("/take"))
        yield gateway


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def browser_keys() -> tuple[tuple[ec.EllipticCurvePrivateKey, bytes], dict[str, str]]:
    """What a browser keeps of a subscription, and what it hands over."""
    browser, auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return (browser, auth), {"p256dh": b64(point), "auth": b64(auth)}


async def test_a_push_is_encrypted_for_its_browser(gateway: Gateway) -> None:
    (browser, auth), keys = browser_keys()
    subscription = {"endpoint": gateway.url, "keys": keys}
    push = Push(SECRET, "mailto:ops@aforo.example", Outgoing(LOOPBACK))
    message = Message("n7.2026-07-01", orjson.dumps(subscription).decode(), "en", WORDS, "https://a.example/n", "")
    assert (await push.send(message)).outcome is Outcome.SENT
    for status, outcome in ((410, Outcome.BOUNCED), (503, Outcome.LATER), (413, Outcome.REFUSED)):
        gateway.status = status
        assert (await push.send(message)).outcome is outcome
    await push.close()
    headers, body = gateway.requests[0]
    said = orjson.loads(http_ece.decrypt(body, private_key=browser, auth_secret=auth, version="aes128gcm"))
    assert said == {"id": "n7.2026-07-01", "title": "Croissants", "text": "short ñ", "link": "https://a.example/n"}
    assert headers["Authorization"].startswith("vapid t=")
    assert vapid_public_key(SECRET) in headers["Authorization"]
    assert len({headers["Topic"] for headers, _ in gateway.requests}) == 1


async def test_wrong_keys_of_a_subscription_are_dead(gateway: Gateway) -> None:
    push = Push(SECRET, "mailto:ops@aforo.example", Outgoing(LOOPBACK))
    subscription = {"endpoint": gateway.url, "keys": {"p256dh": b64(b"x" * 65), "auth": b64(b"y" * 16)}}
    sent = await push.send(Message("n", orjson.dumps(subscription).decode(), "en", WORDS, "", ""))
    assert sent.outcome is Outcome.BOUNCED
    await push.close()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(202, Outcome.SENT), (429, Outcome.LATER), (500, Outcome.LATER), (404, Outcome.BOUNCED), (400, Outcome.REFUSED)],
)
async def test_sms(gateway: Gateway, status: int, outcome: Outcome) -> None:
    gateway.status = status
    sms = Sms(gateway.url, "token")
    assert (await sms.send(Message("n8", "+34600000000", "en", WORDS, "", ""))).outcome is outcome
    await sms.close()
    headers, body = gateway.requests[0]
    assert headers["Idempotency-Key"] == "n8"
    assert headers["Authorization"] == "Bearer token"
    assert orjson.loads(body) == {"to": "+34600000000", "text": "short ñ", "id": "n8"}


async def test_without_addresses_messages_go_to_files(tmp_path: Path) -> None:
    channels = open_channels(
        smtp_url="",
        mail_from="",
        sms_url="",
        sms_token="",
        sms_countries=frozenset({"ES"}),
        push_contact="mailto:x",
        push_key=SECRET,
        folder=tmp_path,
        outgoing=Outgoing(),
    )
    for name in ("email", "sms"):
        sent = await channels[name].send(Message("n9", "+34600000000", "en", WORDS, "link", "stop"))
        assert sent.outcome is Outcome.SENT
    assert orjson.loads((tmp_path / "sms.jsonl").read_bytes())["text"] == "short ñ"
    assert orjson.loads((tmp_path / "email.jsonl").read_bytes())["unsubscribe"] == "stop"


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("+34600000000", Outcome.SENT),
        ("+351912345678", Outcome.REFUSED),  # another country
        ("+34910000000", Outcome.REFUSED),  # a landline
        ("+34803000000", Outcome.REFUSED),  # a premium rate
        ("nonsense", Outcome.REFUSED),
    ],
)
async def test_texts_go_to_mobile_numbers_of_named_countries(gateway: Gateway, number: str, outcome: Outcome) -> None:
    sms = OnlyTo(frozenset({"ES"}), Sms(gateway.url, ""))
    assert (await sms.send(Message("n10", number, "en", WORDS, "", ""))).outcome is outcome
    await sms.close()
    assert len(gateway.requests) == (outcome is Outcome.SENT)
