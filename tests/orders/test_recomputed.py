"""verify works out what every order owes anew: honest ones of every kind agree, and a cent anywhere is found."""

from __future__ import annotations

from typing import Any

import pytest

from engine.audit import Act
from engine.coupons import CouponView
from engine.engine import Engine
from engine.orders import Bought, CartChange, recomputed
from engine.refusals import Refused, accept
from engine.verify import verify
from tests.orders.house import House, open_sale
from tests.orders.prices import knows_at_once
from tests.orders.test_complimentary import allow, given
from tests.orders.test_dues import change
from tests.orders.test_staff_orders import asked, make

SALE = """
event: Sala Oeste
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
ticket_types:
  general: General
  half: Half
  guest: Guest
  support: {{name: Support, may_pay_more: true}}
sections:
  stalls: {{rows: 2, seats: 10, price: {{general: 20, half: 9.99, support: 5}}}}
pools:
  gift: {{capacity: 40, price: {{guest: 0}}}}
products:
  shirt: {{capacity: 100, price: 25}}
taxes:
  IVA: 10
  General: {{name: IVA general, rate: 21, for: [shirt, Service]}}
  Local: {{rate: 7.25, included: false, for: half}}
fees:
  Service: 1.50
  Handling: {{percent: 2.5, per: order}}
  Deposit: {{amount: 0.30, free_too: true, for: [general, guest]}}
"""
PRICES = {"stalls": {"general": 20, "half": 9.99, "support": 5}, "gift": {"guest": 0}}
SHIRT = "product:shirt"
DECLINES = "4000000000000002"


@pytest.fixture
async def house(engine: Engine) -> House:
    house = await open_sale(engine, SALE)
    knows_at_once(house)
    return house


async def found(house: House) -> list[str]:
    await house.engine.orders.note_ended_carts()
    return [str(each) for each in await verify(house.engine, house.sale.id, grace_s=0)]


async def mixed(house: House, first: int) -> str:
    """A paid order with a line of every tax, and every fee."""
    buyer = await house.buyer_holding(first, first + 1, units={SHIRT: 1, "gift": 1})
    changed = CartChange(types={f"seat:{first}": "half"})
    assert not isinstance(await house.engine.orders.change_cart(house.sale.id, buyer, changed), Refused)
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought), bought
    return bought.order.id


async def of_every_kind(house: House) -> None:
    await allow(house, 5)
    await mixed(house, 0)
    supporter = await house.buyer_holding(2)
    more = CartChange(types={"seat:2": "support"}, amounts={"seat:2": 1234})
    assert not isinstance(await house.engine.orders.change_cart(house.sale.id, supporter, more), Refused)
    assert isinstance(await house.buy(supporter), Bought)
    accept(await make(house, given(3, type="", units={SHIRT: 1, "gift": 1})))
    accept(await make(house, asked(4, type="", units={SHIRT: 1}, order="cash")))
    assert isinstance(await house.buy(await house.buyer_holding(5), number=DECLINES), Refused)
    assert isinstance(await house.buy(await house.buyer_holding(units={"gift": 2})), Bought)
    await change(house, prices=PRICES, taxes={"IVA": {"rate": 21, "included": False}}, fees={"Service": 3})
    await mixed(house, 6)
    await change(house, prices=PRICES, taxes={}, fees={})
    await mixed(house, 8)


async def test_honest_orders_of_every_kind_agree_however_few_are_read_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await of_every_kind(house)
    for at_once in (1, 3, 500):
        monkeypatch.setattr(recomputed, "ORDERS_RECOMPUTED_PER_READ", at_once)
        assert await found(house) == []
    states = await house.engine.db.fetch("SELECT state, channel FROM orders WHERE sale_id = $1", house.sale.id)
    assert {tuple(row) for row in states} >= {("failed", "online"), ("paid", "complimentary"), ("paid", "office")}


@pytest.mark.parametrize("rule", [{"percent": 10}, {"fixed": 3.33, "currency": "EUR"}, {"free": True}], ids=str)
async def test_what_coupons_left_is_taxed_and_bears_fees(house: House, rule: dict[str, Any]) -> None:
    by = Act(house.organizer, "test")
    made = await house.engine.coupons.make(by, {"key": "ALL", "automatic": True, **rule})
    assert isinstance(made, CouponView), made
    house.engine.orders.meeting.forget(house.organizer, house.sale.id)
    order = await mixed(house, 0)
    taken = "SELECT sum(full_price - price) FROM order_line WHERE order_id = $1"
    assert await house.engine.db.fetchval(taken, order) > 0
    assert not [each for each in await found(house) if order in each]


