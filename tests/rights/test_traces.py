"""A whole installation, real processes at their most talkative: nothing of who was erased is left anywhere in it.

And nothing of anybody ever comes into Redis, its append-only file, a log, the metrics or what webhooks are told.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.mail_sink import Sink, open_sink
from tests.rights.spellings import traces_in
from tests.rights.test_erasing import EVA
from tests.rights.watched import Watched, listening
from tests.strangers.client import Client
from tests.strangers.shop import KEY, an_id, card, make_sale
from tests.strangers.waiting import until
from tests.webhooks.partner import Partner, partner_at

CONTACT = EVA.wire()
# Of her alone: what occurs in no code, sale or certificate.
SECRETS = ("evangelina", "Öztürk", "lindqvist", "eva.oeztuerk", "oeztuerk@example.org", "611222333", "34611222333")
PASSWORD = "nueve caballos azules 17"
TOPICS = ["order.paid"]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with partner_at() as partner:
        yield partner


@pytest.fixture
async def whole(sink: Sink, partner: Partner) -> AsyncIterator[Watched]:
    watched = Watched(
        settings={
            "AFORO_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "AFORO_OUTGOING_ALLOW": "127.0.0.0/8",
            "AFORO_TRUSTED_NETWORKS": "127.0.0.0/8",
            "AFORO_PASSWORD_EASE": "50",
        }
    )
    try:
        await watched.start()
        yield watched
    finally:
        await watched.stop()


async def everything_she_does(whole: Watched, office: Client, eva: Client, sink: Sink) -> None:
    """She buys, wants offers, proves her address, registers, forgets passwords, is imported."""
    sale = await make_sale(office)
    await eva.become_buyer()
    socket = await eva.socket()
    await socket.ok("join", sale=sale)
    await socket.ok("enter", sale=sale)
    await socket.ok("hold", sale=sale, hold=an_id("hold"), best={"seats": 1})
    await socket.ok("change", sale=sale, contact={**CONTACT, "name": EVA.name.upper()}, key=KEY)
    await socket.ok("change", sale=sale, contact=CONTACT, key=KEY)
    bought = await socket.ok("checkout", sale=sale, order=an_id("order"), card=card(), locale="de")
    profile = {**CONTACT, "zone": "Europe/Madrid", "locale": "es", "consent": True, "sale": sale, "wording": "Yes"}
    await eva.ok("PUT", "/api/profiles/mine", profile)
    await eva.ok("POST", "/api/contacts", {"channel": "email", "address": EVA.email, "purpose": "offers"})
    account = {"email": EVA.email, "password": PASSWORD, "name": EVA.name, "locale": "es"}
    await eva.ok("POST", "/api/security/accounts", account)
    await eva.ok("POST", "/api/security/password/forgot", {"email": EVA.email})
    await eva.ok("POST", "/api/orders/forgotten-key", {"code": bought["order"]["code"]})
    line = {"reference": "e-1", "name": EVA.name, "email": EVA.email, "phone": EVA.phone, "zone": "UTC"}
    await office.ok("POST", "/api/people", {"people": [line]}, headers={"Idempotency-Key": an_id("import")})
    for each in (await office.ok("POST", "/api/people/find", {"email": EVA.email}))["items"]:
        note, once = {"text": f"{EVA.name} rings before: {EVA.phone}"}, {"Idempotency-Key": an_id("note")}
        await office.ok("POST", f"/api/people/{each['person']}/notes", note, headers=once)
        await office.ok("GET", f"/api/people/{each['person']}/notes")

    async def written_to() -> bool:
        return sum(EVA.email in str(letter["To"]) for letter in sink.letters) >= 4

    await until("letters to her", written_to)


async def every_mistake(eva: Client, office: Client) -> None:
    """What she types ends up where nobody expects it."""
    for path in (f"/api/people/{EVA.email}", f"/api/nothing?name={EVA.email}", f"/s/{EVA.email}?q=Lindqvist"):
        await eva.ask("GET", path)
    await office.ask("POST", "/api/people/find", raw=f'{{"name": "{EVA.name}"'.encode())
    await office.ask("POST", "/api/people/find", {"name": EVA.name, EVA.email: EVA.phone})
    await office.ask(
        "POST", "/api/people", {"people": [{"reference": EVA.name * 99, "email": f"{EVA.email} {EVA.name}"}]}
    )
    await eva.ask("PUT", "/api/profiles/mine", {"name": [EVA.name], "email": f"<{EVA.email}"})
    await eva.ask("POST", "/api/security/sessions", {"email": EVA.email, "password": EVA.name})
    await eva.ask("POST", "/api/buyers", raw=b"", headers={"X-Name": "Lindqvist", "User-Agent": EVA.email})
    socket = await eva.socket()
    for wrong in ({"id": 1, "do": EVA.email}, {"id": 2, "do": "change", "contact": EVA.name}, [EVA.name]):
        await socket.send(wrong)


async def nothing_in(what: str, raw: bytes) -> None:
    assert await asyncio.to_thread(traces_in, raw, SECRETS) == [], what


async def test_nothing_is_left_anywhere(whole: Watched, sink: Sink, partner: Partner) -> None:
    async with AsyncExitStack() as ends:
        office, eva = Client(whole.url, token=whole.key), Client(whole.url)
        ends.push_async_callback(office.close)
        ends.push_async_callback(eva.close)
        await find_nothing_left(whole, office, eva, sink, partner)


async def find_nothing_left(whole: Watched, office: Client, eva: Client, sink: Sink, partner: Partner) -> None:
    async with listening(whole.stores.valkey.socket_path) as heard:
        hook = await office.ok("POST", "/api/webhooks", {"url": f"{partner.url}/in", "topics": TOPICS})
        await everything_she_does(whole, office, eva, sink)
        await every_mistake(eva, office)
        await asyncio.wait_for(partner.came["/in"].wait(), 30)
        assert traces_in(await whole.postgres(), SECRETS), "else this finds nothing in any case"

        # Before anybody is erased, and without a rewrite: it never was there.
        asked = b"".join(heard)
        assert asked.count(b"\n") > 100
        assert eva.buyer_id is not None
        for what, raw in {"what Redis was asked": asked, "the append-only file": whole.append_only()}.items():
            assert eva.buyer_id.encode() in raw, f"{what} is not read"
            await nothing_in(what, raw)
        await nothing_in("Redis", await whole.redis())
        files = whole.files()
        assert b'"logger":"server.access"' in files["said"], "it says nothing"
        assert "data/postgres.log" in files
        for name, raw in files.items():
            await nothing_in(name, raw)
        await nothing_in("the metrics", await metrics(office))
        for taken in partner.taken["/in"]:
            await nothing_in("a webhook", taken.raw + repr(taken.headers).encode())
        await nothing_in("the log of deliveries", await deliveries(office, hook["id"]))

        await erase(whole, office)
        await nothing_in("Postgres", await whole.postgres())
        assert (await office.ok("POST", "/api/people/find", {"email": EVA.email}))["items"] == []
        await nothing_in("what Redis was asked", b"".join(heard))
    await whole.rewrite()
    for what, raw in {
        "the append-only file": whole.append_only(),
        "Redis": await whole.redis(),
        "the metrics": await metrics(office),
        **whole.files(),
    }.items():
        await nothing_in(what, raw)
    shown = await office.ok("GET", "/api/organizer/sales")
    assert shown["items"]
    await whole.is_sound()


async def metrics(office: Client) -> bytes:
    raw = (await office.ask("GET", "/metrics")).raw
    assert b"aforo_http_requests_total" in raw
    return raw


async def deliveries(office: Client, hook: str) -> bytes:
    """What an organizer is shown of what its webhook was told."""
    listed = await office.ask("GET", f"/api/webhooks/{hook}/deliveries")
    (delivery,) = listed.body["items"]
    shown = await office.ask("GET", f"/api/webhooks/{hook}/deliveries/{delivery['id']}")
    assert b"order.paid" in shown.raw
    return listed.raw + shown.raw


async def erase(whole: Watched, office: Client) -> None:
    """The organizer its own, over HTTP; then an operator whatever is left, on the command line."""
    found: list[dict[str, Any]] = (await office.ok("POST", "/api/people/find", {"email": EVA.email}))["items"]
    assert len(found) >= 2
    await office.ok("POST", f"/api/people/{found[0]['person']}/read")
    assert (await office.ok("DELETE", f"/api/people/{found[0]['person']}"))["people"] == 1
    said = (await asyncio.to_thread(whole.command, "people", "find", "--email", EVA.email)).stdout
    people = re.findall(r"^(prs_\S+)", said, re.MULTILINE)
    accounts = re.findall(r"^account (\S+)", said, re.MULTILINE)
    given = [word for account in accounts for word in ("--account", account)]
    done = await asyncio.to_thread(whole.command, "people", "erase", *people, *given, "--yes")
    assert done.returncode == 0, done
