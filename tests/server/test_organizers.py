"""What organizers say of themselves: over HTTP, on the command line, and where buyers meet it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.limits import TERMS_CHARS_MAX
from engine.onsale import Sale
from server.cli.app import app
from tests.server.conftest import Site, api
from tests.server.test_purchase import CARD, shop

SAID: dict[str, Any] = {
    "name": "Sala Norte",
    "terms": {"text": "No smoking.\nDoors close at nine.", "url": "https://example.org/terms"},
    "refund_rule": "Until two days before the event.",
    "order_key": "required",
}


async def test_what_an_organizer_says_is_where_its_buyers_meet_it(site: Site, sale: Sale, key: str) -> None:
    before = await api(site, "GET /api/organizer", key)
    assert (before["terms"], before["refund_rule"], before["order_key"]) == (None, "", "required")
    said = await api(site, "PUT /api/organizer", key, SAID)
    assert said == {"id": before["id"], **SAID, "terms": {"version": 1, **SAID["terms"]}}
    assert await api(site, "GET /api/organizer", key) == said
    shown = await api(site, f"GET /api/sales/{sale.id}", key)
    assert shown["organizer"] == said
    version = await api(site, "GET /api/organizer/terms/1", key)
    assert version.pop("written_at")
    assert version == {"version": 1, **SAID["terms"], "refund_rule": SAID["refund_rule"]}
    await api(site, "PUT /api/organizer", key, {"name": "Sala Norte"})
    assert await api(site, "GET /api/organizer", key) == before | {"name": "Sala Norte"}
    for none in ("0", "9", "x", "1" * 30):
        await api(site, f"GET /api/organizer/terms/{none}", key, status=404)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("name", ""),
        ("terms", {"text": "x" * (TERMS_CHARS_MAX + 1)}),
        ("terms", {"url": "javascript:alert(1)"}),
        ("terms", {"url": "/terms"}),
        ("refund_rule", "two\nlines"),
        ("order_key", "never"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_changes(site: Site, key: str, part: str, value: Any) -> None:
    before = await api(site, "GET /api/organizer", key)
    refused = await api(site, "PUT /api/organizer", key, {**SAID, part: value}, 422)
    assert refused["fields"][0]["path"].startswith(part)
    assert await api(site, "GET /api/organizer", key) == before


async def test_a_buyer_is_told_to_accept_the_terms_that_are_in_force(site: Site, sale: Sale, key: str) -> None:
    await api(site, "PUT /api/organizer", key, SAID)
    client = await site.buyer()
    await shop(client, sale, 3)
    refused = await client.refused("checkout", sale=sale.id, order="o-1", card=CARD)
    assert (refused["code"], refused["terms"]) == ("terms_needed", 1)
    await api(site, "PUT /api/organizer", key, {**SAID, "refund_rule": "Never."})
    refused = await client.refused("checkout", sale=sale.id, order="o-1", card=CARD, terms=1)
    assert (refused["code"], refused["terms"]) == ("terms_changed", 2)
    bought = await client.ok("checkout", sale=sale.id, order="o-1", card=CARD, terms=2)
    assert bought["order"]["terms"] == 2
    listed = await api(site, f"GET /api/sales/{sale.id}/orders", key)
    assert [each["terms"] for each in listed["items"]] == [2]


async def test_the_command_line_changes_what_is_named_and_leaves_the_rest(
    site: Site, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = (await api(site, "PUT /api/organizer", key, SAID))["id"]
    settings = site.engine.settings
    assert settings.secret is not None
    stores = {"REDIS_URL": settings.redis_url, "DATABASE_URL": settings.database_url}
    for name, value in {"SECRET": settings.secret.get_secret_value(), **stores}.items():
        monkeypatch.setenv(f"AFORO_{name}", str(value))
    (tmp_path / "terms.txt").write_text("No running.\n")

    async def aforo(*words: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, ["organizer", *words, "--organizer", owner])

    done = await aforo("change", "--terms", str(tmp_path / "terms.txt"), "--name", "Sala Sur")
    assert done.exit_code == 0, done.output
    said = await api(site, "GET /api/organizer", key)
    assert said == {
        "id": owner,
        **SAID,
        "name": "Sala Sur",
        "terms": {"version": 2, "text": "No running.", "url": "https://example.org/terms"},
    }
    assert "No running." in (await aforo("show")).output
    wrong = await aforo("change", "--terms-url", "ftp://example.org")
    assert "terms.url" in str(wrong.exception)
    assert await api(site, "GET /api/organizer", key) == said
    assert (await aforo("change", "--no-terms")).exit_code == 0
    assert (await api(site, "GET /api/organizer", key))["terms"] is None
