"""The office's role: statements that forget the organizer, for every table there is, reading and writing.

Two organizers have the same things; each is asked for by the other, by nobody, and by somebody unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from engine.audit import Act
from engine.stores import database
from engine.stores.office import ROLE, WORK_FOR, Office
from tests.eventually import until

A, B = "org_a", "org_b"
BY_A = Act(A, "ana")
# The same of each organizer, by the letter in its ids.
FILL = """
INSERT INTO organizer (id, name) VALUES ('org_{o}', 'Sala');
INSERT INTO organizer_terms (organizer_id, version) VALUES ('org_{o}', 1);
INSERT INTO api_key (id, organizer_id, key_sha256) VALUES ('ak_{o}', 'org_{o}', '{o}');
INSERT INTO picture (organizer_id, url, state, mark, width, height, widths)
VALUES ('org_{o}', 'https://pictures.example/1', 'kept', 'm', 1, 1, '{{1}}');
INSERT INTO venue (id, organizer_id, name, zone) VALUES ('ven_{o}', 'org_{o}', 'Sala', 'UTC');
INSERT INTO layout (venue_id, version, seats) VALUES ('ven_{o}', 1, 1);
INSERT INTO section (venue_id, version, id, name, rank, first_seat, rows) VALUES ('ven_{o}', 1, 'a', 'A', 0, 0, '[]');
INSERT INTO series (id, organizer_id, name) VALUES ('ser_{o}', 'org_{o}', 'Season');
INSERT INTO event (id, organizer_id, name, zone, starts_at) VALUES ('evt_{o}', 'org_{o}', 'Jazz', 'UTC', now());
INSERT INTO ticket_type (event_id, id, name) VALUES ('evt_{o}', 'general', 'General');
INSERT INTO sale (kind, id, organizer_id, event_id, currency, person_max, cart_ms, prices, opens_at, closes_at,
                  draw_secret, draw_commit)
