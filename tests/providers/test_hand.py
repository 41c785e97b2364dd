"""What the provider by hand does beside what every provider does: people say what happens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from engine.engine import Engine
from engine.ids import new_id
from engine.payments import (
    BY_HAND,
    INVOICE,
    TRANSFER,
    Awaited,
    ByHand,
    Came,
    Captured,
    Charge,
    Declined,
    Hand,
    Means,
    NotRefunded,
    Refund,
    Refunded,
    money_came,
    refund_sent,
)
from tests.providers.hand_party import MEMBER, TODAY, HandParty
from tests.providers.party import AMOUNT, CURRENCY, SALE

TOLD = ByHand("Teatro Sur", "1234", invoice_days=14)


@pytest.fixture
def party(engine: Engine) -> HandParty:
    return HandParty(engine.db)


async def says(engine: Engine, order: str) -> bool | None:
    """A member says that the money came; None where nobody ever asked for it."""
    async with engine.db.acquire() as connection, connection.transaction():
        noted = await money_came(connection, MEMBER, order, Came(AMOUNT, TODAY))
    return None if noted is None else noted.new


async def test_of_members_who_say_it_at_once_one_says_it_first(engine: Engine, party: HandParty) -> None:
    order = await party.awaited()
    assert (await asyncio.gather(*(says(engine, order) for _ in range(5)))).count(True) == 1
    assert await says(engine, "ord_never_asked") is None


async def test_a_member_alone_captures_what_was_given_up(engine: Engine, party: HandParty) -> None:
    asked, never_asked = await party.awaited(), new_id("ord")
    for order in (asked, never_asked):
        assert isinstance(await party.provider.abandon(order), Declined)
        assert isinstance(await party.charge(order), Declined)
        assert await says(engine, order)
        assert await party.provider.abandon(order) == Captured(AMOUNT)


async def test_a_refund_waits_until_a_member_has_sent_it(engine: Engine, party: HandParty) -> None:
    order = await party.captured()
    refund = Refund(SALE, order, "one", AMOUNT)
    for _ in range(2):
        assert await party.provider.refund(refund) == NotRefunded(BY_HAND)
        assert await party.provider.lookup(order) == Captured(AMOUNT), "nothing was sent"
    async with engine.db.acquire() as connection:
        await refund_sent(connection, MEMBER, order, "another")
        assert await party.provider.refund(refund) == NotRefunded(BY_HAND)
        await refund_sent(connection, MEMBER, order, "one")
    assert await party.provider.refund(refund) == Refunded(AMOUNT)
    assert await party.provider.lookup(order) == Refunded(AMOUNT)


async def test_a_buyer_has_the_days_of_the_account_and_never_longer_than_until_the_event(engine: Engine) -> None:
    hand, now = Hand(engine.db, new_id("pac"), TOLD), datetime.now(UTC)
    assert hand.methods() == (INVOICE,)
    for begins, days in ((None, 14), (now + timedelta(days=90), 14), (now + timedelta(days=5), 5)):
        order = new_id("ord")
        asked = Charge(SALE, order, AMOUNT, CURRENCY, Means(INVOICE), begins, "CODE")
        awaited = await hand.charge(asked)
        assert isinstance(awaited, Awaited)
        assert timedelta() <= awaited.until - (now + timedelta(days=days)) < timedelta(minutes=1)
        assert awaited.step == {"kind": INVOICE, "holder": "Teatro Sur", "account": "1234", "reference": "CODE"}


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (TOLD, []),
        (ByHand("", "", transfer_days=1), ["by_hand.holder", "by_hand.account"]),
        (ByHand("a", "b"), ["by_hand.transfer_days"]),
        (ByHand("a", "b", transfer_days=0), ["by_hand.transfer_days"]),
        (ByHand("a", "b", transfer_days=31, invoice_days=91), ["by_hand.transfer_days", "by_hand.invoice_days"]),
    ],
)
def test_what_nobody_could_pay_is_named(told: ByHand, wrong: list[str]) -> None:
    assert [each.path for each in told.mistakes()] == wrong
    assert told.methods() == tuple(
        method for method in (TRANSFER, INVOICE) if getattr(told, f"{method}_days") is not None
    )
