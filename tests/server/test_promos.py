"""Promos from outside: over sockets and HTTP, for buyers and organizers, and the links of notices."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.access import Allowance
from engine.catalog import Act
from engine.ending import end
from engine.ids import is_sale_id
from engine.jobs import jobs_of
from engine.verify import verify, verify_promos
from tests.promos.city import store, until
from tests.promos.world import FAR, NEAR
from tests.server.conftest import Client, Site

HERE = {"latitude": NEAR.latitude, "longitude": NEAR.longitude, "accuracy_m": 10.0}
THERE = {"latitude": FAR.latitude, "longitude": FAR.longitude}
FORMATS = ("aforo.json.1", "aforo.msgpack.1")


@pytest.fixture
async def worker(site: Site) -> AsyncIterator[None]:
    """The jobs of promos, as a worker runs them."""
    jobs = [job for job in jobs_of(site.engine) if job.name.startswith("promos")]

    async def run() -> None:
        while True:
            for job in jobs:
                await job.step()
            await asyncio.sleep(0.05)

    await site.engine.promos.follower.step()
    running = asyncio.create_task(run())
    yield
    await end([running])


@pytest.fixture
async def key(site: Site, organizer: Act) -> str:
    return (await site.engine.access.create(organizer.organizer_id)).key


async def api(site: Site, ask: str, token: str, body: Any = None, status: int = 200) -> Any:
    """One request, as in "GET /api/promos"."""
    method, path = ask.split(" ")
    headers = {"Authorization": f"Bearer {token}"}
    async with site.http.request(method, f"{site.url}{path}", json=body, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json(content_type=None) if answer.status != 204 else None


async def near(client: Client, count: int) -> list[dict[str, Any]]:
    """The promos a buyer sees, once there are `count`; waits for `promos` events."""
    while True:
        found = (await client.ok("promos", **HERE))["promos"]
        if len(found) == count:
            return list(found)
        await client.event("promos")


@pytest.mark.parametrize("subprotocol", FORMATS)
@pytest.mark.usefixtures("worker")
async def test_a_promo_appears_is_claimed_and_ends(site: Site, key: str, subprotocol: str) -> None:
    one, two = await site.buyer(subprotocol), await site.buyer(subprotocol)
    for client, position in ((one, HERE), (two, THERE)):
        await api(site, "PUT /api/profiles/mine", client.hello["buyer"], {"position": position})
    assert (await one.ok("promos", **HERE))["promos"] == []
    assert (await two.ok("promos", **THERE))["promos"] == []
    made = await api(site, "POST /api/stores", key, store(stock=1), 201)
    (promo,) = await near(one, 1)
    assert (promo["product"], promo["price"], promo["regular_price"], promo["left"]) == ("Croissant", 90, 180, 1)
    assert (await two.ok("promos", **THERE))["promos"] == []
    refused = await two.refused("hold", sale=promo["sale"], hold="h1", pool={"pool": promo["pool"], "units": 1})
    assert refused["code"] == "too_far"
    held = await one.ok("hold", sale=promo["sale"], hold="h1", pool={"pool": promo["pool"], "units": 1})
    assert held["units"] == {promo["pool"]: 1}
    assert 0 < held["deadline_at_ms"] - held["now_ms"] <= 60_000
    three = await site.buyer(subprotocol)
    await api(site, "PUT /api/profiles/mine", three.hello["buyer"], {"position": HERE})
    await near(three, 1)
    refused = await three.refused("hold", sale=promo["sale"], hold="h1", pool={"pool": promo["pool"], "units": 1})
    assert refused["code"] == "short"
    await api(site, f"POST /api/organizer/promos/{made['promos'][0]}/end", key)
    await near(one, 0)
    refused = await three.refused("hold", sale=promo["sale"], hold="h2", pool={"pool": promo["pool"], "units": 1})
    assert refused["code"] == "window_over"
    assert (await one.ok("cart", sale=promo["sale"]))["state"] == "open"


@pytest.mark.usefixtures("worker")
async def test_the_position_of_a_hold_counts_for_a_buyer_never_seen(site: Site, key: str) -> None:
    """A link was shared: who opens it holds first. Where they say they are is the first thing known of them."""
    watching, near_by, far_away = [await site.buyer() for _ in range(3)]
    await api(site, "POST /api/stores", key, store(stock=5), 201)
    (promo,) = await near(watching, 1)
    asked = {"sale": promo["sale"], "hold": "h1", "pool": {"pool": promo["pool"], "units": 1}}
    assert (await far_away.refused("hold", **asked, position=THERE))["code"] == "too_far"
    assert (await near_by.refused("hold", **asked))["code"] == "too_far"
    assert (await near_by.ok("hold", **asked, position=HERE))["units"] == {promo["pool"]: 1}
    moved = await far_away.refused("hold", **asked, position=HERE)
    assert (moved["code"], moved["reason"]) == ("too_far", "implausible")


@pytest.mark.parametrize("subprotocol", FORMATS)
@pytest.mark.usefixtures("worker")
async def test_a_notice_reaches_the_socket(site: Site, key: str, subprotocol: str) -> None:
    client = await site.buyer(subprotocol)
    token = client.hello["buyer"]
    profile = {"consent": True, "zone": "Europe/Madrid", "position": HERE, "locale": "es-MX"}
    known = await api(site, "PUT /api/profiles/mine", token, profile)
    assert (known["locale"], known["consent"]) == ("es", True)

    async def here() -> bool:
        return await site.engine.redis.hlen(site.engine.promos.audience.keys.live) > 0

    await until(here)
    await api(site, "POST /api/stores", key, store(), 201)
    notice = await client.event("notice")
    assert (notice["product"], notice["price"]) == ("Croissant", 90)

    async def sent() -> bool:
        return bool(await site.engine.db.fetchval("SELECT count(*) FROM notice WHERE state = 'sent'"))

    await until(sent)
    row = await site.engine.db.fetchrow("SELECT state, channel FROM notice")
    assert tuple(row) == ("sent", "live")


@pytest.mark.usefixtures("worker")
async def test_the_same_over_http(site: Site, key: str) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    query = f"?latitude={NEAR.latitude}&longitude={NEAR.longitude}&accuracy_m=10"
    await api(site, "PUT /api/profiles/mine", token, {"position": HERE})
    assert (await api(site, f"GET /api/promos{query}", token))["promos"] == []
    await api(site, "POST /api/stores", key, store(), 201)
    promos: list[dict[str, Any]] = []
    for _ in range(500):
        promos = (await api(site, f"GET /api/promos{query}", token))["promos"]
        if promos:
            break
        await asyncio.sleep(0.01)
    body = {"hold": "h1", "pool": {"pool": "units", "units": 1}, "position": HERE}
    held = await api(site, f"POST /api/sales/{promos[0]['sale']}/carts/mine/holds", token, body, 201)
    assert held["cart"]["items"][0]["price"] == 90
    await api(site, "GET /api/promos?latitude=91&longitude=0", token, status=422)
    await api(site, "GET /api/promos", token, status=422)


async def test_organizers_make_and_steer(site: Site, key: str) -> None:
    wrong = await api(site, "POST /api/stores", key, store(price=9), 422)
    assert [field["path"] for field in wrong["fields"]] == ["promos.0.price"]
    made = await api(site, "POST /api/stores", key, store(), 201)
    listed = await api(site, "GET /api/stores", key)
    assert [each["id"] for each in listed["items"]] == [made["id"]]
    products = await api(site, f"GET /api/stores/{made['id']}/products", key)
    assert [each["name"] for each in products["items"]] == ["Croissant"]
    segments = await api(site, "GET /api/segments", key)
    assert {each["name"] for each in segments["items"]} == {"new users", "frequent buyers", "regulars"}
    assert (await api(site, "POST /api/segments/preview", key, {"rule": "everybody"}))["members"] == 0
    await api(site, "POST /api/segments/preview", key, {"rule": "everybody and"}, 422)
    await api(site, "PUT /api/segments", key, {"name": "near", "rule": "located"})
    promo = made["promos"][0]
    for act, state in (("pause", "paused"), ("resume", "scheduled"), ("end", "ended")):
        assert (await api(site, f"POST /api/organizer/promos/{promo}/{act}", key))["state"] == state
    shown = await api(site, f"GET /api/organizer/promos/{promo}", key)
    assert (shown["state"], shown["product"]) == ("ended", "Croissant")
    await api(site, f"POST /api/organizer/promos/{promo}/resume", key, status=410)
    await api(site, "GET /api/organizer/promos/prm_nothing", key, status=404)
    other = await site.engine.access.create_organizer("Other")
    stranger = (await site.engine.access.create(other)).key
    await api(site, f"POST /api/organizer/promos/{promo}/end", stranger, status=404)


@pytest.mark.usefixtures("worker")
async def test_the_links_of_a_notice(site: Site) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    profile = {"consent": True, "zone": "Europe/Madrid", "email": "ana@example.org", "position": HERE}
    await api(site, "PUT /api/profiles/mine", token, profile)
    link = site.engine.signer.notice_token("2026-05-04", 1)
    async with site.http.get(f"{site.url}/n/{link}", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/promos")
    async with site.http.get(f"{site.url}/u/{link}", headers={"Accept-Language": "pt-BR"}) as answer:
        assert "Não quer mais ofertas?" in await answer.text()
    assert (await api(site, "GET /api/profiles/mine", token))["consent"] is True
    async with site.http.post(f"{site.url}/u/{link}", data={"List-Unsubscribe": "One-Click"}) as answer:
        assert answer.status == 200
    assert (await api(site, "GET /api/profiles/mine", token))["consent"] is False
    async with site.http.post(f"{site.url}/u/{link[:-1]}x") as answer:
        assert answer.status == 404


def browser_keys() -> dict[str, str]:
    """What a browser that subscribes hands over."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"p256dh": base64.urlsafe_b64encode(raw).decode(), "auth": base64.urlsafe_b64encode(b"a" * 16).decode()}


