"""Receipts from outside: numbered after the purchase, listed by month, and whoever's they are, nobody else's."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.access import KeyDraft, NewKey, Permission
from engine.audit import Act
from engine.onsale import Sale
from server.cli.app import app
from tests.server.conftest import Site, api
from tests.server.test_purchase import CARD, shop

IDENTITY: dict[str, Any] = {
    "name": "=Casa & Cía. S. L.",
    "tax_id": "B12345674",
    "address": "Calle Mayor 1\n2.º",
    "postal_code": "28013",
    "city": "Madrid",
    "country": "ES",
    "note": "Gracias",
    "prefix": "A-",
    "zone": "Europe/Madrid",
}
PATH = "/api/organizer/identity"


@pytest.fixture
async def other_key(site: Site) -> str:
    """Of a neighbour."""
    return (await site.engine.access.create(await site.engine.access.create_organizer("Otra casa"))).key


async def bought(site: Site, sale: Sale, seat: int) -> tuple[str, dict[str, str]]:
    """The code of an order that was paid, and the cookie of who bought it."""
    client = await site.buyer()
    await shop(client, sale, seat)
    said = await client.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    return said["order"]["code"], {"Cookie": f"aforo_buyer={client.hello['buyer']}"}


async def numbered(site: Site) -> None:
    issuing = site.engine.receipts.issuing
    await issuing.consumer.step(site.engine.db)
    await issuing.step()


@pytest.mark.usefixtures("kept")
async def test_an_order_has_its_number_soon_and_a_stranger_sees_none(site: Site, sale: Sale, key: str) -> None:
    await api(site, f"PUT {PATH}", key, IDENTITY)
    code, cookie = await bought(site, sale, 3)
    address = f"{site.url}/api/orders/{code}"
    async with site.http.get(address, headers=cookie) as answer:
        assert (await answer.json())["receipt"] is None
    await numbered(site)
    year = datetime.now(UTC).year
    async with site.http.get(address, headers=cookie) as answer:
        receipt = (await answer.json())["receipt"]
    assert receipt["number"] in (f"A-{year}-000001", f"A-{year + 1}-000001")
    stranger = await site.buyer()
    for headers in ({}, {"Cookie": f"aforo_buyer={stranger.hello['buyer']}"}):
        for closed in (address, f"{site.url}/o/{code}/receipt.pdf", f"{site.url}/o/2222-2222-2222/receipt.pdf"):
            async with site.http.get(closed, headers=headers) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "bad_order_key")


@pytest.mark.usefixtures("kept")
async def test_whoever_bought_says_whom_it_is_made_out_to_until_it_has_its_number(
    site: Site, sale: Sale, key: str, other_key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    changed = await api(site, f"PATCH /api/sales/{sale.id}", key, {"tax_identity": True})
    assert changed["tax_identity"] is True
    company = {name: IDENTITY[name] for name in ("name", "tax_id", "address", "postal_code", "city", "country")}
    code, cookie = await bought(site, sale, 3)
    path = f"{site.url}/api/orders/{code}/tax-identity"
    stranger = {"Cookie": f"aforo_buyer={(await site.buyer()).hello['buyer']}"}

    async def put(body: dict[str, Any], headers: dict[str, str], address: str = path) -> tuple[int, Any]:
        async with site.http.put(address, json={"tax_identity": body}, headers=headers) as answer:
            return answer.status, await answer.json()

    for headers in ({}, stranger, {"Authorization": f"Bearer {key}"}):
        for address in (path, path.replace(code, "2222-2222-2222")):
            status, said = await put(company, headers, address)
            assert (status, said["code"]) == (403, "bad_order_key"), "whoever guesses is told the same of every code"
    status, said = await put(company | {"tax_id": "B12345675", "city": ""}, cookie)
    assert (status, {each["path"] for each in said["fields"]}) == (422, {"tax_identity.tax_id", "tax_identity.city"})
    status, said = await put(company, cookie)
    assert (status, said["tax_identity"], said["names_receipt"]) == (200, company, True)
    await numbered(site)
    status, said = await put(company | {"name": "Otra"}, cookie)
    assert (status, said["code"]) == (409, "receipt_is_numbered")
    async with site.http.get(f"{site.url}/api/orders/{code}", headers=cookie) as answer:
        read = await answer.json()
    assert (read["tax_identity"], read["names_receipt"]) == (company, False)
    order = read["order"]["id"]
    office = f"GET /api/organizer/sales/{sale.id}/orders/{order}"
    assert (await api(site, office, key))["order"]["tax_identity"] == company
    await api(site, office, other_key, status=404)
    by = Act(await site.engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", sale.id), "test")
    reads = await site.engine.access.make(by, KeyDraft(scopes=frozenset({Permission.ORDER_READ})))
    assert isinstance(reads, NewKey)
    masked = (await api(site, office, reads.key))["order"]["tax_identity"]
    assert (masked["tax_id"], masked["address"], masked["country"]) == ("…674", "", "ES")
    assert IDENTITY["tax_id"] not in caplog.text
    trail = await site.engine.db.fetch("SELECT before, after, detail FROM audit")
    told = await site.engine.db.fetch("SELECT body FROM outbox_told")
    assert IDENTITY["tax_id"] not in str([*map(dict, trail), *map(dict, told)])


@pytest.mark.usefixtures("kept")
async def test_a_month_is_listed_added_up_and_exported_for_its_organizer_alone(
    site: Site, sale: Sale, key: str, other_key: str
) -> None:
    await api(site, f"PUT {PATH}", key, IDENTITY)
    codes = [(await bought(site, sale, seat))[0] for seat in (3, 4, 5)]
    await numbered(site)
    first = await api(site, "GET /api/receipts?limit=2", key)
    rest = await api(site, f"GET /api/receipts?limit=2&after={first['next']}", key)
    items = [*first["items"], *rest["items"]]
    assert [each["code"] for each in items] == codes
    assert [each["number"][-6:] for each in items] == ["000001", "000002", "000003"]
    assert rest["next"] is None
    assert first["gapless"]
    (total,) = first["sums"]
    assert total == {
        "currency": "EUR",
        "receipts": 3,
        "total": sum(each["total"] for each in items),
        "tax": sum(each["tax"] for each in items),
    }
    async with site.http.get(
        f"{site.url}/api/receipts/export?month={first['month']}", headers={"Authorization": f"Bearer {key}"}
    ) as answer:
        assert answer.content_type == "text/csv"
        rows = list(csv.reader(io.StringIO(await answer.text())))
    assert [row[2] for row in rows[1:]] == codes
    assert [int(row[5]) for row in rows[1:]] == [each["total"] for each in items]
    neighbour = await api(site, f"GET /api/receipts?month={first['month']}", other_key)
    assert (neighbour["items"], neighbour["sums"]) == ([], [])
    assert (await api(site, "GET /api/receipts?month=2000-01", key))["items"] == []
    for wrong in ("month=2026-13", "month=x", "after=none"):
        await api(site, f"GET /api/receipts?{wrong}", key, status=422)


async def test_an_identity_is_its_organizers_and_is_written_as_it_was_seen(
    site: Site, key: str, other_key: str, organizer: Act
) -> None:
    before = await api(site, f"GET {PATH}", key)
    assert (before["complete"], before["tax_id"]) == (False, "")
    said = await api(site, f"PUT {PATH}", key, IDENTITY)
    assert said == IDENTITY | {"complete": True}
    assert await api(site, f"GET {PATH}", key) == said
    assert (await api(site, f"GET {PATH}", other_key))["complete"] is False
    headers = {"Authorization": f"Bearer {key}", "If-Match": '"0"'}
    async with site.http.put(f"{site.url}{PATH}", json=IDENTITY | {"city": "Oviedo"}, headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (412, "changed_meanwhile")
    async with site.http.get(f"{site.url}{PATH}", headers=headers) as answer:
        headers["If-Match"] = answer.headers["ETag"]
    async with site.http.put(f"{site.url}{PATH}", json=IDENTITY | {"city": "Oviedo"}, headers=headers) as answer:
        assert (answer.status, (await answer.json())["city"]) == (200, "Oviedo")
    acts = await site.engine.db.fetch("SELECT before, after FROM audit WHERE act = 'organizer.identity' ORDER BY id")
    assert [each["after"]["city"] for each in acts if each["after"]["name"] == IDENTITY["name"]][-2:] == [
        "Madrid",
        "Oviedo",
    ]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("name", ""),
        ("tax_id", ""),
        ("tax_id", "B12345675"),
        ("tax_id", "1" * 31),
        ("address", ""),
        ("address", "x" * 501),
        ("city", "two\nlines"),
        ("country", "es"),
        ("country", "ZZ"),
        ("country", "ESP"),
        ("prefix", "2026 "),
        ("prefix", "x" * 13),
        ("zone", "Madrid"),
        ("note", "x" * 501),
    ],
)
async def test_what_is_wrong_is_named_at_its_field_and_nothing_changes(
    site: Site, key: str, part: str, value: str
) -> None:
    before = await api(site, f"GET {PATH}", key)
    refused = await api(site, f"PUT {PATH}", key, {**IDENTITY, part: value}, 422)
    assert [each["path"] for each in refused["fields"]] == [part]
    assert await api(site, f"GET {PATH}", key) == before


async def test_who_may_not_read_reports_reads_no_receipts(site: Site, organizer: Act) -> None:
    made = await site.engine.access.make(organizer, KeyDraft(scopes=frozenset({Permission.EVENT_READ})))
    assert isinstance(made, NewKey)
    for path in ("/api/receipts", "/api/receipts/export"):
        await api(site, f"GET {path}", made.key, status=403)
    await api(site, f"PUT {PATH}", made.key, IDENTITY, 403)


async def test_the_command_line_writes_an_identity_and_lists_a_month(
    site: Site, organizer: Act, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = site.engine.settings
    assert settings.secret is not None
    stores = {"REDIS_URL": settings.redis_url, "DATABASE_URL": settings.database_url}
    for name, value in {"SECRET": settings.secret.get_secret_value(), **stores}.items():
        monkeypatch.setenv(f"AFORO_{name}", str(value))

    async def aforo(*words: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, [*words, "--organizer", organizer.organizer_id])

    assert "receipts carry the organizer's name" in (await aforo("organizer", "identity")).output
    given = [f"--{part.replace('_', '-')}={value}" for part, value in IDENTITY.items()]
    assert "tax_id: is no NIF" in str((await aforo("organizer", "identity", *given, "--tax-id=B12345675")).exception)
    assert (await aforo("organizer", "identity", *given)).exit_code == 0
    assert (await aforo("organizer", "identity", "--city=Oviedo")).exit_code == 0
    assert await api(site, f"GET {PATH}", key) == IDENTITY | {"city": "Oviedo", "complete": True}
    assert "No number is missing." in (await aforo("receipt", "list")).output
    assert (await aforo("receipt", "list", "--month", "2026-11", "--csv")).output.startswith("number,issued_at")
    assert "is no month" in str((await aforo("receipt", "list", "--month", "2026-13")).exception)
