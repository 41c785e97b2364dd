"""Whose people they are: an organizer counts, sees and reaches its own only, whatever another does beside it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.audit import Act
from engine.orders import ORDER_PAID
from engine.outbox import tell
from engine.people import PersonChange, Rejected, Report, Subscription, take_people
from engine.segments import Preview
from tests.promos.city import BY, ORGANIZER, City, here
from tests.promos.lines import Line, Worker, notices
from tests.promos.world import NEAR

OTHER = Act("org_other", "test")
ANA, BOB, EVE = "ana@example.org", "bob@example.org", "eve@example.org"
SALE = """
INSERT INTO sale (kind, id, organizer_id, currency, person_max, cart_ms, prices, opens_at, closes_at, draw_secret,
                  draw_commit)
VALUES ('event', $1, $2, 'EUR', 1, 1000, '{}', now(), now() + '1 day', '', '') ON CONFLICT DO NOTHING
"""


@pytest.fixture
async def town(city: City) -> City:
    """Two organizers."""
    await city.engine.db.execute("INSERT INTO organizer (id, name) VALUES ($1, 'Other')", OTHER.organizer_id)
    return city


def line(reference: str, **more: Any) -> dict[str, Any]:
    return {"reference": reference, "zone": "Europe/Madrid", **more}


def near(reference: str, **more: Any) -> dict[str, Any]:
    """Somebody beside the store, who agreed."""
    return line(reference, latitude=NEAR.latitude, longitude=NEAR.longitude, consent=True, **more)


async def take(town: City, by: Act, *lines: object) -> tuple[Report, list[Rejected]]:
    return await take_people(town.engine.db, town.engine.vault, lines, by)


async def count(town: City, by: Act, rule: str = "everybody") -> Preview:
    found = await town.promos.shelf.preview(by.organizer_id, {"rule": rule})
    assert isinstance(found, Preview)
    return found


async def paid(town: City, by: Act, buyer: str) -> None:
    """An order of one of the organizer's sales, counted."""
    sale, order = f"sale-{by.organizer_id[4:]}", f"ord_{secrets.token_hex(6)}"
    await town.engine.db.execute(SALE, sale, by.organizer_id)
    at = await town.engine.db.fetchval("SELECT now()")
    body: Any = {"sale": sale, "order": order, "buyer": buyer, "total": 1, "currency": "EUR", "paid_at": at}
    async with town.engine.db.acquire() as connection, connection.transaction():
        await tell(
            connection,
            ORDER_PAID,
            subject=order,
            organizer=by.organizer_id,
            body=body,
            once=order,
            sale_kind="event",
        )
    await town.engine.order_counts.consumer.step(town.engine.db)
    await town.engine.order_counts.step()


async def reached(town: City) -> set[str]:
    """The references of imported people who have a notice."""
    rows = await town.engine.db.fetch("SELECT reference FROM notice JOIN relation USING (number)")
    return {row["reference"] for row in rows}


async def test_an_import_says_the_same_of_known_and_unknown_addresses(town: City) -> None:
    await take(town, OTHER, line("theirs", email=ANA, phone="+34600111222"))
    await town.buyer(email=BOB)
    answers = [await take(town, BY, line(f"r{at}", email=email)) for at, email in enumerate((ANA, BOB, EVE))]
    assert [asdict(report) for report, _ in answers] == [asdict(answers[0][0])] * 3
    repeated = [await take(town, BY, line(f"r{at}", email=email)) for at, email in enumerate((ANA, BOB, EVE))]
    assert [(report.added, report.changed) for report, _ in repeated] == [(0, 1)] * 3
    assert await count(town, OTHER) == Preview(2, 1, 1)  # theirs, and Bob, who wants to hear of anybody's offers


async def test_nothing_tells_what_somebody_else_knows_of_an_address(town: City) -> None:
    """Neither another organizer nor the person: whoever imports an address learns what they said of it themselves."""
    await take(town, OTHER, near("theirs", email=ANA, phone="+34600111222", locale="es", orders_count=7))
    buyer = await town.buyer(email=BOB, consent=False, locale="es")
    await paid(town, OTHER, buyer)
    await take(town, BY, line("a", email=ANA, zone="UTC"), line("b", email=BOB, zone="UTC"))
    assert await count(town, BY) == Preview(2, 0, 0)
    for rule in ("has_phone", "located", 'locale = "es"', 'zone = "Europe/Madrid"', "orders > 0"):
        assert await count(town, BY, rule) == Preview(0, 0, 0), rule
    await take(town, BY, near("a", email=ANA))
    sale = await town.running()
    assert sale
    assert await reached(town) == {"a"}


