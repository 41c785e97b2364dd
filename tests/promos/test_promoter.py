"""The life of a promo: scheduled, activated once by any worker, sold like any sale, ended; and what is refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.onsale.model import Held
from engine.orders import Bought
from engine.people import PersonChange
from engine.promos import POOL
from engine.refusals import Code, Refused
from engine.stores.keys import SALE_KEYS, sale_keys
from tests.promos.city import BY, ORGANIZER, City, code, here, store, until, wrong
from tests.promos.world import FAR, NEAR


async def test_two_people_one_promo(city: City) -> None:
    """The issue's own story: the right person is told and sees it, the other neither."""
    regular, stranger, far = await city.buyer(), await city.buyer(), await city.buyer(FAR)
    query = "INSERT INTO relation (organizer_id, number, orders_count) SELECT $1, number, 5 FROM profile"
    await city.engine.db.execute(f"{query} WHERE buyer_id = ANY ($2)", ORGANIZER, [regular, far])
    sale = await city.running(segments=["regulars"])
    assert await city.told() == {regular: 1}
    seen = {buyer: await city.promos.board.promos(buyer, None) for buyer in (regular, stranger, far)}
    assert [len(cards) for cards in seen.values() if isinstance(cards, list)] == [1, 0, 0]
    (card,) = seen[regular]
    assert (card.offered.sale, card.left, card.state, card.distance_m) == (
        sale,
        10,
        "active",
        pytest.approx(480, abs=40),
    )
    assert code(await city.claim(sale, stranger)) is Code.NOT_ELIGIBLE
    assert code(await city.claim(sale, far)) is Code.TOO_FAR
    assert isinstance(await city.claim(sale, regular), Held)


async def test_buying_a_unit(city: City) -> None:
    buyer = await city.buyer()
    sale = await city.running(stock=2)
    held = await city.claim(sale, buyer)
    assert isinstance(held, Held)
    bought = await city.buy(sale, buyer)
    assert isinstance(bought, Bought), bought
    assert bought.order.total == 90
    snapshot = await city.promos.of_organizer(BY.organizer_id)
    counts = snapshot[0].windows[0].counts
    assert {name: counts[name] for name in ("left", "in_carts", "bought", "revenue", "eligible", "notified")} == {
        "left": 1,
        "in_carts": 0,
        "bought": 1,
        "revenue": 90,
        "eligible": 1,
        "notified": 1,
    }
    await city.engine.redis.delete(*sale_keys(sale, *SALE_KEYS))
    again = (await city.promos.of_organizer(BY.organizer_id))[0].windows[0].counts
    assert again == counts, "what was bought is known when its sale has left Redis"
    for _ in range(2):
        await city.engine.order_counts.consumer.step(city.engine.db)
        await city.engine.order_counts.step()
    assert (await city.engine.persons.read(buyer) or {})["orders_count"] == 1


async def test_the_cart_of_a_promo_lasts_a_minute(city: City) -> None:
    buyer = await city.buyer()
    sale = await city.running()
    held = await city.claim(sale, buyer)
    cart = await city.engine.onsale.sale(sale).cart(buyer)
    assert isinstance(held, Held)
    assert 59_000 < held.deadline_at_ms - getattr(cart, "now_ms", 0) <= 60_000


async def test_the_last_unit_goes_to_one_of_five_hundred(city: City) -> None:
    sale = await city.running(stock=1)
    await city.buyer()
    zone = await city.engine.db.fetchval("SELECT number FROM zone LIMIT 1")
    buyers = [f"{number:016d}" for number in range(500)]
    await city.engine.db.executemany(
        "INSERT INTO profile (buyer_id, zone, latitude, longitude, located_at) VALUES ($1, $2, $3, $4, now())",
        [(buyer, zone, NEAR.latitude, NEAR.longitude) for buyer in buyers],
    )
    await city.step()
    verdicts = await asyncio.gather(*(city.claim(sale, buyer) for buyer in buyers))
    assert sum(isinstance(verdict, Held) for verdict in verdicts) == 1
    assert {code(verdict) for verdict in verdicts} == {None, Code.SHORT}


async def test_no_more_than_ones_share(city: City) -> None:
    buyer = await city.buyer()
    sale = await city.running(person_max=2)
    assert isinstance(await city.claim(sale, buyer, 2), Held)
    assert code(await city.claim(sale, buyer)) is Code.OVER_MAXIMUM


async def test_what_is_in_a_cart_when_the_promo_ends_may_still_be_bought(city: City) -> None:
    holder, late = await city.buyer(), await city.buyer()
    sale = await city.running()
    assert isinstance(await city.claim(sale, holder), Held)
    (promo,) = await city.promos.of_organizer(BY.organizer_id)
    assert await city.promos.end(BY, promo.id) == "ended"
    await city.step()
    assert code(await city.claim(sale, late)) is Code.WINDOW_OVER
    assert await city.cards(holder) == []
    assert isinstance(await city.buy(sale, holder), Bought)
    assert code(await city.promos.resume(BY, promo.id)) is Code.WINDOW_OVER


