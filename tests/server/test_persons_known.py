"""Who an organizer's people are: found masked, read with a trace, corrected and erased, and nobody else's."""

from __future__ import annotations

from typing import Any

from engine.access import KeyDraft, NewKey, Permission
from engine.audit import Act
from engine.onsale.sale import Sale
from tests.server.conftest import Site, api
from tests.server.test_people import person
from tests.strangers.shop import CONTACT

ANA = {"name": "Ana Núñez", "email": "ana@example.org", "phone": "+34600111222"}
MASKED = {"name": "A… N…", "email": "a…@example.org", "phone": "…22"}


async def scoped(site: Site, organizer: Act, *scopes: Permission) -> str:
    made = await site.engine.access.make(organizer, KeyDraft(scopes=frozenset(scopes)))
    assert isinstance(made, NewKey)
    return made.key


async def found(site: Site, key: str, **asked: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await api(site, "POST /api/people/find", key, asked))["items"]
    return items


async def test_somebody_is_found_read_corrected_and_erased(site: Site, key: str, organizer: Act) -> None:
    other = (await site.engine.access.create(await site.engine.access.create_organizer("A neighbour"))).key
    for each in (key, other):
        await api(site, "POST /api/people", each, {"people": [person("r1", **ANA)]})
    (ana,) = await found(site, key, email="ANA@example.org", name="nunez")
    assert (ana["contact"], ana["orders"]) == (MASKED, 0)
    who = ana["person"]
    looks = await scoped(site, organizer, Permission.PEOPLE_READ)
    assert await found(site, looks, phone=ANA["phone"]) == [ana]
    await api(site, f"POST /api/people/{who}/read", looks, status=403)
    await api(site, f"POST /api/people/{who}/read", other, status=404)
    read = await api(site, f"POST /api/people/{who}/read", await scoped(site, organizer, Permission.ORDER_PII))
    relation = read.pop("relation")
    assert read == {"person": who, "contact": ANA}
    (listed,) = (await api(site, "GET /api/people", key))["items"]
    assert relation == listed
    assert (relation["reference"], relation["basis"], relation["consent"]) == ("r1", "interest", False)
    (act,) = await site.engine.db.fetch("SELECT organizer_id, subject FROM audit WHERE act = 'person.read'")
    assert tuple(act) == (organizer.organizer_id, who)
    await api(site, f"PUT /api/people/{who}/contact", other, {"name": "Eve"}, 404)
    await api(site, f"PUT /api/people/{who}/contact", key, {"name": "Ana", "email": "not one"}, 422)
    await api(site, f"PUT /api/people/{who}/contact", key, {"name": "Ana Muñoz", "email": "a@b.example"})
    assert await found(site, key, name="nunez") == []
    assert [each["person"] for each in await found(site, key, name="MUNOZ")] == [who]
    await api(site, "POST /api/people/find", key, {}, 422)
    await api(site, f"DELETE /api/people/{who}", other, status=404)
    await api(site, f"DELETE /api/people/{who}", looks, status=403)
    erased = await api(site, f"DELETE /api/people/{who}", key)
    assert (erased["people"], erased["kept"]) == (1, 0)
    assert await found(site, key, name="munoz") == []
    await api(site, f"POST /api/people/{who}/read", key, status=404)
    assert len(await found(site, other, email=ANA["email"])) == 1


async def test_orders_show_who_bought_to_those_who_may_know(site: Site, key: str, sale: Sale, organizer: Act) -> None:
    buyer = await site.buyer()
    await buyer.ask("join", sale=sale.id)
    await buyer.ask("enter", sale=sale.id)
    assert "ok" in await buyer.ask("hold", sale=sale.id, hold="h", seats=[3])
    assert "ok" in await buyer.ask("change", sale=sale.id, contact=CONTACT, key="tres tristes tigres")
    card = {"number": "4242424242424242", "expires": "12/39", "cvc": "123"}
    bought = await buyer.ask("checkout", sale=sale.id, order="o-1", card=card)
    assert "ok" in bought, bought
    (shown,) = (await api(site, f"GET /api/sales/{sale.id}/orders", key))["items"]
    assert shown["contact"]["email"] == CONTACT["email"]
    reads = await scoped(site, organizer, Permission.ORDER_READ)
    (masked,) = (await api(site, f"GET /api/sales/{sale.id}/orders", reads))["items"]
    assert CONTACT["email"] not in str(masked)
    assert CONTACT["name"] not in str(masked)
    assert masked["contact"]["email"].endswith("…@" + CONTACT["email"].rpartition("@")[2])
    (somebody,) = await found(site, key, email=CONTACT["email"])
    assert somebody["orders"] == 1
    read = f"POST /api/people/{somebody['person']}/read"
    assert (await api(site, read, key))["relation"] is None, "they have not said where they are, nor agreed to anything"
    said = {"zone": "Europe/Madrid", "consent": True, "sale": sale.id, "wording": "Yes"}
    await api(site, "PUT /api/profiles/mine", buyer.hello["buyer"], said)
    relation = (await api(site, read, key))["relation"]
    assert (relation["basis"], relation["consent"], relation["consent_wording"]) == ("consent", True, "Yes")
    assert (relation["consent_source"], relation["consent_origin"]) == ("person", None)


async def test_what_is_known_of_somebody_is_exported_by_who_may_read_it(site: Site, key: str, organizer: Act) -> None:
    other = (await site.engine.access.create(await site.engine.access.create_organizer("A neighbour"))).key
    for each in (key, other):
        await api(site, "POST /api/people", each, {"people": [person("r1", **ANA)]})
    who = (await found(site, key, email=ANA["email"]))[0]["person"]
    await api(site, f"GET /api/people/{who}/export", await scoped(site, organizer, Permission.PEOPLE_READ), status=403)
    await api(site, f"GET /api/people/{who}/export", other, status=404)
    assert await site.engine.db.fetchval("SELECT count(*) FROM audit WHERE act = 'person.export'") == 0
    known = await api(site, f"GET /api/people/{who}/export", await scoped(site, organizer, Permission.ORDER_PII))
    assert {section["name"] for section in known["sections"]} == {"names", "relations"}
    assert ANA["name"] in str(known)
    await api(site, f"DELETE /api/people/{who}", key)
    await api(site, f"GET /api/people/{who}/export", key, status=404)


async def test_a_partner_gets_stand_ins_and_who_may_takes_them_back(site: Site, key: str, organizer: Act) -> None:
    await api(site, "POST /api/people", key, {"people": [person("r1", **ANA)]})
    who = (await found(site, key, email=ANA["email"]))[0]["person"]
    looks = await scoped(site, organizer, Permission.PEOPLE_READ)
    asked = {"purpose": "newspaper", "people": [who]}
    (made,) = (await api(site, "POST /api/people/stand-ins", looks, asked))["items"]
    assert ANA["name"] not in str(made)
    back = {"purpose": "newspaper", "stand_ins": [made["stand_in"]]}
    await api(site, "POST /api/people/stand-ins/take-back", looks, back, 403)
    reads = await scoped(site, organizer, Permission.ORDER_PII)
    (taken,) = (await api(site, "POST /api/people/stand-ins/take-back", reads, back))["items"]
    assert taken == {"stand_in": made["stand_in"], "person": who, "contact": ANA}
    other = (await site.engine.access.create(await site.engine.access.create_organizer("A neighbour"))).key
    assert (await api(site, "POST /api/people/stand-ins/take-back", other, back))["items"] == []
    await api(site, "POST /api/people/stand-ins", key, {"purpose": "No Such", "people": [who]}, 422)
