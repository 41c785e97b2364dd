"""Webhooks against partners of every kind: signed, repeated under the same id, in order, nobody held up by another."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from engine.limits import (
    WEBHOOK_ANSWER_BYTES_KEPT,
    WEBHOOK_RETRIES_S,
    WEBHOOKS_AT_ONCE_PER_ENDPOINT,
)
from engine.refusals import Refused
from engine.webhooks import Paused
from engine.webhooks.model import asked_to_wait_s, retry_after_s
from tests.webhooks.conftest import A, Office, webhooks_on
from tests.webhooks.partner import partner_at


def test_retries_take_three_days() -> None:
    waits = [retry_after_s(tries) for tries in range(1, len(WEBHOOK_RETRIES_S) + 2)]
    assert waits == [*WEBHOOK_RETRIES_S, None]
    assert timedelta(days=3) < timedelta(seconds=sum(WEBHOOK_RETRIES_S)) < timedelta(days=4)
    assert list(WEBHOOK_RETRIES_S) == sorted(WEBHOOK_RETRIES_S)


NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY_S = WEBHOOK_RETRIES_S[-1]


@pytest.mark.parametrize(
    ("status", "said", "wait_s"),
    [
        (429, "120", 120),
        (503, "Thu, 26 Nov 2026 12:10:00 GMT", 600),
        (503, "Thu, 26 Nov 2026 11:00:00 GMT", 0),
        (429, "0", 0),
        (429, "9" * 5_000, DAY_S),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", DAY_S),
        (429, "-5", 0),
        (429, "٣", 3),
        (429, "²", 0),
        (429, "soon", 0),
        (429, "", 0),
        (500, "120", 0),
    ],
)
def test_who_is_busy_is_waited_for_and_a_liar_for_a_day(status: int, said: str, wait_s: float) -> None:
    assert asked_to_wait_s(status, said, NOW) == wait_s


@pytest.mark.parametrize(("manner", "wait_s"), [("503 1000", 1_000), ("429 1", WEBHOOK_RETRIES_S[0])])
async def test_the_next_try_is_put_off_as_the_partner_asks_and_never_comes_sooner(
    office: Office, manner: str, wait_s: int
) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = manner
    await office.tell("o1")
    before = datetime.now(UTC)
    await office.send()
    (delivery,) = await office.deliveries(webhook)
    assert delivery.due_at is not None
    assert before + timedelta(seconds=wait_s) <= delivery.due_at <= datetime.now(UTC) + timedelta(seconds=wait_s)


async def test_a_delivery_is_verified_by_a_library_of_others(office: Office) -> None:
    webhook = await office.create()
    await office.tell("o1")
    await office.send()
    (taken,) = office.partner.taken["/in"]
    body = Webhook(webhook.secret).verify(taken.raw, taken.headers)
    assert body == taken.body
    assert (body["type"], body["version"], body["sequence"]) == ("order.paid", 1, 1)
    assert body["data"]["order"] == "o1"
    assert "buyer" not in body["data"]
    assert datetime.fromisoformat(body["timestamp"]) <= datetime.now(UTC)
    assert taken.headers["Content-Type"] == "application/json"
    other = await office.create("/other")
    for raw, secret in ((taken.raw + b" ", webhook.secret), (taken.raw, other.secret)):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(raw, taken.headers)
    (delivery,) = await office.deliveries(webhook)
    assert (delivery.state, delivery.tries, delivery.status, delivery.id) == ("sent", 1, 204, taken.id)


async def test_what_fails_is_sent_again_with_the_same_id_and_bytes(office: Office) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = "500"
    await office.tell("o1")
    await office.send()
    assert len(office.partner.taken["/in"]) == 1, "it waits before the next try"
    await office.again()
    office.partner.answers["/in"] = "well"
    await office.again()
    await office.again()
    first, second, third = office.partner.taken["/in"]
    assert first.id == second.id == third.id
    assert first.raw == second.raw == third.raw
    detail = await office.delivery(webhook)
    assert [(each.status, each.answer) for each in detail.tries] == [(500, "says 500"), (500, "says 500"), (204, "")]
    assert detail.delivery.state == "sent"
    assert (await office.show(webhook)).failing_since is None


@pytest.mark.parametrize(
    ("manner", "status"), [("rude", None), ("redirecting", 302), ("404", 404), ("503", 503), ("199", None)]
)
async def test_anything_but_a_yes_is_a_failure(office: Office, manner: str, status: int | None) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = manner
    await office.tell("o1")
    # After 199 HTTP lets the real answer follow: it is waited for.
    impatient = webhooks_on(office.db, seconds=1.0 if manner == "199" else 10.0)
    while await impatient.sender.step():
        await impatient.sender.settle()
    await impatient.close()
    (delivery,) = await office.deliveries(webhook)
    assert delivery.state == "due"
    assert delivery.status == status
    assert bool(delivery.fault) == (status is None)
    assert office.partner.taken["/elsewhere"] == []
    assert (await office.show(webhook)).failing_since is not None


async def test_a_dead_partner_gets_everything_when_it_is_back(office: Office) -> None:
    webhook = await office.create()
    async with partner_at() as away:
        port = urlsplit(away.url).port
        await office.db.execute("UPDATE webhook SET url = $1", f"{away.url}/in")
    assert port is not None
    await office.tell("o1", "o2")
    await office.again()
    assert {each.status for each in await office.deliveries(webhook)} == {None}
    async with partner_at(port) as back:
        await office.again()
        await office.again()
        assert {each.body["data"]["order"] for each in back.taken["/in"]} == {"o1", "o2"}


async def test_of_a_huge_answer_the_beginning_is_kept(office: Office) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = "endless"
    await office.tell("o1")
    await office.send()
    detail = await office.delivery(webhook)
    assert detail.delivery.state == "sent"
    answer = detail.tries[0].answer
    assert answer.startswith("<b> [red]x<b>")
    assert len(answer) == WEBHOOK_ANSWER_BYTES_KEPT


async def test_a_silent_partner_is_not_waited_for(office: Office) -> None:
    webhook = await office.create()
    impatient = webhooks_on(office.db, seconds=0.2)
    office.partner.answers["/in"] = "slow"
    await office.tell("o1")
    await impatient.sender.step()
    await impatient.sender.settle()
    (delivery,) = await office.deliveries(webhook)
    assert (delivery.state, delivery.status) == ("due", None)
    await impatient.close()


async def test_a_slow_partner_holds_nobody_up(office: Office) -> None:
    await office.create("/slow")
    await office.create("/quick")
    office.partner.answers["/slow"] = "slow"
    orders = [f"o{n}" for n in range(20)]
    await office.tell(*orders)
    while len(office.partner.taken["/quick"]) < len(orders):
        await office.webhooks.sender.step()
        await asyncio.sleep(0)
    assert len(office.partner.taken["/slow"]) <= WEBHOOKS_AT_ONCE_PER_ENDPOINT
    office.partner.go_on.set()
    await office.webhooks.sender.settle()
    await office.send()
    assert sorted(office.heard("/slow")) == sorted(office.heard("/quick")) == sorted(orders)
    assert office.partner.open_max["/slow"] <= WEBHOOKS_AT_ONCE_PER_ENDPOINT


async def test_one_that_fails_is_asked_one_thing_at_a_time(office: Office) -> None:
    await office.create()
    office.partner.answers["/in"] = "500"
    await office.tell("o1")
    await office.send()
    await office.tell("o2", "o3", "o4")
    office.partner.taken["/in"].clear()
    office.partner.open_max["/in"] = 0
    await office.send()
    assert office.partner.open_max["/in"] == 1
    assert sorted(office.heard()) == ["o2", "o3", "o4"]


async def test_deliveries_of_one_subject_are_sent_in_order(office: Office) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = "500"
    await office.tell("o1", "o1", "o1", "o2")
    await office.send()
    assert sorted(office.heard()) == ["o1", "o2"], "later ones wait for the first of their subject"
    office.partner.answers["/in"] = "well"
    office.partner.taken["/in"].clear()
    for _ in range(4):
        await office.again()
    taken = [each.body for each in office.partner.taken["/in"]]
    assert [each["sequence"] for each in taken if each["data"]["order"] == "o1"] == [1, 2, 3]
    assert {each.state for each in await office.deliveries(webhook)} == {"sent"}


async def test_the_sequence_of_an_endpoint_has_no_gap(office: Office) -> None:
    first = await office.create("/first")
    await office.tell("o1", "o2")
    second = await office.create("/second")
    await asyncio.gather(
        office.tell("o3"), *(office.webhooks.endpoints.test(A, first.id) for _ in range(3)), office.tell("o4")
    )
    await office.tell()  # what was told while others were still telling
    assert [each.sequence for each in await office.deliveries(first)] == [1, 2, 3, 4, 5, 6, 7]
    assert [each.sequence for each in await office.deliveries(second)] == [1, 2]


async def test_a_death_between_sending_and_noting_sends_the_same_id_again(office: Office) -> None:
    webhook = await office.create()
    await office.tell("o1")
    dying = webhooks_on(office.db)
    office.partner.answers["/in"] = "slow"
    await dying.sender.step()
    await office.partner.came["/in"].wait()
    await dying.close()  # nothing of it is noted
    (delivery,) = await office.deliveries(webhook)
    assert (delivery.state, delivery.status) == ("due", None)
    await office.send()
    assert len(office.partner.taken["/in"]) == 1, "its lease is not over"
    office.partner.answers["/in"] = "well"
    await office.again()
    first, second = office.partner.taken["/in"]
    assert first.id == second.id
    assert first.raw == second.raw
    assert (await office.deliveries(webhook))[0].state == "sent"


async def test_senders_at_once_send_each_delivery_once(office: Office) -> None:
    await office.create()
    await office.tell(*(f"o{n}" for n in range(12)))
    others = [webhooks_on(office.db) for _ in range(3)]
    for _ in range(6):
        await asyncio.gather(*(each.sender.step() for each in others))
        await asyncio.gather(*(each.sender.settle() for each in others))
    for each in others:
        await each.close()
    assert len(office.heard()) == 12
    assert len(set(office.heard())) == 12


# ── pausing ──


async def test_one_that_fails_for_days_is_paused_and_goes_on_when_resumed(office: Office) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = "500"
    await office.tell("o1")
    await office.send()
    assert (await office.show(webhook)).paused is None
    await office.db.execute("UPDATE webhook SET failing_since = now() - interval '4 days'")
    await office.again()
    view = await office.show(webhook)
    assert view.paused is Paused.FAILING
    tried = len(office.partner.taken["/in"])
    await office.tell("o2")
    await office.again()
    assert len(office.partner.taken["/in"]) == tried
    office.partner.answers["/in"] = "well"
    assert await office.webhooks.endpoints.resume(A, webhook.id) is None
    await office.send()
    assert sorted(office.heard()[tried:]) == ["o1", "o2"]
    assert (await office.show(webhook)).due == 0


async def test_one_that_is_gone_is_paused_at_once(office: Office) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = "410"
    await office.tell("o1")
    await office.send()
    assert (await office.show(webhook)).paused is Paused.GONE


async def test_a_delivery_is_given_up_after_its_tries(office: Office) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = "500"
    await office.tell("o1")
    for _ in range(len(WEBHOOK_RETRIES_S) + 3):
        await office.again()
    (delivery,) = await office.deliveries(webhook)
    assert (delivery.state, delivery.tries) == ("failed", len(WEBHOOK_RETRIES_S) + 1)


async def test_another_installation_secret_pauses_instead_of_signing_wrongly(office: Office) -> None:
    webhook = await office.create()
    await office.tell("o1")
    other = webhooks_on(office.db, secret=b"t" * 32)
    await other.sender.step()
    await other.sender.settle()
    await other.close()
    assert office.partner.taken["/in"] == []
    assert (await office.show(webhook)).paused is Paused.UNREADABLE


# ── replaying ──


async def test_a_delivery_is_replayed_under_its_id(office: Office) -> None:
    webhook = await office.create()
    await office.tell("o1", "o2")
    await office.send()
    sent = await office.deliveries(webhook)
    replayed = await office.webhooks.endpoints.replay(A, webhook.id, delivery=sent[0].id)
    assert not isinstance(replayed, Refused)
    assert (replayed.count, replayed.next) == (1, None)
    await office.send()
    ids = [each.id for each in office.partner.taken["/in"]]
    assert sorted(ids) == sorted([sent[0].id, sent[1].id, sent[0].id])


async def test_all_from_a_sequence_on_is_replayed(office: Office) -> None:
    webhook = await office.create()
    await office.tell("o1", "o2", "o3")
    await office.send()
    office.partner.taken["/in"].clear()
    replayed = await office.webhooks.endpoints.replay(A, webhook.id, from_sequence=2)
    assert not isinstance(replayed, Refused)
    assert replayed.count == 2
    await office.send()
    assert sorted(office.heard()) == ["o2", "o3"]


async def test_what_was_given_up_may_be_replayed(office: Office) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = "500"
    await office.tell("o1")
    for _ in range(len(WEBHOOK_RETRIES_S) + 1):
        await office.again()
    await office.webhooks.endpoints.replay(A, webhook.id)
    await office.send()
    (delivery,) = await office.deliveries(webhook)
    assert delivery.state == "due", "it has its tries again"
    office.partner.answers["/in"] = "well"
    await office.again()
    assert (await office.deliveries(webhook))[0].state == "sent"
