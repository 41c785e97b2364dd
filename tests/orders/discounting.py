"""A sale with coupons of every kind, and what tests ask of its carts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import Cart, Held, PoolHold
from engine.orders import Bought, CartChange, CartView, Contact, Purchase
from engine.refusals import Code, Refused
from engine.verify import verify
from tests.orders.house import House, card

SALE = """
event: Sala Central
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
person_max: 10
sections:
  stalls: {{rows: 2, seats: 10, price: {{general: 20, vip: 120}}}}
pools:
  floor: {{capacity: 5000, price: {{general: 20, vip: 120}}}}
  backstage: {{capacity: 50, price: {{crew: 5}}}}
ticket_types:
  general: General
  vip: VIP
  crew: {{name: Crew, hidden: true}}
unlocks:
  crew: {{types: crew}}
taxes:
  IVA: 10
fees:
  Service: 1.50
coupons:
  DESCONTO10: {{percent: 10, for: general, per_person: 1}}
  VIP50: {{name: 50 off VIP, fixed: 50, per: ticket, for: vip}}
  HUNDRED: {{percent: 50, uses: 100}}
  ALONE: {{free: true, alone: true, items: 1, tickets: 3}}
  SOON: {{percent: 5, from: 2036-12-01 00:00}}
  BEFORE: {{percent: 5, until: 2020-12-01 00:00}}
  THREE: {{fixed: 5, minimum: {{tickets: 3}}}}
  SIXTY: {{fixed: 5, minimum: {{sum: 60}}}}
  POT: {{fixed: 8, money: 20}}
  CREW: {{unlocks: crew}}
  LOYAL: {{percent: 20, orders: 3, automatic: true}}
"""


async def bearing(house: House, typed: str, *, email: str = "ana@example.org", **types: int) -> str:
    """A buyer whose cart has so many floor tickets of these types, a contact, a key, and these codes."""
    buyer = new_buyer()
    cart = await house.sale.enter(buyer)
    assert isinstance(cart, Cart), cart
    wanted = types or {"general": 1}
    assert isinstance(await house.sale.hold(PoolHold(buyer, new_id("h"), "floor", sum(wanted.values()))), Held)
    change = CartChange(Contact("Ana Núñez", email), types={"pool:floor": wanted}, coupon=typed)
    assert not isinstance(await house.engine.orders.change_cart(house.sale.id, buyer, change), Refused)
    await house.engine.db.execute("UPDATE cart SET key_hash = 'hash' WHERE id = $1", cart.id)
    return buyer


async def seen(house: House, buyer: str) -> CartView:
    view = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert isinstance(view, CartView), view
    return view


async def told(house: House, buyer: str) -> dict[str, str]:
    """By code, why it does not count; "" where it does."""
    return {
        each.code or each.name: "" if each.why is None else each.why.value
        for each in (await seen(house, buyer)).coupons
    }


async def pay(house: House, buyer: str, total: int | None = None, order: str = "one") -> Bought | Refused:
    if total is None:
        total = (await seen(house, buyer)).total
    ask = Purchase(house.sale.id, buyer, order, card(), total=total)
    return await house.engine.orders.purchase(ask)


async def prove(house: House, buyer: str, email: str = "ana@example.org") -> None:
    """The buyer showed that the address is theirs."""
    await house.engine.db.execute(
        "INSERT INTO contact_proof (id, purpose, channel, inbox_hash, buyer_id, network_hash, letter, locale,"
        " code_until, link_until, confirmed_at) VALUES ($1, 'entry', 'email', $2, $3, '\\x00',"
        " 'sent', 'en', $4, $4, $4)",
        new_id("prf"),
        house.engine.contacts.signer.inbox("email", email),
        buyer,
        datetime.now(UTC),
    )


async def sound(house: House) -> None:
    """Nothing is wrong with the sale, nor with what is counted of coupons."""
    await house.engine.orders.note_ended_carts()
    assert [str(each) for each in await verify(house.engine, house.sale.id, grace_s=0)] == []
    for context in house.engine.contexts:
        if context.name == "orders" and context.invariants is not None:
            assert await context.invariants(house.engine) == []


async def coupon(engine: Engine, house: House, key: str) -> Any:
    return await engine.db.fetchrow("SELECT * FROM coupon WHERE sale_id = $1 AND key = $2", house.sale.id, key)


def reasons(answer: Bought | Refused) -> list[str]:
    assert isinstance(answer, Refused), answer
    assert answer.code is Code.CART_INCOMPLETE, answer
    return [issue["code"] for issue in answer.detail["issues"]]
