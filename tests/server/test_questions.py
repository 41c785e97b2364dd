"""Questions over the wire: asked and answered on a socket and over HTTP, and read by nobody but who may."""

from __future__ import annotations

import io
from typing import Any

import pytest

from engine.access import Permission
from engine.audit import Act
from engine.onsale import Sale
from tests.server.conftest import PLAN, Client, MakeSale, Site, api
from tests.server.test_persons_known import scoped
from tests.server.test_purchase import CARD, CONTACT, KEY

ASKING = PLAN + (
    "questions:\n"
    "  allergies: {ask: Any allergies?, required: true}\n"
    "  meal: {ask: Which meal?, kind: choice, options: [Meat, Vegan], per: ticket, required: true}\n"
)
ANSWERS = {"allergies": "Cacahuetes", "meal.seat:3": "Vegan", "meal.pool:floor:0": "Meat", "meal.pool:floor:1": "Vegan"}


@pytest.fixture
async def asking(make_sale: MakeSale) -> Sale:
    return await make_sale(ASKING)


async def fill(client: Client, sale: Sale) -> None:
    await client.ok("enter", sale=sale.id)
    await client.ok("hold", sale=sale.id, hold="h1", seats=[3])
    await client.ok("hold", sale=sale.id, hold="h2", pool={"pool": "floor", "units": 2})
    await client.ok("change", sale=sale.id, contact=CONTACT, key=KEY)


@pytest.mark.parametrize("subprotocol", ["aforo.json.1", "aforo.msgpack.1"])
async def test_what_is_asked_is_answered_on_a_socket(site: Site, asking: Sale, subprotocol: str) -> None:
    client = await site.buyer(subprotocol)
    await fill(client, asking)
    refused = await client.refused("checkout", sale=asking.id, order="o-1", card=CARD)
    assert refused["code"] == "cart_incomplete"
    assert [(each["code"], each["field"]) for each in refused["issues"]] == [
        ("answer_missing", f"answers.{key}") for key in ANSWERS
    ]
    cart = await client.ok("change", sale=asking.id, answers=ANSWERS)
    assert cart["issues"] == []
    assert [(each["id"], each["asked"]) for each in cart["questions"]] == [
        ("allergies", [{"ticket": None, "answer": "Cacahuetes"}]),
        ("meal", [{"ticket": key.removeprefix("meal."), "answer": ANSWERS[key]} for key in list(ANSWERS)[1:]]),
    ]
    bought = await client.ok("checkout", sale=asking.id, order="o-1", card=CARD)
    assert bought["cart"]["questions"] == []
    assert "Cacahuetes" not in str(bought["order"])


async def test_over_http_it_is_the_same_and_a_wrong_one_is_named(site: Site, asking: Sale) -> None:
    client = await site.buyer()
    await fill(client, asking)
    token = client.hello["buyer"]
    ask = f"PATCH /api/sales/{asking.id}/carts/mine"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"meal.seat:3": "Fish"}, "answers.meal.seat:3"),
        ({"meal.seat:4": "Meat"}, "answers.meal.seat:4"),
        ({"shoe": "42"}, "answers.shoe"),
        ({"allergies": "x" * 1001}, "answers.allergies"),
        ({"allergies": "a\0b"}, "answers.allergies"),
        ({"allergies": ["Nuts"]}, "answers.allergies"),
        ({"No such name": "x"}, "answers.No such name"),
    ]
    for answers, path in wrong:
        problem = await api(site, ask, token, {"answers": {"allergies": "Nuts", **answers}}, 422)
        assert [field["path"] for field in problem["fields"]] == [path]
    monster = io.BytesIO(b'{"answers": {"allergies": "%s"}}' % (b"x" * 10_000_000))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    path = f"{site.url}/api/sales/{asking.id}/carts/mine"
    async with site.http.patch(path, data=monster, headers=headers) as answer:
        assert answer.status == 413, await answer.text()
    cart = await api(site, f"GET /api/sales/{asking.id}/carts/mine", token)
    assert {asked["answer"] for each in cart["questions"] for asked in each["asked"]} == {""}
    cart = await api(site, ask, token, {"answers": ANSWERS})
    assert cart["issues"] == []


async def test_answers_are_read_by_who_may_and_when_they_ask(
    site: Site, asking: Sale, key: str, organizer: Act
) -> None:
    client = await site.buyer()
    await fill(client, asking)
    await client.ok("change", sale=asking.id, answers=ANSWERS)
    await client.ok("checkout", sale=asking.id, order="o-1", card=CARD)
    orders = f"GET /api/sales/{asking.id}/orders"
    (order,) = (await api(site, f"{orders}?answers=true", key))["items"]
    assert [(each["question"], each["ticket"], each["answer"]) for each in order["answers"]] == [
        ("allergies", None, "Cacahuetes"),
        ("meal", "seat:3", "Vegan"),
        ("meal", "pool:floor:0", "Meat"),
        ("meal", "pool:floor:1", "Vegan"),
    ]
    reads = await scoped(site, organizer, Permission.ORDER_READ)
    for ask, by in ((orders, key), (orders, reads), (f"{orders}?answers=true", reads)):
        (order,) = (await api(site, ask, by))["items"]
        assert order["answers"] == []
    noted = await site.engine.db.fetch("SELECT subject, after FROM audit WHERE act = 'order.answers'")
    assert [tuple(each) for each in noted] == [(asking.id, {"orders": 1})]
    other = (await site.engine.access.create(await site.engine.access.create_organizer("A neighbour"))).key
    await api(site, f"{orders}?answers=true", other, status=404)


async def test_everybody_sees_what_will_be_asked(site: Site, asking: Sale, key: str) -> None:
    shown = await api(site, f"GET /api/sales/{asking.id}", "")
    assert [each["id"] for each in shown["questions"]] == ["allergies", "meal"]
    body = {"questions": {"age": {"ask": "How old are you?", "for": "half"}}}
    changed = await api(site, f"PATCH /api/sales/{asking.id}", key, body)
    assert changed["questions"] == [
        {
            "id": "age",
            "ask": "How old are you?",
            "kind": "text",
            "options": [],
            "per": "order",
            "required": False,
            "for": ["half"],
        }
    ]
    wrong = await api(site, f"PATCH /api/sales/{asking.id}", key, {"questions": {"age": {"ask": "", "kind": "x"}}}, 422)
    assert {each["path"] for each in wrong["fields"]} == {"questions.age.ask", "questions.age.kind"}
