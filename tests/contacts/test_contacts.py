"""Proofs that an address is its claimer's: one letter per ask, counted tries, bounds that tell nothing, no loss."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import limits
from engine.contacts import Asked, Confirmed, ContactSigner, Purpose
from engine.contacts.signing import network_of
from engine.engine import Engine
from engine.keyring import Keyring
from engine.messages import LOCALES
from engine.refusals import Code
from tests.contacts.asking import ANA, ask, code, code_of, later, letters, new_buyer, token_of


async def test_a_letter_proves_an_address_by_its_code(engine: Engine) -> None:
    buyer, contacts = new_buyer(), engine.contacts
    assert isinstance(await contacts.ask(ask(buyer, locale="es-AR")), Asked)
    (letter,) = await letters(engine)
    assert (letter["to"], letter["locale"], letter["unsubscribe"]) == (ANA, "es", "")
    assert not await contacts.proven(buyer, "email", ANA)
    confirmed = await contacts.confirm_code(Purpose.ENTRY, buyer, "email", ANA, code_of(letter))
    assert isinstance(confirmed, Confirmed)
    assert await contacts.proven(buyer, "email", ANA)
    assert not await contacts.proven(new_buyer(), "email", ANA)
    assert not await contacts.proven(buyer, "email", "bob@example.org")


async def test_a_letter_proves_an_address_by_its_link_once(engine: Engine) -> None:
    buyer, contacts = new_buyer(), engine.contacts
    acts: list[Confirmed] = []

    async def act(_: Any, confirmed: Confirmed) -> None:
        acts.append(confirmed)

    contacts.when_confirmed(Purpose.ENTRY, act)
    await contacts.ask(ask(buyer))
    (letter,) = await letters(engine)
    token = token_of(letter)
    answers = await asyncio.gather(*(contacts.confirm_link(token) for _ in range(5)))
    assert {answer.buyer for answer in answers if answer} == {buyer}
    assert [each.inbox_hash for each in acts] == [contacts.signer.inbox("email", ANA)]
    assert await contacts.confirm_link(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert await contacts.confirm_link("prf_aaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaa") is None


async def test_what_a_confirmation_means_is_written_with_it_or_neither_is(engine: Engine) -> None:
    buyer, contacts = new_buyer(), engine.contacts

    async def act(_: Any, confirmed: Confirmed) -> None:
        raise LookupError

    contacts.when_confirmed(Purpose.ENTRY, act)
    await contacts.ask(ask(buyer))
    (letter,) = await letters(engine)
    with pytest.raises(LookupError):
        await contacts.confirm_link(token_of(letter))
    assert not await contacts.proven(buyer, "email", ANA)


async def test_five_wrong_codes_end_a_proof(engine: Engine) -> None:
    buyer, contacts = new_buyer(), engine.contacts
    await contacts.ask(ask(buyer))
    (letter,) = await letters(engine)
    right = code_of(letter)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    answers = await asyncio.gather(
        *(contacts.confirm_code(Purpose.ENTRY, buyer, "email", ANA, wrong) for _ in range(8))
    )
    assert {code(answer) for answer in answers} == {Code.WRONG_CODE}
    assert code(await contacts.confirm_code(Purpose.ENTRY, buyer, "email", ANA, right)) is Code.WRONG_CODE
    assert await contacts.confirm_link(token_of(letter)) is None


@pytest.mark.parametrize("purpose", [Purpose.OFFERS, Purpose.ENTRY])
async def test_a_code_counts_for_one_buyer_and_purpose(engine: Engine, purpose: Purpose) -> None:
    buyer, contacts = new_buyer(), engine.contacts
    await contacts.ask(ask(buyer, purpose=purpose))
    (letter,) = await letters(engine)
    other = Purpose.ENTRY if purpose is Purpose.OFFERS else Purpose.OFFERS
    for who, what in ((new_buyer(), purpose), (buyer, other)):
        assert code(await contacts.confirm_code(what, who, "email", ANA, code_of(letter))) is Code.WRONG_CODE
    assert isinstance(await contacts.confirm_code(purpose, buyer, "email", ANA, code_of(letter)), Confirmed)


async def test_codes_and_links_grow_old(engine: Engine) -> None:
    buyer, contacts = new_buyer(), engine.contacts
    await contacts.ask(ask(buyer))
    (letter,) = await letters(engine)
    await later(engine, limits.PROOF_CODE_S + 1)
    assert code(await contacts.confirm_code(Purpose.ENTRY, buyer, "email", ANA, code_of(letter))) is Code.WRONG_CODE
    await later(engine, limits.PROOF_LINK_S)
    assert await contacts.confirm_link(token_of(letter)) is None


async def test_asking_again_at_once_sends_one_letter(engine: Engine) -> None:
    buyer, contacts = new_buyer(), engine.contacts
    answers = await asyncio.gather(*(contacts.ask(ask(buyer)) for _ in range(5)))
    assert len(set(answers)) == 1
    (letter,) = await letters(engine)
    await later(engine, limits.PROOF_AGAIN_S + 1)
    await contacts.ask(ask(buyer))
    first, second = await letters(engine)
    assert first == letter
    # The later letter is the one that counts.
    assert await contacts.confirm_link(token_of(first)) is None
    assert await contacts.confirm_link(token_of(second)) is not None


async def test_an_address_gets_few_letters_whoever_asks_and_nobody_is_told(engine: Engine) -> None:
    names = ("ana@example.org", "ana+1@example.org", "ana+2@example.org")
    asked = [await engine.contacts.ask(ask(new_buyer(), names[at % 3])) for at in range(6)]
    assert all(isinstance(each, Asked) for each in asked)
    assert len(await letters(engine)) == limits.PROOFS_PER_ADDRESS_AND_DAY_MAX
    for _ in range(5):
        await later(engine, 24 * 3_600)
        await asyncio.gather(*(engine.contacts.ask(ask(new_buyer())) for _ in range(6)))
    assert len(await letters(engine)) == limits.PROOFS_PER_ADDRESS_AND_MONTH_MAX


async def test_a_buyer_and_a_network_may_ask_so_much(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer = new_buyer()
    verdicts = [await engine.contacts.ask(ask(buyer, f"a{at}@example.org")) for at in range(12)]
    assert [code(each) for each in verdicts].count(Code.TOO_MANY_ASKS) == 2
    monkeypatch.setattr("engine.limits.PROOFS_PER_NETWORK_AND_HOUR_MAX", 12)
    verdicts = [
        await engine.contacts.ask(ask(new_buyer(), f"b{at}@example.org", came_from=f"192.0.2.{at}")) for at in range(4)
    ]
    assert [code(each) for each in verdicts] == [None, None, Code.TOO_MANY_ASKS, Code.TOO_MANY_ASKS]
    assert isinstance(await engine.contacts.ask(ask(new_buyer(), "c@example.org", came_from="192.0.3.1")), Asked)


@pytest.mark.parametrize(
    ("reason", "purpose", "sent"),
    [
        ("bounced", Purpose.ENTRY, 0),
        ("complained", Purpose.ENTRY, 0),
        ("unsubscribed", Purpose.OFFERS, 0),
        ("unsubscribed", Purpose.ENTRY, 1),
    ],
)
async def test_who_wants_no_letters_gets_none_and_the_answer_says_nothing(
    engine: Engine, reason: str, purpose: Purpose, sent: int
) -> None:
    await engine.db.execute("INSERT INTO suppression (channel, address, reason) VALUES ('email', $1, $2)", ANA, reason)
    silenced = await engine.contacts.ask(ask(new_buyer(), purpose=purpose))
    assert isinstance(silenced, Asked)
    assert len(await letters(engine)) == sent
    assert await engine.db.fetchval("SELECT count(*) FROM message") == sent


async def test_text_messages_have_countries_and_a_budget(engine: Engine) -> None:
    verdicts = [
        await engine.contacts.ask(ask(new_buyer(), number, channel="sms"))
        for number in ("+351912345678", "+34600000001", "+34600000002", "+34600000003")
    ]
    assert [code(each) for each in verdicts] == [Code.INVALID, None, None, Code.TOO_MANY_ASKS]
    sent = await letters(engine, "sms")
    assert {each["to"] for each in sent} == {"+34600000001", "+34600000002"}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("purpose", list(Purpose))
async def test_letters_speak_the_readers_language(engine: Engine, locale: str, purpose: Purpose) -> None:
    await engine.contacts.ask(ask(new_buyer(), locale=locale, purpose=purpose))
    (letter,) = await letters(engine)
    assert letter["locale"] == locale
    assert letter["link"] in letter["text"]
    assert len(code_of(letter)) == 6


def test_networks() -> None:
    assert network_of("192.0.2.7") == "192.0.2.0/24"
    assert network_of("::ffff:192.0.2.7") == "192.0.2.0/24"
    assert network_of("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert network_of("") == ""


def test_nothing_stored_opens_anything() -> None:
    one, two = ContactSigner(Keyring.of_secret(b"a" * 32)), ContactSigner(Keyring.of_secret(b"b" * 32))
    at = datetime(2026, 5, 1, tzinfo=UTC)
    assert one.code("prf_x", at) == one.code("prf_x", at)
    assert one.proof_of(one.token("prf_x", at)) == "prf_x"
    assert two.proof_of(one.token("prf_x", at)) is None
    assert one.inbox("email", ANA) != two.inbox("email", ANA)
