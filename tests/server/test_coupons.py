"""Coupons over HTTP and sockets: made, drawn, tried, revoked, reported; guesses are counted, neighbours see nothing."""

from __future__ import annotations

from typing import Any

import pytest

from engine.access import KeyDraft, NewKey, Permission
from engine.audit import Act
from engine.limits import GUESSES_FREE
from tests.server.conftest import PLAN, Client, MakeSale, Site, api
from tests.server.test_entry import stranger
from tests.server.test_links import CARD, CONTACT

HIDING = PLAN + "coupons: {FRIENDS: {percent: 10, for: general}}\n"


async def make(site: Site, key: str, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = await api(site, "POST /api/coupons", key, {"key": "SUMMER", "percent": 10, **body}, 201)
    return made


async def shopping(site: Site, sale: str, seats: list[int]) -> Client:
    client = await stranger(site)
    await client.ok("enter", sale=sale)
    await client.ok("hold", sale=sale, hold="h1", seats=seats)
    await client.ok("change", sale=sale, contact=CONTACT, key="mi llave secreta")
    return client


async def test_a_code_is_drawn_typed_paid_with_and_reported(site: Site, key: str, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN)
    coupon = await make(site, key, sale=sale.id)
    drawn = await api(site, f"POST /api/coupons/{coupon['id']}/codes", key, {"number": 3, "partner": "Radio"}, 201)
    assert (drawn["number"], len({*drawn["codes"]}), drawn["used"]) == (3, 3, 0)
    typed = drawn["codes"][0]
    client = await shopping(site, sale.id, [0])
    view = await client.ok("change", sale=sale.id, code=typed.lower().replace("-", " "))
    assert [(each["off"], each["why"]) for each in view["coupons"]] == [(450, None)]
    bought = await client.ok("checkout", sale=sale.id, order="o-1", card=CARD, total=view["total"])
    assert [(each["code"], each["off"]) for each in bought["order"]["coupons"]] == [(typed.replace("-", ""), 450)]
    other = await shopping(site, sale.id, [1])
    view = await other.ok("change", sale=sale.id, coupon=typed)
    assert [each["why"] for each in view["coupons"]] == ["used_up"]
    report = await api(site, f"GET /api/coupons/{coupon['id']}/report", key)
    (brought,) = report["brought"]
    assert {name: brought[name] for name in ("code", "partner", "uses", "discount", "captured")} == {
        "code": None,
        "partner": "Radio",
        "uses": 1,
        "discount": 450,
        "captured": bought["order"]["total"],
    }
    codes = await api(site, f"GET /api/coupons/{coupon['id']}/codes?batch={drawn['id']}", key)
    assert sorted(each["uses"] for each in codes["items"]) == [0, 0, 1]
    revoked = await api(site, f"POST /api/coupons/{coupon['id']}/revoke", key, {"batch": drawn["id"]})
    assert revoked == {"revoked": 2}
    view = await other.ok("change", sale=sale.id, coupon=drawn["codes"][1])
    assert [each["why"] for each in view["coupons"]] == ["over"]


async def test_of_two_members_the_second_sees_the_difference(site: Site, key: str) -> None:
    coupon = await make(site, key)
    path = f"/api/coupons/{coupon['id']}"
    changed = await api(site, f"PUT {path}", key, {**coupon["rule"], "percent": "15", "revision": coupon["revision"]})
    assert (changed["rule"], changed["revision"]) == ({"percent": "15"}, coupon["revision"] + 1)
    said = await api(site, f"PUT {path}", key, {"percent": "20", "revision": coupon["revision"]}, 412)
    assert said["code"] == "changed_meanwhile"
    ended = await api(site, f"POST {path}/end", key)
    assert ended["ended_at"] is not None
    assert (await api(site, f"POST {path}/end", key))["ended_at"] == ended["ended_at"]
    assert (await make(site, key))["id"] != coupon["id"], "its key and its code are free again"


async def test_a_limit_never_falls_below_what_is_used(site: Site, key: str, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN)
    coupon = await make(site, key, uses=5)
    for seat in (0, 1):
        client = await shopping(site, sale.id, [seat])
        view = await client.ok("change", sale=sale.id, coupon="SUMMER")
        await client.ok("checkout", sale=sale.id, order="o-1", card=CARD, total=view["total"])
    said = await api(site, f"PUT /api/coupons/{coupon['id']}", key, {"percent": 10, "uses": 1}, 422)
    assert [each["path"] for each in said["fields"]] == ["uses"]
    assert (await api(site, f"PUT /api/coupons/{coupon['id']}", key, {"percent": 10, "uses": 2}))["uses"] == 2


async def test_a_cart_that_could_be_is_priced_as_real_ones_are(site: Site, key: str, make_sale: MakeSale) -> None:
    sale = await make_sale(HIDING)
    body = {"sale": sale.id, "codes": "friends", "items": [{"place": "stalls", "type": "general", "number": 2}]}
    tried = await api(site, "POST /api/coupons/try", key, body)
    client = await shopping(site, sale.id, [0, 1])
    view = await client.ok("change", sale=sale.id, coupon="FRIENDS")
    assert (tried["total"], tried["discount"], tried["coupons"]) == (view["total"], view["discount"], view["coupons"])
    wrong = await api(site, "POST /api/coupons/try", key, {**body, "items": [{"place": "moon", "type": "x"}]}, 422)
    assert [each["path"] for each in wrong["fields"]] == ["items.0"]


@pytest.mark.parametrize("field", ["code", "coupon"])
async def test_guesses_are_counted_however_they_are_typed(site: Site, make_sale: MakeSale, field: str) -> None:
    sale = await make_sale(HIDING)
    client = await stranger(site)
    await client.ok("enter", sale=sale.id)
    for nth in range(GUESSES_FREE):
        ask = {"sale": sale.id, field: f"GUESS{nth}"}
        await (client.refused("change", **ask) if field == "code" else client.ok("change", **ask))
    waits = await client.refused("change", sale=sale.id, **{field: "FRIENDS"})
    assert waits["code"] == "too_many_tries", "and a right one is not looked at meanwhile"


async def test_a_right_code_is_no_guess(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(HIDING)
    client = await shopping(site, sale.id, [0])
    for nth in range(GUESSES_FREE * 2):
        await client.ok("change", sale=sale.id, **({"code": "friends"} if nth % 2 else {"coupon": "FRIENDS"}))


async def test_a_neighbour_sees_and_touches_nothing(site: Site, key: str, make_sale: MakeSale) -> None:
    sale = await make_sale(HIDING)
    coupon = await make(site, key, uses=5)
    neighbour = await site.engine.access.create_organizer("A neighbour")
    other = (await site.engine.access.create(neighbour)).key
    assert (await api(site, "GET /api/coupons", other))["items"] == []
    for ask, body in (
        ("GET /api/coupons/{}", None),
        ("GET /api/coupons/{}/report", None),
        ("GET /api/coupons/{}/codes", None),
        ("PUT /api/coupons/{}", {"percent": 99}),
        ("POST /api/coupons/{}/end", None),
        ("POST /api/coupons/{}/codes", {"number": 1, "partner": "x"}),
        ("POST /api/coupons/{}/revoke", {"code": "SUMMER"}),
    ):
        await api(site, ask.format(coupon["id"]), other, body, 404)
    await api(site, f"GET /api/sales/{sale.id}/coupons", other, None, 404)
    said = await api(site, "POST /api/coupons", other, {"key": "X10", "percent": 10, "sale": sale.id}, 422)
    assert [each["path"] for each in said["fields"]] == ["sale"]
    # The same word is another coupon there.
    assert (await make(site, other))["id"] != coupon["id"]
    assert {each["key"] for each in (await api(site, f"GET /api/sales/{sale.id}/coupons", key))["items"]} == {
        "SUMMER",
        "FRIENDS",
    }


async def test_who_may_see_and_who_may_make_coupons(site: Site, organizer: Act) -> None:
    async def scoped(*scopes: Permission) -> str:
        made = await site.engine.access.make(organizer, KeyDraft(scopes=frozenset(scopes)))
        assert isinstance(made, NewKey)
        return made.key

    makes, sees = await scoped(Permission.COUPON_EDIT), await scoped(Permission.REPORT_READ)
    coupon = await make(site, makes)
    await api(site, f"GET /api/coupons/{coupon['id']}/report", makes, None, 403)
    await api(site, "GET /api/coupons", sees, None, 403)
    await api(site, "POST /api/coupons", sees, {"key": "X10", "percent": 10}, 403)
    await api(site, f"GET /api/coupons/{coupon['id']}/report", sees)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"key": "NONE"}, ""),
        ({"key": "BOTH", "percent": 10, "fixed": 5, "currency": "EUR"}, ""),
        ({"key": "MUCH", "percent": 101}, "percent"),
        ({"key": "FINE", "percent": "10.00001"}, "percent"),
        ({"key": "SUMS", "fixed": 5}, "currency"),
        ({"key": "CENT", "fixed": "0.001", "currency": "EUR"}, "fixed"),
        ({"key": "YENS", "fixed": "0.5", "currency": "JPY"}, "fixed"),
        ({"key": "CAPS", "free": True, "cap": 5, "currency": "EUR"}, "cap"),
        ({"key": "BACK", "percent": 5, "from": "2037-02-01 10:00", "until": "2037-01-01 10:00"}, "until"),
        ({"key": "AUTO", "percent": 5, "automatic": True, "codes": ["X10"]}, "codes"),
        ({"key": "SEGM", "percent": 5, "segment": "nobody"}, "segment"),
        ({"key": "LONG", "percent": 5, "codes": ["A" * 33]}, "codes.0"),
        ({"key": "no word", "percent": 5, "codes": ["ñandú"]}, "codes.0"),
        ({"key": "ELSE", "percent": 5, "sales": ["no-such-sale"]}, "sales"),
    ],
)
async def test_what_is_wrong_is_named(site: Site, key: str, body: dict[str, Any], path: str) -> None:
    said = await api(site, "POST /api/coupons", key, body, 422)
    assert [each["path"] for each in said["fields"]] == [path]
    assert (await api(site, "GET /api/coupons", key))["items"] == []