async def test_a_promo_reaches_its_organizers_people_only(town: City) -> None:
    await take(town, BY, near("ours"), near("silent") | {"consent": False})
    await take(town, OTHER, near("theirs"))
    anybody, subscriber, theirs, bought = [await town.buyer(consent=each) for each in (True, False, False, False)]
    for buyer, by in ((subscriber, BY), (theirs, OTHER)):
        await town.engine.persons.put(buyer, PersonChange(), Subscription(by.organizer_id, True, "Tell me"))
    await paid(town, BY, bought)
    await town.running()
    assert await reached(town) == {"ours", None}
    told = await town.told()
    assert {anybody, subscriber} <= told.keys()
    assert told.keys().isdisjoint({theirs, bought})
    assert len(told) == 3
    assert await count(town, BY) == Preview(5, 3, 3)
    assert await count(town, OTHER) == Preview(3, 3, 3)


async def test_orders_of_another_organizer_are_nobody_elses_business(town: City) -> None:
    buyer = await town.buyer()
    for _ in range(3):
        await paid(town, OTHER, buyer)
    await paid(town, BY, buyer)
    assert await count(town, BY, "orders >= 3") == Preview(0, 0, 0)
    assert await count(town, BY, "orders = 1 and last_order_days = 0") == Preview(1, 1, 1)
    assert await count(town, OTHER, "orders = 3") == Preview(1, 1, 1)
    assert (await town.engine.persons.read(buyer) or {})["orders_count"] == 4


async def test_what_a_release_before_claimed_for_everybody_lapses(town: City) -> None:
    """Its notices are durable when a deliverer of this one finds them."""
    lines = {name: Line(name) for name in ("push", "email", "sms")}
    await take(town, BY, near("ours", email=ANA))
    await take(town, OTHER, near("theirs", email=BOB))
    await town.running()
    window = await town.engine.db.fetchval("SELECT window_n FROM notice")
    number = await town.engine.db.fetchval("SELECT number FROM relation WHERE reference = 'theirs'")
    day = await town.engine.db.fetchval("SELECT day FROM notice")
    await town.engine.db.execute("INSERT INTO notice (day, number, window_n) VALUES ($1, $2, $3)", day, number, window)
    await town.engine.db.execute(
        "INSERT INTO notice_batch (id, window_n, day, numbers) VALUES ('older', $1, $2, ARRAY[$3::integer])",
        *(window, day, number),
    )
    await Worker(town, lines).step()
    assert [message.to for message in lines["email"].taken] == [ANA]
    assert [row["state"] for row in await notices(town)] == ["sent", "lapsed"]


async def test_a_no_holds_over_imports(town: City) -> None:
    lines = {name: Line(name) for name in ("push", "email", "sms")}
    await take(town, BY, near("a", email=ANA), near("b", email=BOB), near("e", email=EVE))
    numbers = dict(await town.engine.db.fetch("SELECT reference, number FROM relation"))
    await town.engine.persons.unsubscribe(numbers["a"])
    await town.engine.suppression.reported(BY, "email", BOB, "complained")
    await town.engine.suppression.reported(OTHER, "email", EVE, "complained")
    for by in (BY, OTHER):
        await take(town, by, near("a", email=ANA), near("b", email=BOB), near("e", email=EVE))
    assert (await count(town, BY)).consenting == 2
    await town.running()
    await Worker(town, lines).step()
    assert [message.to for message in lines["email"].taken] == [EVE]


async def test_what_somebody_says_to_one_organizer_is_kept_as_it_was_shown(town: City) -> None:
    buyer = await town.buyer(consent=False)
    words = "Offers of La Espiga, one a day"
    await town.engine.persons.put(buyer, PersonChange(), Subscription(ORGANIZER, True, words))
    (seen,) = await town.engine.persons.related(ORGANIZER, "", 10)
    assert (seen["consent"], seen["consent_wording"], seen["consent_source"]) == (True, words, "person")
    assert seen["consent_at"] is not None
    assert await town.engine.persons.related(OTHER.organizer_id, "", 10) == []
    await town.engine.persons.put(buyer, PersonChange(consent=True), Subscription(ORGANIZER, False, None))
    assert (await count(town, BY), await count(town, OTHER)) == (Preview(0, 0, 0), Preview(1, 1, 1))
    assert await town.engine.persons.related(ORGANIZER, "", 10) == []


