"""Pix and boleto at Stripe, by requests and answers as it documents them: not run against Stripe itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.engine import Engine
from engine.ids import new_id
from engine.payments import BOLETO, PIX, TRANSFER, Awaited, Charge, Declined, Means, PaymentNews, offered
from engine.payments.later import LATER, pay_until
from engine.payments.stripe_later import awaited_of, offers_of
from tests.providers.party import AMOUNT, SALE
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


def test_an_account_offers_what_its_own_configuration_has_switched_on() -> None:
    assert offers_of(configurations(["pix"])) == (PIX,)
    assert offers_of(configurations([])) == ()
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


def test_pix_and_boleto_are_paid_in_reais() -> None:
    assert offered(("stripe", PIX, BOLETO), "EUR", None, NOW) == ("stripe",)


@pytest.mark.parametrize("method", LATER)
@pytest.mark.parametrize("days", [0.1, 1, 2, 6, 7, 8.5, 40])
def test_nobody_is_to_pay_when_the_event_has_begun(method: str, days: float) -> None:
    begins = NOW + days * DAY
    if offered((method,), "BRL", begins, NOW):
        until = pay_until(method, begins, NOW)
        assert until > NOW
        assert until + LATER[method].settles <= begins
    assert pay_until(method, None, NOW) - NOW == LATER[method].most