VALUES ('event', 'sale-{o}', 'org_{o}', 'evt_{o}', 'EUR', 1, 1000, '{{}}', now(), now() + interval '1 day', '', '');
INSERT INTO pool (sale_id, id, name, capacity) VALUES ('sale-{o}', 'floor', 'Floor', 1);
INSERT INTO allocation (sale_id, id, name, purpose) VALUES ('sale-{o}', 'press', 'Press', 'press');
INSERT INTO stock_change (sale_id, number, state, takes, asked_by) VALUES ('sale-{o}', 1, 'done', true, 'ana');
INSERT INTO price_list (sale_id, number, valid_from_ms, prices, made_by) VALUES ('sale-{o}', 2, 1, '{{}}', 'ana');
INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
VALUES ('sale-{o}', 'ord_{o}', 'c', 'b', 'paid', 0, 'EUR', '{o}');
INSERT INTO ledger_movement (sale_id, order_id, nth, kind, currency, accounts, amounts)
VALUES ('sale-{o}', 'ord_{o}', 0, 'capture', 'EUR', '{{clearing,revenue:general}}', '{{1,-1}}');
INSERT INTO legal_identity (organizer_id, version, name) VALUES ('org_{o}', 1, 'Sala');
INSERT INTO receipt_series (organizer_id, year, last_at) VALUES ('org_{o}', 2030, now());
INSERT INTO receipt (organizer_id, year, number, sale_id, order_id, identity, issued_at, currency, total, tax)
VALUES ('org_{o}', 2030, 1, 'sale-{o}', 'ord_{o}', 1, now(), 'EUR', 1, 0);
UPDATE receipt_series SET last = 1 WHERE organizer_id = 'org_{o}';
INSERT INTO coupon (id, organizer_id, key, name, rule, automatic)
VALUES ('cpn_{o}', 'org_{o}', 'A', 'A', '{{}}', false);
INSERT INTO coupon_batch (id, organizer_id, coupon_id, partner, codes)
VALUES ('bat_{o}', 'org_{o}', 'cpn_{o}', 'Radio', 1);
INSERT INTO coupon_code (organizer_id, code, coupon_id, batch_id) VALUES ('org_{o}', 'ABC', 'cpn_{o}', 'bat_{o}');
INSERT INTO credit (id, organizer_id, kind, currency, code_mark, why, issued_by, request)
VALUES ('crd_{o}', 'org_{o}', 'voucher', 'EUR', '{o}', 'rain', 'ana', 'r');
INSERT INTO credit_entry (credit_id, kind, amount, account, sale_id, order_id)
VALUES ('crd_{o}', 'issue', 100, 'credit_given', 'sale-{o}', 'ord_{o}');
INSERT INTO tax_rules (organizer_id, version, rules) VALUES ('org_{o}', 1, '{{}}');
INSERT INTO tracked_link (id, organizer_id, name, label) VALUES ('lnk_{o}', 'org_{o}', 'poster', 'Posters');
INSERT INTO payment_account (id, organizer_id, provider, name, publishable_key, secret_key, live)
VALUES ('pac_{o}', 'org_{o}', 'stripe', 'Ours', '', '', false);
INSERT INTO provider_entry (provider, id, organizer_id, kind, amount, fee, currency, at, accounts, amounts)
VALUES ('sandbox', 'fee_{o}', 'org_{o}', 'fee', -1, 0, 'EUR', now(), '{{clearing,provider_fee}}', '{{-1,1}}');
INSERT INTO dispute (provider, id, organizer_id, amount, currency, reason, state, blocks, opened_at, due_at)
VALUES ('sandbox', 'dp_{o}', 'org_{o}', 1, 'EUR', 'fraudulent', 'open', false, now(), now());
INSERT INTO dispute_policy (organizer_id, blocks) VALUES ('org_{o}', true);
INSERT INTO own_refund_rule (organizer_id, hours, fees, give_as) VALUES ('org_{o}', 24, false, 'origin');
INSERT INTO reconciliation (id, organizer_id, asked_kind, asked_by, since)
VALUES ('rec_{o}', 'org_{o}', 'account', 'ana', now());
INSERT INTO disagreement (id, organizer_id, provider, kind, subject, facts, due_at)
VALUES ('dis_{o}', 'org_{o}', 'sandbox', 'unread', 's_{o}', '{{}}', now());
INSERT INTO webhook (id, organizer_id, url, topics, secret)
VALUES ('whk_{o}', 'org_{o}', 'https://a.example', '{{}}', '');
INSERT INTO webhook_delivery (webhook_id, sequence, id, topic, version, subject, data, told_at)
VALUES ('whk_{o}', 1, 'msg_{o}', 'order.paid', 1, 's', '{{}}', now());
INSERT INTO webhook_try (webhook_id, sequence, number, took_ms) VALUES ('whk_{o}', 1, 1, 1);
INSERT INTO segment (id, organizer_id, name, rule) VALUES ('seg_{o}', 'org_{o}', 'all', 'true');
INSERT INTO store (id, organizer_id, name, zone, latitude, longitude) VALUES ('sto_{o}', 'org_{o}', 'S', 'UTC', 0, 0);
INSERT INTO product (id, organizer_id, store_id, name, price, currency)
VALUES ('prd_{o}', 'org_{o}', 'sto_{o}', 'P', 1, 'EUR');
INSERT INTO promo (id, organizer_id, product_id, name, price, stock, person_max, radius_m, schedule)
VALUES ('prm_{o}', 'org_{o}', 'prd_{o}', 'P', 1, 1, 1, 1, '{{}}');
INSERT INTO promo_window (promo_id, product_number, sale_id, opens_at, closes_at)
SELECT 'prm_{o}', number, 'window-{o}', now(), now() + interval '1 hour' FROM product WHERE id = 'prd_{o}';
INSERT INTO suppression (channel, address, organizer_id, reason) VALUES ('email', 'a@b.example', 'org_{o}', 'bounced');
INSERT INTO vault_person (id, organizer_id, ring_key, data_key, sealed) VALUES ('prs_{o}', 'org_{o}', 1, '', '');
INSERT INTO person_note (id, organizer_id, person_id, sealed, author_kind, author)
VALUES ('note_{o}', 'org_{o}', 'prs_{o}', '', 'account', 'ana');
INSERT INTO audit (organizer_id, actor, act, subject) VALUES ('org_{o}', 'ana', 'test', 's');
INSERT INTO outbox_told (topic, version, subject, organizer_id, body)
VALUES ('order.paid', 1, 's', 'org_{o}', '{{}}');
INSERT INTO account (id, email) VALUES ('acc_{o}', '{o}@b.example');
INSERT INTO member (organizer_id, account_id) VALUES ('org_{o}', 'acc_{o}');
INSERT INTO role_grant (id, organizer_id, account_id, role, granted_by)
VALUES ('gra_{o}', 'org_{o}', 'acc_{o}', 'owner', '');
"""
TABLES = """
SELECT c.oid::regclass::text AS name, c.relrowsecurity AS guarded, c.relkind = 'v' AS is_view,
       has_any_column_privilege('aforo_office', c.oid, 'SELECT') AS reads,
       has_any_column_privilege('aforo_office', c.oid, 'INSERT') AS inserts,
       has_any_column_privilege('aforo_office', c.oid, 'UPDATE') AS updates,
       has_table_privilege('aforo_office', c.oid, 'DELETE') AS deletes,
       coalesce(c.reloptions @> '{security_invoker=true}', false) AS as_invoker
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
ORDER BY 1
"""
# Which column of a table leads to its organizer, and what it holds for B; the first that there is.
WHOSE = ("organizer_id", "promo_id", "venue_id", "event_id", "sale_id", "webhook_id", "id")
# Of which only some columns may be changed.
SOME_ONLY = {"organizer": "name", "pool": "capacity", "tracked_link": "label"}
SOME_ONLY |= {"disagreement": "reason", "dispute": "answered_at", "dispute_policy": "blocks"}
SOME_ONLY |= {"tax_rules": "version", "coupon": "name", "coupon_batch": "revoked_at", "coupon_code": "revoked_at"}
SOME_ONLY |= {"credit": "revoked_at"}
COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped"
WRITTEN = f"{COLUMNS} AND attgenerated = ''"


@pytest.fixture
async def two(db: asyncpg.Pool) -> asyncpg.Pool:
    for each in ("a", "b"):
        await db.execute(FILL.format(o=each))
    return db


async def whose(db: asyncpg.Pool, table: str) -> str:
    columns = {row["attname"] for row in await db.fetch(COLUMNS, table)}
    return next(each for each in WHOSE if each in columns)


async def test_what_may_be_read_shows_nobody_elses_rows(two: asyncpg.Pool) -> None:
    office = Office(two)
    for table in await two.fetch(TABLES):
        name, seen = table["name"], f"SELECT count(*) FROM {table['name']}"
        if not table["reads"]:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await office.fetch(A, seen)
            continue
        column = await whose(two, name)
        found = {each: await office.fetch(each, f"SELECT {column} AS at FROM {name}") for each in (A, B, "org_c", "")}
        ids = {each: {row["at"] for row in rows} for each, rows in found.items()}
        assert ids[A], f"{name} has a row of A's, or this shows nothing"
        assert all(at.endswith("a") for at in ids[A]), name
        assert all(at.endswith("b") for at in ids[B]), name
        assert len(found[A]) == len(found[B]), name
        assert not ids["org_c"], name
        assert not ids[""], name
        assert table["as_invoker"] if table["is_view"] else table["guarded"], name


async def test_what_may_be_changed_changes_nobody_elses_rows(two: asyncpg.Pool) -> None:
    office = Office(two)
    for table in await two.fetch(TABLES):
        name = table["name"]
        if not table["updates"]:
            continue
        column = SOME_ONLY.get(name) or await whose(two, name)
        before = await two.fetch(f"SELECT * FROM {name}")
        async with office.transaction(BY_A) as connection:
            changed = await connection.execute(f"UPDATE {name} SET {column} = {column}")
        own = [row for row in before if row[await whose(two, name)].endswith("a")]
        assert changed == f"UPDATE {len(own)}", name
        assert own, name
        if name not in SOME_ONLY:
            moved = f"UPDATE {name} SET {column} = replace({column}, '_a', '_b')"
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with office.transaction(BY_A) as connection:
                    # Nothing but the policy refuses it.
                    await connection.execute(moved if column != "sale_id" else moved.replace("'_", "'-"))


async def test_what_may_be_deleted_deletes_nobody_elses_rows(two: asyncpg.Pool) -> None:
    for table in await two.fetch(TABLES):
        if table["deletes"]:
            async with Office(two).transaction(BY_A) as connection:
                await connection.execute(f"DELETE FROM {table['name']}")
            left = await two.fetch(f"SELECT {await whose(two, table['name'])} AS at FROM {table['name']}")
            assert {row["at"][-1] for row in left} <= {"b"}, table["name"]
            assert left, table["name"]


async def test_what_may_be_added_is_nobody_elses(two: asyncpg.Pool) -> None:
    """A copy of B's row, as A: refused by the policy, before any constraint is asked."""
    for table in await two.fetch(TABLES):
        if not table["inserts"]:
            continue
        name, column = table["name"], await whose(two, table["name"])
        row = await two.fetchrow(f"SELECT to_json(t) AS it FROM {name} t WHERE {column} LIKE '%b'")
        written = ", ".join(row["attname"] for row in await two.fetch(WRITTEN, name))
        copy = (
            f"INSERT INTO {name} ({written}) OVERRIDING SYSTEM VALUE"
            f" SELECT {written} FROM json_populate_record(NULL::{name}, $1)"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with Office(two).transaction(BY_A) as connection:
                await connection.execute(copy, row["it"])


@pytest.fixture
async def single(database_url: str, two: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """A pool of one connection, so that whatever it keeps is seen by the next."""
    pool = await database.connect(database_url, connections_max=1)
    yield pool
    pool.terminate()


class Boom(Exception):
    pass


SLEEPS = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')"


async def test_role_and_organizer_end_with_their_transaction(single: asyncpg.Pool, two: asyncpg.Pool) -> None:
    office = Office(single)

    async def ends_well() -> None:
        await office.fetch(A, "SELECT FROM sale")

    async def ends_badly() -> None:
        async with office.transaction(BY_A) as connection:
            await connection.execute("UPDATE venue SET name = 'other'")
            raise Boom

    async def breaks() -> None:
        await office.fetch(A, "SELECT 1 / 0")

    async def takes_too_long() -> None:
        async with asyncio.timeout(0.05):
            await office.fetch(A, "SELECT pg_sleep(10)")

    async def is_given_up() -> None:
        async def sleeping() -> None:
            async with office.transaction(BY_A) as connection:
                await connection.execute("SELECT pg_sleep(10)")

        task = asyncio.create_task(sleeping())
        # of a statement given up before the server has read it the connection is lost: an InterfaceError
        await until("the statement runs", lambda: two.fetchval(SLEEPS))
        task.cancel()
        await task

    for way in (ends_well, ends_badly, breaks, takes_too_long, is_given_up):
        with suppress(Boom, asyncpg.DivisionByZeroError, TimeoutError, asyncio.CancelledError, asyncpg.InterfaceError):
            await way()
        row = await single.fetchrow("SELECT current_user AS is, current_setting('aforo.organizer', true) AS for")
        assert row["is"] != ROLE, way
        assert not row["for"], way
        assert await single.fetchval("SELECT count(*) FROM organizer") == 2, way
    assert await single.fetchval("SELECT count(*) FROM venue WHERE name = 'other'") == 0


async def test_the_owner_sees_all(two: asyncpg.Pool) -> None:
    """Whatever sells is not subject to policies, whichever organizer a setting names."""
    async with two.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('aforo.organizer', $1, true)", A)
        assert await connection.fetchval("SELECT count(*) FROM sale") == 2


async def test_a_role_taken_without_an_organizer_sees_nothing(two: asyncpg.Pool) -> None:
    async with two.acquire() as connection, connection.transaction():
        await connection.execute(WORK_FOR, ROLE, "")
        assert await connection.fetchval("SELECT count(*) FROM sale") == 0
