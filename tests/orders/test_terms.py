"""Terms of organizers: accepted in the version that is in force, or nothing is charged; kept with the order."""

import asyncio

import pytest

from engine.access import OrganizerChange
from engine.audit import Act
from engine.orders import Bought
from engine.refusals import Code, Refused
from tests.orders.house import House


async def written(house: House, text: str, refund_rule: str = "") -> int | None:
    """The version of the terms that is in force once the organizer has written these."""
    by = Act(house.organizer, "test")
    view = await house.engine.organizers.change(by, OrganizerChange("Sala Norte", text, refund_rule=refund_rule))
    assert not isinstance(view, Refused)
    return None if view.terms is None else view.terms.version


async def kept(house: House) -> list[int | None]:
    """The versions accepted with the orders of this sale."""
    rows = await house.engine.db.fetch("SELECT terms_version FROM orders WHERE sale_id = $1", house.sale.id)
    return [row["terms_version"] for row in rows]


async def test_without_terms_nothing_is_asked_and_nothing_kept(house: House) -> None:
    assert isinstance(await house.buy(await house.buyer_holding(1)), Bought)
    # A page that was loaded before the terms were withdrawn.
    assert isinstance(await house.buy(await house.buyer_holding(2), terms=3), Bought)
    assert await kept(house) == [None, None]


async def test_terms_are_accepted_before_anything_is_charged(house: House) -> None:
    version = await written(house, "No smoking.")
    buyer = await house.buyer_holding(3)
    assert await house.buy(buyer) == Refused(Code.TERMS_NEEDED, {"terms": version})
    assert (await house.cart(buyer)).state == "open"
    assert (await kept(house), await house.count("charges")) == ([], 0)
    bought = await house.buy(buyer, terms=version)
    assert isinstance(bought, Bought)
    assert (bought.order.terms, await kept(house)) == (version, [version])
    read = await house.engine.orders.one(house.sale.id, bought.order.id)
    assert read is not None
    assert read.terms == version
    stands = await house.engine.organizers.terms(house.organizer, version or 0)
    assert stands is not None
    assert stands.text == "No smoking."


@pytest.mark.parametrize("refund_rule", ["", "Until the day before."])
async def test_terms_that_changed_meanwhile_are_accepted_anew(house: House, refund_rule: str) -> None:
    """The refund rule is part of what was agreed."""
    before = await written(house, "No smoking.")
    buyer = await house.buyer_holding(3)
    now = await written(house, "No smoking." if refund_rule else "No shouting.", refund_rule)
    assert now != before
    assert await house.buy(buyer, terms=before) == Refused(Code.TERMS_CHANGED, {"terms": now})
    assert (await house.cart(buyer)).state == "open"
    assert await house.count("charges") == 0
    assert isinstance(await house.buy(buyer, terms=now), Bought)
    assert await kept(house) == [now]


async def test_a_purchase_that_is_repeated_is_the_same_whatever_the_terms_say_now(house: House) -> None:
    before = await written(house, "No smoking.")
    buyer = await house.buyer_holding(3)
    bought = await house.buy(buyer, terms=before)
    assert isinstance(bought, Bought)
    now = await written(house, "No shouting.")
    for terms in (before, now, None):
        again = await house.buy(buyer, terms=terms)
        assert isinstance(again, Bought)
        assert (again.again, again.order.id, again.order.terms) == (True, bought.order.id, before)
    assert await house.count("charges") == 1


async def test_terms_that_change_while_a_crowd_pays_are_what_each_order_says(house: House) -> None:
    before = await written(house, "No smoking.")
    buyers = [await house.buyer_holding(seat) for seat in range(20)]
    asked = [asyncio.create_task(house.buy(buyer, terms=before)) for buyer in buyers]
    now = await written(house, "No shouting.")
    answers = await asyncio.gather(*asked)
    for answer in answers:
        assert isinstance(answer, Bought) or answer == Refused(Code.TERMS_CHANGED, {"terms": now})
    bought = [answer for answer in answers if isinstance(answer, Bought)]
    assert await kept(house) == [before] * len(bought)
    assert await house.count("charges") == len(bought)
    # From here on nobody buys on the old ones.
    last = await house.buyer_holding(30)
    assert await house.buy(last, terms=before) == Refused(Code.TERMS_CHANGED, {"terms": now})
