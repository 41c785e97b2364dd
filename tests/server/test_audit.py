"""The audit trail from outside: every act records who, what and from where, and no secrets or personal data."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.audit import Act, Actor, RefusalKind
from engine.catalog.model import RoomPlan
from engine.engine import Engine
from engine.keyring import PASSES, PURPOSES, KeyringStore, Root, roots_of
from engine.keyring.acts import retire, rewrap
from engine.messages import Again, Letter
from engine.people import import_people
from engine.refusals import accept
from engine.rights import Chosen, Erased
from engine.vault import Contact
from engine.verify import verify_contexts
from tests.keyring.conftest import NEW_SECRET, rotated
from tests.promos.city import store
from tests.server.conftest import Site, from_address

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "audit.md"
ADDRESS, NETWORK = "203.0.113.77", "203.0.113.0/24"
# Acts that other tests write: tests/orders, accounts, messages, pictures, reconciliation, test_trail.py.
ELSEWHERE = {
    *("account", "approval", "audit", "buyer", "grant", "guest_link", "invitation", "member", "order"),
    *("outside", "ownership", "passkey", "payment_account", "picture", "policy", "recovery", "session", "totp"),
    *("disagreement", "dispute", "reconciliation"),
}
GIVEN_BACK = {"event.give_back", *(f"event.give_back_{how}" for how in ("pause", "resume", "retry"))}  # test_cancelling
NOT_WALKED = GIVEN_BACK | {"key.rotate", "login.refused", "factor.refused", "hook.refused", "signature.refused"}
NAMED = re.compile(r"`([a-z_]+\.[a-z_]+)`")
# What may never be read in the trail.
CODES = ("Canary Code 2037", "Second Canary")
PERSON = {"name": "Canaria Núñez", "email": "canary@example.org", "phone": "+34600111222"}
VENUE = {"name": "Sala Norte", "zone": "Europe/Madrid", "latitude": 43.36, "longitude": -5.84}
SALE = {
    "id": "audited",
    "event": "Jazz at the Corner",
    "starts": "in 60 days at 20:30",
    "zone": "Europe/Madrid",
    "currency": "EUR",
    "opens": "in 9 days",
    "sections": {"stalls": {"rows": 4, "seats": 10, "price": 45}},
    "pools": {"floor": {"capacity": 9, "price": 20}},
    "entry": {"code": [CODES[0]]},
}
PROMO = {"name": "Late", "price": 0.5, "stock": 3, "once": {"opens": "in 3 days", "closes": "in 4 days"}, "draft": True}


async def ask(site: Site, what: str, key: str, body: Any = None, status: int = 200) -> Any:
    """A request that comes from ADDRESS."""
    method, path = what.split(" ")
    headers = {"Authorization": f"Bearer {key}", **from_address(ADDRESS)}
    async with site.http.request(method, f"{site.url}{path}", json=body, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json(content_type=None) if answer.status != 204 else None


async def walk_sales(site: Site, key: str) -> None:
    venue = (await ask(site, "POST /api/venues", key, VENUE, 201))["id"]
    sections = {"stalls": {"rows": 2, "seats": 5}}
    await ask(site, f"POST /api/venues/{venue}/layouts", key, {"sections": sections}, 201)
    event = {"event": "Talk", "starts": "in 60 days", "zone": "Europe/Madrid"}
    event_id = (await ask(site, "POST /api/events", key, event, 201))["id"]
    await ask(site, f"PATCH /api/events/{event_id}", key, {"description": "One hour."})
    for act, body in (("move", {"starts": "in 70 days"}), ("postpone", {}), ("schedule", {"starts": "in 80 days"})):
        await ask(site, f"POST /api/events/{event_id}/{act}", key, body)
    await ask(site, f"POST /api/events/{event_id}/dates", key, {"dates": ["in 90 days"]})
    await ask(site, f"POST /api/events/{event_id}/cancel", key)
    await ask(site, "POST /api/sales", key, SALE, 201)
    await ask(site, "PATCH /api/sales/audited", key, {"entry": {"code": list(CODES)}, "person_max": 3})
    await ask(site, "POST /api/sales/audited/clone", key, {"starts": "in 70 days at 20:30"})
    await ask(site, "PUT /api/sales/audited/prices", key, {"prices": {"stalls": 50, "floor": 20}})
    shadow = await site.engine.rehearsals.make(Actor("ana"), "audited", RoomPlan(10, 1_000, 10))
    assert shadow is not None
    await site.engine.rehearsals.remove(shadow)
    withheld = {"name": "Press", "units": {"floor": 1}}
    press = (await ask(site, "POST /api/sales/audited/allocations", key, withheld, 201))["id"]
    for act, units in (("withhold", 2), ("release-part", 1)):
        await ask(site, f"POST /api/sales/audited/allocations/{press}/{act}", key, {"units": {"floor": units}})
    await ask(site, f"POST /api/sales/audited/allocations/{press}/release", key)
    await ask(site, "PUT /api/sales/audited/pools/floor", key, {"capacity": 5_000})
    for steer in ("open", "pause", "resume", "close", "reopen"):
        await ask(site, f"POST /api/sales/audited/{steer}", key, {} if steer == "reopen" else None)


async def walk_organizer(site: Site, key: str) -> None:
    said = {"name": "Sala Norte", "terms": {"text": "No smoking."}, "refund_rule": "Until the day before."}
    await ask(site, "PUT /api/organizer", key, said)
    await ask(site, "PUT /api/organizer", key, said)  # nothing changes
    identity = {"name": "Sala Norte S. L.", "tax_id": "B12345674", "address": "Calle Mayor 1"}
    await ask(site, "PUT /api/organizer/own-refunds", key, {"hours": 24})
    await ask(site, "PUT /api/organizer/taxes", key, {"countries": {"ES": {"IVA": 10}}})
    await ask(site, "PUT /api/organizer/identity", key, identity | {"city": "Madrid", "country": "ES"})


async def walk_promos(site: Site, key: str) -> None:
    made = await ask(site, "POST /api/stores", key, store(), 201)
    for rule in ("orders >= 1", "orders >= 2"):
        await ask(site, "PUT /api/segments", key, {"name": "often", "rule": rule})
    promo = {**PROMO, "product": made["products"]["croissant"]}
    link = await ask(site, "POST /api/links", key, {"name": "poster", "label": "Posters"}, 201)
    await ask(site, f"PATCH /api/links/{link['id']}", key, {"archived": True})
    coupon = (await ask(site, "POST /api/coupons", key, {"key": "TEN", "percent": 10}, 201))["id"]
    await ask(site, f"PUT /api/coupons/{coupon}", key, {"percent": 5})
    drawn = await ask(site, f"POST /api/coupons/{coupon}/codes", key, {"number": 2, "partner": "Radio"}, 201)
    await ask(site, f"POST /api/coupons/{coupon}/revoke", key, {"batch": drawn["id"]})
    await ask(site, f"POST /api/coupons/{coupon}/end", key)
    rain = {"issue": "rain", "amount": 500, "currency": "EUR", "why": "Rain"}
    credit = (await ask(site, "POST /api/credit", key, rain, 201))["ids"][0]
    await ask(site, f"POST /api/credit/{credit}/revoke", key)
    promo_id = (await ask(site, "POST /api/organizer/promos", key, promo, 201))["id"]
    for steer in ("schedule", "pause", "resume", "end"):
        await ask(site, f"POST /api/organizer/promos/{promo_id}/{steer}", key)
    for channel, address in (("email", PERSON["email"]), ("sms", PERSON["phone"])):
        await ask(site, "POST /api/bounces", key, {"channel": channel, "address": address}, 204)


async def walk_people(site: Site, folder: Path) -> None:
    file = folder / "people.jsonl"
    file.write_text(json.dumps({"reference": "r1", "zone": "Europe/Madrid", **PERSON}))
    organizer = await site.engine.access.first_organizer()
    report = await import_people(
        site.engine.db,
        site.engine.vault,
        file,
        on_rejected=pytest.fail,
        on_progress=lambda _: None,
        by=Act(str(organizer), "ana"),
    )
    assert report.added == 1
    people = await site.engine.vault.find_email(PERSON["email"])
    assert await site.engine.looking.read(Act(str(organizer), "ana"), people)
    by = Act(str(organizer), "ana")
    accept(await site.engine.correcting.correct(by, people[0], Contact(PERSON["name"])))
    stand_ins = await site.engine.stand_ins.hand_out(by, "newspaper", people)
    assert await site.engine.stand_ins.take_back(by, "newspaper", list(stand_ins.values()))
    accept(await site.engine.known(by, Chosen(people)))
    noted = await site.engine.notes.add(by, people[0], f"{PERSON['name']}, press")
    assert isinstance(noted, str), noted
    assert await site.engine.notes.read(by, people[0])
    assert await site.engine.notes.remove(by, people[0], noted)
    erased = await site.engine.erasing.erase(Actor("ana"), Chosen(people))
    assert isinstance(erased, Erased), erased
    # As if they had paid for something.
    filed = site.engine.vault.filed(Contact(PERSON["name"]), None, None)
    async with site.engine.db.acquire() as connection:
        await site.engine.vault.put(connection, [filed])
        await site.engine.vault.keep(connection, {filed.row.person: (PERSON["name"], datetime.now(UTC))})
    assert await site.engine.looking.kept(Actor("ana"), [filed.row.person])


async def walk_refusals(site: Site, sale: str) -> str:
    """Keys and permissions that are refused; a key that never counted."""
    wrong = f"ak_{'a' * 12}_{'b' * 43}"
    for _ in range(3):
        await ask(site, "GET /api/organizer/sales", wrong, status=401)
    client = await site.socket(headers=from_address(ADDRESS))
    assert (await client.refused("hello", api_key=wrong))["code"] == "unauthorized"
    await client.ok("hello")
    assert (await client.refused("watch", sale=sale, topics=["takings"]))["code"] == "forbidden"
    await site.engine.audit.tally.hand_in()
    await minute_is_over(site.engine.db)
    assert await site.engine.audit.tally.settle() >= 2
    return wrong


async def walk_webhooks(site: Site, key: str) -> str:
    """What may be done to a webhook; its secret."""
    body = {"url": "https://example.org/in", "topics": ["order.paid"]}
    made = await ask(site, "POST /api/webhooks", key, body, 201)
    steps = (("test", None, 202), ("pause", None, 204), ("resume", None, 204), ("replay", {"from_sequence": 1}, 202))
    for step, wants, status in steps:
        await ask(site, f"POST /api/webhooks/{made['id']}/{step}", key, wants, status)
    await ask(site, f"DELETE /api/webhooks/{made['id']}", key, status=204)
    return str(made["secret"])


async def walk_messages(engine: Engine) -> None:
    """A letter that was sent, read by an operator and sent again."""
    async with engine.db.acquire() as connection:
        await engine.letterbox.write(
            connection, Letter("reset:1", "reset", PERSON["email"], "en", {"link": "https://a.example/"})
        )
    await engine.letterbox.post.step()
    await engine.letterbox.post.settle()
    (message,) = await engine.letterbox.desk.listed("sent", 10)
    assert await engine.letterbox.desk.read(message.id, Actor("ana")) is not None
    assert await engine.letterbox.desk.send_again(message.id, Actor("ana")) is Again.QUEUED


async def walk_keys(engine: Engine) -> list[str]:
    """The keyring: one that rotates and one that goes, and another root key; all that was secret of them."""
    parts = {part.hex() for purpose in PURPOSES for part in engine.keyring.keyring.of(purpose).signing.parts}
    await rotated(engine.keyring, PASSES)
    await retire(engine.keyring, PASSES.name, 1, Actor("ana"), force=True)
    parts |= {part.hex() for part in engine.keyring.keyring.of(PASSES).signing.parts}
    (root,) = roots_of(engine.settings)
    assert await rewrap(KeyringStore(engine.db, [Root(NEW_SECRET), root]), Actor("ana")) == len(PURPOSES)
    return [*parts, NEW_SECRET.decode()]


def named_acts() -> set[str]:
    """What docs/audit.md says is written."""
    return set(NAMED.findall(DOCS.read_text().split("## What is written")[1].split("## Chains")[0]))


def acts_of(path: Path) -> Iterator[str]:
    """The acts that a module writes by their name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "write":
            yield from (each.value for each in node.args[2:3] if isinstance(each, ast.Constant))


