"""Proofs that an address is its claimer's: one letter per ask, counted tries, bounds that tell nothing, no loss."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from engine import limits
from engine.access import Sealer
from engine.contacts import Asked, Confirmed, ContactSigner, ProofAsk, Purpose
from engine.contacts.signing import network_of
from engine.engine import Engine
from engine.ids import new_id
from engine.keyring import LETTERS, Keyring
from engine.messages import LOCALES, Channel, Letter, Message, Outcome, Sent
from engine.messages.post import unsealed
from engine.refusals import Code, Refused

ANA = "ana@example.org"


def ask(buyer: str, address: str = ANA, **change: Any) -> ProofAsk:
    known = {"purpose": Purpose.ENTRY, "channel": "email", "locale": "en", "came_from": "192.0.2.7", **change}
    return ProofAsk(address=address, buyer=buyer, **known)


def new_buyer() -> str:
    return secrets.token_urlsafe(12)


async def send(engine: Engine) -> int:
    started = await engine.letterbox.post.step()
    await engine.letterbox.post.settle()
    return started


async def letters(engine: Engine, channel: str = "email") -> list[dict[str, Any]]:
    """Every letter sent so far."""
    await send(engine)
    path = engine.settings.data_dir / "messages" / f"{channel}.jsonl"
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def code_of(letter: dict[str, Any]) -> str:
    found = re.search(r"^[\w ]+: (\d{6})$", letter["text"], re.MULTILINE)
    assert found is not None, letter
    return found[1]


def token_of(letter: dict[str, Any]) -> str:
    return str(letter["link"].rsplit("/", 1)[1])


async def later(engine: Engine, seconds: int) -> None:
    """Everything was asked so much earlier."""
    await engine.db.execute(
        "UPDATE contact_proof SET asked_at = asked_at - make_interval(secs => $1),"
        " code_until = code_until - make_interval(secs => $1), link_until = link_until - make_interval(secs => $1),"
        " confirmed_at = confirmed_at - make_interval(secs => $1)",
        seconds,
    )


def code(verdict: object) -> Code | None:
    return verdict.code if isinstance(verdict, Refused) else None


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


class Scripted(Channel):
    """A channel with scripted answers."""

    name = "email"

    def __init__(self, answer: Callable[[Message], Sent]) -> None:
        self.answer = answer
        self.taken: list[Message] = []

    async def _send(self, message: Message) -> Sent:
        self.taken.append(message)
        return self.answer(message)

    async def close(self) -> None: ...


@contextmanager
def by(engine: Engine, channel: Channel) -> Iterator[None]:
    """Letters go by this channel."""
    post = engine.letterbox.post
    before, post.channels = post.channels, {**post.channels, "email": channel}
    yield
    post.channels = before


async def hurry(engine: Engine) -> None:
    """Whatever waits for its time, or was in the hands of somebody who died, is due."""
    await engine.db.execute("UPDATE message SET due_at = now() WHERE state = 'queued'")


async def states(engine: Engine) -> list[str]:
    return [row["state"] for row in await engine.db.fetch("SELECT state FROM message ORDER BY created_at")]


async def test_a_letter_is_tried_again_and_says_the_same(engine: Engine) -> None:
    replies = iter([Sent(Outcome.LATER), Sent(Outcome.LATER), Sent(Outcome.SENT)])
    post = Scripted(lambda _: next(replies))
    await engine.contacts.ask(ask(new_buyer()))
    with by(engine, post):
        for _ in range(5):
            await send(engine)
            await hurry(engine)
    assert len(post.taken) == 3
    assert len({message.id for message in post.taken}) == 1
    assert len({(message.words, message.link) for message in post.taken}) == 1
    assert await states(engine) == ["sent"]


async def test_neither_the_address_nor_what_opens_something_is_stored(engine: Engine) -> None:
    await engine.contacts.ask(ask(new_buyer()))
    (letter,) = await letters(engine)
    row = await engine.db.fetchrow("SELECT * FROM message")
    assert row["key"].startswith("proof:prf_")
    known = unsealed(Sealer(engine.keyring.keyring, b"letter", LETTERS), row["id"], row["sealed"])
    assert known is not None
    assert known.to == ANA
    assert known.data == {"proof": row["key"].removeprefix("proof:")}
    stored = str(list(await engine.db.fetch("SELECT * FROM contact_proof"))) + str(row)
    for secret in (ANA, token_of(letter), code_of(letter)):
        assert secret not in stored


@pytest.mark.parametrize("how", ["answered", "asked again", "guessed", "too old"])
async def test_a_letter_whose_proof_is_over_is_not_sent(engine: Engine, how: str) -> None:
    buyer, post = new_buyer(), Scripted(lambda _: Sent(Outcome.LATER))
    contacts = engine.contacts
    await contacts.ask(ask(buyer))
    with by(engine, post):
        await send(engine)
    (first,) = post.taken
    token = first.link.rsplit("/", 1)[1]
    match how:
        case "answered":
            assert await contacts.confirm_link(token) is not None
        case "asked again":
            await later(engine, limits.PROOF_AGAIN_S + 1)
            await contacts.ask(ask(buyer))
        case "guessed":
            for _ in range(limits.PROOF_CODE_TRIES_MAX):
                await contacts.confirm_code(Purpose.ENTRY, buyer, "email", ANA, "no code")
        case _:
            await engine.db.execute("UPDATE message SET until_at = now()")
    await hurry(engine)
    sent = await letters(engine)
    assert [letter["id"] for letter in sent if letter["id"] == first.id] == []
    assert len(sent) == (how == "asked again")
    assert (await states(engine))[0] == "lapsed"


async def test_a_letter_that_was_sent_is_shown_once_its_code_was_used(engine: Engine) -> None:
    await engine.contacts.ask(ask(new_buyer()))
    (letter,) = await letters(engine)
    assert await engine.contacts.confirm_link(token_of(letter)) is not None
    (mail,) = await engine.letterbox.mailbox.newest(5)
    assert (mail.state, mail.template, mail.message.to) == ("sent", "proof_entry", ANA)
    assert (mail.message.words.text, mail.message.link) == (letter["text"], letter["link"])


class Stuck(Scripted):
    """A channel that takes a message and never answers."""

    def __init__(self) -> None:
        super().__init__(lambda _: Sent(Outcome.SENT))
        self.took = asyncio.Event()

    async def _send(self, message: Message) -> Sent:
        self.taken.append(message)
        self.took.set()
        await asyncio.Event().wait()
        return self.answer(message)


async def test_a_letter_survives_whoever_had_it_in_hand(engine: Engine) -> None:
    await engine.contacts.ask(ask(new_buyer()))
    stuck, post = Stuck(), Scripted(lambda _: Sent(Outcome.SENT))
    with by(engine, stuck):
        await engine.letterbox.post.step()
        await stuck.took.wait()
    with by(engine, post):
        assert await engine.letterbox.post.step() == 0, "until its lease is over the other may still be at it"
        await engine.letterbox.post.close()
        await hurry(engine)
        assert await send(engine) == 1
    assert post.taken == stuck.taken


async def test_letters_that_cannot_be_sent_end(engine: Engine) -> None:
    post = Scripted(lambda message: Sent(Outcome.BOUNCED if "dead" in message.to else Outcome.REFUSED))
    await engine.contacts.ask(ask(new_buyer(), "dead@example.org"))
    await engine.contacts.ask(ask(new_buyer(), "odd@example.org"))
    with by(engine, post):
        await send(engine)
    assert await states(engine) == ["bounced", "refused"]
    silent = await engine.db.fetch("SELECT address_mark FROM suppression")
    assert [row["address_mark"] for row in silent] == [engine.vault.marks.inbox("email", "dead@example.org")]
    assert isinstance(await engine.contacts.ask(ask(new_buyer(), "dead@example.org")), Asked)
    assert await states(engine) == ["bounced", "refused"], "and nobody is told"


async def test_an_inbox_that_had_its_letters_of_other_kinds_still_gets_its_code(engine: Engine) -> None:
    async with engine.db.acquire() as connection, connection.transaction():
        for at in range(limits.LETTERS_PER_INBOX_AND_DAY):
            letter = Letter(f"reset:{at}", "reset", ANA, "en", {"link": "https://a.example/reset"})
            assert await engine.letterbox.write(connection, letter)
    assert isinstance(await engine.contacts.ask(ask(new_buyer())), Asked)
    proofs = await engine.db.fetchval("SELECT count(*) FROM message WHERE template = 'proof_entry'")
    assert proofs == 1


# ── beside the release before ──

ASKED_BEFORE = """
INSERT INTO contact_proof (id, purpose, channel, inbox_hash, address, buyer_id, network_hash, locale, letter,
                           code_until, link_until, letter_at)
