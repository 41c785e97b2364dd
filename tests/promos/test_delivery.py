"""Delivery: by the preferred channel, by another after trouble, never after it was sent, never on another day."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from engine import limits
from engine.ending import end
from engine.engine import Engine
from engine.messages import Ended, Message, Outcome, Sent, Template
from engine.messages.email import Email
from engine.messages.push import Push
from engine.outgoing import Outgoing
from engine.settings import Settings
from tests.promos.city import City, until
from tests.promos.lines import SENT, Line, Worker, hurry, notices


async def test_a_notice_by_email(city: City, lines: dict[str, Line]) -> None:
    buyer = await city.buyer(locale="es")
    await city.running()
    assert await Worker(city, lines).step() == 1
    (message,) = lines["email"].taken
    assert message.to == f"{buyer}@example.org"
    assert message.words.subject == "Croissant en La Espiga por 0,90 €"
    assert message.unsubscribe.startswith("https://a.example/u/1.")
    assert city.engine.signer.notice_of(message.unsubscribe.rsplit("/", 1)[1]) is not None
    assert [tuple(row) for row in await notices(city)] == [("sent", "email", 1)]
    assert await Worker(city, lines).step() == 0
    counts = await city.promos.counts.totals(1)
    assert (counts["delivered"], counts["email"], counts["notified"]) == (1, 1, 1)


async def test_the_preferred_channel(city: City, lines: dict[str, Line]) -> None:
    await city.buyer(phone="+34600000000", channels=["sms", "email"])
    await city.running()
    await city.engine.db.execute("UPDATE profile SET latitude = NULL, longitude = NULL, located_at = NULL")
    await Worker(city, lines).step()
    assert [message.to for message in lines["sms"].taken] == ["+34600000000"]
    assert "km" not in lines["sms"].taken[0].words.text, "where they are is known no more"
    assert lines["email"].taken == []


async def test_who_cannot_be_reached_fails(city: City, lines: dict[str, Line]) -> None:
    await city.buyer(email=None)
    await city.running()
    await Worker(city, lines).step()
    assert [row["state"] for row in await notices(city)] == ["failed"]


async def test_trouble_is_tried_again_with_the_same_id(city: City, lines: dict[str, Line]) -> None:
    await city.buyer()
    await city.running()
    replies = iter([Sent(Outcome.LATER, "busy"), Sent(Outcome.LATER, "busy"), SENT])
    lines["email"].answers = lambda _: next(replies)
    for _ in range(3):
        await Worker(city, lines).step()
        await hurry(city)
    assert len({message.id for message in lines["email"].taken}) == 1
    assert [tuple(row) for row in await notices(city)] == [("sent", "email", 1)]
    assert await city.engine.db.fetchval("SELECT tries FROM message") == 3


async def test_waiting_for_the_next_try_holds_nobody_up(city: City, lines: dict[str, Line]) -> None:
    await city.buyer()
    await city.running()
    lines["email"].answers = lambda _: Sent(Outcome.LATER)
    assert await Worker(city, lines).step() == 1
    assert await Worker(city, lines).step() == 0


async def test_a_dead_address_gives_way_to_the_next_channel(city: City, lines: dict[str, Line]) -> None:
    buyer = await city.buyer(phone="+34600000000")
    await city.running()
    lines["email"].answers = lambda _: Sent(Outcome.BOUNCED, "550")
    await Worker(city, lines).step()
    await hurry(city)
    await Worker(city, lines).step()
    assert [tuple(row) for row in await notices(city)] == [("sent", "sms", 2)]
    dead = await city.engine.db.fetch("SELECT channel, address_mark, organizer_id FROM suppression")
    mark = city.engine.vault.marks.inbox("email", f"{buyer}@example.org")
    assert [tuple(row) for row in dead] == [("email", mark, None)]


async def test_it_gives_up_in_the_end(city: City, lines: dict[str, Line]) -> None:
    await city.buyer()
    await city.running()
    lines["email"].answers = lambda _: Sent(Outcome.LATER)
    for _ in range(7):
        await Worker(city, lines).step()
        await hurry(city)
    assert [row["state"] for row in await notices(city)] == ["posted"], "as long as the offer lasts"
    await city.engine.db.execute("UPDATE message SET until_at = now()")
    await Worker(city, lines).step()
    assert [row["state"] for row in await notices(city)] == ["lapsed"]
    await hurry(city)
    await Worker(city, lines).step()
    assert await city.engine.db.fetchval("SELECT count(*) FROM notice_batch WHERE done_at IS NULL") == 0


async def test_what_nobody_knows_of_is_not_sent_again(city: City, lines: dict[str, Line]) -> None:
    await city.buyer(phone="+34600000000")
    await city.running()
    lines["email"].answers = lambda _: Sent(Outcome.LATER, "cut", in_doubt=True)
    for _ in range(3):
        await Worker(city, lines).step()
        await hurry(city)
    assert (len(lines["email"].taken), len(lines["sms"].taken)) == (1, 0)
    assert [tuple(row) for row in await notices(city)] == [("failed", "email", 1)]
    assert await city.engine.db.fetchval("SELECT state FROM message") == "unknown"


async def test_what_was_lost_on_the_way_is_done_with_its_window(city: City, lines: dict[str, Line]) -> None:
    await city.buyer()
    await city.running()
    await Worker(city, lines).delivery.step()
    await city.engine.db.execute("DELETE FROM message")
    over = "UPDATE promo_window SET opens_at = now() - interval '2 hours', closes_at = now() - interval '{}'"
    for ago, state in (("1 second", "posted"), ("2 minutes", "lapsed")):
        await city.engine.db.execute(over.format(ago))
        await hurry(city)
        await Worker(city, lines).step()
        assert [row["state"] for row in await notices(city)] == [state]
    assert await city.engine.db.fetchval("SELECT count(*) FROM notice_batch WHERE done_at IS NULL") == 0


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE promo_window SET closes_at = now(), opens_at = now() - interval '1 hour'",
        "DELETE FROM promo_window",
        "UPDATE profile SET consent = false",
        "UPDATE profile SET zone = (SELECT number FROM zone WHERE name = $1)",
    ],
)
async def test_what_came_too_late_lapses(city: City, lines: dict[str, Line], spoil: str) -> None:
    await city.buyer()
    await city.running()
    if "$1" in spoil:
        # Somewhere on earth it is another day already, or still.
        day = await city.engine.db.fetchval("SELECT day FROM notice")
        zone = await another_day(city, day)
        await city.engine.db.execute(spoil, zone)
    else:
        await city.engine.db.execute(spoil)
    await Worker(city, lines).step()
    assert [row["state"] for row in await notices(city)] == ["lapsed"]
    assert lines["email"].taken == []


async def another_day(city: City, day: date) -> str:
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        await city.engine.db.execute("INSERT INTO zone (name) VALUES ($1) ON CONFLICT DO NOTHING", zone)
        if await city.engine.db.fetchval("SELECT (now() AT TIME ZONE $1)::date", zone) != day:
            return zone
    raise AssertionError("one of the two has another day")


async def test_the_newest_subscriptions_of_a_buyer_stay(city: City) -> None:
    buyer, other = await city.buyer(), await city.buyer()
    persons, last = city.engine.persons, limits.PUSH_PER_PERSON_MAX + 2
    assert await persons.subscribe_push(other, "https://push.example/other", "A" * 80, "A" * 22)
    for at in range(last + 1):
        assert await persons.subscribe_push(buyer, f"https://push.example/{at}", "A" * 80, "A" * 22)
    kept = {row["endpoint"] for row in await city.engine.db.fetch("SELECT endpoint FROM push_subscription")}
    assert kept == {f"https://push.example/{at}" for at in range(3, last + 1)} | {"https://push.example/other"}


async def test_unsubscribing_is_for_good(city: City, lines: dict[str, Line]) -> None:
    buyer = await city.buyer()
    await city.step()
    number = await city.promos.audience.number_of(buyer)
    assert number is not None
    await city.engine.persons.unsubscribe(number)
    await city.running()
    assert await city.told() == {}
    again = await city.buyer(email=f"{buyer}@example.org")
    await city.running(name="another")
    await Worker(city, lines).step()
    assert again in await city.told()
    assert lines["email"].taken == []


async def test_two_deliverers_send_each_once(city: City, lines: dict[str, Line], settings: Settings) -> None:
    for _ in range(40):
        await city.buyer()
    await city.running()
    # As if it had been claimed in many pieces.
    await city.engine.db.execute(
        "INSERT INTO notice_batch (id, window_n, day, numbers)"
        " SELECT b.id || n, b.window_n, b.day, ARRAY[n] FROM notice_batch b, unnest(b.numbers) n"
    )
    await city.engine.db.execute("DELETE FROM notice_batch WHERE cardinality(numbers) > 1")
    async with Engine.open(settings) as other:
        await asyncio.gather(*(Worker(each, lines).step() for each in (city, City(other)) for _ in range(2)))
    sent = [message.id for message in lines["email"].taken]
    assert len(sent) == len(set(sent)) == 40


async def test_a_link_that_was_followed_counts_once(city: City) -> None:
    await city.buyer()
    sale = await city.running()
    day = await city.engine.db.fetchval("SELECT day::text FROM notice")
    assert await city.promos.opened(day, 1) == sale
    assert await city.promos.opened(day, 1) == sale
    assert (await city.promos.counts.totals(1))["opened"] == 1


async def test_sockets_first_and_mail_when_they_do_not_take_it(city: City, lines: dict[str, Line]) -> None:
    one, two = await city.buyer(), await city.buyer()
    await city.step()
    numbers = [await city.promos.audience.number_of(buyer) for buyer in (one, two)]
    live = city.promos.live
    await live.beat("server-1")
    await live.came("server-1", [number for number in numbers if number is not None])
    await city.running()
    await Worker(city, lines).step()
    assert lines["email"].taken == []
    day = await city.engine.db.fetchval("SELECT DISTINCT day FROM notice")
    await city.promos.delivery.taken_by_sockets(1, day, [numbers[0] or 0])
    await hurry(city)
    await Worker(city, lines).step()
    await city.promos.delivery.taken_by_sockets(1, day, [numbers[1] or 0])
    assert [tuple(row) for row in await notices(city)] == [("sent", "live", None), ("sent", "email", 1)]
    assert [message.to for message in lines["email"].taken] == [f"{two}@example.org"]


async def test_a_silent_server_process_holds_no_sockets(city: City, lines: dict[str, Line]) -> None:
    buyer = await city.buyer()
    await city.step()
    number = await city.promos.audience.number_of(buyer)
    await city.promos.live.came("server-2", [number or 0])
    await city.running()
    await Worker(city, lines).step()
    assert len(lines["email"].taken) == 1


async def test_a_key_and_an_address_that_cannot_be_stop_no_batch(city: City, settings: Settings) -> None:
    """What an older version took in: 80 times "A" as a key of Web Push, and a local part that is not ASCII."""
    good, odd, keyed = [await city.buyer() for _ in range(3)]
    await city.as_before_the_vault(odd, "ñ@x.es")
    await city.as_before_the_vault(keyed, None)
    await city.engine.persons.subscribe_push(keyed, "https://push.example/1", "A" * 80, "A" * 22)
    await city.running()
    sink = Line("email")
    email = Email("smtp://127.0.0.1:1", "Aforo <offers@aforo.example>")

    class Both(Line):
        """What the real channel refuses is refused; the rest is taken."""

        async def _send(self, message: Message) -> Sent:
            return await (email if "ñ" in message.to else sink).send(message)

    channels = {"push": Push(b"s" * 32, "mailto:x@y.example", Outgoing()), "email": Both("email"), "sms": Line("sms")}
    assert await Worker(city, channels).step() > 0
    await hurry(city)
    await Worker(city, channels).step()
    assert [message.to for message in sink.taken] == [f"{good}@example.org"]
    rows = await city.engine.db.fetch(
        "SELECT p.buyer_id, n.state, a.outcome FROM notice n JOIN profile p USING (number)"
        " LEFT JOIN notice_attempt a USING (day, number)"
    )
    assert {tuple(row) for row in rows} == {
        (good, "sent", "sent"),
        (odd, "failed", "refused"),
        (keyed, "failed", "bounced"),
    }


async def test_a_channel_that_fails_in_its_own_way_stops_no_batch(city: City, lines: dict[str, Line]) -> None:
    buyers = [await city.buyer() for _ in range(5)]
    await city.running()

    def fails(message: Message) -> Sent:
        if message.to.startswith(buyers[2]):
            raise LookupError(message.to)
        return SENT

    lines["email"].answers = fails
    await Worker(city, lines).step()
    rows = await city.engine.db.fetch("SELECT outcome, detail FROM notice_attempt ORDER BY number")
    assert [row["outcome"] for row in rows] == ["sent", "sent", "refused", "sent", "sent"]
    assert rows[2]["detail"] == "LookupError"


class Slow(Line):
    """A line that never answers for one of those it is given."""

    async def _send(self, message: Message) -> Sent:
        self.taken.append(message)
        if len(self.taken) == 2:
            await asyncio.Event().wait()
        return SENT


async def three_are_sent(city: City) -> bool:
    return [row["state"] for row in await notices(city)].count("sent") == 3


async def test_what_was_sent_is_written_down_while_others_are_waited_for(city: City, lines: dict[str, Line]) -> None:
    for _ in range(4):
        await city.buyer()
    await city.running()
    lines["email"] = Slow("email")
    worker = Worker(city, lines)
    await worker.delivery.step()
    await worker.post.step()
    await until(lambda: three_are_sent(city))
    await end(worker.post._running())
    lines["email"] = Line("email")
    await hurry(city)
    await Worker(city, lines).step()
    assert lines["email"].taken == [], "nobody knows whether it went out"
    assert sorted(row["state"] for row in await notices(city)) == ["failed", "sent", "sent", "sent"]


async def test_a_sender_that_dies_before_it_notes_the_message_loses_no_notice(
    city: City, lines: dict[str, Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    await city.buyer()
    await city.running()
    worker = Worker(city, lines)
    await worker.delivery.step()
    heard = worker.post._sellers[Template.OFFER].hear

    async def dies(ended: Sequence[Ended]) -> None:
        await heard(ended)
        raise asyncio.CancelledError

    worker.post.sold_by(Template.OFFER, still=worker.delivery._is_wanted, hear=dies)
    await worker.post.step()
    await asyncio.gather(*worker.post._running(), return_exceptions=True)
    assert await city.engine.db.fetchval("SELECT state FROM message") == "queued"
    await hurry(city)
    await Worker(city, lines).step()
    assert len(lines["email"].taken) == 1
    assert [tuple(row) for row in await notices(city)] == [("sent", "email", 1)]


TAKEN = "UPDATE notice_batch SET lease = 'another'"
STILL_THEIRS = "SELECT done_at IS NULL AND lease = 'another' FROM notice_batch"


async def test_a_batch_that_another_took_meanwhile_is_left_to_them(
    city: City, lines: dict[str, Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    await city.buyer()
    await city.running()
    slow = Worker(city, lines).delivery
    find = slow._live.find

    async def takes_long(numbers: list[int]) -> Any:
        await city.engine.db.execute(TAKEN)
        return await find(numbers)

    monkeypatch.setattr(slow._live, "find", takes_long)
    assert await slow.deliver_one()
    assert lines["email"].taken == []
    assert await city.engine.db.fetchval(STILL_THEIRS)


async def test_who_loses_a_batch_hands_over_no_more_of_it(
    city: City, lines: dict[str, Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NOTICES_PER_FLUSH", 1)
    for _ in range(4):
        await city.buyer()
    await city.running()
    slow = Worker(city, lines).delivery
    refused = slow._permits.refused

    async def takes_long(*asked: Any) -> Any:
        await city.engine.db.execute(TAKEN)
        return await refused(*asked)

    monkeypatch.setattr(slow._permits, "refused", takes_long)
    assert await slow.deliver_one()
    assert await city.engine.db.fetchval("SELECT count(*) FROM message") == 1
    assert await city.engine.db.fetchval(STILL_THEIRS)