async def test_push_subscriptions_are_checked(site: Site) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    keys = browser_keys()
    good = {"endpoint": "https://push.example.org/s/1", "keys": keys}
    await api(site, "POST /api/push/subscriptions", token, good, 404)
    await api(site, "PUT /api/profiles/mine", token, {"consent": True})
    await api(site, "POST /api/push/subscriptions", token, good, 204)
    for endpoint in (
        *("http://push.example.org/1", "https://127.0.0.1/1", "https://[::1]/1", "https://localhost/x"),
        *("https://localhost./x", "https://0x7f.1/x", "https://2130706433/x", "https://a.0x7f000001/"),
        *("https://push.example.org:8443/x", "https://u@push.example.org/x", "https://printer.local/x"),
    ):
        await api(site, "POST /api/push/subscriptions", token, {**good, "endpoint": endpoint}, 422)
    for wrong in ({"p256dh": "A" * 80}, {"p256dh": "A" * 88}, {"auth": "A" * 20}, {"auth": "A" * 23}):
        await api(site, "POST /api/push/subscriptions", token, {**good, "keys": {**keys, **wrong}}, 422)
    await api(site, "PUT /api/profiles/mine", token, {"zone": "Mars/Olympus"}, 422)
    for change in ({"email": "nobody"}, {"email": "ñ@x.es"}, {"phone": "+34"}, {"phone": "+0600000000"}):
        await api(site, "PUT /api/profiles/mine", token, change, 422)
    known = await api(site, "PUT /api/profiles/mine", token, {"email": "Ana@Bücher.example"})
    assert known["email"] == "ana@xn--bcher-kva.example"
    assert len((await api(site, "GET /api/push/key", token))["key"]) == 87


