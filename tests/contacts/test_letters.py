"""Letters that prove an address: rows that hold nothing that opens anything, sent until they arrive or are over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from engine import limits
from engine.access import Sealer
from engine.contacts import Asked, Confirmed, Purpose
from engine.engine import Engine
from engine.ids import new_id
from engine.keyring import LETTERS
from engine.messages import Channel, Letter, Message, Outcome, Sent
from engine.messages.post import unsealed
from tests.contacts.asking import ANA, ask, code_of, later, letters, new_buyer, send, token_of


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


async def test_a_code_goes_ahead_of_letters_that_nobody_waits_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine.db.acquire() as connection, connection.transaction():
        for at in range(5):
            letter = Letter(f"password_changed:{at}", "password_changed", f"a{at}@example.org", "en")
            assert await engine.letterbox.write(connection, letter)
    await engine.contacts.ask(ask(new_buyer()))
    monkeypatch.setattr("engine.limits.LETTERS_AT_ONCE_MAX", 1)
    (sent,) = await letters(engine)
    assert sent["to"] == ANA


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