async def test_ids_of_two_organizers_for_one_person_have_nothing_in_common(town: City) -> None:
    buyer = await town.buyer()
    await paid(town, BY, buyer)
    await paid(town, OTHER, buyer)
    ours, theirs = [(await town.engine.persons.related(by.organizer_id, "", 10))[0] for by in (BY, OTHER)]
    assert ours["id"].startswith("per_")
    assert ours["id"] != theirs["id"]
    assert buyer not in f"{ours} {theirs}"
    assert {"number", "buyer_id"}.isdisjoint(ours)


async def test_a_line_that_can_not_be_stored_keeps_no_other_out(town: City) -> None:
    lines = [line(f"r{at}") for at in range(9)]
    lines[4] = line("r4", first_seen_at="0001-01-01T00:00:00+14:00")
    report, rejected = await take(town, BY, *lines, "not an object", {"reference": "x"})
    assert (report.added, report.rejected) == (8, 3)
    assert [each.line for each in rejected] == [5, 10, 11]


# ── any acts of anybody, against a model ──

PEOPLE, ORGANIZERS = ("p0", "p1"), (BY, OTHER)
people, organizers, answers = st.sampled_from(PEOPLE), st.sampled_from((0, 1)), st.booleans()
acts = st.one_of(
    st.tuples(st.just("import"), organizers, st.sampled_from(("r0", "r1")), answers),
    st.tuples(st.just("subscribe"), organizers, people, answers),
    st.tuples(st.just("general"), st.just(0), people, answers),
    st.tuples(st.just("order"), organizers, people, st.just(True)),
    st.tuples(st.just("unsubscribe"), st.just(0), people, st.just(True)),
)


class Model:
    """What an organizer may count and reach, in a few words."""

    def __init__(self) -> None:
        self.general: dict[str, bool] = {}
        self.said: tuple[dict[str, bool], dict[str, bool]] = ({}, {})
        self.known: tuple[set[str], set[str]] = (set(), set())

    def act(self, what: str, at: int, who: str, answer: bool) -> None:
        match what:
            case "import":
                self.known[at].add(who)
                self.said[at][who] = answer
            case "subscribe":
                self.general.setdefault(who, False)
                self.said[at][who] = answer
            case "general" | "unsubscribe":
                self.general[who] = answer and what == "general"
                if not self.general[who]:
                    for said in self.said:
                        said.update({who: False} if said.get(who) else {})
            case "order":
                self.general.setdefault(who, False)
                self.known[at].add(who)

    def told(self, at: int) -> set[str]:
        return {who for who in {*self.general, *self.said[at]} if self.said[at].get(who, self.general.get(who, False))}


async def do(town: City, what: str, at: int, who: str, answer: bool) -> None:
    by, persons = ORGANIZERS[at], town.engine.persons
    match what:
        case "import":
            await take(town, by, line(who, consent=answer))
        case "subscribe":
            await persons.put(who, PersonChange(position=here()), Subscription(by.organizer_id, answer, None))
        case "general":
            await persons.put(who, PersonChange(consent=answer))
        case "order":
            await persons.put(who, PersonChange())
            await paid(town, by, who)
        case _:
            await persons.put(who, PersonChange())
            await persons.unsubscribe((await persons.read(who) or {})["number"])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(acts=st.lists(acts, max_size=12))
async def test_each_organizer_has_its_own_people(town: City, acts: list[tuple[str, int, str, bool]]) -> None:
    engine, model = town.engine, Model()
    await engine.db.execute("TRUNCATE profile, profile_order, relation, notice, notice_batch CASCADE")
    await engine.db.execute(
        "INSERT INTO segment (id, organizer_id, name, rule) SELECT id, id, 'all', 'everybody'"
        " FROM organizer ON CONFLICT DO NOTHING"
    )
    await engine.follower.build()
    for act in acts:
        await do(town, *act)
        model.act(*act)
    await engine.follower.follow()
    for at, by in enumerate(ORGANIZERS):
        told = model.told(at)
        found = await count(town, by)
        assert (found.members, found.consenting) == (len(told | model.known[at]), len(told)), by.organizer_id
        assert await engine.promos.audience.count(engine.promos.audience.keys.told(by.organizer_id)) == len(told)
        assert await named(town, by) == model.known[at] | {who for who, said in model.said[at].items() if said}


async def named(town: City, by: Act) -> set[str]:
    """Whom an organizer has listed: imported people by their references, others by who they are."""
    listed: list[Mapping[str, Any]] = await town.engine.persons.related(by.organizer_id, "", 100)
    query = "SELECT coalesce(r.reference, p.buyer_id) FROM relation r JOIN profile p USING (number) WHERE r.id = $1"
    return {await town.engine.db.fetchval(query, each["id"]) for each in listed}