EVENT = {
    "event": "Promo Night",
    "starts": "in 5 days at 20:00",
    "zone": "UTC",
    "currency": "EUR",
    "opens": "now",
    "room": False,
    "pools": {"floor": {"capacity": 10, "price": 5}},
}


async def keep(site: Site) -> None:
    """What a worker does for promos and for sales that are due."""
    for job in jobs_of(site.engine):
        if job.name.startswith("promos") or job.name == "keeper":
            await job.step()
    await site.engine.promos.board.refresh()


async def test_an_organizer_cannot_take_the_coming_window_of_another(site: Site, key: str) -> None:
    """Not even one who knows its id: the window gets another, and each sells what it is."""
    other = (await site.engine.access.create(await site.engine.access.create_organizer("A neighbour"))).key
    await site.engine.promos.follower.step()
    await api(site, "POST /api/stores", key, store(stock=1), 201)
    ((window,),) = [each["windows"] for each in (await api(site, "GET /api/organizer/promos", key))["items"]]
    taken = window["sale"]
    assert (await api(site, "POST /api/sales", other, {**EVENT, "id": taken}, 201))["id"] == taken
    await keep(site)
    buyer = await site.buyer()
    (promo,) = await near(buyer, 1)
    assert promo["sale"] != taken
    for _ in range(2):
        held = await buyer.ok("hold", sale=promo["sale"], hold="h1", pool={"pool": promo["pool"], "units": 1})
        assert held["units"] == {promo["pool"]: 1}
    theirs = await buyer.ok("hold", sale=taken, hold="h2", pool={"pool": "floor", "units": 2})
    assert theirs["units"] == {"floor": 2}
    refused = await buyer.refused("hold", sale=taken, hold="h3", pool={"pool": promo["pool"], "units": 1})
    assert refused["code"] == "unknown_pool"
    assert await verify_promos(site.engine, grace_s=0) == []
    for sale in (taken, promo["sale"]):
        assert await verify(site.engine, sale, grace_s=0) == []


