"""A code that was typed is never passed over: it stays on the cart, and stands between it and a purchase."""

import asyncio
from collections.abc import Sequence

import pytest

from engine.limits import COUPON_CHARS_MAX
from engine.onsale.model import Cart
from engine.orders import Bought, CartChange, CartView, Contact
from engine.orders.carts import Writing
from engine.refusals import Code, Refused, accept
from engine.stores.keys import sale_key
from tests.orders.house import House

SUMMER = CartChange(coupon="SUMMER")
NONE = CartChange(coupon="")


async def change(house: House, buyer: str, wanted: CartChange) -> CartView:
    return accept(await house.engine.orders.change_cart(house.sale.id, buyer, wanted))


def issues(view: CartView) -> list[tuple[str, str]]:
    return [(issue.code, issue.field) for issue in view.issues]


def refused_for(answer: Bought | Refused) -> list[str]:
    assert isinstance(answer, Refused), answer
    assert answer.code is Code.CART_INCOMPLETE
    return [issue["code"] for issue in answer.detail["issues"]]


async def test_a_code_nobody_knows_stays_on_the_cart_until_it_is_taken_out(house: House) -> None:
    buyer = await house.buyer_holding(3)
    told = await change(house, buyer, SUMMER)
    later = await change(house, buyer, CartChange(contact=Contact("Ana", "ana@example.org")))
    read = accept(await house.engine.orders.cart_view(house.sale.id, buyer))
    for view in (told, later, read):
        assert (view.coupon, issues(view)) == ("SUMMER", [("coupon_unknown", "coupon")])
    assert refused_for(await house.buy(buyer)) == ["coupon_unknown"]
    assert (await house.cart(buyer)).state == "open"
    assert await house.count("charges") == 0
    taken_out = await change(house, buyer, NONE)
    assert (taken_out.coupon, taken_out.issues) == ("", ())
    assert isinstance(await house.buy(buyer), Bought)


async def test_of_codes_typed_at_the_same_moment_the_last_one_counts(house: House) -> None:
    buyers = [await house.buyer_holding(3), await house.buyer_holding(4)]
    orders: Sequence[tuple[CartChange, ...]] = ((SUMMER, NONE), (NONE, SUMMER))
    for buyer, typed in zip(buyers, orders, strict=True):
        await asyncio.gather(*(change(house, buyer, each) for each in typed))
    first, second = [accept(await house.engine.orders.cart_view(house.sale.id, buyer)) for buyer in buyers]
    assert (first.coupon, second.coupon) == ("", "SUMMER")


async def test_a_code_is_either_seen_by_the_purchase_or_refused(house: House) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(40)]

    async def type_and_buy(buyer: str) -> None:
        typed, bought = await asyncio.gather(
            house.engine.orders.change_cart(house.sale.id, buyer, SUMMER), house.buy(buyer)
        )
        if isinstance(bought, Bought):
            assert isinstance(typed, Refused), "the code was taken, and the full price charged"
            assert typed.code in (Code.CART_LOCKED, Code.CART_ENDED)
        else:
            assert refused_for(bought) == ["coupon_unknown"]

    await asyncio.gather(*(type_and_buy(buyer) for buyer in buyers))


@pytest.mark.parametrize("wanted", [SUMMER, CartChange(types={"seat:3": "half"})])
async def test_a_change_of_the_price_that_a_purchase_overtook_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch, wanted: CartChange
) -> None:
    buyer = await house.buyer_holding(3)
    carts = house.engine.orders._carts
    write_rows = carts._write_rows

    async def overtaken(writings: Sequence[Writing]) -> object:
        bought = await house.buy(buyer)
        assert isinstance(bought, Bought)
        assert bought.order.total == 4500
        return await write_rows(writings)

    monkeypatch.setattr(carts, "_write_rows", overtaken)
    assert await house.engine.orders.change_cart(house.sale.id, buyer, wanted) == Refused(Code.CART_ENDED)


async def test_a_code_outlives_the_loss_of_the_sale(house: House) -> None:
    buyer = await house.buyer_holding(3)
    await change(house, buyer, SUMMER)
    await house.engine.redis.delete(sale_key(house.sale.id, "sale"))
    await house.engine.keeper.rebuild(house.sale.id)
    assert (await house.cart(buyer)).seats == (3,)
    assert refused_for(await house.buy(buyer)) == ["coupon_unknown"]


async def test_a_code_goes_with_its_cart(house: House) -> None:
    buyer = await house.buyer_holding(3)
    cart = await change(house, buyer, SUMMER)
    await house.sale.leave(buyer)
    await house.engine.orders.note_ended_carts()
    row = await house.engine.db.fetchrow("SELECT coupon, end_reason FROM cart WHERE id = $1", cart.id)
    assert row is not None
    assert tuple(row) == ("SUMMER", "left")
    next_cart = await house.sale.enter(buyer)
    assert isinstance(next_cart, Cart)
    view = accept(await house.engine.orders.cart_view(house.sale.id, buyer))
    assert (view.id, view.coupon) == (next_cart.id, "")
    assert "coupon_unknown" not in [code for code, _ in issues(view)]


async def test_a_code_that_can_not_be_kept_is_refused(house: House) -> None:
    buyer = await house.buyer_holding(3)
    for code in ("X" * (COUPON_CHARS_MAX + 1), "SUM\0MER"):
        refused = await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(coupon=code))
        assert isinstance(refused, Refused)
        assert [field["path"] for field in refused.detail["fields"]] == ["coupon"]
