"""Endpoints: checked where they come in, bounded, and each organizer's own."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from engine.access import Sealer
from engine.jobs import remove_old
from engine.keyring import Keyring
from engine.limits import WEBHOOKS_FORGIVEN_AT_ONCE, WEBHOOKS_PER_ORGANIZER_MAX
from engine.outgoing import Outgoing
from engine.refusals import Code, Refused
from engine.stores.office import Office as Guarded
from engine.webhooks import CONTEXT, NewWebhook, Paused, Webhooks
from tests.webhooks.conftest import FILL, A, B, Office


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://example.org/",
            "https://127.0.0.1/",
            "https://10.0.0.1/in",
            "https://[::1]/",
            "https://169.254.169.254/",
        ),
        *("https://example.org:8443/", "ftp://example.org/", "https://u:p@example.org/", "nonsense", "https://"),
        *("https://[::ffff:10.0.0.1]/", "file:///etc/passwd"),
    ],
)
async def test_an_address_that_may_not_be_called_is_refused_at_once(db: asyncpg.Pool, url: str) -> None:
    await db.execute(FILL)
    webhooks = Webhooks(db, Guarded(db), Sealer(Keyring.of_secret(b"s" * 32), b"webhook"), Outgoing())
    found = await webhooks.endpoints.create(A, url, ["order.paid"])
    assert isinstance(found, list)
    assert [each.path for each in found] == ["url"]


async def test_a_public_address_is_taken(db: asyncpg.Pool) -> None:
    await db.execute(FILL)
    webhooks = Webhooks(db, Guarded(db), Sealer(Keyring.of_secret(b"s" * 32), b"webhook"), Outgoing())
    for url in ("https://example.org/in", "https://example.org", "https://8.8.8.8/in?a=b"):
        assert isinstance(await webhooks.endpoints.create(A, url, ["order.paid"]), NewWebhook)


async def test_topics_are_those_there_are(office: Office) -> None:
    for topics, paths in (
        ([], ["topics"]),
        (["order.paid", "order.lost"], ["topics.1"]),
        (["webhook.test"], ["topics.0"]),
    ):
        found = await office.webhooks.endpoints.create(A, office.partner.url, topics)
        assert isinstance(found, list)
        assert [each.path for each in found] == paths
    assert await office.webhooks.endpoints.list("org_a") == []


async def test_an_organizer_has_so_many_at_most(office: Office) -> None:
    made = await asyncio.gather(
        *(
            office.webhooks.endpoints.create(A, office.partner.url, ["order.paid"])
            for _ in range(WEBHOOKS_PER_ORGANIZER_MAX + 5)
        )
    )
    assert sum(isinstance(each, NewWebhook) for each in made) == WEBHOOKS_PER_ORGANIZER_MAX
    assert isinstance(await office.create(by=B), NewWebhook)


async def test_the_secret_lies_sealed(office: Office) -> None:
    webhook = await office.create()
    rows = await office.db.fetch("SELECT w::text AS row FROM webhook w")
    audit = await office.db.fetch("SELECT a::text AS row FROM audit a")
    assert not [row for row in (*rows, *audit) if webhook.secret.removeprefix("whsec_") in row["row"]]


async def test_a_neighbour_sees_and_reaches_nothing(office: Office) -> None:
    mine = await office.create("/mine")
    theirs = await office.create("/theirs", by=B)
    await office.tell("o1")
    await office.tell("o2", by="b")
    await office.send()
    assert office.heard("/mine") == ["o1"]
    assert office.heard("/theirs") == ["o2"]
    (delivery,) = await office.deliveries(mine)
    endpoints = office.webhooks.endpoints
    assert [each.id for each in await endpoints.list("org_b")] == [theirs.id]
    answers = [
        await endpoints.show("org_b", mine.id),
        await endpoints.deliveries("org_b", mine.id),
        await endpoints.delivery("org_b", mine.id, delivery.id),
        await endpoints.delivery("org_b", theirs.id, delivery.id),
        await endpoints.pause(B, mine.id),
        await endpoints.resume(B, mine.id),
        await endpoints.test(B, mine.id),
        await endpoints.replay(B, mine.id),
        await endpoints.replay(B, theirs.id, delivery=delivery.id),
        await endpoints.delete(B, mine.id),
    ]
    assert answers == [Refused(Code.NOT_FOUND)] * len(answers)
    assert (await office.show(mine)).paused is None
    assert (await office.deliveries(mine))[0].tries == 1


async def test_a_paused_one_waits_and_loses_nothing(office: Office) -> None:
    webhook = await office.create()
    assert await office.webhooks.endpoints.pause(A, webhook.id) is None
    await office.tell("o1")
    await office.again()
    view = await office.show(webhook)
    assert (view.paused, view.due) == (Paused.BY_HAND, 1)
    assert office.heard() == []
    await office.webhooks.endpoints.resume(A, webhook.id)
    await office.send()
    assert office.heard() == ["o1"]


MANY = """
INSERT INTO webhook_delivery (webhook_id, sequence, id, topic, version, subject, data, told_at, due_at, tries)
SELECT $1, n, 'msg_' || n, 'order.paid', 1, 'o' || n, '{}', now(), now() + interval '1 hour', 3
FROM generate_series(1, $2::int) AS n
"""


async def test_many_that_waited_are_resumed_and_forgotten_some_at_a_time(office: Office) -> None:
    webhook, endpoints = await office.create(), office.webhooks.endpoints
    count = 2 * WEBHOOKS_FORGIVEN_AT_ONCE + 1
    await office.db.execute(MANY, webhook.id, count)
    due_s = await office.webhooks.sender.due_s()
    assert due_s is not None
    assert due_s > 0
    await endpoints.pause(A, webhook.id)
    assert await office.webhooks.sender.due_s() is None
    assert await endpoints.resume(A, webhook.id) is None
    assert await office.webhooks.sender.due_s() == 0.0
    ready = "SELECT count(*) FROM webhook_delivery WHERE due_at <= now() AND forgiven = tries"
    assert await office.db.fetchval(ready) == count
    assert await endpoints.delete(B, webhook.id) == Refused(Code.NOT_FOUND)
    assert await office.db.fetchval(ready) == count
    assert await endpoints.delete(A, webhook.id) is None
    assert await office.db.fetchval("SELECT count(*) FROM webhook_delivery") == 0


async def test_a_deleted_one_is_forgotten_also_while_it_is_sent(office: Office) -> None:
    webhook = await office.create()
    office.partner.answers["/in"] = "slow"
    await office.tell("o1")
    await office.webhooks.sender.step()
    await office.partner.came["/in"].wait()
    assert await office.webhooks.endpoints.delete(A, webhook.id) is None
    office.partner.go_on.set()
    await office.webhooks.sender.settle()
    assert await office.db.fetchval("SELECT count(*) FROM webhook_try") == 0
    assert await office.webhooks.endpoints.show("org_a", webhook.id) == Refused(Code.NOT_FOUND)
    await office.tell("o2")
    await office.send()
    assert office.heard() == ["o1"]


async def test_a_test_arrives_and_acts_are_audited(office: Office) -> None:
    webhook = await office.create()
    delivery = await office.webhooks.endpoints.test(A, webhook.id)
    await office.send()
    (taken,) = office.partner.taken["/in"]
    assert taken.id == delivery
    assert taken.body["type"] == "webhook.test"
    acts = await office.db.fetch("SELECT act, organizer_id FROM audit ORDER BY id")
    assert [tuple(row) for row in acts] == [("webhook.create", "org_a"), ("webhook.test", "org_a")]


async def test_old_deliveries_go(office: Office) -> None:
    webhook = await office.create()
    await office.tell("o1", "o2")
    await office.send()
    await office.db.execute("UPDATE webhook_delivery SET created_at = now() - interval '31 days' WHERE sequence = 1")
    assert await remove_old(office.db, CONTEXT.old_rows) == {"webhook delivery": 1}
    assert [each.sequence for each in await office.deliveries(webhook)] == [2]
    assert await office.db.fetchval("SELECT count(*) FROM webhook_try") == 1
