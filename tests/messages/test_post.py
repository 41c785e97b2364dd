"""What becomes of letters: taken, put off, refused, bounced, in doubt, too late; senders that die, and two at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from engine import limits
from engine.messages import Outcome, Sent
from tests.eventually import until
from tests.messages.conftest import Office

LATER = Sent(Outcome.LATER, "451")
DOUBT = Sent(Outcome.LATER, "SMTPServerDisconnected", in_doubt=True)


async def test_a_letter_leaves(office: Office) -> None:
    await office.write("reset:1")
    assert await office.post.due_s() == 0
    assert await office.send() == 1
    (message,) = office.channel.took
    assert message.to == "ana@example.org"
    assert message.locale == "es"
    assert message.words.subject == "Elige una contraseña nueva para a.example"
    assert (await office.state("reset:1"))["state"] == "sent"
    assert await office.post.due_s() is None
    assert await office.send() == 0


@pytest.mark.parametrize(
    ("said", "state"), [(Sent(Outcome.REFUSED, "554"), "refused"), (Sent(Outcome.BOUNCED, "550"), "bounced")]
)
async def test_what_the_channel_will_not_take(office: Office, said: Sent, state: str) -> None:
    office.channel.answers = [said]
    await office.write("reset:1")
    await office.send()
    row = await office.state("reset:1")
    assert (row["state"], row["said"]) == (state, said.detail)
    assert office.dead == ([("email", "ana@example.org")] if state == "bounced" else [])


async def test_an_outage_puts_off_and_refuses_nothing(office: Office) -> None:
    office.channel.answers = [LATER] * 12
    await office.write("reset:1")
    for _ in range(12):
        await office.again("reset:1")
        assert await office.send() == 1
        row = await office.state("reset:1")
        assert (row["state"], row["doubts"], row["later"]) == ("queued", 0, True)
    due_s = await office.post.due_s()
    assert due_s is not None
    assert 0 < due_s <= limits.LETTER_RETRY_S_MAX
    await office.again("reset:1")
    await office.send()
    assert (await office.state("reset:1"))["state"] == "sent"


async def test_what_nobody_knows_of_is_sent_again_with_its_id_but_not_for_ever(office: Office) -> None:
    office.channel.answers = [DOUBT] * 100
    await office.write("reset:1")
    for _ in range(limits.LETTER_DOUBTS_MAX + 3):
        await office.again("reset:1")
        await office.send()
    assert len(office.channel.took) == limits.LETTER_DOUBTS_MAX
    assert len({message.id for message in office.channel.took}) == 1
    assert (await office.state("reset:1"))["state"] == "unknown"


async def test_a_link_that_ended_is_not_sent(office: Office) -> None:
    ended = datetime.now(UTC) - timedelta(seconds=1)
    await office.write("reset:1", until=ended)
    await office.write("reset:2", until=ended)
    await office.db.execute("UPDATE message SET tries = 1, doubts = 1 WHERE key = 'reset:2'")
    assert await office.send() == 0
    assert (await office.state("reset:1"))["state"] == "lapsed"
    assert (await office.state("reset:2"))["state"] == "unknown", "somebody may have sent it"
    assert office.channel.took == []


async def test_two_posts_send_each_letter_once(office: Office) -> None:
    for number in range(40):
        await office.write(f"reset:{number}", to=f"reader.{number}@example.org")
    posts = [office.post, office.another_post()]

    async def empty() -> bool:
        await asyncio.gather(*(post.step() for post in posts))
        await asyncio.gather(*(post.settle() for post in posts))
        return await office.post.due_s() is None

    await until("an empty letterbox", empty)
    assert len(office.channel.took) == 40
    assert len({message.id for message in office.channel.took}) == 40


async def test_a_slow_server_keeps_only_its_own_letters(office: Office) -> None:
    office.channel.hangs.clear()
    for number in range(limits.LETTERS_AT_ONCE_MAX + 5):
        await office.write(f"reset:{number}", to=f"reader.{number}@example.org")
    assert await office.post.step() == limits.LETTERS_AT_ONCE_MAX
    assert await office.post.step() == 0, "no more at once"
    await office.write("code:1", channel="sms", to="+34600000000")
    assert await office.post.step() == 1
    await until("the text message", lambda: gone(office, "code:1"))
    # A sender that is cut short: another sends the same when the lease is over.
    first = office.channel.took[0]
    await office.post.close()
    office.channel.hangs.set()
    successor = office.another_post()
    assert await successor.step() == 5, "what the other had is still leased"
    await successor.settle()
    await office.db.execute("UPDATE message SET due_at = now() WHERE state = 'queued'")
    assert await successor.step() == limits.LETTERS_AT_ONCE_MAX
    await successor.settle()
    assert [message.id for message in office.channel.took].count(first.id) == 2
    assert await office.db.fetchval("SELECT count(*) FROM message WHERE state = 'sent'") == 38


async def gone(office: Office, key: str) -> bool:
    row = await office.state(key)
    return bool(row["state"] == "sent")


async def test_a_late_answer_counts_only_if_it_was_taken(office: Office) -> None:
    """The first sender's lease is over, and the second tries the same, before the first is answered."""
    office.channel.hangs.clear()
    office.channel.answers = [Sent(Outcome.REFUSED, "554")]
    await office.write("reset:1")
    await office.post.step()
    await until("the first try", lambda: took(office, 1))
    await office.again("reset:1")
    successor = office.another_post()
    await successor.step()
    await until("the second try", lambda: took(office, 2))
    office.channel.hangs.set()
    await asyncio.gather(office.post.settle(), successor.settle())
    row = await office.state("reset:1")
    assert row["state"] == "sent"


async def took(office: Office, count: int) -> bool:
    return len(office.channel.took) >= count


async def test_letters_of_a_newer_release_and_of_a_lost_key(office: Office) -> None:
    await office.write("new:1")
    await office.write("lost:1")
    await office.write("well:1")
    await office.db.execute("UPDATE message SET template = 'from_tomorrow' WHERE key = 'new:1'")
    await office.db.execute("UPDATE message SET sealed = 'sealed:99:AAAA' WHERE key = 'lost:1'")
    assert await office.send() == 2
    assert (await office.state("new:1"))["tries"] == 0, "its own workers will send it"
    assert (await office.state("lost:1"))["state"] == "refused"
    assert (await office.state("well:1"))["state"] == "sent"


async def test_the_pace_is_kept(office: Office) -> None:
    for number in range(5):
        await office.write(f"reset:{number}", to=f"reader.{number}@example.org")
    slow = office.another_post(per_second=0.001)
    assert [await slow.step() for _ in range(3)] == [1, 0, 0]
    await slow.settle()
