"""Passes over HTTP: days as they are written, read back and changed, and tickets that say on which they admit."""

from __future__ import annotations

from typing import Any

from engine.onsale import Sale
from tests.server.conftest import MakeSale, Site, api
from tests.server.test_purchase import CARD, CONTACT, KEY

DAYS = """
days:
  sat: {name: Saturday, starts: in 61 days at 12:00}
  fri: {name: Friday, starts: in 60 days at 20:30}
"""
PASSES = (
    """
event: Jazz at the Corner
starts: in 60 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
pools:
  friday: {capacity: 9, price: 30, admits: fri}
  saturday: {capacity: 9, price: 30, admits: sat}
  pass: {capacity: 5, price: 50, draws_on: [friday, saturday], admits: [fri, sat]}
"""
    + DAYS
)


async def bought(site: Site, sale: Sale, pool: str) -> tuple[str, dict[str, Any]]:
    client = await site.buyer()
    await client.ok("enter", sale=sale.id)
    await client.ok("hold", sale=sale.id, hold="h-1", pool={"pool": pool, "units": 1})
    await client.ok("change", sale=sale.id, contact=CONTACT, key=KEY)
    order: dict[str, Any] = (await client.ok("checkout", sale=sale.id, order="o-1", card=CARD))["order"]
    return client.hello["buyer"], order


async def test_a_ticket_says_on_which_days_it_admits(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(PASSES)
    shown = await api(site, f"GET /api/sales/{sale.id}", "")
    assert [(day["id"], day["name"]) for day in shown["days"]] == [("fri", "Friday"), ("sat", "Saturday")]
    assert shown["days"][0]["starts_at"] == shown["event"]["starts_at"]
    assert shown["admits"] == {"friday": ["fri"], "saturday": ["sat"], "pass": ["fri", "sat"]}
    token, order = await bought(site, sale, "pass")
    (ticket,) = order["tickets"]
    assert [(day["day"], day["name"]) for day in ticket["admits"]] == [("fri", "Friday"), ("sat", "Saturday")]
    (mine,) = (await api(site, "GET /api/orders", token))["items"]
    assert mine["admits"] == ticket["admits"]


async def test_days_are_changed_as_a_whole_and_mistakes_are_told_at_their_field(site: Site, key: str) -> None:
    body = {
        "event": "Jazz",
        "starts": "2037-05-01 18:00",
        "zone": "Europe/Madrid",
        "currency": "EUR",
        "opens": "2037-01-10 10:00",
        "days": {"fri": {"starts": "2037-05-01 18:00"}},
        "pools": {"floor": {"capacity": 5, "price": 20, "admits": ["fri"]}},
    }
    wrong = {**body, "pools": {"floor": {"capacity": 5, "price": 20, "admits": ["fri", "sat"]}}}
    told = await api(site, "POST /api/sales", key, wrong, 422)
    assert told["fields"] == [{"path": "pools.floor.admits", "message": "names no day of this sale: sat"}]
    sale = (await api(site, "POST /api/sales", key, body, 201))["id"]
    path = f"PATCH /api/sales/{sale}"
    told = await api(site, path, key, {"days": {}}, 422)
    assert [each["path"] for each in told["fields"]] == ["days"]
    told = await api(site, path, key, {"days": {"fri": {"starts": "2037-03-29 02:30"}}}, 422)
    assert [each["path"] for each in told["fields"]] == ["days.fri.starts"]
    changed = await api(site, path, key, {"days": {"fri": {"name": "Opening", "starts": "2037-05-01 19:00"}}})
    assert [(day["name"], day["starts_at"]) for day in changed["days"]] == [("Opening", "2037-05-01T17:00:00+00:00")]
    acts = await site.engine.db.fetchval(
        "SELECT before -> 'days' -> 0 ->> 'name' FROM audit WHERE act = 'sale.change' AND subject = $1", sale
    )
    assert acts == "Fri", "the trail keeps what they were"