def test_the_page_names_every_act_that_is_written() -> None:
    written = {act for path in (ROOT / "engine").rglob("*.py") for act in acts_of(path)}
    assert len(written) > 50
    assert written | {kind.value for kind in RefusalKind} <= named_acts()


async def minute_is_over(db: asyncpg.Pool) -> None:
    await db.execute("UPDATE audit_tally SET minute = minute - interval '5 minutes'")


async def rows_of(db: asyncpg.Pool) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch("SELECT *, network::text AS network FROM audit ORDER BY id")]


async def test_every_act_is_there_without_a_secret_or_anything_personal(
    site: Site, organizer: Act, tmp_path: Path
) -> None:
    engine = site.engine
    key = await engine.access.create(organizer.organizer_id, "box office", Actor("ana"))
    await walk_sales(site, key.key)
    await walk_organizer(site, key.key)
    await walk_promos(site, key.key)
    signs = await walk_webhooks(site, key.key)
    await walk_people(site, tmp_path)
    hidden = await ask(site, "POST /api/sales", key.key, {**SALE, "id": "public", "visibility": "public"}, 201)
    wrong = await walk_refusals(site, hidden["id"])
    await engine.access.revoke(key.id, Actor("ana"))
    await walk_messages(engine)
    of_keys = await walk_keys(engine)

    rows = await rows_of(engine.db)
    named = {act for act in named_acts() - NOT_WALKED if act.split(".")[0] not in ELSEWHERE}
    assert {row["act"] for row in rows} == named
    secrets = [key.key, wrong, signs, engine.settings.signing_secret().decode(), *CODES, *of_keys]
    secrets += [row["draw_secret"].hex() for row in await engine.db.fetch("SELECT draw_secret FROM sale")]
    secrets += [code for row in await engine.db.fetch("SELECT entry_codes FROM sale") for code in row["entry_codes"]]
    for row in rows:
        text = json.dumps(row, default=str, ensure_ascii=False)
        for told in (*secrets, *PERSON.values(), ADDRESS):
            assert told not in text, row

    by_key = [row for row in rows if row["actor"] == key.id]
    assert {row["actor_kind"] for row in by_key} == {"key"}
    assert {row["network"] for row in by_key} == {NETWORK}
    assert all(re.fullmatch(r"[0-9a-f]{6}-\d+", row["request"]) for row in by_key)
    assert len({row["request"] for row in by_key if row["act"].startswith("sale.")}) == 10

    await engine.audit.linker.step()
    assert (await verify_contexts(engine, grace_s=0))["audit"] == []


