"""Keys that are chosen after the purchase, where the organizer allows it: once, and by nobody but who bought."""

import asyncio

import pytest

from engine.access import KeyRule, OrganizerChange
from engine.audit import Act
from engine.ids import new_buyer
from engine.orders import Bought, CartChange, Contact
from engine.refusals import Code, Refused, accept
from tests.orders.house import House

KEY, OTHER = "tres tristes tigres", "otra clave cualquiera"
AWAY = Refused(Code.BAD_ORDER_KEY)


@pytest.fixture
async def lenient(house: House) -> House:
    """A house whose organizer lets buyers choose their keys later."""
    rule = OrganizerChange("Sala Norte", order_key=KeyRule.BEFORE_DOWNLOAD)
    accept(await house.engine.organizers.change(Act(house.organizer, "test"), rule))
    return house


async def bought(house: House, *seats: int, key: str | None = None) -> tuple[str, Bought]:
    buyer = await house.buyer_holding(*seats, ready=False)
    change = CartChange(contact=Contact("Ana Núñez", "ana@example.org"), key=key)
    view = accept(await house.engine.orders.change_cart(house.sale.id, buyer, change))
    assert view.issues == ()
    answer = await house.buy(buyer)
    assert isinstance(answer, Bought)
    return buyer, answer


async def test_a_key_is_needed_unless_the_organizer_says_later(house: House) -> None:
    buyer = await house.buyer_holding(3, ready=False)
    change = CartChange(contact=Contact("Ana Núñez", "ana@example.org"))
    view = accept(await house.engine.orders.change_cart(house.sale.id, buyer, change))
    assert [issue.code for issue in view.issues] == ["key_missing"]
    refused = await house.buy(buyer)
    assert isinstance(refused, Refused)
    assert refused.code is Code.CART_INCOMPLETE


async def test_an_order_without_a_key_opens_with_none_until_its_buyer_chooses_one(lenient: House) -> None:
    orders = lenient.engine.orders
    buyer, answer = await bought(lenient, 3)
    code = answer.order.code
    assert not answer.order.has_key
    for key in ("", KEY, "None", "null"):
        assert await orders.open(code, key) == AWAY
    chosen = await orders.choose_key(code, buyer, KEY)
    assert not isinstance(chosen, Refused)
    assert (chosen.id, chosen.has_key) == (answer.order.id, True)
    assert not isinstance(await orders.open(code, KEY), Refused)
    while await orders.hash_keys():
        pass
    kept = await lenient.engine.db.fetchval("SELECT key_hash FROM orders WHERE id = $1", chosen.id)
    assert kept.startswith("$argon2id$")
    assert not isinstance(await orders.open(code, KEY), Refused)
    assert await orders.open(code, OTHER) == AWAY


async def test_nobody_else_chooses_it_and_nobody_twice(lenient: House) -> None:
    orders = lenient.engine.orders
    buyer, answer = await bought(lenient, 3)
    code = answer.order.code
    for stranger in (new_buyer(), ""):
        assert await orders.choose_key(code, stranger, OTHER) == AWAY
    assert await orders.choose_key("AAAA-AAAA-AAAA", buyer, OTHER) == AWAY
    both = await asyncio.gather(*(orders.choose_key(code, buyer, key) for key in (KEY, OTHER) * 4))
    assert [isinstance(each, Refused) for each in both].count(False) == 1
    assert [each for each in both if isinstance(each, Refused)] == [Refused(Code.KEY_IS_SET)] * 7
    opened = [await orders.open(code, key) for key in (KEY, OTHER)]
    assert [isinstance(each, Refused) for each in opened].count(False) == 1


async def test_a_key_that_was_chosen_at_checkout_stays(lenient: House) -> None:
    buyer, answer = await bought(lenient, 3, key=KEY)
    assert answer.order.has_key
    orders = lenient.engine.orders
    assert await orders.choose_key(answer.order.code, buyer, OTHER) == Refused(Code.KEY_IS_SET)
    while await orders.hash_keys():
        pass
    assert await orders.choose_key(answer.order.code, buyer, OTHER) == Refused(Code.KEY_IS_SET)
    assert not isinstance(await orders.open(answer.order.code, KEY), Refused)
