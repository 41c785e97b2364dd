"""Coupons: what a code does or why not, at once; what is previewed is charged; a use comes back when an order fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from engine.accounts import Browser
from engine.audit import Act
from engine.engine import Engine
from engine.limits import COUPON_CHARS_MAX
from engine.messages import as_kept
from engine.onsale.model import Cart
from engine.orders import Bought, CartChange, CartView, Contact
from engine.orders.cart_rows import Writing
from engine.refusals import Code, Refused, accept
from engine.stores.keys import sale_key
from tests.orders.discounting import SALE, bearing, coupon, pay, prove, reasons, seen, sound, told
from tests.orders.house import House, open_sale

DECLINED = "4000000000000002"


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def change(house: House, buyer: str, wanted: CartChange) -> CartView:
    return accept(await house.engine.orders.change_cart(house.sale.id, buyer, wanted))


# ── what a code does, or why not ──


async def test_what_a_code_does_is_said_at_once_and_charged(house: House) -> None:
    buyer = await bearing(house, "vip50", general=1, vip=2)
    view = await seen(house, buyer)
    # 20 and two of 70, and the fee of 1.50 for each; taxes are in the prices.
    assert (view.discount, view.total, view.issues) == (10000, 2000 + 2 * 7000 + 3 * 150, ())
    assert [each.wire() for each in view.coupons] == [
        {"code": "VIP50", "name": "50 off VIP", "off": 10000, "why": None}
    ]
    bought = await pay(house, buyer, view.total)
    assert isinstance(bought, Bought)
    assert bought.order.total == view.total
    assert [each.wire() for each in bought.order.coupons] == [{"name": "50 off VIP", "code": "VIP50", "off": 10000}]
    assert sum(each.line.list_price - each.line.price for each in bought.order.lines) == 10000
    row = await coupon(house.engine, house, "VIP50")
    assert (row["uses"], row["tickets"], row["money"]) == (1, 2, 10000)
    await sound(house)


@pytest.mark.parametrize(
    ("typed", "types", "why"),
    [
        ("NOSUCH", {}, "unknown"),
        ("SOON", {}, "not_yet"),
        ("BEFORE", {}, "over"),
        ("VIP50", {"general": 2}, "nothing"),
        ("THREE", {"general": 2}, "too_little"),
        ("THREE", {"general": 3}, ""),
        ("SIXTY", {"general": 2}, "too_little"),
        ("SIXTY", {"general": 3}, ""),
        ("CREW", {}, ""),
        ("23456789AB2A", {}, "mistyped"),
    ],
)
async def test_why_a_code_does_not_count(house: House, typed: str, types: dict[str, int], why: str) -> None:
    buyer = await bearing(house, typed, **types)
    assert await told(house, buyer) == {typed: why}
    if why:
        assert reasons(await pay(house, buyer)) == [f"coupon_{why}"]
        assert await house.count("charges") == 0
        await change(house, buyer, CartChange(coupon=""))
    assert isinstance(await pay(house, buyer), Bought)
    await sound(house)


async def test_at_most_three_count_in_one_order_whoever_typed_which_first(house: House) -> None:
    totals = set()
    for typed in ("VIP50 HUNDRED POT", "pot, hundred ,vip50", "HUNDRED;POT;VIP50"):
        buyer = await bearing(house, typed, vip=1)
        totals.add((await seen(house, buyer)).total)
    assert totals == {(12000 // 2) - 5000 - 800 + 150}
    buyer = await bearing(house, "VIP50 HUNDRED POT THREE", vip=3)
    assert await told(house, buyer) == {"VIP50": "", "HUNDRED": "", "POT": "", "THREE": "too_many"}


async def test_one_that_stands_alone_counts_alone(house: House) -> None:
    buyer = await bearing(house, "ALONE HUNDRED", general=2)
    assert await told(house, buyer) == {"ALONE": "stands_alone", "HUNDRED": ""}, "half of two is as much as one"
    buyer = await bearing(house, "ALONE POT", general=2)
    assert await told(house, buyer) == {"ALONE": "", "POT": "stands_back"}
    view = await seen(house, buyer)
    assert view.total == 2000 + 150, "what is free bears no fee"


async def test_of_a_limit_of_tickets_those_that_are_left_are_taken(house: House) -> None:
    for left in (2, 1, 0):
        buyer = await bearing(house, "ALONE", email=f"{left}@example.org", general=2)
        assert isinstance(await pay(house, buyer), Bought)
        assert (await coupon(house.engine, house, "ALONE"))["tickets"] == 3 - left
    assert await told(house, await bearing(house, "ALONE")) == {"ALONE": "used_up"}
    await sound(house)


async def test_what_would_give_away_more_than_is_left_does_not_count(house: House) -> None:
    for _ in range(2):
        assert isinstance(await pay(house, await bearing(house, "POT")), Bought)
    buyer = await bearing(house, "POT")
    assert await told(house, buyer) == {"POT": "used_up"}
    assert (await seen(house, buyer)).total == 2150
    await sound(house)


# ── persons ──


async def test_once_per_person_asks_for_an_address_that_is_theirs(house: House) -> None:
    buyer = await bearing(house, "DESCONTO10", email="")
    assert await told(house, buyer) == {"DESCONTO10": "needs_email"}
    await change(house, buyer, CartChange(Contact("Ana", "ana@example.org")))
    assert await told(house, buyer) == {"DESCONTO10": "needs_proof"}
    await prove(house, buyer)
    assert await told(house, buyer) == {"DESCONTO10": ""}
    assert isinstance(await pay(house, buyer), Bought)
    await sound(house)


async def test_five_cookies_and_one_address_are_one_person(house: House) -> None:
    buyers = [await bearing(house, "DESCONTO10", email=each) for each in ("ana@example.org", "Ana+x@EXAMPLE.org")]
    for buyer, email in zip(buyers, ("ana@example.org", "Ana+x@EXAMPLE.org"), strict=True):
        await prove(house, buyer, as_kept(email))
    more = []
    for _ in range(5):
        buyer = await bearing(house, "DESCONTO10")
        await prove(house, buyer)
        more.append(buyer)
    answers = await asyncio.gather(*(pay(house, buyer, 1800 + 150) for buyer in (buyers[0], *more)))
    assert sum(isinstance(each, Bought) for each in answers) == 1
    assert {code for each in answers if isinstance(each, Refused) for code in reasons(each)} == {"coupon_used_by_you"}
    assert await told(house, buyers[1]) == {"DESCONTO10": "used_by_you"}
    await sound(house)


async def test_an_address_is_one_however_its_capitals_are_typed(house: House) -> None:
    """Whoever proves an address is sent to, and known by, the spelling that it is kept in."""
    buyers = [await bearing(house, "DESCONTO10", email=each) for each in ("Ana@Example.org", "ANA@example.org ")]
    for buyer in buyers:
        await prove(house, buyer, "ana@example.org")
        assert await told(house, buyer) == {"DESCONTO10": ""}
    answers = await asyncio.gather(*(pay(house, buyer, 1800 + 150) for buyer in buyers))
    assert sum(isinstance(each, Bought) for each in answers) == 1
    assert {code for each in answers if isinstance(each, Refused) for code in reasons(each)} == {"coupon_used_by_you"}
    await sound(house)


async def test_a_benefit_for_accounts_with_three_orders_counts_by_itself(house: House) -> None:
    engine = house.engine
    buyers = [await bearing(house, "", email="l@example.org") for _ in range(4)]
    account = await signed_up(engine, "l@example.org", buyers)
    assert account
    for at, buyer in enumerate(buyers):
        view = await seen(house, buyer)
        assert view.coupons == () if at < 3 else [each.name for each in view.coupons] == ["LOYAL"]
        assert view.total == (2150 if at < 3 else 1600 + 150)
        assert isinstance(await pay(house, buyer, view.total), Bought)
    stranger = await bearing(house, "")
    assert (await seen(house, stranger)).total == 2150
    await sound(house)


async def signed_up(engine: Engine, email: str, buyers: Sequence[str]) -> str:
    async with engine.db.acquire() as connection, connection.transaction():
        account = await engine.accounts.make(connection, email, name="Lea")
    assert account is not None
    for buyer in buyers:
        assert await engine.accounts.buyers.link(account, buyer, Browser()) is None
    return account


# ── uses ──


async def test_a_use_comes_back_when_the_order_fails(house: House) -> None:
    buyer = await bearing(house, "HUNDRED")
    total = (await seen(house, buyer)).total
    refused = await house.buy(buyer, DECLINED)
    assert isinstance(refused, Refused)
    row = await coupon(house.engine, house, "HUNDRED")
    assert (row["uses"], row["tickets"], row["money"]) == (0, 0, 0)
    assert isinstance(await pay(house, buyer, total, order="two"), Bought)
    assert (await coupon(house.engine, house, "HUNDRED"))["uses"] == 1
    await sound(house)


async def test_a_code_that_runs_out_between_cart_and_payment_charges_nothing(house: House) -> None:
    buyer = await bearing(house, "HUNDRED")
    total = (await seen(house, buyer)).total
    await house.engine.db.execute(
        "UPDATE coupon SET uses_max = uses + 1 WHERE key = 'HUNDRED' AND sale_id = $1", house.sale.id
    )
    assert isinstance(await pay(house, await bearing(house, "HUNDRED")), Bought)
    assert reasons(await pay(house, buyer, total)) == ["coupon_used_up"]
    assert (await house.cart(buyer)).state == "open"
    await change(house, buyer, CartChange(coupon=""))
    assert isinstance(await pay(house, buyer, 2150), Bought)
    await sound(house)


async def test_a_coupon_that_is_changed_meanwhile_charges_nothing(house: House) -> None:
    engine, by = house.engine, Act(house.organizer, "test")
    buyer = await bearing(house, "HUNDRED")
    total = (await seen(house, buyer)).total
    row = await coupon(engine, house, "HUNDRED")
    changed = await engine.coupons.change(by, row["id"], {"percent": 25, "uses": 100})
    assert not isinstance(changed, list | Refused), changed
    answer = await pay(house, buyer, total)
    assert answer == Refused(Code.PRICE_CHANGED, {"total": 1500 + 150})
    assert await house.count("charges") == 0
    assert isinstance(await pay(house, buyer, 1650), Bought)
    await sound(house)


async def test_what_a_coupon_unlocks_is_shown_to_a_cart_that_has_it(house: House) -> None:
    buyer = await bearing(house, "")
    assert (await seen(house, buyer)).unlocked is None
    view = await change(house, buyer, CartChange(coupon="crew"))
    assert view.unlocked is not None
    assert view.unlocked["prices"] == {"backstage": {"crew": 500}}
    assert view.issues == ()


# ── a code that was typed is never passed over ──


async def test_a_code_nobody_knows_stays_on_the_cart_until_it_is_taken_out(house: House) -> None:
    buyer = await bearing(house, "SUMMER")
    later = await change(house, buyer, CartChange(contact=Contact("Ana", "ana@example.org")))
    for view in (later, await seen(house, buyer)):
        assert (view.coupon, [issue.code for issue in view.issues]) == ("SUMMER", ["coupon_unknown"])
    assert reasons(await house.buy(buyer)) == ["coupon_unknown"]
    assert (await house.cart(buyer)).state == "open"
    taken_out = await change(house, buyer, CartChange(coupon=""))
    assert (taken_out.coupon, taken_out.issues) == ("", ())
    assert isinstance(await house.buy(buyer), Bought)


async def test_a_code_is_either_seen_by_the_purchase_or_refused(house: House) -> None:
    buyers = [await bearing(house, "") for _ in range(40)]

    async def type_and_buy(buyer: str) -> None:
        typed, bought = await asyncio.gather(
            house.engine.orders.change_cart(house.sale.id, buyer, CartChange(coupon="HUNDRED")), house.buy(buyer)
        )
        if isinstance(bought, Bought) and bought.order.total == 2150:
            assert isinstance(typed, Refused), "the code was taken, and the full price charged"
            assert typed.code in (Code.CART_LOCKED, Code.CART_ENDED)

    await asyncio.gather(*(type_and_buy(buyer) for buyer in buyers))
    await sound(house)


@pytest.mark.parametrize("wanted", [CartChange(coupon="HUNDRED"), CartChange(types={"pool:floor": "vip"})])
async def test_a_change_of_the_price_that_a_purchase_overtook_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch, wanted: CartChange
) -> None:
    buyer = await bearing(house, "")
    carts = house.engine.orders._carts
    write_rows = carts._write_rows

    async def overtaken(writings: Sequence[Writing]) -> object:
        bought = await house.buy(buyer)
        assert isinstance(bought, Bought)
        assert bought.order.total == 2150
        return await write_rows(writings)

    monkeypatch.setattr(carts, "_write_rows", overtaken)
    assert await house.engine.orders.change_cart(house.sale.id, buyer, wanted) == Refused(Code.CART_ENDED)


async def test_a_code_outlives_the_loss_of_the_sale(house: House) -> None:
    buyer = await bearing(house, "HUNDRED")
    await house.engine.redis.delete(sale_key(house.sale.id, "sale"))
    await house.engine.keeper.rebuild(house.sale.id)
    assert isinstance(await pay(house, buyer, 1000 + 150), Bought)
    await sound(house)


async def test_a_code_goes_with_its_cart(house: House) -> None:
    buyer = await bearing(house, "HUNDRED")
    cart = (await seen(house, buyer)).id
    await house.sale.leave(buyer)
    await house.engine.orders.note_ended_carts()
    row = await house.engine.db.fetchrow("SELECT coupon, end_reason FROM cart WHERE id = $1", cart)
    assert row is not None
    assert tuple(row) == ("HUNDRED", "left")
    next_cart = await house.sale.enter(buyer)
    assert isinstance(next_cart, Cart)
    view = await seen(house, buyer)
    assert (view.id, view.coupon, view.coupons) == (next_cart.id, "", ())


async def test_a_code_that_can_not_be_kept_is_refused(house: House) -> None:
    buyer = await bearing(house, "")
    for code in ("X" * (COUPON_CHARS_MAX + 1), "SUM\0MER"):
        refused = await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(coupon=code))
        assert isinstance(refused, Refused)
        assert [field["path"] for field in refused.detail["fields"]] == ["coupon"]
