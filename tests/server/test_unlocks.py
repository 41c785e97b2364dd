"""Codes that show more of a sale: brought with a change of the cart, counted as tries at a secret."""

from __future__ import annotations

import pytest

from engine.limits import GUESSES_FREE
from tests.server.conftest import PLAN, Client, MakeSale, Site, api
from tests.server.test_entry import stranger

HIDING = (
    PLAN.replace("30.00}", "{general: 30.00, secret: 5}}")
    + "ticket_types: {general: General, half: Half, secret: {name: Friends, hidden: true}}\n"
    + "unlocks: {friends: {codes: AMIGOS2026, types: secret}}\n"
)


async def shopping(site: Site, sale: str) -> Client:
    client = await stranger(site)
    await client.ok("enter", sale=sale)
    return client


async def test_the_public_reads_nothing_of_it(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(HIDING)
    client = await shopping(site, sale.id)
    answer = await client.ok("change", sale=sale.id, code=" amigos 2026")
    assert answer["unlocked"]["types"] == {"secret": "Friends"}
    for path in (f"/api/sales/{sale.id}", f"/api/sales/{sale.id}/layout", f"/s/{sale.id}", "/api/sales"):
        async with site.http.get(site.url + path) as response:
            text = await response.text()
            assert response.status == 200
            assert "Friends" not in text, path
            assert '"secret":5' not in text.replace(" ", ""), path
    async with site.http.get(f"{site.url}/api/sales/{sale.id}") as response:
        assert (await response.json())["codes"] is True


@pytest.mark.parametrize("code", ["amigos2027", "x", "🂡" * 20])
async def test_every_wrong_code_is_told_the_same_and_counted(site: Site, make_sale: MakeSale, code: str) -> None:
    sale, plain = await make_sale(HIDING), await make_sale(PLAN)
    client = await shopping(site, sale.id)
    refused = await client.refused("change", sale=sale.id, code=code)
    other = await shopping(site, plain.id)
    assert refused == await other.refused("change", sale=plain.id, code=code), "nor does it say whether there are any"
    assert refused["code"] == "code_unknown"
    for _ in range(GUESSES_FREE - 1):
        await client.refused("change", sale=sale.id, code=code)
    waits = await client.refused("change", sale=sale.id, code="amigos2026")
    assert waits["code"] == "too_many_tries", "and a right one is not looked at meanwhile"


async def test_its_organizer_reads_all_of_it_and_a_neighbour_nothing(site: Site, make_sale: MakeSale, key: str) -> None:
    sale = await make_sale(HIDING)
    whole = await api(site, f"GET /api/organizer/sales/{sale.id}", key)
    assert whole["types"]["secret"] == "Friends"
    assert whole["prices"]["floor"]["secret"] == 500
    neighbour = await site.engine.access.create_organizer("A neighbour")
    other = (await site.engine.access.create(neighbour)).key
    refused = await api(site, f"GET /api/organizer/sales/{sale.id}", other, status=404)
    assert refused["code"] == "unknown_sale"
