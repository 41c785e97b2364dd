"""A house: a sale of the catalog that is open, with an engine over it, and buyers that fill carts."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.audit import Act
from engine.catalog.model import SaleState
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale import Sale
from engine.onsale.model import Cart, Held, PoolHold, SeatsHold
from engine.orders import Bought, CartChange, Contact, Orders, Purchase, Step
from engine.payments import Card, Means, Provider, Sandbox
from engine.refusals import Refused

GOOD = "4242424242424242"
YAML = """
event: Jazz en el Rincón
starts: {starts}
zone: Europe/Madrid
currency: EUR
opens: {opens}
closes: {closes}
id: {sale}
person_max: 6
cart_minutes: {cart_minutes}
sections:
  stalls: {{rows: 4, seats: 10, price: {{general: 45.00, half: 22.50}}}}
  circle: {{rows: 2, seats: 10, price: 30.00}}
pools:
  floor: {{capacity: 100, price: 20.00}}
  early: {{capacity: 10, price: 15.00, draws_on: [floor]}}
  gift: {{capacity: 20, price: 0}}
"""

# Three days, passes for all of them, and what admits to none.
FESTIVAL = """
event: Festival
id: {sale}
starts: FIRST 18:00
zone: Europe/Madrid
currency: EUR
opens: now
closes: FIRST 12:00
room: false
days:
  fri: {{name: Friday, starts: FIRST 18:00}}
  sat: {{name: Saturday, starts: SECOND 12:00}}
  sun: {{name: Sunday, starts: THIRD 12:00}}
sections:
  loge: {{rows: 1, seats: 4, price: 60, admits: [sat]}}
pools:
  friday: {{capacity: 8, price: 30, admits: fri}}
  saturday: {{capacity: 6, price: 30, admits: sat}}
  sunday: {{capacity: 7, price: 30, admits: sun}}
  pass: {{capacity: 6, price: 70, draws_on: [friday, saturday, sunday], admits: [fri, sat, sun]}}
  parking: {{capacity: 5, price: 5}}
