"""What every payment provider must do, asked of each of them through its port alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from engine.engine import Engine
from engine.ids import new_id
from engine.payments.port import (
    ANOTHER_AMOUNT,
    MORE_THAN_LEFT,
    NOT_CAPTURED,
    Awaited,
    Captured,
    Declined,
    Down,
    NotRefunded,
    PaymentNews,
    Refund,
    RefundAnswer,
    Refunded,
    Unheard,
    Unknown,
)
from tests.providers.hand_party import HandParty
from tests.providers.party import AMOUNT, SALE, Party, SandboxParty
from tests.providers.stripe_party import stripe_party

AT_A_DISTANCE = ("sandbox", "stripe")  # by hand nothing is declined, hidden or away: people say what happens


@pytest.fixture(params=(*AT_A_DISTANCE, "hand"))
async def party(engine: Engine, request: pytest.FixtureRequest, localstripe: str) -> AsyncIterator[Party]:
    if request.param == "stripe":
        async with stripe_party(engine.db, localstripe) as party:
            yield party
    else:
        near = HandParty(engine.db) if request.param == "hand" else SandboxParty(engine.db)
        yield near
        await near.provider.close()


at_a_distance = pytest.mark.parametrize("party", AT_A_DISTANCE, indirect=True)


async def refund(party: Party, order: str, amount: int, name: str = "one") -> RefundAnswer:
    return await party.refund(Refund(SALE, order, name, amount))


async def unheard(party: Party, order: str, amount: int, name: str) -> None:
    """Ask for a refund whose answer is lost."""
    party.cut(silent=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await refund(party, order, amount, name)
    party.cut()


# ── charges ──


async def test_a_charge_that_is_repeated_captures_once(party: Party) -> None:
    order = new_id("ord")
    answers = await asyncio.gather(*(party.charge(order) for _ in range(10)))
    assert {(type(each), each.amount) for each in answers if isinstance(each, Captured)} == {(Captured, AMOUNT)}
    assert len(answers) == 10
    stands = await party.provider.lookup(order)
    assert isinstance(stands, Captured)
    assert (stands.amount, stands.given_back) == (AMOUNT, 0)


@at_a_distance
async def test_what_was_declined_stays_declined_whatever_card_comes_next(party: Party) -> None:
    order = new_id("ord")
    declined = await party.charge(order, "declined")
    assert isinstance(declined, Declined)
    assert await party.charge(order) == declined
    assert await party.provider.lookup(order) == declined


@at_a_distance
async def test_what_nobody_knows_yet_is_unknown_until_it_is_known(party: Party) -> None:
    order = new_id("ord")
    assert isinstance(await party.charge(order, "hidden"), Unknown)
    assert isinstance(await party.provider.lookup(order), Unknown)
    await party.reveal(order)
    assert isinstance(await party.provider.lookup(order), Captured)


async def test_it_says_so_where_it_never_heard_of_an_order(party: Party) -> None:
    order = new_id("ord")
    assert isinstance(await party.provider.lookup(order), Unheard)
    assert isinstance(await refund(party, order, 1), Unheard)
    assert isinstance(await party.charge(order), Captured)


# ── given up ──


async def test_what_was_given_up_is_never_captured(party: Party) -> None:
    order = new_id("ord")
    assert isinstance(await party.provider.abandon(order), Declined)
    assert isinstance(await party.charge(order), Declined)
    assert isinstance(await party.provider.lookup(order), Declined)


async def test_what_was_captured_can_not_be_given_up(party: Party) -> None:
    order = await party.captured()
    assert isinstance(await party.provider.abandon(order), Captured)
    assert isinstance(await party.provider.lookup(order), Captured)


async def test_of_a_charge_and_giving_it_up_at_once_one_wins(party: Party) -> None:
    orders = [new_id("ord") for _ in range(20)]
    asked = [each for order in orders for each in (party.charge(order), party.provider.abandon(order))]
    answers = await asyncio.gather(*asked)
    for nth, order in enumerate(orders):
        stands = await party.provider.lookup(order)
        assert isinstance(stands, Captured | Declined)
        assert {type(answers[2 * nth]), type(answers[2 * nth + 1])} == {type(stands)}, "two answers to one question"


# ── paid later ──


async def test_it_says_by_which_methods_it_is_paid(party: Party) -> None:
    assert party.later[0] in party.provider.methods()


async def test_what_is_awaited_is_told_the_same_whoever_asks_again(party: Party) -> None:
    order = await party.awaited()
    stands = await party.provider.lookup(order)
    assert isinstance(stands, Awaited)
    assert stands.step["kind"] == party.later[0]
    assert await party.charge_later(order) == stands
    assert await refund(party, order, 1) == NotRefunded(NOT_CAPTURED)


async def test_what_was_awaited_and_came_is_captured_and_told_once(party: Party) -> None:
    heard: list[PaymentNews] = []

    async def hear(news: PaymentNews) -> None:
        heard.append(news)

    party.provider.listen(hear)
    order = await party.awaited()
    assert await party.arrives(order)
    assert not await party.arrives(order)
    stands = await party.provider.lookup(order)
    assert isinstance(stands, Captured)
    assert [(each.sale, each.order, each.outcome) for each in heard] == [(SALE, order, stands)] * party.tells
    assert await refund(party, order, AMOUNT) == Refunded(AMOUNT)


async def test_what_was_awaited_and_given_up_never_comes(party: Party) -> None:
    order = await party.awaited()
    assert isinstance(await party.provider.abandon(order), Declined)
    assert not await party.arrives(order)
    assert isinstance(await party.provider.lookup(order), Declined)


async def test_of_the_money_that_comes_and_giving_it_up_at_once_one_wins(party: Party) -> None:
    orders = [await party.awaited() for _ in range(10)]
    asked = [each for order in orders for each in (party.provider.abandon(order), party.arrives(order))]
    answers = await asyncio.gather(*asked)
    for nth, order in enumerate(orders):
        came = answers[2 * nth + 1]
        assert isinstance(await party.provider.lookup(order), Captured if came else Declined)
        assert isinstance(answers[2 * nth], Captured if came else Declined)


# ── given back ──


async def test_all_of_it_is_given_back_once_however_often_it_is_asked(party: Party) -> None:
    order = await party.captured()
    answers = await asyncio.gather(*(refund(party, order, AMOUNT) for _ in range(10)))
    assert set(answers) == {Refunded(AMOUNT)}
    assert await party.provider.lookup(order) == Refunded(AMOUNT)
    assert await refund(party, order, AMOUNT) == Refunded(AMOUNT)
    assert await refund(party, order, 1, "another") == NotRefunded(MORE_THAN_LEFT)


async def test_it_is_given_back_in_parts(party: Party) -> None:
    order = await party.captured()
    assert await refund(party, order, 1_000, "one") == Refunded(1_000)
    assert await refund(party, order, 3_499, "two") == Refunded(3_499)
    stands = await party.provider.lookup(order)
    assert isinstance(stands, Captured)
    assert (stands.amount, stands.given_back) == (AMOUNT, AMOUNT - 1)
    assert await refund(party, order, 2, "three") == NotRefunded(MORE_THAN_LEFT)
    assert await refund(party, order, 1, "four") == Refunded(1)
    assert await party.provider.lookup(order) == Refunded(AMOUNT)
    assert await refund(party, order, 1_000, "one") == Refunded(1_000), "a repeat, though nothing is left"


async def test_parts_that_are_asked_for_at_once_come_to_no_more_than_was_captured(party: Party) -> None:
    order = await party.captured()
    answers = Counter(await asyncio.gather(*(refund(party, order, 300, f"part {nth}") for nth in range(20))))
    assert answers == {Refunded(300): AMOUNT // 300, NotRefunded(MORE_THAN_LEFT): 20 - AMOUNT // 300}
    assert await party.provider.lookup(order) == Refunded(AMOUNT)


async def test_a_repeat_of_another_amount_gives_nothing_back(party: Party) -> None:
    order = await party.captured()
    assert await refund(party, order, 1_000) == Refunded(1_000)
    assert await refund(party, order, 1_001) == NotRefunded(ANOTHER_AMOUNT)
    stands = await party.provider.lookup(order)
    assert isinstance(stands, Captured)
    assert stands.given_back == 1_000


@at_a_distance
async def test_what_was_never_captured_is_not_given_back(party: Party) -> None:
    declined, hidden = new_id("ord"), new_id("ord")
    await party.charge(declined, "declined")
    assert await refund(party, declined, AMOUNT) == NotRefunded(NOT_CAPTURED)
    await party.charge(hidden, "hidden")
    assert isinstance(await refund(party, hidden, AMOUNT), Unknown)
    await party.reveal(hidden)
    assert await refund(party, hidden, AMOUNT) == Refunded(AMOUNT)


@at_a_distance
async def test_a_refund_whose_answer_was_lost_is_the_same_when_it_is_asked_again(party: Party) -> None:
    order = await party.captured()
    await unheard(party, order, 1_000, "one")
    assert await refund(party, order, 1_000, "one") == Refunded(1_000)
    stands = await party.provider.lookup(order)
    assert isinstance(stands, Captured)
    assert stands.given_back == 1_000


@at_a_distance
async def test_while_it_can_not_be_reached_nothing_happens(party: Party) -> None:
    order, never = await party.captured(), new_id("ord")
    party.cut(down=True)
    answers = [
        await party.charge(never),
        await party.provider.lookup(order),
        await party.provider.abandon(never),
        await refund(party, order, AMOUNT),
    ]
    assert {type(each) for each in answers} == {Down}
    party.cut()
    assert isinstance(await party.provider.lookup(never), Unheard)
    stands = await party.provider.lookup(order)
    assert isinstance(stands, Captured)
    assert stands.given_back == 0