async def test_windows_have_ids_that_say_nothing(site: Site, key: str) -> None:
    daily = {"first": "2037-01-01", "last": "2037-01-09", "opens": "10:00", "closes": "12:00"}
    await api(site, "POST /api/stores", key, store(once=None, daily=daily), 201)
    (promo,) = (await api(site, "GET /api/organizer/promos", key))["items"]
    ids = [window["sale"] for window in promo["windows"]]
    assert len(set(ids)) == 9
    assert all(is_sale_id(each) for each in ids)
    # Random to the first character: none begins like three others, as they would with a mark in common.
    assert max(Counter(each[:4] for each in ids).values()) < 3


@pytest.mark.parametrize("sale_id", [None, "promo-night", "rehearsal--x"])
async def test_an_event_may_be_called_promo_night(site: Site, key: str, sale_id: str | None) -> None:
    """What a sale is never follows from its id, whether its organizer chose it or it was made from the name."""
    made = await api(site, "POST /api/sales", key, EVENT | ({} if sale_id is None else {"id": sale_id}), 201)
    await keep(site)
    buyer = await site.buyer()
    held = await buyer.ok("hold", sale=made["id"], hold="h1", pool={"pool": "floor", "units": 2})
    assert held["units"] == {"floor": 2}
    contact = {"name": "Ana", "email": "ana@example.org"}
    await buyer.ok("change", sale=made["id"], contact=contact, key="a key of mine", types={})
    card = {"number": "4242424242424242", "expires": "12/39", "cvc": "123"}
    bought = await buyer.ok("checkout", sale=made["id"], order="o1", card=card)
    assert len(bought["order"]["tickets"]) == 2


async def test_a_pulse_that_dies_is_started_again_and_seen(site: Site, key: str) -> None:
    """What is on offer can't be read any more: promos freeze, and a balancer hears which part of the process it is."""
    buyer = await site.buyer()
    await site.engine.promos.follower.step()
    await site.engine.promos.promoter.step()
    redis, offered = site.engine.redis, site.engine.promos.audience.keys.offered
    await redis.set(offered, b"\xc1")

    async def said() -> tuple[int, str]:
        async with site.http.get(f"{site.url}/readyz") as answer:
            return answer.status, await answer.text()

    async def red() -> bool:
        return (await said())[0] == 503

    await until(red)
    assert "promo beats" in (await said())[1]
    async with site.http.get(f"{site.url}/metrics") as answer:
        assert 'aforo_pulse_deaths_total{pulse="promo beats"}' in await answer.text()
    await redis.delete(offered)
    await api(site, "POST /api/stores", key, store(), 201)
    await site.engine.promos.promoter.step()
    assert len(await near(buyer, 1)) == 1


async def letters(site: Site) -> list[dict[str, Any]]:
    await site.engine.letters.step()
    path = site.engine.settings.data_dir / "messages" / "email.jsonl"
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


