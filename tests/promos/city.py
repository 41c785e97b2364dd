"""A city with a bakery for promo tests: a whole engine, a store, people, and the worker's steps by hand."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from engine.audit import Act
from engine.catalog import Mistake
from engine.engine import Engine
from engine.onsale.model import Held, PoolHold
from engine.orders import Bought, CartChange, Contact, Purchase
from engine.people import PersonChange, Point, Position
from engine.promos import PromoCard, Promos
from engine.promos.model import POOL
from engine.promos.shelf import CreatedStore
from engine.refusals import Code, Refused
from tests.orders.house import card
from tests.promos.world import NEAR, SOL

ORGANIZER = "org_bakery"
CONFIRMED = """
UPDATE profile SET email_vouched_by = CASE WHEN email_mark IS NOT NULL THEN 'owner' END,
    phone_vouched_by = CASE WHEN phone_mark IS NOT NULL THEN 'owner' END WHERE number = $1
"""
AS_BEFORE = """
UPDATE profile SET person_id = NULL, email = $2, email_mark = NULL,
    email_vouched_by = CASE WHEN $2 <> '' THEN 'owner' END
WHERE buyer_id = $1
"""
BY = Act(ORGANIZER, "test")


@dataclass(slots=True)
class City:
    engine: Engine

    @property
    def promos(self) -> Promos:
        return self.engine.promos

    async def promo(self, **change: Any) -> str:
        """A promo of a croissant that runs right now; its id."""
        created = await self.promos.shelf.create_store(BY, store(**change))
        assert isinstance(created, CreatedStore), created
        return created.promos[0]

    async def buyer(self, at: Point | None = NEAR, *, confirmed: bool = True, **change: Any) -> str:
        """Somebody who agreed to be told of promos, and confirmed their addresses; their buyer id."""
        buyer = secrets.token_urlsafe(12).lower()
        position = Position(at, 10, int(time.time())) if at else None
        known = {"consent": True, "zone": "Europe/Madrid", "email": f"{buyer}@example.org", **change}
        number = await self.engine.persons.put(buyer, PersonChange(position=position, **known))
        if confirmed:
            await self.engine.db.execute(CONFIRMED, number)
        return buyer

    async def as_before_the_vault(self, buyer: str, email: str | None) -> None:
        """A person as an older release wrote them, with whatever address it took."""
        await self.engine.db.execute(AS_BEFORE, buyer, email)

    async def step(self) -> None:
        """What workers do in a second."""
        await self.engine.follower.step()
        await self.promos.promoter.step()
        await self.promos.board.refresh()

    async def running(self, **change: Any) -> str:
        """A promo, activated; the sale of its window."""
        promo = await self.promo(**change)
        await self.step()
        return await self.sale_of(promo)

    async def claim(self, sale: str, buyer: str, units: int = 1) -> Held | Refused:
        """What a server does when a buyer adds a unit to the cart."""
        refused = await self.promos.gate(sale, buyer)
        if refused is not None:
            return refused
        return await self.engine.onsale.sale(sale).hold(PoolHold(buyer, secrets.token_hex(8), POOL, units))

    async def buy(self, sale: str, buyer: str) -> Bought | Refused:
        change = CartChange(contact=Contact("Ana", "ana@example.org"), key="a key of mine")
        changed = await self.engine.orders.change_cart(sale, buyer, change)
        assert not isinstance(changed, Refused), changed
        return await self.engine.orders.purchase(Purchase(sale, buyer, "o1", card()))

    async def cards(self, buyer: str, report: Position | None = None) -> list[PromoCard]:
        found = await self.promos.board.promos(buyer, report)
        assert isinstance(found, list), found
        return found

    async def sale_of(self, promo: str) -> str:
        return str(await self.engine.db.fetchval("SELECT sale_id FROM promo_window WHERE promo_id = $1", promo))

    async def told(self) -> dict[str, int]:
        """How many notices each buyer has."""
        rows = await self.engine.db.fetch(
            "SELECT p.buyer_id, count(*) AS notices FROM notice n JOIN profile p USING (number) GROUP BY 1"
        )
        return {row["buyer_id"]: row["notices"] for row in rows}


def store(**change: Any) -> dict[str, Any]:
    promo = {
        "name": "Warm croissants",
        "product": "croissant",
        "price": 0.90,
        "stock": 10,
        "once": {"opens": "now", "closes": "in 2 hours"},
        **change,
    }
    return {
        "store": "La Espiga",
        "zone": "Europe/Madrid",
        "latitude": SOL.latitude,
        "longitude": SOL.longitude,
        "currency": "EUR",
        "products": {"croissant": {"name": "Croissant", "price": 1.80}},
        "segments": {"regulars": "orders >= 3"},
        "promos": [promo],
    }


async def until(condition: Callable[[], Awaitable[bool]], tries: int = 1_000) -> None:
    """Wait until something is so."""
    for _ in range(tries):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(condition)


async def open_city(engine: Engine) -> City:
    await engine.db.execute("INSERT INTO organizer (id, name) VALUES ($1, 'La Espiga')", ORGANIZER)
    return City(engine)


def wrong(found: Any) -> list[str]:
    """The paths of mistakes."""
    assert isinstance(found, list), found
    assert all(isinstance(each, Mistake) for each in found)
    return [each.path for each in found]


def here(point: Point = NEAR) -> Position:
    return Position(point, 10, int(time.time()))


def code(verdict: object) -> Code | None:
    return verdict.code if isinstance(verdict, Refused) else None