async def test_orders_of_releases_without_dues_agree(engine: Engine) -> None:
    bare = SALE.split("taxes:", maxsplit=1)[0]
    house = await open_sale(engine, bare)
    bought = await house.buy(await house.buyer_holding(0, 1))
    assert isinstance(bought, Bought)
    before = "UPDATE order_line SET tax = NULL, owed = NULL, full_price = NULL WHERE order_id = $1"
    await engine.db.execute(before, bought.order.id)
    await engine.db.execute("UPDATE orders SET price_list = NULL WHERE id = $1", bought.order.id)
    assert await found(house) == []


LINE = "UPDATE order_line SET {} WHERE order_id = $1 AND ticket_type = '{}'"
FEE = "UPDATE order_fee SET {} WHERE order_id = $1 AND fee = '{}'"
ALTERED = """
UPDATE ledger_movement SET {} WHERE order_id = $1
"""
AGAIN = """
INSERT INTO ledger_movement (sale_id, order_id, nth, kind, currency, accounts, amounts)
SELECT sale_id, order_id, 1, kind, currency, accounts, amounts FROM ledger_movement WHERE order_id = $1
"""
OF_ANOTHER = """
UPDATE ledger_movement SET amounts[1] = amounts[1] + 1, amounts[2] = amounts[2] - 1 WHERE order_id = $1
"""
WRONG: dict[str, tuple[str, str]] = {
    "a tax inside by a cent": (
        LINE.format("tax = tax + 1", "general"),
        "with a tax of 183, and list 1 asks 2000 with 182",
    ),
    "a tax that is added by a cent": (
        LINE.format("tax = tax - 1", "half"),
        "with a tax of 71, and list 1 asks 1071 with 72",
    ),
    "a tax that was added and not asked": (LINE.format("owed = price", "half"), "owes 999 with a tax of 72"),
    "a tax that is not there": (LINE.format("tax = NULL", SHIRT), "its line 3 owes 2500 with a tax of 0"),
    "a tax of what is free": (LINE.format("tax = 1, owed = 1", "guest"), "owes 1 with a tax of 1"),
    "more than the price": (LINE.format("full_price = price - 1", "general"), "more than the 1999"),
    "a fee by a cent": (FEE.format("price = price + 1, owed = owed + 1", "handling"), "its fee handling is 138"),
    "the tax of a fee": (FEE.format("tax = tax + 1", "service"), "its fee service is 450 (450 with a tax of 79"),
    "a fee dealt out otherwise": (FEE.format("by_line = '{0,150,150,150}'", "service"), "by line [0, 150, 150, 150]"),
    "a fee that is missing": (
        "DELETE FROM order_fee WHERE order_id = $1 AND fee = 'deposit'",
        "its fee deposit is none",
    ),
    "a fee nobody asks": (FEE.format("fee = 'tip'", "deposit"), "its fee tip is 60 (60"),
    "another list": ("UPDATE orders SET price_list = 2 WHERE id = $1", "and list 2 asks"),
    "a movement that is missing": ("DELETE FROM ledger_movement WHERE order_id = $1", "its movements are none"),
    "a movement twice": (AGAIN, "; a capture in EUR of clearing"),
    "a movement of another total": (OF_ANOTHER, "a capture in EUR of clearing 6219"),
    "a movement with an account twice": (
        ALTERED.format("accounts = accounts || '{fee,fee}', amounts = amounts || '{1,-1}'"),
        "fee -1, fee 1",
    ),
    "a movement in another currency": (ALTERED.format("currency = 'USD'"), "a capture in USD"),
    "a movement of something else": (ALTERED.format("accounts[2] = 'revenue:other'"), "revenue:other -"),
    "an order that was given away": (
        "UPDATE orders SET channel = 'complimentary', issuer = 'rosa', reason = 'x' WHERE id = $1",
        "its fee service is",
    ),
    "what failed": ("UPDATE orders SET state = 'failed' WHERE id = $1", "it is failed with"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_figure_is_found_in_its_order(house: House, what: str) -> None:
    statement, said = WRONG[what]
    await mixed(house, 4)
    order = await mixed(house, 0)
    await change(house, prices=PRICES, taxes={"IVA": 21}, fees={})
    await house.engine.db.execute(statement, order)
    mine = [each for each in await found(house) if f"order {order}" in each]
    assert any(said in each for each in mine), mine
    assert not [each for each in await found(house) if "order ord_" in each and order not in each]
