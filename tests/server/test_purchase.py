"""From the room to a paid order, over sockets and over HTTP; every answer as it is documented."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.limits import GUESSES_FREE
from engine.onsale import Sale
from engine.orders.codes import new_code
from engine.payments import Declined, PaymentNews
from server import live
from server.observe.logs import JsonLines
from tests.server.conftest import PLAN, Client, MakeSale, Site, fresh_address, from_address

assert live.__all__
FORMATS = ["aforo.json.1", "aforo.msgpack.1"]
CARD = {"number": "4242 4242 4242 4242", "expires": "12/40", "cvc": "123"}
UNKNOWN_FOR_EVER = "4000000000000143"
CONTACT = {"name": "Ada Lovelace", "email": "ada@example.org", "phone": ""}
KEY = "mi llave secreta"
WITH_ROOM = PLAN.replace("room: false", "room: {shoppers: 10}")


async def shop(client: Client, sale: Sale, *seats: int) -> dict[str, Any]:
    await client.ok("enter", sale=sale.id)
    held = await client.ok("hold", sale=sale.id, hold="h1", seats=list(seats))
    assert [issue["code"] for issue in held["cart"]["issues"]] == ["contact_missing", "contact_missing", "key_missing"]
    cart = await client.ok("change", sale=sale.id, contact=CONTACT, key=KEY)
    assert cart["issues"] == []
    return cart


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_a_seat_and_units_are_bought_over_a_socket(site: Site, make_sale: MakeSale, subprotocol: str) -> None:
    sale = await make_sale(WITH_ROOM)
    client = await site.buyer(subprotocol)
    joined = await client.ok("join", sale=sale.id)
    assert (await client.ok("join", sale=sale.id, place=joined["token"]))["again"] is True
    await client.called(sale.id, joined["place"])
    await shop(client, sale, 3, 4)
    pool = await client.ok("hold", sale=sale.id, hold="h2", pool={"pool": "floor", "units": 2})
    assert pool["cart"]["total"] == 4500 + 4500 + 3000 + 3000
    cart = await client.ok("change", sale=sale.id, types={"seat:3": "half"})
    assert cart["total"] == 2250 + 4500 + 6000
    await client.ok("release", sale=sale.id, release="r1", seats=[4], cart=False)
    bought = await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    order = bought["order"]
    assert (order["state"], order["total"], order["card_last4"]) == ("paid", 8250, "4242")
    assert len(order["tickets"]) == 3
    assert (bought["cart"]["state"], bought["cart"]["end_reason"]) == ("ended", "bought")
    again = await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    assert (again["order"]["id"], again["again"]) == (order["id"], True)
    opened = await client.ok("order", code=order["code"], key=KEY)
    assert opened["order"]["id"] == order["id"]
    assert (await client.refused("order", code=order["code"], key="wrong"))["code"] == "bad_order_key"
    await client.counted(sale.id, "sold", 3)


@pytest.mark.usefixtures("kept")
async def test_the_session_of_the_protocol_page_buys(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(WITH_ROOM)
    page = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    lines = page.partition("### A session to replay")[2].partition("```json\n")[2].partition("```")[0].splitlines()
    client = await site.socket()
    answer: dict[str, Any] = {}
    for line in lines:
        await client.ws.send_str(line.replace("demo-theatre", sale.id))
        answer = await client.answer(json.loads(line)["id"])
        assert "ok" in answer, (line, answer)
        if '"join"' in line:
            await client.called(sale.id, answer["ok"]["place"])
    assert answer["ok"]["order"]["state"] == "paid"


async def test_every_tab_hears_what_became_of_the_cart(site: Site, sale: Sale) -> None:
    buying = await site.buyer()
    other = await site.socket()
    await other.ok("hello", buyer=buying.hello["buyer"])
    await shop(buying, sale, 0)
    await other.ok("cart", sale=sale.id)
    await buying.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    told = await other.event("cart", lambda event: event["cart"]["state"] == "ended")
    assert told["reason"] == "bought"
    assert (await other.event("order"))["order"]["state"] == "paid"
    await buying.counted(sale.id, "sold", 1)
    await buying.ok("ping")
    assert not {"cart", "order"} & {event["on"] for event in buying.events}


async def test_what_a_socket_was_answered_is_not_read_again_for_it(
    site: Site, sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubs = site.process.live.hubs
    read, cart_events = [], hubs._cart_events

    async def reading(sale_id: str, buyer: str) -> list[dict[str, Any]]:
        read.append(buyer)
        return await cart_events(sale_id, buyer)

    monkeypatch.setattr(hubs, "_cart_events", reading)
    client = await site.buyer()
    await shop(client, sale, 0)
    await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    await client.counted(sale.id, "sold", 1)  # the feed has come so far
    await client.ok("ping")
    assert read == []
    assert (await client.ok("enter", sale=sale.id))["state"] == "open"
    await client.ok("hold", sale=sale.id, hold="h2", seats=[1])
    assert (await client.refused("checkout", sale=sale.id, order="o-2", card=CARD))["code"] == "cart_incomplete"
    assert (await client.event("cart"))["cart"]["state"] == "open"
    assert read == [client.hello["buyer_id"]]


async def test_declined_card_keeps_the_seats_and_says_so(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await shop(client, sale, 5)
    declined = {**CARD, "number": "4000000000000002"}
    error = await client.refused("checkout", sale=sale.id, order="o-1", card=declined)
    assert error["code"] == "payment_declined"
    cart = await client.ok("cart", sale=sale.id)
    assert (cart["state"], [item["item"] for item in cart["items"]]) == ("open", ["seat:5"])
    assert "payment_declined" in [issue["code"] for issue in cart["issues"]]
    assert (await client.ok("checkout", sale=sale.id, order="o-2", card=CARD))["order"]["state"] == "paid"


async def test_a_pending_payment_that_is_declined_is_told(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await shop(client, sale, 5)
    error = await client.refused("checkout", sale=sale.id, order="o-1", card={**CARD, "number": UNKNOWN_FOR_EVER})
    assert error["code"] == "payment_pending"
    await site.engine.orders.payment_answered(PaymentNews(sale.id, error["order"], Declined("card_declined")))
    cart = await client.event("cart")
    assert (cart["reason"], cart["cart"]["state"]) == ("unlocked", "open")
    order = (await client.event("order"))["order"]
    assert (order["id"], order["state"], order["failure"]) == (error["order"], "failed", "card_declined")


async def test_of_five_equal_purchases_at_once_one_is_the_first(site: Site, other_site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await shop(client, sale, 5)
    tabs = [await each.socket() for each in (site, site, other_site, other_site)]
    for tab in tabs:
        await tab.ok("hello", buyer=client.hello["buyer"])
    asked = (tab.ok("checkout", sale=sale.id, order="o-1", card=CARD) for tab in (client, *tabs))
    answers = await asyncio.gather(*asked)
    assert sorted(answer["again"] for answer in answers) == [False, True, True, True, True]
    assert len({answer["order"]["id"] for answer in answers}) == 1


async def test_incomplete_cart_is_not_bought(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await client.ok("hold", sale=sale.id, hold="h1", seats=[1])
    error = await client.refused("checkout", sale=sale.id, order="o-1", card=CARD)
    assert error["code"] == "cart_incomplete"
    wrong = await client.refused("checkout", sale=sale.id, order="o-1", card={**CARD, "number": "4242424242424241"})
    assert (wrong["code"], [field["path"] for field in wrong["fields"]]) == ("invalid", ["card.number"])


async def test_leaving_gives_everything_back(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await client.ok("hold", sale=sale.id, hold="h1", seats=[1, 2], cart=False)
    await client.ok("leave", sale=sale.id)
    await client.counted(sale.id, "held", 0)


# ── the same over HTTP ──


async def call(site: Site, method: str, path: str, token: str, **more: Any) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
    async with site.http.request(method, f"{site.url}{path}", headers=headers, **more) as response:
        return response.status, await response.json(content_type=None) if response.status != 204 else {}


@pytest.mark.usefixtures("kept")
async def test_a_seat_is_bought_over_http(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(WITH_ROOM)
    _, made = await call(site, "POST", "/api/buyers", "")
    token, at = made["buyer"], f"/api/sales/{sale.id}"
    status, joined = await call(site, "POST", f"{at}/places", token, json={})
    assert (status, joined["number"]) == (201, 0)
    await (await site.socket()).called(sale.id, joined["place"])
    assert (await call(site, "POST", f"{at}/carts", token, json={"place": joined["token"]}))[0] == 201
    hold = {"hold": "h1", "seats": [7]}
    status, held = await call(
        site, "POST", f"{at}/carts/mine/holds", token, json=hold, headers={"Idempotency-Key": "k"}
    )
    assert (status, held["seats"]) == (201, [7])
    again = await call(site, "POST", f"{at}/carts/mine/holds", token, json=hold, headers={"Idempotency-Key": "k"})
    assert again == (201, held)
    changed = {"hold": "h2", "seats": [8]}
    status, problem = await call(
        site, "POST", f"{at}/carts/mine/holds", token, json=changed, headers={"Idempotency-Key": "k"}
    )
    assert (status, problem["code"]) == (409, "conflict")
    assert (await call(site, "PATCH", f"{at}/carts/mine", token, json={"contact": CONTACT, "key": KEY}))[0] == 200
    status, bought = await call(site, "POST", f"{at}/carts/mine/orders", token, json={"order": "o1", "card": CARD})
    assert (status, bought["order"]["state"]) == (201, "paid")
    _, mine = await call(site, "GET", f"{at}/orders/mine", token)
    assert [each["id"] for each in mine["items"]] == [bought["order"]["id"]]
    opening = {"code": bought["order"]["code"], "key": KEY}
    assert (await call(site, "POST", "/api/orders/open", "", json=opening))[0] == 200
    opening["key"] = "wrong"
    assert (await call(site, "POST", "/api/orders/open", "", json=opening))[0] == 403


async def open_from(site: Site, address: str, code: str, key: str, token: str = "") -> tuple[int, str, dict[str, Any]]:
    """What opening an order from an address is answered: status, Retry-After, body."""
    headers = from_address(address) | ({"Authorization": f"Bearer {token}"} if token else {})
    asked = site.http.post(f"{site.url}/api/orders/open", json={"code": code, "key": key}, headers=headers)
    async with asked as response:
        return response.status, response.headers.get("Retry-After", ""), await response.json()


async def test_one_address_may_not_try_orders_at_leisure(site: Site) -> None:
    address = fresh_address()
    answers = [await open_from(site, address, f"code-{secrets.token_hex(4)}", "k") for _ in range(30)]
    assert (answers[0][0], answers[0][2]["code"]) == (403, "bad_order_key")
    status, retry_after, problem = answers[-1]
    assert (status, problem["code"]) == (429, "network_busy")
    assert int(retry_after) * 1_000 >= problem["retry_after_ms"] > 0


async def test_one_order_can_not_be_tried_from_everywhere(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await shop(client, sale, 9)
    code = (await client.ok("checkout", sale=sale.id, order="o-1", card=CARD))["order"]["code"]
    unknown = new_code()
    for tried in (code, unknown):
        answers = await asyncio.gather(*(open_from(site, fresh_address(), tried, f"guess {at}") for at in range(360)))
        told = Counter(answer["code"] for _, _, answer in answers)
        assert told == {"bad_order_key": GUESSES_FREE, "too_many_tries": 360 - GUESSES_FREE}
        last = await open_from(site, fresh_address(), tried, KEY)
        assert (last[0], last[2].get("code")) == (429, "too_many_tries"), "right or wrong, nothing is said of it"
        assert int(last[1]) * 1_000 >= last[2]["retry_after_ms"] > 0
    # Whoever bought it is not locked out.
    assert (await open_from(site, fresh_address(), code, KEY, client.hello["buyer"]))[0] == 200
    assert "ok" in await client.ask("order", code=code, key=KEY)


async def test_nothing_personal_or_secret_is_logged(site: Site, sale: Sale) -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        client = await site.buyer()
        token = client.hello["buyer"]
        await shop(client, sale, 9)
        bought = await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
        await client.ok("order", code=bought["order"]["code"], key=KEY)
        await call(site, "GET", f"/api/sales/{sale.id}/orders/mine?x={KEY}", token)
        await call(site, "POST", "/api/orders/open", token, json={"code": bought["order"]["code"], "key": KEY})
        await client.refused("checkout", sale=sale.id, order="o-2", card={**CARD, "cvc": "x" * 99})
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    text = lines.getvalue()
    assert '"route":"/api/orders/open"' in text
    private = [
        "ada@example.org",
        "Lovelace",
        "4242424242424242",
        "4242 4242",
        KEY,
        token,
        token.partition(".")[2],
        bought["order"]["code"],
        bought["order"]["tickets"][0]["payload"],
    ]
    assert [each for each in private if each in text] == []
