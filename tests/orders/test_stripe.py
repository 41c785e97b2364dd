"""Orders that are paid into an organizer's own account at Stripe."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.audit import Act, ActorKind
from engine.engine import Engine
from engine.orders import Bought, Purchase
from engine.payments import AccountKeys, Health, Means, Told
from engine.payments.breaker import FAILURES_TO_OPEN
from engine.payments.stripe import METHOD, Stripe
from engine.refusals import Code, Refused
from engine.settings import Settings
from engine.verify import verify
from tests.orders.house import House, card, open_house
from tests.providers.stripe_events import event_of, header_of
from tests.providers.stripe_party import nowhere
from tests.providers.stripe_wire import SECRET, Wire

NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}
HOOK_SECRET = "whsec_c2VjcmV0"
KEYS = AccountKeys("Our account", "pk_test_ofNobody", SECRET, HOOK_SECRET)
OTHER_KEYS = AccountKeys("Another", "pk_test_ofNobody", SECRET)


@pytest.fixture
async def wire(localstripe: str) -> AsyncIterator[Wire]:
    wire = Wire(localstripe)
    await wire.open()
    yield wire
    await wire.close()
    if wire.refused:
        pytest.fail(f"Stripe would not have taken it: {wire.refused}")


@pytest.fixture
async def house(settings: Settings, wire: Wire, sale_id: str) -> AsyncIterator[House]:
    changed = settings.model_copy(update={"provider": "sandbox", "stripe_url": wire.url})
    async with Engine.open(changed) as engine:
        yield await open_house(engine, sale_id)


def act(house: House) -> Act:
    return Act(house.organizer, "here", ActorKind.ITSELF)


async def switched_on(house: House, keys: AccountKeys = KEYS) -> str:
    accounts = house.engine.payment_accounts
    account = await accounts.create(act(house), keys)
    assert isinstance(account, str), account
    assert await accounts.switch(act(house), account, on=True) is None
    forget_tills(house)
    return account


def forget_tills(house: House) -> None:
    """What a process knows of accounts for some seconds."""
    house.engine.orders._tills._of_sale.clear()


async def buy(house: House, wire: Wire, buyer: str, kind: str = "good", order: str = "one") -> Bought | Refused:
    means = Means(METHOD, token=await wire.card(kind))
    return await house.engine.orders.purchase(Purchase(house.sale.id, buyer, order, means))


async def provider_of(house: House, order: str) -> str:
    found: str = await house.engine.db.fetchval("SELECT provider FROM payment WHERE order_id = $1", order)
    return found


async def finish(house: House) -> None:
    house.engine.orders._finisher._ask_at.clear()
    await house.engine.orders.finish(**NOW)


async def test_a_sale_is_paid_into_its_organizers_account(house: House, wire: Wire) -> None:
    account = await switched_on(house)
    bought = await buy(house, wire, await house.buyer_holding(1))
    assert isinstance(bought, Bought)
    assert bought.order.card_last4 == "4242"
    kept = await house.engine.orders.one(house.sale.id, bought.order.id)
    assert kept is not None
    assert kept.card_last4 == "4242", "a card that was collected at Stripe is found by its last digits, too"
    assert await provider_of(house, bought.order.id) == f"stripe:{account}"
    assert len(wire.intents(bought.order.id)) == 1
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_without_an_account_it_is_paid_to_the_installations_provider(house: House, wire: Wire) -> None:
    account = await switched_on(house)
    assert await house.engine.payment_accounts.switch(act(house), account, on=False) is None
    forget_tills(house)
    bought = await house.buy(await house.buyer_holding(1))
    assert isinstance(bought, Bought)
    assert await provider_of(house, bought.order.id) == "sandbox"
    assert wire.asked == []


async def test_what_was_declined_leaves_the_cart_open(house: House, wire: Wire) -> None:
    await switched_on(house)
    buyer = await house.buyer_holding(1)
    refused = await buy(house, wire, buyer, "declined")
    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail) == (Code.PAYMENT_DECLINED, {"reason": "card_declined"})
    assert isinstance(await buy(house, wire, buyer, order="two"), Bought)


# ── what the buyer's bank asks ──


async def asked(house: House, wire: Wire, buyer: str) -> Refused:
    refused = await buy(house, wire, buyer, "asks")
    assert isinstance(refused, Refused)
    assert refused.code is Code.PAYMENT_PENDING
    return refused


async def test_who_answers_the_bank_and_asks_again_has_bought(house: House, wire: Wire) -> None:
    await switched_on(house)
    buyer = await house.buyer_holding(1)
    refused = await asked(house, wire, buyer)
    again = await buy(house, wire, buyer)
    assert isinstance(again, Refused)
    assert again.detail == refused.detail, "the bank still asks"
    order, secret = refused.detail["order"], refused.detail["step"]["client_secret"]
    await wire.authenticate(wire.intents(order)[0], secret, well=True)
    assert isinstance(await buy(house, wire, buyer), Bought)
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_who_answers_the_bank_and_goes_away_has_bought_too(house: House, wire: Wire) -> None:
    await switched_on(house)
    refused = await asked(house, wire, await house.buyer_holding(1))
    order, secret = refused.detail["order"], refused.detail["step"]["client_secret"]
    await finish(house)
    assert await house.state_of(order) == "paying"
    await wire.authenticate(wire.intents(order)[0], secret, well=True)
    await finish(house)
    assert await house.state_of(order) == "paid"
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_who_does_not_answer_the_bank_in_time_keeps_the_cart_and_pays_nothing(house: House, wire: Wire) -> None:
    await switched_on(house)
    buyer = await house.buyer_holding(1)
    refused = await asked(house, wire, buyer)
    order, secret = refused.detail["order"], refused.detail["step"]["client_secret"]
    assert refused.detail["until_ms"] > datetime.now(UTC).timestamp() * 1000
    past = datetime.now(UTC) - timedelta(seconds=1)
    await house.engine.db.execute("UPDATE stripe_charge SET asked_until = $1 WHERE order_id = $2", past, order)
    await finish(house)
    assert await house.state_of(order) == "failed"
    assert (await house.cart(buyer)).state == "open"
    await wire.authenticate(wire.intents(order)[0], secret, well=True)
    assert isinstance(await buy(house, wire, buyer, order="two"), Bought)


# ── accounts come and go ──


async def test_an_order_is_asked_about_where_it_was_asked_to_be_paid(house: House, wire: Wire) -> None:
    first = await switched_on(house)
    wire.lost.add("/confirm")
    refused = await buy(house, wire, await house.buyer_holding(1))
    assert isinstance(refused, Refused)
    order = refused.detail["order"]
    await switched_on(house, OTHER_KEYS)
    await finish(house)
    assert await house.state_of(order) == "paid"
    assert await provider_of(house, order) == f"stripe:{first}"


async def test_an_account_that_does_not_answer_stops_no_others(house: House, wire: Wire) -> None:
    await switched_on(house)
    till = await house.engine.orders._desk.till(house.sale.id)
    assert isinstance(till.provider, Stripe)
    till.provider._api._url = nowhere()
    for nth in range(FAILURES_TO_OPEN):
        refused = await buy(house, wire, await house.buyer_holding(nth))
        assert isinstance(refused, Refused)
        assert refused.code is Code.PAYMENT_UNAVAILABLE
    assert (await house.engine.orders._desk.till(house.sale.id)).breaker._failures == FAILURES_TO_OPEN
    assert not house.engine.orders.payments_are_down()


async def test_an_account_whose_keys_can_not_be_read_takes_no_money(house: House, wire: Wire) -> None:
    account = await switched_on(house)
    await house.engine.db.execute("UPDATE payment_account SET secret_key = 'sealed:9:x' WHERE id = $1", account)
    forget_tills(house)
    refused = await buy(house, wire, await house.buyer_holding(1))
    assert isinstance(refused, Refused)
    assert refused.code is Code.PAYMENT_NOT_SET_UP
    assert wire.asked == []


async def test_a_card_typed_here_is_declined_where_stripe_takes_payments(house: House, wire: Wire) -> None:
    await switched_on(house)
    refused = await house.engine.orders.purchase(Purchase(house.sale.id, await house.buyer_holding(1), "one", card()))
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID


# ── what Stripe tells by itself ──


async def told(house: House, account: str, intent: str, secret: str = HOOK_SECRET) -> Told:
    body, at = event_of(intent), int(time.time())
    return await house.engine.orders.provider_told(account, header_of(body, secret, at), body)


async def test_money_that_stripe_tells_of_makes_an_order_paid_once(house: House, wire: Wire) -> None:
    account = await switched_on(house)
    refused = await asked(house, wire, await house.buyer_holding(1))
    order, secret = refused.detail["order"], refused.detail["step"]["client_secret"]
    intent = wire.intents(order)[0]
    assert await told(house, account, intent) is Told.TAKEN
    assert await house.state_of(order) == "paying", "what is told early changes nothing: how it stands is asked"
    await wire.authenticate(intent, secret, well=True)
    assert {await told(house, account, intent) for _ in range(3)} == {Told.TAKEN}
    assert await house.state_of(order) == "paid"
    assert await house.count("tickets") == 1
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def test_forged_words_change_nothing_and_ask_nothing(house: House, wire: Wire) -> None:
    account = await switched_on(house)
    wire.lost.add("/confirm")
    refused = await buy(house, wire, await house.buyer_holding(1))
    assert isinstance(refused, Refused)
    order, before = refused.detail["order"], len(wire.asked)
    assert await told(house, account, wire.intents(order)[0], "whsec_another") is Told.FORGED
    assert await told(house, "pac_none", wire.intents(order)[0]) is Told.UNKNOWN
    assert (await house.state_of(order), len(wire.asked)) == ("paying", before)


async def test_each_of_two_secrets_counts_while_one_takes_the_others_place(house: House, wire: Wire) -> None:
    account = await switched_on(house)
    await house.engine.payment_accounts.change(act(house), account, AccountKeys(webhook_secret="whsec_new"), None)
    bought = await buy(house, wire, await house.buyer_holding(1))
    assert isinstance(bought, Bought)
    for secret in (HOOK_SECRET, "whsec_new"):
        assert await told(house, account, wire.intents(bought.order.id)[0], secret) is Told.TAKEN


async def test_what_can_not_be_looked_up_is_to_be_told_again(house: House, wire: Wire) -> None:
    account = await switched_on(house)
    assert await told(house, account, "pi_of_nobody") is Told.TAKEN, "it is none of ours"
    till = await house.engine.orders._desk.till(house.sale.id)
    assert isinstance(till.provider, Stripe)
    till.provider._api._url = nowhere()
    assert await told(house, account, "pi_of_nobody") is Told.LATER


async def test_an_account_speaks_of_no_orders_but_its_own(house: House, wire: Wire) -> None:
    """Whoever has an account can write any order and any sale onto a payment of their own."""
    account = await switched_on(house)
    wire.lost.add("/confirm")
    refused = await buy(house, wire, await house.buyer_holding(1), "declined")
    assert isinstance(refused, Refused)
    order = refused.detail["order"]
    other = await house.engine.payment_accounts.create(act(house), OTHER_KEYS)
    assert isinstance(other, str)
    await house.engine.payment_accounts.change(act(house), other, AccountKeys(webhook_secret=HOOK_SECRET), None)
    form = {"amount": 4_500, "currency": "eur", "payment_method": await wire.card("good"), "confirm": True}
    form |= {"metadata": {"order": order, "sale": house.sale.id}}
    made = await asyncio.to_thread(wire.sdk().v1.payment_intents.create, form)
    assert made.status == "succeeded"
    assert await told(house, other, made.id) is Told.TAKEN
    assert await told(house, account, made.id) is Told.TAKEN
    assert await house.state_of(order) == "paying"


# ── the office ──


async def test_keys_are_sealed_and_one_account_is_switched_on(house: House) -> None:
    first, second = await switched_on(house), await switched_on(house, OTHER_KEYS)
    views = await house.engine.payment_accounts.all(house.organizer)
    assert {each.id: each.active for each in views} == {first: False, second: True}
    stored = await house.engine.db.fetch("SELECT secret_key, webhook_secrets FROM payment_account WHERE id = $1", first)
    assert SECRET not in str(stored)
    told = await house.engine.db.fetch("SELECT act, after::text FROM audit WHERE subject = $1 ORDER BY id", first)
    assert [each["act"] for each in told] == ["payment_account.create", "payment_account.switch_on"]
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    "keys",
    [
        AccountKeys("", "pk_test_a", "sk_test_a"),
        AccountKeys("Ours", "pk_test_a", "pk_test_a"),
        AccountKeys("Ours", "pk_live_a", "sk_test_a"),
        AccountKeys("Ours", "pk_test_a", "sk_test_a", "not a secret"),
    ],
)
async def test_keys_that_are_none_are_refused(house: House, keys: AccountKeys) -> None:
    assert isinstance(await house.engine.payment_accounts.create(act(house), keys), list)


async def test_an_account_is_changed_by_who_saw_it_last(house: House) -> None:
    accounts = house.engine.payment_accounts
    account = await switched_on(house)
    view = await accounts.show(house.organizer, account)
    assert not isinstance(view, Refused)
    for nth in range(3):
        changed = await accounts.change(act(house), account, AccountKeys(webhook_secret=f"whsec_{nth}"), view.version)
        assert not isinstance(changed, Refused | list)
        view = changed
    assert view.webhook_secrets == 2
    assert await accounts.change(act(house), account, OTHER_KEYS, 1) == Refused(Code.CHANGED_MEANWHILE)
    live = AccountKeys(secret_key="sk_live_a", publishable_key="pk_live_a")
    assert isinstance(await accounts.change(act(house), account, live, None), list)
    assert await accounts.show("org_other", account) == Refused(Code.NOT_FOUND)


async def test_a_check_says_whether_the_key_works(house: House) -> None:
    accounts = house.engine.payment_accounts
    works, refused = await switched_on(house), await switched_on(house, AccountKeys("x", "pk_test_a", "sk_test_a"))
    assert await accounts.check(act(house), works) is Health.WORKS
    assert await accounts.check(act(house), refused) is Health.REFUSED
