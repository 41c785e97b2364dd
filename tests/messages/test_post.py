"""What becomes of letters: taken, put off, refused, bounced, in doubt, too late; senders that die, and two at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import limits
from engine.messages import Ended, Outcome, Post, Sent, Template, Wish
from engine.messages.model import CHANNELS
from engine.messages.sql import DUE_S, END_OVERDUE, WAITING_KINDS
from tests.eventually import until
from tests.messages.conftest import Office, inbox
from tests.plans import looked_at, most_rows

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


WAITING, SENT = 2_000, 2_000
MANY = """
INSERT INTO message (id, key, template, channel, locale, inbox_hash, sealed, state, done_at, due_at, until_at)
SELECT $1 || n, $1 || n, 'reset', 'email', 'es', '', '', $1, CASE $1 WHEN 'sent' THEN now() END, now() + $3,
       now() + '1 day'
FROM generate_series(1, $2::integer) AS n
"""


@pytest.mark.parametrize("statement", [WAITING_KINDS, DUE_S])
async def test_what_waits_first_is_found_however_many_wait_and_were_sent(office: Office, statement: str) -> None:
    """Also in a table so young that Postgres knows nothing of it yet."""
    await office.db.execute(MANY, "sent", SENT, timedelta())
    await office.db.execute(MANY, "queued", WAITING, timedelta())
    async with office.db.acquire() as connection:
        assert most_rows(await looked_at(connection, statement, list(CHANNELS))) <= 2 * len(CHANNELS)


async def test_what_is_not_due_costs_no_look_for_what_ended(office: Office) -> None:
    await office.db.execute(MANY, "queued", WAITING, timedelta(hours=1))
    bounds = (limits.LETTER_TRIES_MAX, limits.LETTER_DOUBTS_MAX, limits.LETTERS_PER_STEP_MAX)
    async with office.db.acquire() as connection:
        assert most_rows(await looked_at(connection, END_OVERDUE, *bounds, list(CHANNELS))) == 0


async def test_what_ended_is_told_also_while_more_is_due_than_may_be_tried(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.write("reset:1", until=datetime.now(UTC) - timedelta(seconds=1))
    for number in range(2, 5):
        await office.write(f"reset:{number}")
    monkeypatch.setattr(limits, "LETTERS_AT_ONCE_MAX", 1)
    assert await office.send() == 1
    assert office.post.next_s() == limits.LETTERS_BUSY_S, "more is due"
    assert (await office.state("reset:1"))["state"] == "lapsed"


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


# ── what sells ──

OFFER = {
    "link": "https://a.example/n/1",
    "stop": "https://a.example/u/1",
    "product": "Croissant",
    "store": "La Espiga",
    "price": "0.90 €",
    "ends": "19:00",
    "day": "2026-11-27",
    "number": "1",
}


class Seller:
    """Says that all of it can still be had, or not, and keeps what it hears."""

    def __init__(self, *posts: Post) -> None:
        self.heard: list[Ended] = []
        self.has_it = True
        for post in posts:
            post.sold_by(Template.OFFER, still=self.still, hear=self.hear)

    async def still(self, said: Mapping[str, str]) -> bool:
        assert said["product"] == "Croissant"
        return self.has_it

    async def hear(self, ended: Sequence[Ended]) -> None:
        self.heard += ended


async def offer(office: Office, key: str = "notice:1", **more: Any) -> None:
    assert await office.write(key, template="offer", organizer="org_1", data=OFFER, **more)


async def test_what_sells_is_unsubscribed_from_by_one_click_and_its_end_is_heard(office: Office) -> None:
    seller = Seller(office.post)
    await offer(office)
    await office.send()
    (message,) = office.channel.took
    assert message.unsubscribe == OFFER["stop"]
    assert seller.heard == [Ended("notice:1", "email", "sent", "")]


async def test_what_sells_waits_until_somebody_answers_for_it(office: Office) -> None:
    await offer(office)
    assert await office.send() == 0
    Seller(office.post)
    assert await office.send() == 1


async def test_what_sells_leaves_room_for_the_rest(office: Office) -> None:
    Seller(office.post)
    office.channel.hangs.clear()
    for number in range(limits.LETTERS_AT_ONCE_MAX):
        await offer(office, f"notice:{number}", to=f"reader.{number}@example.org")
    assert await office.post.step() == limits.LETTERS_AT_ONCE_MAX // 2
    await office.write("reset:1")
    assert await office.post.step() == 1
    assert await office.post.step() == 0
    office.channel.hangs.set()
    await office.post.settle()


async def test_the_rest_goes_first(office: Office) -> None:
    Seller(office.post)
    await offer(office)
    await office.write("reset:1")
    slow = office.another_post(per_second=0.001)
    Seller(slow)
    await slow.step()
    await slow.settle()
    assert (await office.state("reset:1"))["state"] == "sent"
    assert (await office.state("notice:1"))["state"] == "queued"


async def test_what_sells_is_not_sent_twice(office: Office) -> None:
    seller = Seller(office.post)
    office.channel.answers = [DOUBT]
    await offer(office)
    for _ in range(3):
        await office.send()
        await office.again("notice:1")
    assert len(office.channel.took) == 1
    assert (await office.state("notice:1"))["state"] == "unknown"
    assert [each.state for each in seller.heard] == ["unknown"]


async def test_who_does_not_want_it_or_not_yet_gets_nothing(office: Office) -> None:
    seller = Seller(office.post)
    await offer(office)
    office.wishes[inbox("email", "ana@example.org")] = Wish(not_before=datetime.now(UTC) + timedelta(hours=8))
    await office.send()
    row = await office.state("notice:1")
    assert (row["state"], row["tries"], row["doubts"], row["later"]) == ("queued", 0, 0, True)
    office.wishes[inbox("email", "ana@example.org")] = Wish(is_wanted=False)
    await office.again("notice:1")
    await office.send()
    assert office.channel.took == []
    assert [each.state for each in seller.heard] == ["refused"]
    await office.write("reset:1")
    await office.send()
    assert len(office.channel.took) == 1, "what is needed comes all the same"


async def test_what_is_gone_is_not_offered(office: Office) -> None:
    seller = Seller(office.post)
    seller.has_it = False
    await offer(office)
    await office.send()
    assert office.channel.took == []
    assert [each.state for each in seller.heard] == ["lapsed"]


async def test_a_seller_who_never_hears_keeps_nobody_from_their_letters(office: Office) -> None:
    seller = Seller(office.post)

    async def deaf(_: Sequence[Ended]) -> None:
        raise ValueError

    office.post.sold_by(Template.OFFER, still=seller.still, hear=deaf)
    await offer(office)
    await office.write("reset:1")
    for _ in range(2):
        await office.send()
        await office.again("notice:1")
    assert (await office.state("reset:1"))["state"] == "sent"
    assert (await office.state("notice:1"))["state"] == "unknown"
    assert len(office.channel.took) == 2


async def test_a_seller_who_can_not_hear_hears_later(office: Office) -> None:
    seller = Seller(office.post)

    async def deaf(_: Sequence[Ended]) -> None:
        raise ConnectionError

    office.post.sold_by(Template.OFFER, still=seller.still, hear=deaf)
    await offer(office)
    await office.send()
    assert (await office.state("notice:1"))["state"] == "queued"
    office.post.sold_by(Template.OFFER, still=seller.still, hear=seller.hear)
    await office.again("notice:1")
    await office.send()
    assert [each.state for each in seller.heard] == ["unknown"]
    assert len(office.channel.took) == 1
