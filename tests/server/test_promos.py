"""Promos from outside: over sockets and HTTP, for buyers and organizers, and the links of notices."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.ending import end
from engine.ids import is_sale_id
from engine.jobs import jobs_of
from engine.verify import verify, verify_contexts
from tests.promos.city import store, until
from tests.promos.world import FAR, NEAR
from tests.server.conftest import Client, Site, api

HERE = {"latitude": NEAR.latitude, "longitude": NEAR.longitude, "accuracy_m": 10.0}
THERE = {"latitude": FAR.latitude, "longitude": FAR.longitude}
FORMATS = ("aforo.json.1", "aforo.msgpack.1")


@pytest.fixture
async def worker(site: Site) -> AsyncIterator[None]:
    """The jobs of people, segments and promos, as a worker runs them."""
    jobs = [job for job in jobs_of(site.engine) if job.name.startswith(("people", "segments", "promos"))]

    async def run() -> None:
        while True:
            for job in jobs:
                await job.step()
            await asyncio.sleep(0.05)

    await site.engine.follower.step()
    running = asyncio.create_task(run())
    yield
    await end([running])


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
        if job.name.startswith(("people", "segments", "promos")) or job.name == "keeper":
            await job.step()
    await site.engine.promos.board.refresh()


async def test_an_organizer_cannot_take_the_coming_window_of_another(site: Site, key: str) -> None:
    """Not even one who knows its id: the window gets another, and each sells what it is."""
    other = (await site.engine.access.create(await site.engine.access.create_organizer("A neighbour"))).key
    await site.engine.follower.step()
    await api(site, "POST /api/stores", key, store(stock=1), 201)
    ((window,),) = [each["windows"] for each in (await api(site, "GET /api/organizer/promos", key))["items"]]
    taken = window["sale"]
    assert (await api(site, "POST /api/sales", other, {**EVENT, "id": taken}, 201))["id"] == taken
    await keep(site)
    buyer = await site.buyer()
    (promo,) = await near(buyer, 1)
    assert promo["sale"] != taken
    for _ in range(2):
        held = await buyer.ok(
            "hold", sale=promo["sale"], hold="h1", pool={"pool": promo["pool"], "units": 1}, position=HERE
        )
        assert held["units"] == {promo["pool"]: 1}
    theirs = await buyer.ok("hold", sale=taken, hold="h2", pool={"pool": "floor", "units": 2})
    assert theirs["units"] == {"floor": 2}
    refused = await buyer.refused("hold", sale=taken, hold="h3", pool={"pool": promo["pool"], "units": 1})
    assert refused["code"] == "unknown_pool"
    assert not any((await verify_contexts(site.engine, grace_s=0)).values())
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
    await site.engine.follower.step()
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
