"""One order as its organizer reads it in full: how it was paid, what it moved, and what nobody else is told of it."""

from __future__ import annotations

from engine.access import KeyDraft, NewKey, Permission
from engine.audit import Act
from engine.onsale import Sale
from tests.server.conftest import Site, api
from tests.server.test_order_letters import bought

READ = "GET /api/organizer/sales/{}/orders/{}"


async def key_for(site: Site, organizer: Act, *scopes: Permission) -> str:
    made = await site.engine.access.make(organizer, KeyDraft(scopes=frozenset(scopes)))
    assert isinstance(made, NewKey)
    return made.key


async def test_it_says_how_it_was_paid_and_what_it_moved(site: Site, sale: Sale, key: str) -> None:
    order = await bought(site, sale)
    record = await api(site, READ.format(sale.id, order["id"]), key)
    assert record["order"]["code"] == order["code"]
    assert record["order"]["contact"] == order["contact"]
    assert "payload" not in str(record), "what opens the gate is its buyer's alone"
    payment = record["payment"]
    assert (payment["provider"], payment["state"], payment["amount"]) == ("sandbox", "captured", order["total"])
    assert record["opened_at_ms"] <= record["order"]["placed_at_ms"] <= payment["answered_at_ms"]
    (moved,) = record["movements"]
    entries = {each["account"]: each["amount"] for each in moved["entries"]}
    assert entries["clearing"] == order["total"]
    assert sum(entries.values()) == 0
    assert {line["type"] for line in record["order"]["lines"]} <= set(record["types"])
    assert (record["list"], record["phase"]) == (1, None)


async def test_names_are_masked_for_whoever_may_not_read_them(site: Site, sale: Sale, organizer: Act) -> None:
    order = await bought(site, sale)
    masked = await api(site, READ.format(sale.id, order["id"]), await key_for(site, organizer, Permission.ORDER_READ))
    assert masked["order"]["contact"]["email"] != order["contact"]["email"]
    for said in (order["contact"]["name"], order["contact"]["email"]):
        assert said not in str(masked)
    await api(site, READ.format(sale.id, order["id"]), await key_for(site, organizer, Permission.SALE_READ), status=403)


async def test_a_neighbour_is_told_the_same_as_of_none(site: Site, sale: Sale, key: str) -> None:
    order = await bought(site, sale)
    access = site.engine.access
    other = (await access.create(await access.create_organizer("A neighbour"))).key
    said = [
        await api(site, READ.format(where, which), other, status=404)
        for where in (sale.id, "no-such-sale")
        for which in (order["id"], "none")
    ]
    assert {each["code"] for each in said} == {"unknown_sale"}
    assert (await api(site, READ.format(sale.id, "none"), key, status=404))["code"] == "not_found"
