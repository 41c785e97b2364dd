"""Addresses: shown to be their claimer's by a letter; consent, bounces and profiles that depend on it."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from engine.access import Allowance
from tests.promos.world import FAR, NEAR
from tests.server.conftest import Site, api

HERE = {"latitude": NEAR.latitude, "longitude": NEAR.longitude, "accuracy_m": 10.0}
THERE = {"latitude": FAR.latitude, "longitude": FAR.longitude}
FORMATS = ("aforo.json.1", "aforo.msgpack.1")


async def letters(site: Site) -> list[dict[str, Any]]:
    await site.engine.letterbox.post.step()
    await site.engine.letterbox.post.settle()
    path = site.engine.settings.data_dir / "messages" / "email.jsonl"
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


async def test_consent_for_an_address_counts_once_its_owner_has_confirmed_it(site: Site) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    known = await api(site, "PUT /api/profiles/mine", token, {"email": "victim@example.org"})
    assert await letters(site) == []  # nobody asked to be told of anything
    profile = {"consent": True, "locale": "pt"}
    for _ in range(3):
        known = await api(site, "PUT /api/profiles/mine", token, profile)
    assert (known["consent"], known["email_confirmed"]) == (True, False)
    (letter,) = await letters(site)
    link = site.url + urlsplit(letter["link"]).path
    async with site.http.get(link, headers={"Accept-Language": "es"}) as answer:
        assert "¿Es tuya esta dirección?" in await answer.text()
    assert (await api(site, "GET /api/profiles/mine", token))["email_confirmed"] is False
    for _ in range(2):
        async with site.http.post(link) as answer:
            assert "Done" in await answer.text()
    assert (await api(site, "GET /api/profiles/mine", token))["email_confirmed"] is True
    known = await api(site, "PUT /api/profiles/mine", token, {"email": "other@example.org"})
    assert known["email_confirmed"] is False
    async with site.http.post(link) as answer:  # of the address before: confirms nothing any more
        assert answer.status == 200
    assert (await api(site, "GET /api/profiles/mine", token))["email_confirmed"] is False
    async with site.http.get(f"{site.url}/c/prf_nothing.x") as answer:
        assert answer.status == 404


async def test_what_says_nothing_of_an_address_sends_no_letter(site: Site) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    phone = {"consent": True, "phone": "+34600000000"}  # no country has text messages here
    known = await api(site, "PUT /api/profiles/mine", token, phone)
    assert (known["phone"], known["phone_confirmed"]) == ("+34600000000", False)
    await api(site, "PUT /api/profiles/mine", token, {"email": "ana@example.org"})
    for _ in range(3):
        await site.engine.db.execute("UPDATE contact_proof SET asked_at = asked_at - interval '2 minutes'")
        await api(site, "PUT /api/profiles/mine", token, {"position": HERE, "locale": "es"})
    assert len(await letters(site)) == 1


async def test_an_address_is_shown_to_be_ones_own_by_its_code(site: Site) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    mine = {"purpose": "entry", "channel": "email", "address": "Ana@example.org"}
    asked = await api(site, "POST /api/contacts", token, mine, 202)
    assert asked["code_until"] < asked["link_until"]
    await api(site, "POST /api/contacts", token, {**mine, "address": "ñ@x.es"}, 422)
    await api(site, "POST /api/contacts", token, {**mine, "channel": "sms", "address": "+34600000000"}, 422)
    (letter,) = await letters(site)
    code = letter["subject"].split()[0]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert (await api(site, "POST /api/contacts/confirm", token, {**mine, "code": wrong}, 403))["code"] == "wrong_code"
    assert await api(site, "POST /api/contacts/confirm", token, {**mine, "code": code}) == {
        "address": "ana@example.org",
        "confirmed": True,
    }


async def test_a_report_of_a_dead_address_silences_one_organizer_and_tells_nothing(site: Site, key: str) -> None:
    body = {"channel": "email", "address": "Ana@example.org", "reason": "complained"}
    for _ in range(2):
        await api(site, "POST /api/bounces", key, body, 204)
    await api(site, "POST /api/bounces", key, {**body, "address": "x"}, 422)
    rows = await site.engine.db.fetch("SELECT address_mark, organizer_id FROM suppression")
    shown = await site.engine.access.check(key)
    assert shown is not None
    organizer = shown.organizer
    assert [tuple(row) for row in rows] == [(site.engine.vault.marks.inbox("email", "ana@example.org"), organizer)]
    acts = await site.engine.db.fetch("SELECT organizer_id, act, subject, after FROM audit WHERE act LIKE 'address%'")
    assert {(act["organizer_id"], act["act"], act["after"]["reason"]) for act in acts} == {
        (organizer, "address.suppress", "complained")
    }
    assert "ana@" not in str(acts)


async def test_new_profiles_are_bounded_by_where_they_come_from(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Allowance(f"profiles {secrets.token_hex(4)}", burst=2, per_second=0.001)
    monkeypatch.setattr("server.buying.persons.PERSONS", few)
    for status in (200, 200, 429):
        token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.9"}
        body = {"position": HERE}
        async with site.http.put(f"{site.url}/api/profiles/mine", json=body, headers=headers) as answer:
            assert answer.status == status, await answer.text()