async def test_a_window_whose_time_is_over_ends_its_promo(city: City) -> None:
    holder = await city.buyer()
    sale = await city.running()
    assert isinstance(await city.claim(sale, holder), Held)
    await city.engine.db.execute(
        "UPDATE promo_window SET opens_at = now() - interval '2 hours', closes_at = now() - interval '1 second'"
    )
    await city.step()
    (promo,) = await city.promos.of_organizer(BY.organizer_id)
    assert (promo.state, promo.windows[0].state) == ("ended", "ended")
    assert code(await city.claim(sale, await city.buyer())) is Code.WINDOW_OVER
    assert isinstance(await city.buy(sale, holder), Bought)


async def test_sold_out_is_seen(city: City) -> None:
    one, two = await city.buyer(), await city.buyer()
    sale = await city.running(stock=1)
    assert isinstance(await city.claim(sale, one), Held)
    assert code(await city.claim(sale, two)) is Code.SHORT

    async def sold_out() -> bool:
        (card,) = await city.cards(two)
        return (card.left, card.state) == (0, "sold_out")

    await until(sold_out)


async def test_views_are_counted_once(city: City) -> None:
    one, two = await city.buyer(), await city.buyer()
    await city.running()
    for buyer in (one, two, one):
        await city.cards(buyer)
        await city.promos.board.count_views()
    assert (await city.promos.counts.totals(1))["viewed"] == 2
    assert sum(minute["viewed"] for minute in (await city.promos.counts.per_minute(1)).values()) == 2


async def test_the_shown_position_is_not_the_claiming_one(city: City) -> None:
    buyer = await city.buyer(FAR)
    sale = await city.running()
    (card,) = await city.cards(buyer, here(NEAR))
    assert card.offered.sale == sale
    assert code(await city.claim(sale, buyer)) is Code.TOO_FAR
    assert code(await city.promos.gate(sale, buyer, here(NEAR))) is Code.TOO_FAR


async def test_a_walk_into_the_radius_counts(city: City) -> None:
    buyer = await city.buyer(None)
    sale = await city.running()
    assert code(await city.claim(sale, buyer)) is Code.TOO_FAR
    assert len(await city.cards(buyer, here(NEAR))) == 1
    assert code(await city.claim(sale, buyer)) is Code.TOO_FAR  # looking says nothing of where somebody is
    assert isinstance(await city.engine.persons.put(buyer, PersonChange(position=here(NEAR))), int)
    assert isinstance(await city.claim(sale, buyer), Held)


async def test_who_has_no_profile_sees_promos_for_everybody_only(city: City) -> None:
    await city.running()
    assert len(await city.cards("somebody-unknown", here(NEAR))) == 1
    await city.running(segments=["regulars"], product="croissant")
    assert len(await city.cards("somebody-unknown", here(NEAR))) == 1


async def test_changing_a_profile_is_seen_at_once(city: City) -> None:
    buyer = await city.buyer(None)
    await city.step()
    number = await city.engine.persons.put(buyer, PersonChange(position=here(NEAR), locale="es-AR"))
    assert isinstance(number, int)
    assert (await city.engine.persons.read(buyer) or {})["locale"] == "es"
    known = await city.promos.audience.read(number, ())
    assert getattr(known, "position", None) == here(NEAR) or getattr(known, "position", None) is not None


async def test_nearest_first_without_the_database(city: City) -> None:
    buyer = await city.buyer()
    for shift in (0.002, 0.0, 0.004):
        body = store()
        body["latitude"] = NEAR.latitude + shift
        await city.promos.shelf.create_store(BY, body)
    await city.step()
    await city.cards(buyer)
    city.engine.db.terminate()  # from here on any query fails
    cards = [await city.cards(buyer, here(NEAR)) for _ in range(5)]
    assert [card.distance_m for card in cards[-1]] == sorted(card.distance_m for card in cards[-1])
    assert len(cards[-1]) == 3


BOTH = "promos.0.once"


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"price": 1.80}, ["promos.0.price"]),
        ({"product": "bread", "stock": 0}, ["promos.0.stock"]),
        ({"product": "bread"}, ["promos.0.product"]),
        ({"segments": ["nobody"]}, ["promos.0.segments.0"]),
        ({"once": {"opens": "2020-01-01 10:00", "closes": "2020-01-01 11:00"}}, ["promos.0.once"]),
        ({"once": {"opens": "in 2 hours", "closes": "in 1 hour"}}, ["promos.0.once"]),
        (
            {"daily": {"opens": "17:00", "closes": "19:00", "first": "2026-01-01", "last": "2026-01-02"}},
            ["promos.0.once"],
        ),
        ({"once": None}, ["promos.0.once"]),
        ({"radius_m": 100_000}, ["promos.0.radius_m"]),
    ],
)
async def test_mistakes_are_named(city: City, change: dict[str, Any], paths: list[str]) -> None:
    found = await city.promos.shelf.create_store(BY, store(**change))
    assert wrong(found) == paths
    assert await city.engine.db.fetchval("SELECT count(*) FROM store") == 0


