"""Rows that are kept for a while only: the old ones go, the young ones stay."""

from __future__ import annotations

import asyncpg

from engine.contexts import CONTEXTS
from engine.jobs import remove_old
from engine.limits import ROWS_PER_DELETE_MAX
from engine.retention import OLD_ROWS_JOB, due, rules

KINDS = tuple(kind for context in CONTEXTS for kind in context.old_rows)
FILL = """
INSERT INTO organizer (id, name) VALUES ('org_old', 'Old');
INSERT INTO sale (kind, id, organizer_id, currency, person_max, cart_ms, prices, opens_at, closes_at, draw_secret,
                  draw_commit)
SELECT 'event', id, 'org_old', 'EUR', 1, 1000, '{}', now() - interval '9 years', now() - age, '', ''
FROM (VALUES ('old', interval '2 years'), ('young', interval '1 day')) AS s (id, age);
INSERT INTO cart (sale_id, id, buyer_id) SELECT s.id, 'cart' || n, 'ann' FROM sale s, generate_series(1, 5) AS n;
INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
SELECT id, 'ord_' || id, '', 'ann', 'paid', 0, 'EUR', id FROM sale;
INSERT INTO order_answers (sale_id, order_id, person_id, answers) SELECT id, 'ord_' || id, 'prs_ann', '' FROM sale;
INSERT INTO vault_person (id, ring_key, data_key, sealed, kept_of, kept_until)
SELECT 'kpt_' || n, 1, '', '', 'prs_' || n, now() + n * interval '1 day' FROM generate_series(-1, 1, 2) AS n;
INSERT INTO outbox_once (topic, once_key, told_at)
SELECT 'order.paid', n::text, now() - n * interval '100 days' FROM generate_series(0, 7) AS n;
INSERT INTO notice (day, number, window_n) SELECT current_date - n * 100, 1, 1 FROM generate_series(0, 7) AS n;
INSERT INTO notice_attempt (day, number, attempt, channel, outcome)
SELECT day, number, 1, 'email', 'sent' FROM notice;
INSERT INTO notice_inbox (day, channel, inbox_hash, number)
SELECT current_date - n * 100, 'email', '', 1 FROM generate_series(0, 7) AS n;
INSERT INTO reconciliation (id, organizer_id, asked_kind, asked_by, since, state, ended_at)
SELECT 'rec_' || n, 'org_old', 'itself', 'worker', now(), 'done', now() - n * interval '1 day'
FROM generate_series(399, 401, 2) AS n;
INSERT INTO sms_spent (organizer_id, day) SELECT 'org_old', current_date - n * 100 FROM generate_series(0, 7) AS n;
INSERT INTO contact_proof (id, purpose, channel, inbox_hash, buyer_id, network_hash, locale, asked_at, code_until,
                           link_until, confirmed_at, letter)
SELECT id, 'entry', 'email', '', id, '', 'en', now() - age, now(), now(), now() - confirmed, 'sent'
FROM (VALUES ('asked', interval '32 days', NULL::interval), ('asked lately', '1 day', NULL),
             ('proven', '366 days', '366 days'), ('proven lately', '60 days', '60 days')) AS p (id, age, confirmed);
INSERT INTO sale_contact (sale_id, inbox_hash, buyer_id, used_at)
VALUES ('old', '', 'ann', now() - interval '366 days'), ('young', '', 'ann', now());
INSERT INTO notice_batch (id, window_n, day, numbers, done_at)
VALUES ('old', 1, current_date, '{1}', now() - interval '31 days'), ('young', 1, current_date, '{1}', now()),
       ('open', 1, current_date, '{1}', NULL);
INSERT INTO http_answer (actor, key, request, created_at)
VALUES ('ann', 'old', '', now() - interval '25 hours'), ('ann', 'young', '', now());
INSERT INTO message (id, key, template, channel, locale, sealed, inbox_hash, state, until_at, created_at, done_at)
SELECT n::text, n::text, 'reset', 'email', 'en', 'sealed', '', state, now(), now() - n * interval '1 day', done_at
FROM (VALUES (400, 'sent', now()), (31, 'sent', now()), (401, 'queued', NULL), (1, 'sent', now()))
     AS m (n, state, done_at);
INSERT INTO account (id, email) VALUES ('acc_ana', 'ana@example.org');
INSERT INTO account_proof (id, purpose, token_sha256, email, until_at, created_at)
SELECT n::text, 'reset', n::text::bytea, 'ana@example.org', now(), now() - n * interval '1 day'
FROM (VALUES (8), (9), (1)) AS p (n);
INSERT INTO session (id, token_sha256, account_id, state, idle_s, until_at)
SELECT n::text, n::text::bytea, 'acc_ana', 'in', 60, now() - n * interval '1 day' FROM (VALUES (91), (1)) AS s (n);
"""


async def test_old_rows_go_and_young_ones_stay(db: asyncpg.Pool) -> None:
    await db.execute(FILL)
    counted = {rule.kept.name: await due(db, rule) for rule in rules(CONTEXTS) if rule.kept.job == OLD_ROWS_JOB}
    removed = await remove_old(db, KINDS)
    # What was sealed in a message goes before the message does.
    assert counted == removed
    assert removed == {
        "answer": 1,
        "answers of an order": 1,
        "cart": 5,
        "sealed key": 0,
        "text of a message": 2,
        "message": 1,
        "kept name": 1,
        "invitations": 0,
        "approvals": 0,
        "spent challenge": 0,
        "link of an account": 2,
        "session": 1,
        "told once": 4,
        "webhook delivery": 0,
        "notice": 4,
        "notice_attempt": 4,
        "notice_batch": 1,
        "notice_inbox": 7,
        "sms_spent": 7,
        "unconfirmed proof": 1,
        "confirmed proof": 1,
        "inbox used for a sale": 1,
        "reconciliation": 1,
    }
    assert await remove_old(db, KINDS) == dict.fromkeys(removed, 0)
    assert {row["sale_id"] for row in await db.fetch("SELECT sale_id FROM cart")} == {"young"}
    assert {row["id"] for row in await db.fetch("SELECT id FROM notice_batch")} == {"young", "open"}


async def test_a_cart_that_nobody_noted_as_ended_keeps_no_sealed_key(db: asyncpg.Pool) -> None:
    await db.execute(FILL)
    await db.execute(
        """INSERT INTO cart (sale_id, id, buyer_id, key_hash, opened_at) VALUES
        ('young', 'long ago', 'bob', 'sealed:a', now() - interval '3 days'),
        ('young', 'hashed', 'bob', '$argon2id$a', now() - interval '3 days'),
        ('young', 'live', 'bob', 'sealed:b', now())"""
    )
    assert (await remove_old(db, KINDS))["sealed key"] == 1
    rows = await db.fetch("SELECT id, key_hash FROM cart WHERE buyer_id = 'bob'")
    assert {row["id"]: row["key_hash"] for row in rows} == {
        "long ago": None,
        "hashed": "$argon2id$a",
        "live": "sealed:b",
    }


async def test_many_rows_go_some_at_a_time(db: asyncpg.Pool) -> None:
    await db.execute(FILL)
    await db.execute(
        "INSERT INTO cart (sale_id, id, buyer_id) SELECT 'old', 'more' || n, 'ann' FROM generate_series(1, $1) AS n",
        ROWS_PER_DELETE_MAX,
    )
    assert (await remove_old(db, KINDS))["cart"] == ROWS_PER_DELETE_MAX + 5
