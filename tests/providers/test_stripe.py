"""Stripe on a bad line: what is lost, repeated, asked back, or not what was asked for. Stripe's own client looks on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.engine import Engine
from engine.ids import new_id
from engine.payments import Asked, Captured, Charge, Declined, Down, Means, Refund, Refunded, Unheard, Unknown
from engine.payments.port import NotRefunded
from engine.payments.stripe import METHOD, Stripe
from engine.payments.stripe_api import StripeApi
from engine.payments.stripe_words import NOT_PAYABLE, decline_of, ours, theirs
from tests.providers.party import AMOUNT, CURRENCY, SALE
from tests.providers.stripe_party import StripeParty, stripe_party


@pytest.fixture
async def party(engine: Engine, localstripe: str) -> AsyncIterator[StripeParty]:
    async with stripe_party(engine.db, localstripe) as party:
        yield party


async def at_stripe(party: StripeParty, order: str) -> list[str]:
    """How the intents of an order stand, as Stripe's own client says."""
    client = party.wire.sdk()
    said = [await asyncio.to_thread(client.v1.payment_intents.retrieve, each) for each in party.wire.intents(order)]
    return sorted(each.status for each in said)


async def refunds_at_stripe(party: StripeParty, order: str) -> list[int]:
    client = party.wire.sdk()
    intents = party.wire.intents(order)
    said = [await asyncio.to_thread(client.v1.refunds.list, {"payment_intent": each}) for each in intents]
    return [each.amount for page in said for each in page.data]


# ── a bad line ──


async def test_of_an_intent_that_nobody_heard_of_nobody_is_charged(party: StripeParty) -> None:
    order = new_id("ord")
    party.wire.lost.add("/v1/payment_intents")
    assert isinstance(await party.charge(order), Down)
    assert await party.provider.lookup(order) == Unheard()
    assert isinstance(await party.charge(order), Captured)
    assert await at_stripe(party, order) == ["requires_payment_method", "succeeded"]


async def test_a_charge_whose_answer_was_lost_is_known_when_it_is_looked_up(party: StripeParty) -> None:
    order = new_id("ord")
    party.wire.lost.add("/confirm")
    assert await party.charge(order) == Unknown(silent=True)
    assert isinstance(await party.provider.lookup(order), Captured)
    assert isinstance(await party.charge(order), Captured)
    assert await at_stripe(party, order) == ["succeeded"]


async def test_what_arrives_twice_is_charged_once(party: StripeParty) -> None:
    party.wire.twice = True
    order = new_id("ord")
    assert isinstance(await party.charge(order), Captured)
    assert (await at_stripe(party, order)).count("succeeded") == 1
    declined = new_id("ord")
    assert await party.charge(declined, "declined") == Declined("card_declined")
    assert "succeeded" not in await at_stripe(party, declined)


async def test_a_refund_whose_answer_was_lost_is_found_by_what_is_written_on_it(party: StripeParty) -> None:
    order = await party.captured()
    party.wire.lost.add("/v1/refunds")
    assert await party.provider.refund(Refund(SALE, order, "one", 1_000)) == Unknown(silent=True)
    assert await party.provider.refund(Refund(SALE, order, "one", 1_000)) == Refunded(1_000)
    assert await refunds_at_stripe(party, order) == [1_000]


async def test_a_key_that_stripe_refuses_asks_for_nothing(party: StripeParty, engine: Engine) -> None:
    other = Stripe(engine.db, StripeApi("rk_of_nobody", party.wire.url), new_id("pac"))
    try:
        assert isinstance(await other.charge(Charge(SALE, new_id("ord"), 1, CURRENCY, party.means("good"))), Down)
    finally:
        await other.close()


# ── what the page brings ──


async def test_a_confirmation_token_pays_as_a_payment_method_does(party: StripeParty) -> None:
    order, token = new_id("ord"), await party.wire.card("good", as_token=True)
    answer = await party.provider.charge(Charge(SALE, order, AMOUNT, CURRENCY, Means(METHOD, token=token)))
    assert isinstance(answer, Captured)
    assert answer.reference == party.wire.intents(order)[0]


async def test_a_token_of_nothing_is_a_payment_that_failed(party: StripeParty) -> None:
    order = new_id("ord")
    answer = await party.provider.charge(Charge(SALE, order, AMOUNT, CURRENCY, Means(METHOD, token="pm_of_nobody")))
    assert answer == Declined("processing_error")
    assert await at_stripe(party, order) == ["canceled"]


async def test_what_was_declined_can_not_be_paid_by_the_page_afterwards(party: StripeParty) -> None:
    order = new_id("ord")
    assert await party.charge(order, "declined") == Declined("card_declined")
    assert await at_stripe(party, order) == ["canceled"]


async def test_a_decline_that_was_not_heard_of_keeps_its_reason(party: StripeParty) -> None:
    order = new_id("ord")
    party.wire.lost.add("/cancel")
    assert await party.charge(order, "declined") == Unknown(silent=True)
    assert await party.charge(order, "good") == Declined("card_declined")
    assert await party.provider.lookup(order) == Declined("card_declined")


# ── what the bank asks ──