async def test_a_store_in_yaml_with_its_lines(city: City) -> None:
    text = """
store: La Espiga
zone: Europe/Madrid
latitude: 40.4168
longitude: -3.7038
currency: EUR
products:
  croissant: 1.80
segments:
  regulars: orders >= and
promos:
  - name: Evening bread
    product: croissant
    price: 0.90
    stock: 50
    daily: {opens: "17:00", closes: "19:00", first: 2030-06-01, last: 2030-06-30}
"""
    found = await city.promos.shelf.store_from_yaml(text, BY)
    assert [str(each) for each in found] == [
        "line 10: segments.regulars: at character 11: orders is compared with a whole number, not “and”"
    ]
    created = await city.promos.shelf.store_from_yaml(text.replace(">= and", ">= 3"), BY)
    assert not isinstance(created, list), created
    assert await city.engine.db.fetchval("SELECT count(*) FROM promo_window") == 30


async def test_overlapping_promos_of_a_product_are_refused(city: City) -> None:
    created = await city.promos.shelf.create_store(BY, store())
    assert not isinstance(created, list), created
    body = {**store()["promos"][0], "product": created.products["croissant"]}
    again = await city.promos.shelf.create_promo(BY, body)
    assert [each.message for each in again] == ["overlaps with another promo of the same product"]
    later = {**body, "once": {"opens": "in 3 hours", "closes": "in 4 hours"}, "draft": True}
    draft = await city.promos.shelf.create_promo(BY, later)
    assert isinstance(draft, str)
    assert await city.promos.shelf.schedule(BY, draft) == "scheduled"
    clash = await city.promos.shelf.create_promo(BY, {**later, "draft": True})
    assert isinstance(clash, str)
    assert code(await city.promos.shelf.schedule(BY, clash)) is Code.CONFLICT
    await city.promos.end(BY, draft)
    assert await city.promos.shelf.schedule(BY, clash) == "scheduled"


async def test_racing_promos_of_a_product_leave_one(city: City) -> None:
    created = await city.promos.shelf.create_store(BY, store(once={"opens": "in 2 days", "closes": "in 3 days"}))
    assert not isinstance(created, list), created
    body = {**store()["promos"][0], "product": created.products["croissant"]}
    results = await asyncio.gather(*(city.promos.shelf.create_promo(BY, body) for _ in range(8)))
    assert sum(isinstance(result, str) for result in results) == 1


async def test_segments_are_previewed_and_kept(city: City) -> None:
    for _ in range(3):
        await city.buyer()
    await city.buyer(None, consent=False)
    preview = await city.promos.shelf.preview(ORGANIZER, {"rule": "orders = 0"})
    assert preview == type(preview)(members=3, consenting=3, reachable=3)  # who only came by is nobody's
    assert wrong(await city.promos.shelf.preview(ORGANIZER, {"rule": "orders = "})) == ["rule"]
    assert wrong(await city.promos.shelf.put_segment(BY, {"name": "new users", "rule": "everybody"})) == ["name"]
    first = await city.promos.shelf.put_segment(BY, {"name": "all", "rule": "everybody"})
    assert await city.promos.shelf.put_segment(BY, {"name": "all", "rule": "orders = 0"}) == first


async def test_a_lost_promo_is_never_begun_anew(city: City) -> None:
    """Preparing a window publishes its sale; what Redis lost of it later is rebuilt, whoever comes first."""
    buyer = await city.buyer()
    promo = await city.promo()
    await city.step()
    sale = await city.sale_of(promo)
    assert isinstance(await city.claim(sale, buyer), Held)
    assert isinstance(await city.buy(sale, buyer), Bought)
    await city.engine.redis.delete(*sale_keys(sale, *SALE_KEYS))
    assert await city.promos.pause(BY, promo) == "paused"
    snapshot = await city.engine.onsale.sale(sale).snapshot()
    assert not isinstance(snapshot, Refused)
    assert (snapshot.counters.sold, snapshot.pools[POOL]) == (1, 9)


async def test_redis_is_lost_and_everything_comes_back(city: City) -> None:
    buyer = await city.buyer()
    sale = await city.running()
    keys = city.promos.audience.keys
    await city.engine.redis.delete(
        keys.ready, keys.where, keys.consent, keys.offered, keys.day(datetime.now(UTC).date()), keys.buyers(buyer)
    )
    assert code(await city.promos.board.promos("somebody-unknown", here())) is Code.UNAVAILABLE
    await city.engine.db.execute("UPDATE promo_window SET claimed_at = NULL")
    await city.step()
    assert await city.told() == {buyer: 1}
    assert isinstance(await city.claim(sale, buyer), Held)
    assert datetime.now(UTC) - await city.engine.db.fetchval("SELECT activated_at FROM promo_window") < timedelta(
        minutes=1
    )
