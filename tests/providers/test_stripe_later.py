"""Pix, boleto and SEPA debits at Stripe, by requests and answers as it documents them; not run against Stripe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.engine import Engine
from engine.ids import new_id
from engine.payments import (
    BOLETO,
    PIX,
    SEPA_DEBIT,
    TRANSFER,
    Accepted,
    Awaited,
    Captured,
    Charge,
    Declined,
    Means,
    PaymentNews,
    Refund,
    Refunded,
    offered,
)
from engine.payments.later import LATER, pay_until
from engine.payments.port import NOT_CAPTURED, NotRefunded
from engine.payments.stripe_later import awaited_of, offers_of
from tests.providers.party import AMOUNT, CURRENCY, SALE
from tests.providers.stripe_later import BOLETO_NUMBER, PIX_CODE, configurations
from tests.providers.stripe_party import StripeParty, stripe_party

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def party(engine: Engine, localstripe: str) -> AsyncIterator[StripeParty]:
    async with stripe_party(engine.db, localstripe) as party:
        yield party


def charge(order: str, means: Means, begins: datetime | None = None) -> Charge:
    return Charge(SALE, order, AMOUNT, "BRL", means, begins)


async def test_a_pix_code_counts_until_the_event_begins_at_the_latest(party: StripeParty) -> None:
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    answer = await party.provider.charge(charge(new_id("ord"), Means(PIX), begins))
    step = {"kind": "pix", "code": PIX_CODE, "page": "https://payments.stripe.com/pix/instructions/test"}
    assert answer == Awaited(begins, step)


async def test_a_boleto_is_made_of_what_the_page_collected_and_waits_for_the_bank(party: StripeParty) -> None:
    order = new_id("ord")
    answer = await party.provider.charge(charge(order, Means(BOLETO, token="pm_ofNobody")))
    assert isinstance(answer, Awaited)
    assert (answer.step["kind"], answer.step["code"]) == ("boleto", BOLETO_NUMBER)
    by = datetime.fromtimestamp(int(answer.step["by_ms"]) / 1000, UTC)
    assert answer.until - by == LATER[BOLETO].settles
    assert await party.provider.lookup(order) == answer


async def test_a_code_whose_time_is_over_was_not_paid_in_time(party: StripeParty) -> None:
    heard: list[PaymentNews] = []

    async def hear(news: PaymentNews) -> None:
        heard.append(news)

    party.provider.listen(hear)
    order = await party.awaited()
    [intent] = party.wire.intents(order)
    party.wire.later.expire(intent)
    assert await party.stripe.hear(intent)
    assert [each.outcome for each in heard] == [Declined("not_paid_in_time")]
    assert not party.wire.later.pay(intent), "it is cancelled: nobody pays it any more"


async def test_a_lost_answer_asks_for_no_second_code(party: StripeParty) -> None:
    order = new_id("ord")
    party.wire.lost.add("/confirm")
    await party.provider.charge(charge(order, Means(PIX)))
    stands = await party.provider.lookup(order)
    assert isinstance(stands, Awaited)
    assert await party.provider.charge(charge(order, Means(PIX))) == stands
    assert len(party.wire.intents(order)) == 1


# ── debits ──

AGREED = Accepted("203.0.113.7", "Mozilla/5.0 (iPhone)")


def debit(order: str) -> Charge:
    return Charge(SALE, order, AMOUNT, CURRENCY, Means(SEPA_DEBIT, token="pm_ofADebit", accepted=AGREED))


async def debited(party: StripeParty) -> tuple[str, Awaited]:
    order = new_id("ord")
    answer = await party.provider.charge(debit(order))
    assert isinstance(answer, Awaited)
    return order, answer


async def test_a_debit_names_from_where_it_was_agreed_to_and_waits_for_the_bank(party: StripeParty) -> None:
    begun = datetime.now(UTC).replace(microsecond=0)
    order, answer = await debited(party)
    assert dict(answer.step) == {"kind": SEPA_DEBIT}
    assert begun <= answer.until - LATER[SEPA_DEBIT].most <= datetime.now(UTC)
    assert party.wire.later.mandate(party.wire.intents(order)[0]) == ("203.0.113.7", "Mozilla/5.0 (iPhone)")
    assert await party.provider.lookup(order) == answer, "its end does not move"
    assert await party.provider.refund(Refund(SALE, order, "one", 1)) == NotRefunded(NOT_CAPTURED)


async def test_a_debit_that_the_bank_paid_is_captured_and_given_back(party: StripeParty) -> None:
    order, _ = await debited(party)
    assert await party.arrives(order)
    assert isinstance(await party.provider.lookup(order), Captured)
    assert await party.provider.refund(Refund(SALE, order, "one", AMOUNT)) == Refunded(AMOUNT)


async def test_a_debit_that_the_bank_refused_is_not_tried_again(party: StripeParty) -> None:
    order, _ = await debited(party)
    [intent] = party.wire.intents(order)
    party.wire.later.refuse(intent)
    assert await party.provider.lookup(order) == Declined("debit_refused")
    assert await party.provider.charge(debit(order)) == Declined("debit_refused")
    assert not party.wire.later.pay(intent), "it is cancelled"


async def test_a_lost_answer_debits_nobody_twice(party: StripeParty) -> None:
    order = new_id("ord")
    party.wire.lost.add("/confirm")
    assert not isinstance(await party.provider.charge(debit(order)), Declined)
    stands = await party.provider.lookup(order)
    assert isinstance(stands, Awaited)
    assert await party.provider.charge(debit(order)) == stands
    assert len(party.wire.intents(order)) == 1


async def test_a_debit_that_is_under_way_can_not_be_called_off(party: StripeParty) -> None:
    order, _ = await debited(party)
    assert not isinstance(await party.provider.abandon(order), Declined)
    assert await party.arrives(order)
    assert isinstance(await party.provider.abandon(order), Captured)


def test_an_account_offers_what_its_own_configuration_has_switched_on() -> None:
    assert offers_of(configurations(["pix"])) == (PIX,)
    assert offers_of(configurations([])) == ()
    assert offers_of(configurations(["sepa_debit", "pix"])) == (PIX, SEPA_DEBIT)
    assert offers_of({"data": []}) == ()
    assert offers_of({}) == ()


@pytest.mark.parametrize("page", [None, "", "javascript:alert(1)", "http://payments.example/"])
def test_an_address_that_is_no_https_is_not_shown(page: Any) -> None:
    said = {"data": "code", "expires_at": 1_900_000_000, "hosted_instructions_url": page}
    awaited = awaited_of({"type": "pix_display_qr_code", "pix_display_qr_code": said})
    assert awaited is not None
    assert dict(awaited.step) == {"kind": "pix", "code": "code"}


def test_what_a_bank_asks_is_nothing_to_wait_for() -> None:
    assert awaited_of({"type": "use_stripe_sdk"}) is None


# ── what fits before an event ──


@pytest.mark.parametrize(
    ("left", "fits"),
    [
        (None, (TRANSFER, PIX, BOLETO)),
        (30 * DAY, (TRANSFER, PIX, BOLETO)),
        (6 * DAY, (TRANSFER, PIX, BOLETO)),
        (6 * DAY - timedelta(seconds=1), (TRANSFER, PIX)),
        (DAY, (TRANSFER, PIX)),
        (DAY - timedelta(seconds=1), (PIX,)),
        (timedelta(minutes=15), (PIX,)),
        (timedelta(minutes=14), ()),
        (-DAY, ()),
    ],
)
def test_methods_are_offered_as_long_as_their_money_can_be_there(left: timedelta | None, fits: tuple[str, ...]) -> None:
    begins = None if left is None else NOW + left
    assert offered(("card", TRANSFER, PIX, BOLETO), "BRL", begins, NOW) == ("card", *fits)


def test_each_is_paid_in_a_currency_of_its_own() -> None:
    assert offered(("stripe", PIX, BOLETO, SEPA_DEBIT), "EUR", None, NOW) == ("stripe", SEPA_DEBIT)
    assert offered(("stripe", PIX, BOLETO, SEPA_DEBIT), "BRL", None, NOW) == ("stripe", PIX, BOLETO)
    assert offered((SEPA_DEBIT,), "EUR", NOW + 22 * DAY, NOW) == (SEPA_DEBIT,)
    assert offered((SEPA_DEBIT,), "EUR", NOW + 22 * DAY - timedelta(seconds=1), NOW) == ()


@pytest.mark.parametrize("method", LATER)
@pytest.mark.parametrize("days", [0.1, 1, 2, 6, 7, 8.5, 21.5, 22, 40])
def test_nobody_is_to_pay_when_the_event_has_begun(method: str, days: float) -> None:
    begins = NOW + days * DAY
    if offered((method,), "EUR" if method == SEPA_DEBIT else "BRL", begins, NOW):
        until = pay_until(method, begins, NOW)
        assert until > NOW
        assert until + LATER[method].settles <= begins
    assert pay_until(method, None, NOW) - NOW == LATER[method].most