"""

COUNTS = {
    "charges": "SELECT count(*) FROM sandbox_charge c JOIN orders o ON o.id = c.order_id WHERE o.sale_id = $1",
    "tickets": "SELECT count(*) FROM ticket WHERE sale_id = $1",
    "paid": "SELECT count(*) FROM orders WHERE sale_id = $1 AND state = 'paid'",
    "told": "SELECT count(*) FROM outbox_told WHERE body ->> 'sale' = $1",
}


OF_PURCHASES = [step for step in Step if not step.name.startswith("MOVE")]  # of which any may be the last


def card(number: str = GOOD) -> Means:
    return Means.by(Card(number, "12/39", "123"))


@dataclass(frozen=True)
class House:
    engine: Engine
    sale: Sale
    organizer: str

    async def buyer_holding(
        self, *seats: int, units: dict[str, int] | None = None, ready: bool = True, key_hash: str = "hash"
    ) -> str:
        """A buyer whose cart holds these, and has a contact and a key."""
        buyer = new_buyer()
        await self.fill(buyer, seats, units or {}, ready=ready, key_hash=key_hash)
        return buyer

    async def fill(
        self, buyer: str, seats: Sequence[int], units: dict[str, int], *, ready: bool = True, key_hash: str = "hash"
    ) -> Cart:
        cart = await self.sale.enter(buyer)
        assert isinstance(cart, Cart), cart
        if seats:
            assert isinstance(await self.sale.hold(SeatsHold(buyer, new_id("h"), tuple(seats))), Held)
        for pool, count in units.items():
            assert isinstance(await self.sale.hold(PoolHold(buyer, new_id("h"), pool, count)), Held)
        if ready:
            await self.ready(buyer, cart, key_hash)
        return cart

    async def ready(self, buyer: str, cart: Cart, key_hash: str = "hash") -> None:
        """Write contact and key into a cart. A real hash costs 20 ms; tests that open an order choose a key."""
        contact = CartChange(contact=Contact("Ana Núñez", "ana@example.org"))
        assert not isinstance(await self.engine.orders.change_cart(self.sale.id, buyer, contact), Refused)
        await self.engine.db.execute("UPDATE cart SET key_hash = $1 WHERE id = $2", key_hash, cart.id)

    async def buy(
        self, buyer: str, number: str = GOOD, order: str = "one", terms: int | None = None
    ) -> Bought | Refused:
        return await self.engine.orders.purchase(Purchase(self.sale.id, buyer, order, card(number), terms))

    async def cart(self, buyer: str) -> Cart:
        cart = await self.sale.cart(buyer)
        assert isinstance(cart, Cart), cart
        return cart

    async def seat_states(self) -> list[int]:
        snapshot = await self.sale.snapshot()
        assert not isinstance(snapshot, Refused)
        return [snapshot.seats[seat // 4] >> (6 - 2 * (seat % 4)) & 3 for seat in range(min(60, snapshot.seat_count))]

    async def count(self, what: str) -> int:
        """How many of these this sale has."""
        count: int = await self.engine.db.fetchval(COUNTS[what], self.sale.id)
        return count

    async def state_of(self, order: str) -> str | None:
        state: str | None = await self.engine.db.fetchval("SELECT state FROM orders WHERE id = $1", order)
        return state


async def open_house(engine: Engine, sale_id: str, cart_minutes: int = 30) -> House:
    """Create the sale, publish it and open it."""
    organizer = await engine.access.create_organizer("Sala Norte")
    now = datetime.now(UTC)
    text = YAML.format(
        sale=sale_id,
        starts=(now + timedelta(days=9)).strftime("%Y-%m-%d 20:30"),
        opens=(now - timedelta(days=2)).strftime("%Y-%m-%d 10:00"),
        closes=(now + timedelta(days=8)).strftime("%Y-%m-%d 10:00"),
        cart_minutes=cart_minutes,
    )
    made = await engine.catalog.sale_from_yaml(text, Act(organizer, "test"))
    assert not isinstance(made, list), made
    plan = await engine.catalog.plan(sale_id)
    assert plan is not None
    await engine.onsale.publish(replace(plan, room=None))
    sale = engine.onsale.sale(sale_id)
    await sale.set_state(SaleState.OPEN)
    return House(engine, sale, organizer)


async def open_sale(engine: Engine, text: str) -> House:
    """Create a sale of these words, with `{sale}` for its id, publish it as it is, and open it."""
    sale_id = f"s-{secrets.token_hex(8)}"
    organizer = await engine.access.create_organizer("Sala Sur")
    made = await engine.catalog.sale_from_yaml(text.format(sale=sale_id), Act(organizer, "test"))
    assert not isinstance(made, list), made
    plan = await engine.catalog.plan(sale_id)
    assert plan is not None
    await engine.onsale.publish(plan)
    sale = engine.onsale.sale(sale_id)
    await sale.set_state(SaleState.OPEN)
    return House(engine, sale, organizer)


async def open_festival(engine: Engine) -> House:
    """A sale of three days, a month ahead."""
    text = FESTIVAL
    for word, days in (("FIRST", 30), ("SECOND", 31), ("THIRD", 32)):
        text = text.replace(word, f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}")
    return await open_sale(engine, text)


def orders_of(engine: Engine, provider: Provider | None = None, **more: Any) -> Orders:
    """Orders of their own beside the engine's: with another provider, or somebody who listens to their steps."""
    return Orders(
        db=engine.db,
        onsale=engine.onsale,
        read_sale=engine.catalog.sale_info,
        vault=engine.vault,
        kind_of=engine.catalog.kinds.of,
        bring=engine.catalog.allocations.bring,
        meeting=engine.orders.meeting,
        own_credit=engine.orders.own_credit,
        signer=engine.signer,
        sealer=engine.sealer,
        provider=provider or Sandbox(engine.db),
        tills=engine.orders._tills,
        **more,
    )