async def asked(party: StripeParty, kind: str = "asks") -> tuple[str, Asked]:
    order = new_id("ord")
    answer = await party.charge(order, kind)
    assert isinstance(answer, Asked)
    assert await party.provider.lookup(order) == answer, "neither its end nor its secret moves"
    return order, answer


async def answer_bank(party: StripeParty, order: str, said: Asked, *, well: bool) -> None:
    await party.wire.authenticate(party.wire.intents(order)[0], said.step["client_secret"], well=well)


async def test_a_bank_that_is_answered_lets_it_through(party: StripeParty) -> None:
    order, said = await asked(party)
    await answer_bank(party, order, said, well=True)
    assert isinstance(await party.provider.lookup(order), Captured)


async def test_a_bank_that_is_answered_wrongly_declines(party: StripeParty) -> None:
    order, said = await asked(party)
    await answer_bank(party, order, said, well=False)
    assert await party.provider.lookup(order) == Declined("authentication_failed")
    assert await at_stripe(party, order) == ["canceled"]


async def test_a_card_may_be_declined_after_the_bank_was_answered(party: StripeParty) -> None:
    order, said = await asked(party, "asks, then declined")
    await answer_bank(party, order, said, well=True)
    assert await party.provider.lookup(order) == Declined("card_declined")


async def test_who_answers_the_bank_too_late_pays_nothing(party: StripeParty) -> None:
    order, said = await asked(party)
    assert await party.provider.abandon(order) == Declined("abandoned")
    await answer_bank(party, order, said, well=True)
    assert await party.provider.lookup(order) == Declined("abandoned")


async def test_nothing_is_given_back_while_the_bank_asks(party: StripeParty) -> None:
    order, _ = await asked(party)
    assert isinstance(await party.provider.refund(Refund(SALE, order, "one", 1)), Unknown)


# ── what isn't what was asked for ──


async def test_money_of_an_order_that_a_restored_database_forgot_counts_when_it_is_given_up(
    party: StripeParty, engine: Engine
) -> None:
    order = await party.captured()
    await engine.db.execute("DELETE FROM stripe_charge WHERE order_id = $1", order)
    assert await party.provider.lookup(order) == Unheard()
    assert isinstance(await party.provider.abandon(order), Captured)
    assert await party.provider.refund(Refund(SALE, order, "one", AMOUNT)) == Refunded(AMOUNT)


@pytest.mark.parametrize(("change", "stands"), [({"currency": "usd"}, Unknown), ({"amount": AMOUNT - 1}, Captured)])
async def test_another_currency_or_amount_is_never_taken_for_the_orders(
    party: StripeParty, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], stands: type
) -> None:
    order = await party.captured()
    said = party.wire._masked
    monkeypatch.setattr(party.wire, "_masked", lambda body: {**said(body), **change})
    answer = await party.provider.lookup(order)
    assert isinstance(answer, stands)
    assert not isinstance(answer, Captured) or answer.amount == AMOUNT - 1


async def test_a_refund_that_failed_there_is_told_and_not_made_again(
    party: StripeParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await party.captured()
    assert await party.provider.refund(Refund(SALE, order, "one", 1_000)) == Refunded(1_000)
    said = party.wire._masked

    def failed(body: Any) -> Any:
        each = {"status": "failed", "failure_reason": "lost_or_stolen_card"}
        listed = [{**refund, **each} for refund in body["data"]] if body.get("object") == "list" else None
        return said(body) if listed is None else {**body, "data": listed}

    monkeypatch.setattr(party.wire, "_masked", failed)
    assert await party.provider.refund(Refund(SALE, order, "one", 1_000)) == NotRefunded("lost_or_stolen_card")
    assert await refunds_at_stripe(party, order) == [1_000]


async def test_an_amount_that_stripe_has_no_units_for_is_not_asked_for(party: StripeParty) -> None:
    before = list(party.wire.asked)
    answer = await party.provider.charge(Charge(SALE, new_id("ord"), 1_005, "KWD", party.means("good")))
    assert answer == Declined(NOT_PAYABLE)
    assert party.wire.asked == before


# ── words ──


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        (4_550, "EUR", 4_550),
        (4_550, "JPY", 4_550),
        (4_500, "MGA", 45),  # which has no decimals there
        (4_550, "MGA", None),
        (45, "ISK", 4_500),  # which has two there
        (45, "UGX", 4_500),
        (4_550, "KWD", 4_550),
        (4_555, "KWD", None),  # whose last digit banks don't take
        (4_550, "COP", 4_550),
        (0, "EUR", 0),
    ],
)
def test_amounts_are_never_rounded(amount: int, currency: str, units: int | None) -> None:
    assert theirs(amount, currency) == units
    assert units is None or ours(units, currency) == amount


def test_units_that_we_have_no_minor_units_for_are_none() -> None:
    assert ours(4_550, "ISK") is None


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "insufficient_funds"),
        ({"code": "card_declined", "decline_code": "fraudulent"}, "card_declined"),
        ({"code": "expired_card"}, "expired_card"),
        ({"code": "card_declined", "decline_code": "invalid_cvc"}, "incorrect_cvc"),
        ({"code": "payment_intent_authentication_failure"}, "authentication_failed"),
        ({}, "card_declined"),
    ],
)
def test_declines_are_told_in_our_words(error: dict[str, str], word: str) -> None:
    assert decline_of(error) == word
