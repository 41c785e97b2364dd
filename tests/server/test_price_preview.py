"""Prices that could be, over HTTP: what they would come to, and nothing written."""

from __future__ import annotations

from engine.access import KeyDraft, NewKey, Permission
from engine.audit import Act
from engine.onsale import Sale
from tests.server.conftest import Site, api

PRICES = {"stalls": {"general": 20, "half": "9.99"}, "floor": 0}
DUES = {
    "taxes": {"iva": {"name": "IVA", "rate": "10"}, "tasa": {"rate": 8.875, "included": False, "for": "half"}},
    "fees": {"service": {"name": "Service", "amount": "1.50"}},
}


async def test_it_says_what_one_of_each_comes_to_and_writes_nothing(site: Site, sale: Sale, key: str) -> None:
    path = f"/api/sales/{sale.id}/prices"
    body = {"prices": PRICES, **DUES, "list": 1}
    planned = await api(site, f"PUT {path}", key, {**body, "preview": True})
    ones = {(one["place"], one["type"]): one for one in planned["one_of_each"]}
    service = {"fee": "service", "name": "Service", "price": 150, "tax": 14, "owed": 150}
    iva = {"tax": "iva", "name": "IVA", "rate": "10", "included": True, "net": 1954, "amount": 196}
    assert ones["stalls", "general"] == {
        "place": "stalls",
        "type": "general",
        "price": 2000,
        "fees": [service],
        "taxes": [iva],
        "total": 2150,
    }
    assert ones["stalls", "half"]["total"] == 999 + 89 + 150
    assert (ones["floor", "general"]["fees"], ones["floor", "general"]["total"]) == ([], 0)
    assert [each["list"] for each in (await api(site, f"GET {path}", key))["items"]] == [1]
    made = await api(site, f"PUT {path}", key, body)
    assert "one_of_each" not in made
    assert {**made, "made_at": "", "from_ms": 0} == {
        name: value for name, value in {**planned, "made_at": "", "from_ms": 0}.items() if name != "one_of_each"
    }


async def test_mistakes_are_named_by_field(site: Site, sale: Sale, key: str) -> None:
    wrong = {
        "taxes": {"iva": {"rate": "101"}, "tasa": {"rate": "5", "for": ["nobody"]}},
        "fees": {"service": {"amount": "-1"}},
    }
    path = f"PUT /api/sales/{sale.id}/prices"
    refused = await api(site, path, key, {"prices": PRICES, **wrong, "preview": True}, status=422)
    assert {each["path"] for each in refused["fields"]} == {"taxes.iva.rate", "fees.service.amount"}
    wrong["taxes"]["iva"], wrong["fees"] = {"rate": "1.23456"}, {"service": {"amount": "1.005"}}
    refused = await api(site, path, key, {"prices": PRICES, **wrong, "preview": True}, status=422)
    fields = {"taxes.iva.rate", "taxes.tasa.for", "fees.service.amount"}
    assert {each["path"] for each in refused["fields"]} == fields
    loose = await api(site, path, key, {"prices": PRICES, "preview": "yes"}, status=422)
    assert [each["path"] for each in loose["fields"]] == ["preview"]


async def test_a_neighbour_and_whoever_may_read_alone_see_nothing(site: Site, sale: Sale, organizer: Act) -> None:
    access, path = site.engine.access, f"PUT /api/sales/{sale.id}/prices"
    neighbour = (await access.create(await access.create_organizer("A neighbour"))).key
    reader = await access.make(organizer, KeyDraft(scopes=frozenset({Permission.SALE_READ})))
    assert isinstance(reader, NewKey)
    body = {"prices": PRICES, **DUES, "preview": True}
    assert (await api(site, path, neighbour, body, status=404))["code"] == "unknown_sale"
    assert (await api(site, path, reader.key, body, status=403))["code"] == "forbidden"