async def test_before_and_after_are_what_changed(site: Site, key: str) -> None:
    await walk_sales(site, key)
    await walk_promos(site, key)
    rows = {row["act"]: row for row in await rows_of(site.engine.db)}
    change = rows["sale.change"]
    assert change["before"] == {"entry": {"rule": "code", "codes": 1}, "person_max": change["before"]["person_max"]}
    assert change["after"] == {"entry": {"rule": "code", "codes": 2}, "person_max": 3}
    prices = rows["sale.prices"]
    assert prices["before"] == {"list": 1, "prices": {"stalls": {"general": 4500}}}
    assert (prices["after"]["list"], prices["after"]["prices"]) == (2, {"stalls": {"general": 5000}})
    assert (rows["sale.pause"]["before"]["paused"], rows["sale.pause"]["after"]["paused"]) == (False, True)
    assert rows["sale.close"]["before"]["closed_at"] is None
    assert rows["sale.close"]["after"]["closed_at"] is not None
    segment = rows["segment.put"]
    assert segment["before"] == {"name": "often", "rule": "orders >= 1"}
    assert segment["after"] == {"name": "often", "rule": "orders >= 2"}
    assert (rows["promo.ended"]["before"], rows["promo.ended"]["after"]) == ({"state": "scheduled"}, {"state": "ended"})
