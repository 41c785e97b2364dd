"""Several accounts of one organizer at once, each for some currencies, countries and sums."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from engine.catalog import Mistake
from engine.engine import Engine
from engine.orders import Bought, Purchase
from engine.payments import Means, Serves, serving
from engine.payments.serving import by_particulars
from engine.payments.stripe import METHOD
from engine.refusals import Code, Refused
from engine.settings import Settings
from tests.orders.house import House, card, open_house
from tests.orders.test_stripe import KEYS, OTHER_KEYS, act, buy, forget_tills, provider_of, switched_on
from tests.providers.stripe_wire import Wire

SEAT = 4_500
SMALL = Serves(("EUR",), (), None, SEAT)
LARGE = Serves(("EUR",), (), SEAT + 1, 2 * SEAT)


@pytest.fixture
async def wire(localstripe: str) -> AsyncIterator[Wire]:
    wire = Wire(localstripe)
    await wire.open()
    yield wire
    await wire.close()


@pytest.fixture
async def house(settings: Settings, wire: Wire, sale_id: str) -> AsyncIterator[House]:
    changed = settings.model_copy(update={"provider": "sandbox", "stripe_url": wire.url})
    async with Engine.open(changed) as engine:
        yield await open_house(engine, sale_id)


async def paid_into(house: House, wire: Wire, *seats: int) -> str:
    bought = await buy(house, wire, await house.buyer_holding(*seats))
    assert isinstance(bought, Bought), bought
    return (await provider_of(house, bought.order.id)).removeprefix("stripe:")


async def in_country(house: House, country: str | None) -> None:
    await house.engine.db.execute(
        "UPDATE venue SET country = $2 WHERE id = (SELECT venue_id FROM sale WHERE id = $1)", house.sale.id, country
    )
    forget_tills(house)


async def test_each_sum_is_paid_into_the_account_that_is_for_it(house: House, wire: Wire) -> None:
    small = await switched_on(house, replace(KEYS, serves=SMALL))
    large = await switched_on(house, replace(OTHER_KEYS, serves=LARGE))
    assert await paid_into(house, wire, 1) == small
    assert await paid_into(house, wire, 2, 3) == large


async def test_what_no_account_is_for_is_refused_and_paid_nowhere_else(house: House, wire: Wire) -> None:
    await switched_on(house, replace(KEYS, serves=SMALL))
    buyer = await house.buyer_holding(1, 2)
    refused = await buy(house, wire, buyer)
    assert isinstance(refused, Refused)
    assert refused.code is Code.CART_INCOMPLETE or refused.code is Code.PAYMENT_NOT_SET_UP
    by_card = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "two", card()))
    assert isinstance(by_card, Refused), "the installation's own provider takes nothing of theirs"
    assert (await house.cart(buyer)).state == "open"
    view = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert not isinstance(view, Refused)
    assert "payment_not_set_up" in {issue.code for issue in view.issues}, "the buyer knows before they type a card"


async def test_an_account_for_the_country_comes_before_one_for_everything(house: House, wire: Wire) -> None:
    all_else = await switched_on(house)
    spain = await switched_on(house, replace(OTHER_KEYS, serves=Serves(countries=("ES",))))
    await in_country(house, "ES")
    assert await paid_into(house, wire, 1) == spain
    await in_country(house, "FR")
    assert await paid_into(house, wire, 2) == all_else
    await in_country(house, None)
    assert await paid_into(house, wire, 3) == all_else


async def test_an_account_in_another_currency_takes_nothing(house: House, wire: Wire) -> None:
    await switched_on(house, replace(KEYS, serves=Serves(("BRL",))))
    means = Means(METHOD, token=await wire.card("good"))
    buyer = await house.buyer_holding(1)
    refused = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", means))
    assert isinstance(refused, Refused)


async def test_the_account_stays_the_one_that_was_asked_though_the_conditions_change(house: House, wire: Wire) -> None:
    first = await switched_on(house, replace(KEYS, serves=SMALL))
    buyer = await house.buyer_holding(1)
    refused = await buy(house, wire, buyer, "asks")
    assert isinstance(refused, Refused)
    order, step = refused.detail["order"], refused.detail["step"]
    accounts = house.engine.payment_accounts
    changed = await accounts.change(act(house), first, replace(KEYS, serves=Serves(("BRL",))), None)
    assert not isinstance(changed, Refused | list)
    forget_tills(house)
    await wire.authenticate(wire.intents(order)[0], step["client_secret"], well=True)
    assert isinstance(await buy(house, wire, buyer), Bought)
    assert await provider_of(house, order) == f"stripe:{first}"


async def test_of_two_for_the_same_one_is_switched_on(house: House) -> None:
    accounts = house.engine.payment_accounts
    made = [await accounts.create(act(house), replace(KEYS, serves=SMALL)) for _ in range(2)]
    other = await accounts.create(act(house), replace(KEYS, serves=LARGE))
    assert isinstance(other, str)
    for each in (*made, other):
        assert isinstance(each, str)
        await accounts.switch(act(house), each, on=True)
    on = {each.id for each in await accounts.all(house.organizer) if each.active}
    assert on == {made[1], other}
    same = await accounts.change(act(house), other, replace(KEYS, serves=SMALL), None)
    assert isinstance(same, list)
    assert [each.path for each in same] == ["serves"]
    with pytest.raises(asyncpg.UniqueViolationError, match="serves_alone"):
        await house.engine.db.execute("UPDATE payment_account SET active = true WHERE id = $1", made[0])
    await asyncio.gather(*(accounts.switch(act(house), each, on=True) for each in made if isinstance(each, str)))
    assert sum(each.active for each in await accounts.all(house.organizer)) == 2


# ── alone ──


@pytest.mark.parametrize(
    ("serves", "wrong"),
    [
        (Serves(("EUR", "BRL"), ("ES",)), []),
        (Serves(("EUR",), (), 5, 5), []),
        (Serves(("EURO",)), ["serves.currencies"]),
        (Serves((), ("XX",)), ["serves.countries"]),
        (Serves((), (), 5), ["serves.amount_from"]),
        (Serves(("EUR", "BRL"), (), None, 5), ["serves.amount_from"]),
        (Serves(("EUR",), (), 6, 5), ["serves.amount_up_to"]),
    ],
)
def test_what_makes_no_sense_is_named(serves: Serves, wrong: list[str]) -> None:
    found: list[Mistake] = serves.mistakes()
    assert [each.path for each in found] == wrong


def test_whoever_comes_first_in_the_list_the_most_particular_is_asked_first() -> None:
    accounts = [(Serves(), "all"), (Serves(("EUR",)), "euros"), (SMALL, "small"), (Serves((), ("ES",)), "spain")]
    for order in itertools.permutations(accounts):
        asked = by_particulars(order)
        assert asked[0][1] == "small"
        assert asked[-1][1] == "all"
        assert serving(asked, SEAT) == "small"
        assert serving(asked, SEAT + 1) in ("euros", "spain")
    assert serving([(SMALL, "small")], SEAT + 1) is None
    assert serving([], 1) is None