VALUES ($1, 'entry', 'email', $2, $3, 'buyer', '', 'pt', 'due', now() + interval '10 minutes', now() + interval '1 day',
        now() + make_interval(secs => $4))
"""


async def asked_before(engine: Engine, address: str, due_s: float = 0) -> str:
    """A letter that the release before has not sent."""
    proof = new_id("prf")
    inbox = engine.contacts.signer.inbox("email", address)
    await engine.db.execute(ASKED_BEFORE, proof, inbox, address, float(due_s))
    return proof


async def test_what_the_release_before_did_not_send_is_sent_once(engine: Engine) -> None:
    await asked_before(engine, ANA)
    await asked_before(engine, "in.hand@example.org", due_s=60)
    over = await asked_before(engine, "over@example.org")
    await engine.db.execute("UPDATE contact_proof SET ended_at = now() WHERE id = $1", over)
    await asked_before(engine, "no address")
    assert await engine.proof_letters.adopt_due_s() == 0
    assert sum(await asyncio.gather(*(engine.proof_letters.adopt() for _ in range(3)))) == 3
    assert await engine.proof_letters.adopt() == 0
    (letter,) = await letters(engine)
    assert (letter["to"], letter["locale"]) == (ANA, "pt")
    assert isinstance(await engine.contacts.confirm_link(token_of(letter)), Confirmed)
    kept = await engine.db.fetch("SELECT address FROM contact_proof WHERE address IS NOT NULL")
    assert [row["address"] for row in kept] == ["in.hand@example.org"]
    waits_s = await engine.proof_letters.adopt_due_s()
    assert waits_s is not None
    assert waits_s > 0


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
