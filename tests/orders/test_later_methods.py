"""Money that comes later, by other methods than a transfer, and close to the event: seats, deadlines and refusals."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.engine import Engine
from engine.onsale.model import SeatState
from engine.orders import Bought, Purchase
from engine.payments import PIX, SEPA_DEBIT, TRANSFER, Accepted, Health, Means, Told
from engine.refusals import Code, Refused
from engine.settings import Settings
from engine.verify import verify
from tests.orders.house import House, open_house
from tests.orders.test_awaiting import deadline
from tests.orders.test_stripe import HOOK_SECRET, act, forget_tills, switched_on
from tests.providers.stripe_events import event_of, header_of
from tests.providers.stripe_later import PIX_CODE
from tests.providers.stripe_wire import Wire


@pytest.fixture
async def wire(localstripe: str) -> AsyncIterator[Wire]:
    wire = Wire(localstripe)
    await wire.open()
    yield wire
    await wire.close()
    if wire.refused:
        pytest.fail(f"Stripe would not have taken it: {wire.refused}")


@pytest.fixture
async def at_stripe(settings: Settings, wire: Wire, sale_id: str) -> AsyncIterator[House]:
    changed = settings.model_copy(update={"provider": "sandbox", "stripe_url": wire.url})
    async with Engine.open(changed) as engine:
        yield await in_reais(await open_house(engine, sale_id))


async def in_reais(house: House) -> House:
    await house.engine.db.execute("UPDATE sale SET currency = 'BRL' WHERE id = $1", house.sale.id)
    await house.engine.orders._carts.forget_prices(house.sale.id)
    return house


async def begins(house: House, within: timedelta) -> datetime:
    at = datetime.now(UTC) + within
    await house.engine.db.execute(
        "UPDATE event SET starts_at = $2 WHERE id = (SELECT event_id FROM sale WHERE id = $1)", house.sale.id, at
    )
    await house.engine.orders._carts.forget_prices(house.sale.id)
    return at


async def buy(house: House, buyer: str, method: str) -> Bought | Refused:
    return await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", Means(method)))


async def seat(house: House, number: int) -> SeatState:
    return SeatState((await house.seat_states())[number])


async def told(house: House, wire: Wire, account: str, order: str) -> Told:
    """Stripe says that something became of the order."""
    body = event_of(wire.intents(order)[-1])
    return await house.engine.orders.provider_told(account, header_of(body, HOOK_SECRET, int(time.time())), body)


async def offering(house: House) -> str:
    account = await switched_on(house)
    assert await house.engine.payment_accounts.check(act(house), account) is Health.WORKS
    forget_tills(house)
    return account


# ── close to the event ──


async def test_a_transfer_is_to_be_there_before_the_event_begins(house: House) -> None:
    at = await begins(house, timedelta(days=2))
    bought = await buy(house, await house.buyer_holding(3), TRANSFER)
    assert isinstance(bought, Bought)
    assert bought.order.pay_by is not None
    assert at - timedelta(minutes=1) < bought.order.pay_by <= at


async def test_what_takes_longer_than_that_is_not_taken_and_the_cart_stays(house: House) -> None:
    await begins(house, timedelta(hours=20))
    buyer = await house.buyer_holding(3)
    refused = await buy(house, buyer, TRANSFER)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail["fields"][0]["path"]) == (Code.INVALID, "payment.method")
    assert (await house.cart(buyer)).state == "open"
    assert await house.count("charges") == 0


async def test_pix_is_refused_where_nothing_is_paid_in_reais(house: House) -> None:
    refused = await buy(house, await house.buyer_holding(3), PIX)
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID


# ── at Stripe ──


async def test_pix_reserves_and_is_paid_once_stripe_says_so(at_stripe: House, wire: Wire) -> None:
    account = await offering(at_stripe)
    bought = await buy(at_stripe, await at_stripe.buyer_holding(3), PIX)
    assert isinstance(bought, Bought)
    assert bought.order.pay_with is not None
    assert (bought.order.state.value, bought.order.pay_with["code"]) == ("awaiting", PIX_CODE)
    assert await seat(at_stripe, 3) is SeatState.SOLD
    order = bought.order.id
    assert wire.later.pay(wire.intents(order)[0])
    assert await told(at_stripe, wire, account, order) is Told.TAKEN
    assert await at_stripe.state_of(order) == "paid"
    assert await told(at_stripe, wire, account, order) is Told.TAKEN, "told twice is paid once"
    assert await at_stripe.count("tickets") == 1
    assert await verify(at_stripe.engine, at_stripe.sale.id, grace_s=0) == []


async def test_at_the_deadline_the_code_is_called_off_before_others_get_the_seat(at_stripe: House, wire: Wire) -> None:
    await offering(at_stripe)
    bought = await buy(at_stripe, await at_stripe.buyer_holding(3), PIX)
    assert isinstance(bought, Bought)
    order = bought.order.id
    wire.lost.add(f"{wire.intents(order)[0]}/cancel")  # others may be called off besides
    await deadline(at_stripe, order)
    assert not wire.later.pay(wire.intents(order)[0]), "nobody can pay it any more"
    assert await seat(at_stripe, 3) is SeatState.SOLD, "as long as Stripe has not said so"
    await at_stripe.engine.db.execute("UPDATE order_awaiting SET look_at = now() WHERE order_id = $1", order)
    await at_stripe.engine.orders.finish(order_after_s=0.0, cart_after_ms=0.0, abandon_after_s=0.0)
    failed = await at_stripe.engine.orders.one(at_stripe.sale.id, order)
    assert failed is not None
    assert (failed.state.value, failed.failure) == ("failed", "not_paid_in_time")
    assert await seat(at_stripe, 3) is SeatState.FREE
    assert await verify(at_stripe.engine, at_stripe.sale.id, grace_s=0) == []


async def test_money_of_the_last_minute_keeps_the_seat(at_stripe: House, wire: Wire) -> None:
    await offering(at_stripe)
    bought = await buy(at_stripe, await at_stripe.buyer_holding(3), PIX)
    assert isinstance(bought, Bought)
    assert wire.later.pay(wire.intents(bought.order.id)[0])
    await deadline(at_stripe, bought.order.id)
    assert await at_stripe.state_of(bought.order.id) == "paid"


async def test_a_method_that_the_account_does_not_offer_is_refused(at_stripe: House, wire: Wire) -> None:
    await switched_on(at_stripe)  # nobody asked yet what it offers
    refused = await buy(at_stripe, await at_stripe.buyer_holding(3), PIX)
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID
    assert "POST /v1/payment_intents" not in wire.asked


@pytest.mark.parametrize("status", [400, 403, 500])
async def test_an_account_that_does_not_say_what_it_offers_takes_what_it_took(
    at_stripe: House, wire: Wire, status: int
) -> None:
    account = await offering(at_stripe)
    wire.later.tells_offers = status
    accounts = at_stripe.engine.payment_accounts
    assert await accounts.check(act(at_stripe), account) is Health.WORKS
    assert [each.offers for each in await accounts.all(at_stripe.organizer)] == [("pix",)]
    wire.later.tells_offers, wire.later.offers = 200, set()
    assert await accounts.check(act(at_stripe), account) is Health.WORKS
    assert [each.offers for each in await accounts.all(at_stripe.organizer)] == [()]
    forget_tills(at_stripe)
    assert isinstance(await buy(at_stripe, await at_stripe.buyer_holding(3), PIX), Refused)


# ── debits at Stripe ──

CANARY = "canary-of-a-browser"


@pytest.fixture
async def in_euros(at_stripe: House, wire: Wire) -> House:
    await at_stripe.engine.db.execute("UPDATE sale SET currency = 'EUR' WHERE id = $1", at_stripe.sale.id)
    await at_stripe.engine.orders._carts.forget_prices(at_stripe.sale.id)
    await begins(at_stripe, timedelta(days=40))
    wire.later.offers = {"sepa_debit"}
    return at_stripe


async def is_debited(house: House, buyer: str, accepted: Accepted | None) -> Bought | Refused:
    means = Means(SEPA_DEBIT, token="pm_ofADebit", accepted=accepted)
    return await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", means))


async def debited(house: House) -> str:
    bought = await is_debited(house, await house.buyer_holding(3), Accepted("203.0.113.7", CANARY))
    assert isinstance(bought, Bought)
    assert (bought.order.state.value, dict(bought.order.pay_with or {})) == ("awaiting", {"kind": "sepa_debit"})
    return bought.order.id


async def kept_of_browsers(house: House) -> list[str]:
    """Tables that have the buyer's browser or address anywhere."""
    db = house.engine.db
    tables = [row[0] for row in await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    like = "SELECT EXISTS (SELECT FROM {0} t WHERE t::text LIKE '%' || $1 || '%' OR t::text LIKE '%203.0.113.7%')"
    return [each for each in tables if await db.fetchval(like.format(each), CANARY)]


async def test_a_debit_reserves_until_the_bank_has_paid_and_keeps_nothing_of_the_browser(
    in_euros: House, wire: Wire
) -> None:
    account = await offering(in_euros)
    order = await debited(in_euros)
    assert wire.later.mandate(wire.intents(order)[0]) == ("203.0.113.7", CANARY)
    assert await kept_of_browsers(in_euros) == []
    assert await seat(in_euros, 3) is SeatState.SOLD
    assert await verify(in_euros.engine, in_euros.sale.id, grace_s=0) == []
    assert wire.later.pay(wire.intents(order)[0])
    assert await told(in_euros, wire, account, order) is Told.TAKEN
    assert await told(in_euros, wire, account, order) is Told.TAKEN, "told twice is paid once"
    assert await in_euros.state_of(order) == "paid"
    assert await in_euros.count("tickets") == 1
    assert await verify(in_euros.engine, in_euros.sale.id, grace_s=0) == []


async def test_what_the_bank_refuses_days_later_is_free_again(in_euros: House, wire: Wire) -> None:
    account = await offering(in_euros)
    order = await debited(in_euros)
    wire.later.refuse(wire.intents(order)[0])
    assert await told(in_euros, wire, account, order) is Told.TAKEN
    failed = await in_euros.engine.orders.one(in_euros.sale.id, order)
    assert failed is not None
    assert (failed.state.value, failed.failure) == ("failed", "debit_refused")
    assert await seat(in_euros, 3) is SeatState.FREE
    assert await verify(in_euros.engine, in_euros.sale.id, grace_s=0) == []


async def test_at_its_deadline_a_debit_under_way_keeps_its_seat_until_the_bank_says(
    in_euros: House, wire: Wire
) -> None:
    await offering(in_euros)
    order = await debited(in_euros)
    await deadline(in_euros, order)
    assert await in_euros.state_of(order) == "awaiting"
    assert await seat(in_euros, 3) is SeatState.SOLD
    assert wire.later.pay(wire.intents(order)[0])
    await in_euros.engine.db.execute("UPDATE order_awaiting SET look_at = now() WHERE order_id = $1", order)
    await in_euros.engine.orders.finish(order_after_s=0.0, cart_after_ms=0.0, abandon_after_s=0.0)
    assert await in_euros.state_of(order) == "paid"


async def test_nobody_is_debited_who_did_not_say_from_where_or_too_close_to_the_event(
    in_euros: House, wire: Wire
) -> None:
    await offering(in_euros)
    buyer = await in_euros.buyer_holding(3)
    for days, accepted in ((40, None), (21, Accepted("203.0.113.7", CANARY))):
        await begins(in_euros, timedelta(days=days))
        refused = await is_debited(in_euros, buyer, accepted)
        assert isinstance(refused, Refused)
        assert (refused.code, refused.detail["fields"][0]["path"]) == (Code.INVALID, "payment.method")
    assert "POST /v1/payment_intents" not in wire.asked
    assert (await in_euros.cart(buyer)).state == "open"
