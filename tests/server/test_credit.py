"""Credit over HTTP and sockets: issued, typed, paid with, revoked; guesses are counted, neighbours see nothing."""

from __future__ import annotations

from typing import Any

from engine.access import KeyDraft, NewKey, Permission
from engine.audit import Act
from engine.credit import Granted, Issue
from engine.ids import new_id
from engine.limits import GUESSES_FREE
from tests.server.conftest import PLAN, MakeSale, Site, api
from tests.server.test_coupons import shopping
from tests.server.test_entry import stranger
from tests.server.test_links import CARD

ISSUE = {"issue": "rain", "amount": 3000, "currency": "EUR", "why": "Rained off"}


async def issued(site: Site, key: str, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = await api(site, "POST /api/credit", key, {**ISSUE, **body}, 201)
    return made


async def test_a_voucher_is_issued_typed_paid_with_and_looked_into(site: Site, key: str, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN)
    made = await issued(site, key)
    (code,) = made["codes"]
    client = await shopping(site, sale.id, [0])
    view = await client.ok("change", sale=sale.id, voucher=code.lower().replace("-", " "))
    total = view["total"]
    assert view["has_vouchers"]
    assert view["due"] == total - 3000
    assert [(each["used"], each["code_end"], each["why"]) for each in view["credits"]] == [(3000, code[-4:], None)]
    said = await client.refused("checkout", sale=sale.id, order="o-0", card=CARD, total=total, due=total)
    assert (said["code"], said["total"], said["due"]) == ("price_changed", total, total - 3000)
    bought = await client.ok("checkout", sale=sale.id, order="o-1", card=CARD, total=total, due=view["due"])
    assert bought["order"]["credits"] == [{"kind": "voucher", "code_end": code[-4:], "amount": 3000}]
    assert (bought["order"]["total"], bought["order"]["due"]) == (total, total - 3000)
    shown = await api(site, f"GET /api/credit/{made['ids'][0]}", key)
    assert (shown["given"], shown["balance"]) == (3000, 0)
    assert [(each["kind"], each["amount"], each["order"]) for each in shown["entries"]] == [
        ("spend", -3000, bought["order"]["id"]),
        ("issue", 3000, None),
    ]
    other = await shopping(site, sale.id, [1])
    said = await other.refused("change", sale=sale.id, voucher=code)
    assert [(each["path"], each["why"]) for each in said["fields"]] == [("voucher", "used_up")]


async def test_where_nothing_is_left_to_pay_no_card_is_needed(site: Site, key: str, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN)
    (code,) = (await issued(site, key, amount=100_000))["codes"]
    client = await shopping(site, sale.id, [0])
    assert (await client.ok("change", sale=sale.id, voucher=code))["due"] == 0
    bought = await client.ok("checkout", sale=sale.id, order="o-1", due=0)
    assert (bought["order"]["state"], bought["order"]["due"], bought["order"]["tender"]) == ("paid", 0, "none")


async def test_issuing_the_same_again_issues_nothing_more(site: Site, key: str) -> None:
    first, again = await issued(site, key, number=3), await issued(site, key, number=3)
    assert (len(first["codes"]), first["again"]) == (3, False)
    assert (again["ids"], again["codes"], again["again"]) == (first["ids"], [], True)
    assert len((await api(site, "GET /api/credit", key))["items"]) == 3


async def test_what_is_revoked_pays_nothing_any_more(site: Site, key: str, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN)
    made = await issued(site, key)
    client = await shopping(site, sale.id, [0])
    await client.ok("change", sale=sale.id, voucher=made["codes"][0])
    for _ in range(2):
        revoked = await api(site, f"POST /api/credit/{made['ids'][0]}/revoke", key)
        assert (revoked["revoked"], revoked["balance"]) == (True, 0)
    view = await client.ok("cart", sale=sale.id)
    assert [each["code"] for each in view["issues"]] == ["voucher_revoked"]
    assert (await client.ok("change", sale=sale.id, voucher=""))["issues"] == []


async def test_guesses_are_counted(site: Site, key: str, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN)
    (code,) = (await issued(site, key))["codes"]
    client = await stranger(site)
    await client.ok("enter", sale=sale.id)
    for nth in range(GUESSES_FREE):
        said = await client.refused("change", sale=sale.id, voucher=f"GUESS{nth}")
        assert [each["why"] for each in said["fields"]] == ["unknown"]
    waits = await client.refused("change", sale=sale.id, voucher=code)
    assert waits["code"] == "too_many_tries", "and a right one is not looked at meanwhile"


async def test_a_neighbour_sees_and_touches_nothing(site: Site, key: str, make_sale: MakeSale) -> None:
    made = await issued(site, key)
    neighbour = await site.engine.access.create_organizer("A neighbour")
    other = (await site.engine.access.create(neighbour)).key
    assert (await api(site, "GET /api/credit", other))["items"] == []
    for asked, found in ((other, []), (key, made["ids"])):
        said = await api(site, "POST /api/credit/find", asked, {"code": made["codes"][0]})
        assert [each["id"] for each in said["items"]] == found
    await api(site, f"GET /api/credit/{made['ids'][0]}", other, None, 404)
    await api(site, f"POST /api/credit/{made['ids'][0]}/revoke", other, None, 404)
    sale = await make_sale(PLAN)
    said = await api(site, "POST /api/credit", other, {**ISSUE, "sales": [sale.id]}, 422)
    assert [each["path"] for each in said["fields"]] == ["sales"]
    assert (await issued(site, other))["again"] is False, "the same id is another issue there"


async def test_who_may_issue_it(site: Site, organizer: Act) -> None:
    made = await site.engine.access.make(organizer, KeyDraft(scopes=frozenset({Permission.ORDER_READ})))
    assert isinstance(made, NewKey)
    await api(site, "POST /api/credit", made.key, ISSUE, 403)
    await api(site, "GET /api/credit", made.key, None, 403)


async def test_whoever_shows_the_address_pays_with_its_credit(site: Site, organizer: Act, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN)
    issue = Issue(2000, "EUR", "Rained off", new_id("req"), email="Ada@example.org")
    (granted,) = await site.engine.credit.issue(organizer, issue)
    assert isinstance(granted, Granted)
    client = await shopping(site, sale.id, [0])
    path = f"{site.url}/api/sales/{sale.id}/carts/mine/credit"
    headers = {"Authorization": f"Bearer {client.hello['buyer']}"}
    async with site.http.get(path, headers=headers) as response:
        assert (await response.json())["items"] == [], "an address that was typed is nobody's yet"
    await site.engine.db.execute(
        "INSERT INTO contact_proof (id, purpose, channel, inbox_hash, buyer_id, network_hash, letter, locale,"
        " code_until, link_until, confirmed_at) VALUES ('prf_1', 'entry', 'email', $1, $2, '\\x00', 'sent', 'en',"
        " now(), now(), now())",
        site.engine.contacts.signer.inbox("email", "ada@example.org"),
        site.engine.signer.buyer_of(client.hello["buyer"]),
    )
    async with site.http.get(path, headers=headers) as response:
        (own,) = (await response.json())["items"]
    assert (own["id"], own["balance"]) == (granted.credit, 2000)
    view = await client.ok("change", sale=sale.id, own_credit=True)
    assert (view["total"] - view["due"], view["credits"][0]["kind"]) == (2000, "credit")
    assert (await client.ok("change", sale=sale.id, own_credit=False))["credits"] == []
    view = await client.ok("change", sale=sale.id, own_credit=True)
    bought = await client.ok("checkout", sale=sale.id, order="o-1", card=CARD, due=view["due"])
    assert bought["order"]["credits"] == [{"kind": "credit", "code_end": "", "amount": 2000}]
