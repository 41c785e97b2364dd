"""An organizer's people from outside: taken in, counted and listed with a key, which shows nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.promos.city import store
from tests.promos.world import NEAR
from tests.server.conftest import Site, api

HERE = {"latitude": NEAR.latitude, "longitude": NEAR.longitude}
ANA, BOB, EVE = "ana@example.org", "bob@example.org", "eve@example.org"


def person(reference: str, **more: Any) -> dict[str, Any]:
    return {"reference": reference, "zone": "Europe/Madrid", **HERE, **more}


@pytest.fixture
async def other(site: Site) -> str:
    """The key of another organizer, who knows Ana."""
    other = (await site.engine.access.create(await site.engine.access.create_organizer("A neighbour"))).key
    await api(site, "POST /api/people", other, {"people": [person("n1", email=ANA, name="Ana", consent=True)]})
    return other


async def raw(site: Site, key: str, body: Any) -> tuple[int, bytes, int]:
    headers = {"Authorization": f"Bearer {key}"}
    async with site.http.post(f"{site.url}/api/people", json=body, headers=headers) as answer:
        return answer.status, await answer.read(), len(answer.headers)


async def test_taking_people_in_says_the_same_whoever_knows_them(site: Site, key: str, other: str) -> None:
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    await api(site, "PUT /api/profiles/mine", token, {"email": BOB, "consent": True})
    said = {
        await raw(site, key, {"people": [person(f"r{at}", email=email)]}) for at, email in enumerate((ANA, BOB, EVE))
    }
    assert said == {(200, b'{"lines":1,"added":1,"changed":0,"rejected":[]}', next(iter(said))[2])}


async def test_each_key_sees_counts_and_reaches_its_own(site: Site, key: str, other: str) -> None:
    mine = [person("m1", email=EVE, consent=True), person("m2"), {"reference": "m3"}]
    answer = await api(site, "POST /api/people", key, {"people": mine})
    assert (answer["added"], [each["line"] for each in answer["rejected"]]) == (2, [3])
    listed = {which: await api(site, "GET /api/people", which) for which in (key, other)}
    assert {each["reference"] for each in listed[key]["items"]} == {"m1", "m2"}
    assert {each["reference"] for each in listed[other]["items"]} == {"n1"}
    for text in (str(listed[key]), str(answer)):
        assert ANA not in text
        assert "Ana" not in text
    for which, members in ((key, 2), (other, 1)):
        preview = await api(site, "POST /api/segments/preview", which, {"rule": "everybody"})
        assert preview["members"] == members
    made = await api(site, "POST /api/stores", key, store(), 201)
    await site.engine.follower.step()
    await site.engine.promos.promoter.step()
    shown = await api(site, f"GET /api/organizer/promos/{made['promos'][0]}", key)
    assert [window["counts"]["eligible"] for window in shown["windows"]] == [1]
    await api(site, f"GET /api/organizer/promos/{made['promos'][0]}", other, status=404)


async def test_pages_of_people(site: Site, key: str) -> None:
    await api(site, "POST /api/people", key, {"people": [person(f"r{at}") for at in range(5)]})
    seen: list[str] = []
    after = ""
    while True:
        page = await api(site, f"GET /api/people?limit=2{after}", key)
        seen += [each["reference"] for each in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(seen) == [f"r{at}" for at in range(5)]


async def test_somebody_subscribes_on_the_page_of_a_sale(site: Site, key: str, other: str) -> None:
    made = await api(site, "POST /api/stores", key, store(), 201)
    await site.engine.promos.promoter.prepare()
    shown = await api(site, f"GET /api/organizer/promos/{made['promos'][0]}", key)
    sale = shown["windows"][0]["sale"]
    token = (await api(site, "POST /api/buyers", "", status=201))["buyer"]
    said = {"sale": sale, "wording": "Tell me of their offers, one a day at most", "consent": True}
    known = await api(site, "PUT /api/profiles/mine", token, said | {"email": BOB})
    assert known["consent"] is False  # that is to anybody's
    (item,) = (await api(site, "GET /api/people", key))["items"]
    assert (item["consent"], item["consent_wording"], item["consent_source"]) == (True, said["wording"], "person")
    assert BOB not in str(item)
    assert len((await api(site, "GET /api/people", other))["items"]) == 1
    letters = await site.engine.db.fetchval("SELECT count(*) FROM contact_proof WHERE purpose = 'offers'")
    assert letters == 1
    assert (item["email_confirmed_at"], item["phone_confirmed_at"]) == (None, None)
    proof = await site.engine.db.fetchrow("SELECT id, asked_at FROM contact_proof")
    link = site.engine.contacts.signer.token(*proof)
    async with site.http.post(f"{site.url}/c/{link}") as answer:
        assert answer.status == 200
    (item,) = (await api(site, "GET /api/people", key))["items"]
    assert item["email_confirmed_at"] > item["consent_at"], "they said yes twice, and when is kept"
    assert item["phone_confirmed_at"] is None
    await api(site, "PUT /api/profiles/mine", token, {"email": "another@example.org"})
    (item,) = (await api(site, "GET /api/people", key))["items"]
    assert item["email_confirmed_at"] is None, "another address is nobody's until it is confirmed"
    await api(site, "PUT /api/profiles/mine", token, {"sale": sale, "consent": False})
    assert (await api(site, "GET /api/people", key))["items"] == []
    await api(site, "PUT /api/profiles/mine", token, {"sale": "no-such-sale", "consent": True}, 404)
    await api(site, "PUT /api/profiles/mine", token, {"sale": sale}, 422)
