"""Fees and taxes: a cart keeps those it was opened with, and pays to the cent what it was told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog import ListedPrices, shown_to_all
from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import Held, PoolHold
from engine.orders import Bought, CartView, Purchase
from engine.refusals import Code, Refused
from engine.verify import verify
from tests.orders.house import House, card, open_sale

SALE = """
event: Sala Oeste
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
sections:
  stalls: {{rows: 2, seats: 10, price: {{general: 20, half: 9.99}}}}
pools:
  gift: {{capacity: 4, price: 0}}
products:
  shirt: {{capacity: 100, price: 25}}
taxes:
  IVA: 10
  General: {{name: IVA general, rate: 21, for: [shirt, Service]}}
fees:
  Service: 1.50
  Handling: {{percent: 2.5, per: order, for: general}}
"""
SHIRT = "product:shirt"
PRICES = {"stalls": {"general": 20, "half": 9.99}, "gift": 0}


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def view_of(house: House, buyer: str) -> CartView:
    view = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert isinstance(view, CartView), view
    return view


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def change(house: House, **said: Any) -> ListedPrices:
    lists = house.engine.catalog.price_lists
    lists.ahead_ms = 0
    changed = await lists.change(Act(house.organizer, "test"), house.sale.id, {"prices": PRICES, **said})
    assert isinstance(changed, ListedPrices), changed
    house.engine.orders.price_books.forget(house.sale.id)
    return changed


async def test_a_cart_and_its_order_say_every_cent(house: House) -> None:
    buyer = await house.buyer_holding(0, 1, units={SHIRT: 1})
    view = await view_of(house, buyer)
    # Twice 20.00 and 25.00, 1.50 for the service of each, and 2.5 % of 40.00.
    assert (view.total, view.discount) == (4000 + 2500 + 450 + 100, 0)
    assert [(fee.fee, fee.price, fee.tax) for fee in view.fees] == [("service", 450, 78), ("handling", 100, 9)]
    assert {each.tax.name: (each.net, each.amount) for each in view.taxes} == {
        "IVA": (3636 + 91, 364 + 9),
        "IVA general": (2066 + 372, 434 + 78),
    }
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    order = bought.order
    assert order.total == view.total
    assert [(each.line.price, each.line.tax, each.line.owed) for each in order.lines] == [
        (2000, 182, 2000),
        (2000, 182, 2000),
        (2500, 434, 2500),
    ]
    assert (order.fees, order.taxes) == (view.fees, view.taxes)
    read = await house.engine.orders.one(house.sale.id, order.id)
    assert read is not None
    assert (read.fees, read.taxes, read.lines) == (order.fees, order.taxes, order.lines), "as it was in hand"
    await sound(house)


async def test_what_costs_nothing_is_got_for_nothing(house: House) -> None:
    buyer = await house.buyer_holding(units={"gift": 2})
    view = await view_of(house, buyer)
    assert (view.total, view.fees) == (0, ())
    assert isinstance(await house.buy(buyer), Bought)
    await sound(house)


async def test_a_cart_keeps_the_fees_and_taxes_it_was_opened_with(house: House) -> None:
    early = await house.buyer_holding(0)
    before = await view_of(house, early)
    taxes = {"IVA": {"rate": 21, "included": False}}
    changed = await change(house, taxes=taxes, fees={"Service": 3})
    late = await house.buyer_holding(1)
    assert (await view_of(house, early)).total == before.total == 2000 + 150 + 50
    after = await view_of(house, late)
    assert (after.list, after.total) == (changed.number, 2420 + 363), "21 % are added to ticket and fee"
    assert isinstance(await house.sale.hold(PoolHold(early, new_id("h"), SHIRT, 1)), Held)
    assert (await view_of(house, early)).total == 2000 + 2500 + 300 + 50, "what is added later is under its list too"
    for buyer in (early, late):
        total = (await view_of(house, buyer)).total
        bought = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", card(), total=total))
        assert isinstance(bought, Bought), bought
        assert bought.order.total == total
    await sound(house)


async def test_whoever_saw_another_total_pays_nothing(house: House) -> None:
    buyer = await house.buyer_holding(0)
    refused = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", card(), total=2000))
    assert refused == Refused(Code.PRICE_CHANGED, {"total": 2200})
    assert await house.count("charges") == 0


async def test_prices_alone_leave_none_of_the_dues_behind(house: House) -> None:
    lists = house.engine.catalog.price_lists
    lists.ahead_ms = 0
    act = Act(house.organizer, "test")
    alone = await lists.change(act, house.sale.id, {"prices": {**PRICES, "stalls": {"general": 30, "half": 15}}})
    assert isinstance(alone, ListedPrices)
    assert [fee.id for fee in alone.dues.fees] == ["service", "handling"]
    half = await lists.change(act, house.sale.id, {"prices": PRICES, "fees": {}})
    assert isinstance(half, list)
    assert [each.path for each in half] == ["taxes"]
    none = await lists.change(act, house.sale.id, {"prices": PRICES, "fees": {}, "taxes": {}})
    assert isinstance(none, ListedPrices)
    assert (none.dues.fees, none.dues.tax) == ((), None)


RAISED = {
    "taxes": {"IVA": {"rate": 8.875, "included": False}, "General": {"rate": 21, "for": ["shirt", "Service"]}},
    "fees": {"Service": {"amount": 1.33, "percent": 3.3}, "Handling": {"amount": 1, "per": "order", "free_too": True}},
}


async def test_a_preview_writes_nothing_and_says_to_the_cent_what_a_cart_comes_to_then(house: House) -> None:
    lists, trying = house.engine.catalog.price_lists, house.engine.orders.trying
    act = Act(house.organizer, "test")
    acts = "SELECT count(*) FROM audit WHERE organizer_id = $1"
    before = await house.engine.db.fetchval(acts, house.organizer)
    planned = await lists.change(act, house.sale.id, {"prices": PRICES, **RAISED, "preview": True})
    assert isinstance(planned, ListedPrices), planned
    assert await house.engine.db.fetchval(acts, house.organizer) == before
    listed = await lists.of(house.organizer, house.sale.id)
    assert not isinstance(listed, Refused)
    assert [each.number for each in listed] == [1]
    ones = await trying.one_of_each(house.sale.id, planned)
    assert not isinstance(ones, Refused)
    made = await change(house, **RAISED)
    assert (made.number, made.prices, made.dues) == (planned.number, planned.prices, planned.dues)
    carts: dict[tuple[str, str], dict[str, Any]] = {
        ("stalls", "general"): {"seat": 3},
        ("gift", "general"): {"units": {"gift": 1}},
        (SHIRT, SHIRT): {"units": {SHIRT: 1}},
    }
    found = {(one.place, one.type): one for one in ones}
    assert found.keys() == carts.keys() | {("stalls", "half")}
    for what, held in carts.items():
        seats = [held["seat"]] if "seat" in held else []
        view = await view_of(house, await house.buyer_holding(*seats, units=held.get("units")))
        one = found[what]
        assert (one.total, one.fees, one.taxes) == (view.total, view.fees, view.taxes), what
    assert found["stalls", "half"].total == 999 + 89 + (133 + 33) + 100 + 9, "each rounded once"


async def test_a_preview_is_refused_as_the_change_would_be(house: House) -> None:
    lists, act = house.engine.catalog.price_lists, Act(house.organizer, "test")
    wrong = {"IVA": {"rate": 1.23456}, "Club": {"rate": 3, "for": "nobody"}}
    said = {"prices": {"stalls": {"general": 20.001}}, "taxes": wrong, "fees": {"Service": {"amount": 1.005}}}
    both = [await lists.change(act, house.sale.id, {**said, "preview": preview}) for preview in (True, False)]
    assert both[0] == both[1]
    assert isinstance(both[0], list)
    fields = {"taxes.IVA.rate", "taxes.Club.for", "fees.Service.amount", "prices.stalls", "prices"}
    assert {each.path for each in both[0]} == fields
    whole = {"prices": PRICES, "preview": True}
    other = Act(await house.engine.access.create_organizer("A neighbour"), "test")
    assert await lists.change(other, house.sale.id, whole) == Refused(Code.UNKNOWN_SALE)
    assert await lists.change(act, house.sale.id, {**whole, "list": 2}) == Refused(Code.CHANGED_MEANWHILE)


async def test_the_public_reads_nothing_of_what_hidden_types_owe(engine: Engine) -> None:
    text = SALE.replace(
        "sections:", "ticket_types: {{general: General, half: {{name: Half, hidden: true}}}}\nsections:"
    )
    text = text.replace("for: [shirt, Service]", "for: [shirt, half]").replace(
        "Service: 1.50", "Club: {{amount: 1, for: half}}"
    )
    text = text.replace("for: general}}", "for: [general, half]}}")
    house = await open_sale(engine, text)
    info = await engine.catalog.sale_info(house.sale.id)
    assert info is not None
    whole, shown = info.list_now.dues, shown_to_all(info).list_now.dues
    assert {fee.id for fee in whole.fees} == {"club", "handling"}
    assert [(fee.id, set(fee.types)) for fee in shown.fees] == [("handling", {"general"})]
    assert set(whole.taxes) == {SHIRT, "half"}
    assert set(shown.taxes) == {SHIRT}


async def test_racing_purchases_of_twenty_carts_add_up(house: House) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(20)]
    bought = await asyncio.gather(*(house.buy(buyer) for buyer in buyers for _ in range(3)))
    assert all(isinstance(each, Bought) for each in bought)
    charged = "SELECT sum(c.amount) FROM sandbox_charge c JOIN orders o ON o.id = c.order_id WHERE o.sale_id = $1"
    assert await house.engine.db.fetchval(charged, house.sale.id) == 20 * (2000 + 150 + 50)
    await sound(house)