async def test_consent_for_an_address_counts_once_its_owner_has_confirmed_it(site: Site) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    known = await api(site, "PUT /api/profiles/mine", token, {"email": "victim@example.org"})
    assert await letters(site) == []  # nobody asked to be told of anything
    profile = {"consent": True, "locale": "pt"}
    for _ in range(3):
        known = await api(site, "PUT /api/profiles/mine", token, profile)
    assert (known["consent"], known["email_confirmed"]) == (True, False)
    (letter,) = await letters(site)
    link = site.url + urlsplit(letter["link"]).path
    async with site.http.get(link, headers={"Accept-Language": "es"}) as answer:
        assert "¿Es tuya esta dirección?" in await answer.text()
    assert (await api(site, "GET /api/profiles/mine", token))["email_confirmed"] is False
    for _ in range(2):
        async with site.http.post(link) as answer:
            assert "Done" in await answer.text()
    assert (await api(site, "GET /api/profiles/mine", token))["email_confirmed"] is True
    known = await api(site, "PUT /api/profiles/mine", token, {"email": "other@example.org"})
    assert known["email_confirmed"] is False
    async with site.http.post(link) as answer:  # of the address before: confirms nothing any more
        assert answer.status == 200
    assert (await api(site, "GET /api/profiles/mine", token))["email_confirmed"] is False
    async with site.http.get(f"{site.url}/c/prf_nothing.x") as answer:
        assert answer.status == 404


async def test_what_says_nothing_of_an_address_sends_no_letter(site: Site) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    phone = {"consent": True, "phone": "+34600000000"}  # no country has text messages here
    known = await api(site, "PUT /api/profiles/mine", token, phone)
    assert (known["phone"], known["phone_confirmed"]) == ("+34600000000", False)
    await api(site, "PUT /api/profiles/mine", token, {"email": "ana@example.org"})
    for _ in range(3):
        await site.engine.db.execute("UPDATE contact_proof SET asked_at = asked_at - interval '2 minutes'")
        await api(site, "PUT /api/profiles/mine", token, {"position": HERE, "locale": "es"})
    assert len(await letters(site)) == 1


async def test_an_address_is_shown_to_be_ones_own_by_its_code(site: Site) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    mine = {"purpose": "entry", "channel": "email", "address": "Ana@example.org"}
    asked = await api(site, "POST /api/contacts", token, mine, 202)
    assert asked["code_until"] < asked["link_until"]
    await api(site, "POST /api/contacts", token, {**mine, "address": "ñ@x.es"}, 422)
    await api(site, "POST /api/contacts", token, {**mine, "channel": "sms", "address": "+34600000000"}, 422)
    (letter,) = await letters(site)
    code = letter["subject"].split()[0]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert (await api(site, "POST /api/contacts/confirm", token, {**mine, "code": wrong}, 403))["code"] == "wrong_code"
    assert await api(site, "POST /api/contacts/confirm", token, {**mine, "code": code}) == {
        "address": "ana@example.org",
        "confirmed": True,
    }


async def test_a_report_of_a_dead_address_silences_one_organizer_and_tells_nothing(site: Site, key: str) -> None:
    body = {"channel": "email", "address": "Ana@example.org", "reason": "complained"}
    for _ in range(2):
        await api(site, "POST /api/bounces", key, body, 204)
    await api(site, "POST /api/bounces", key, {**body, "address": "x"}, 422)
    rows = await site.engine.db.fetch("SELECT address, organizer_id FROM suppression")
    shown = await site.engine.access.check(key)
    assert shown is not None
    organizer = shown.organizer
    assert [tuple(row) for row in rows] == [("ana@example.org", organizer)]
    acts = await site.engine.db.fetch("SELECT organizer_id, act, subject, detail FROM audit WHERE act LIKE 'address%'")
    assert {(act["organizer_id"], act["act"], act["detail"]["reason"]) for act in acts} == {
        (organizer, "address.suppress", "complained")
    }
    assert "ana@" not in str(acts)


async def test_new_profiles_are_bounded_by_where_they_come_from(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Allowance(f"profiles {secrets.token_hex(4)}", burst=2, per_second=0.001)
    monkeypatch.setattr("server.live.commands.promos.PROFILES", few)
    for status in (200, 200, 429):
        token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.9"}
        body = {"position": HERE}
        async with site.http.put(f"{site.url}/api/profiles/mine", json=body, headers=headers) as answer:
            assert answer.status == status, await answer.text()
