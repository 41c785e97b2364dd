"""A database that an older Aforo made comes forward: it ends like a fresh one, and keeps what was in it.

`older/` holds the schema of every version from before migrations/, as it was released.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.audit import Audit, HeadKeys
from engine.ids import is_sale_id
from engine.onsale.records import Checkpoint, Records, SaleRecord
from engine.orders import ORDER_PAID
from engine.people import OrderCounts
from engine.stores import database, schema
from engine.stores.embedded import EmbeddedStores
from engine.stores.faults import StoreFault
from engine.stores.standing import check, standing
from tests.eventually import until
from tests.stores.shape import shape

OLDER = sorted((Path(__file__).parent / "older").glob("*.sql"), key=lambda path: int(path.stem))
KINDS_SINCE = 4  # a sale has a column that says what it is
ROWS = """
INSERT INTO organizer (id, name) VALUES ('org_1', 'Sala Norte');
INSERT INTO sale (id, organizer_id, currency, seats, person_max, cart_ms, prices, opens_at, closes_at, draw_secret,
                  draw_commit<kind>)
VALUES ('jazz', 'org_1', 'EUR', 10, 6, 60000, '{"stalls": {"general": 4500}}', now(), now() + '1 day', 's', 'c'<event>);
INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
VALUES ('jazz', 'ord_1', 'cart_1', 'ana', 'paid', 4500, 'EUR', 'AAAA');
INSERT INTO order_line (sale_id, order_id, line, seat, ticket_type, price)
VALUES ('jazz', 'ord_1', 0, 3, 'general', 4500);
"""


@pytest.fixture
async def older(stores: EmbeddedStores, request: pytest.FixtureRequest) -> Any:
    """A database as an older version made it, with a little in it."""
    path: Path = request.param
    name = f"older_{path.stem}"
    admin = await database.connect_one(stores.database_url)
    await admin.execute(f"CREATE DATABASE {name}")
    connection = await database.connect_one(stores.postgres.url_of(name))
    await connection.execute(path.read_text(encoding="utf-8"))
    kind, event = (", kind", ", 'event'") if int(path.stem) >= KINDS_SINCE else ("", "")
    await connection.execute(ROWS.replace("<kind>", kind).replace("<event>", event))
    yield connection
    await connection.close()
    await admin.execute(f"DROP DATABASE {name}")
    await admin.close()


async def is_like_a_fresh_one(connection: asyncpg.Connection, db: asyncpg.Pool) -> None:
    async with db.acquire() as fresh:
        assert await shape(connection) == await shape(fresh)
        names = "SELECT number, name, kind, checksum, took_ms IS NOT NULL FROM schema_step ORDER BY number"
        assert await connection.fetch(names) == await fresh.fetch(names)
        version = "SELECT version FROM schema_version"
        assert await connection.fetchval(version) == await fresh.fetchval(version)


@pytest.mark.parametrize("older", OLDER, indirect=True, ids=lambda path: path.stem)
async def test_an_older_database_ends_like_a_fresh_one(older: asyncpg.Connection, db: asyncpg.Pool) -> None:
    before = await older.fetch("SELECT * FROM order_line")
    with pytest.raises(StoreFault, match="aforo db apply"):
        await check(older)
    for _ in range(2):
        await schema.apply(older, contract=True)
        await check(older)
        assert (await standing(older)).missing == []
    await is_like_a_fresh_one(older, db)
    lines = await older.fetch("SELECT * FROM order_line")
    assert before
    assert [{name: row[name] for name in dict(before[0])} for row in lines] == [dict(row) for row in before]
    with pytest.raises(asyncpg.UniqueViolationError, match="seat_is_sold_once"):
        await older.execute(
            """INSERT INTO order_line (sale_id, order_id, line, seat, ticket_type, price)
               VALUES ('jazz', 'ord_2', 0, 3, 'general', 4500)"""
        )


@pytest.mark.parametrize("older", OLDER[-1:], indirect=True, ids=lambda path: path.stem)
async def test_it_ends_the_same_when_contract_steps_come_last(older: asyncpg.Connection, db: asyncpg.Pool) -> None:
    """As in an upgrade without a stop: what expands, the new release, and what contracts once the old one is gone."""
    await schema.apply(older, contract=False)
    await check(older)
    assert await older.fetchval("SELECT version FROM schema_version") == 4, "the old release may start again"
    await schema.apply(older, contract=True)
    await is_like_a_fresh_one(older, db)


@pytest.mark.parametrize("older", OLDER[-1:], indirect=True, ids=lambda path: path.stem)
async def test_the_release_before_starts_again_after_what_expands(older: asyncpg.Connection) -> None:
    """That one applied its schema.sql whenever a process of it started."""
    await schema.apply(older, contract=False)
    await older.execute(OLDER[-1].read_text(encoding="utf-8"))
    await check(older)
    await schema.apply(older, contract=True)


@pytest.mark.parametrize("older", OLDER[:3], indirect=True, ids=lambda path: path.stem)
async def test_what_an_older_release_cannot_survive_has_to_be_asked_for(older: asyncpg.Connection) -> None:
    before, version = await shape(older), await older.fetchval("SELECT version FROM schema_version")
    with pytest.raises(StoreFault, match="`aforo db apply --contract`"):
        await schema.apply(older, contract=False)
    assert (await shape(older)).without("schema_step") == before
    assert await older.fetchval("SELECT version FROM schema_version") == version
    with pytest.raises(StoreFault, match="`aforo db apply --contract`"):
        await check(older)
    await schema.apply(older, contract=True)
    await check(older)


@pytest.mark.parametrize("older", OLDER[:1], indirect=True, ids=lambda path: path.stem)
async def test_a_step_that_fails_leaves_the_older_database_as_it_was(older: asyncpg.Connection) -> None:
    """Somebody added a column of the same name by hand: nothing is half done."""
    await older.execute("ALTER TABLE orders ADD COLUMN cart_until text")
    before = await shape(older)
    with pytest.raises(StoreFault, match=r'0002_deadline_of_an_order failed: column "cart_until" .* already exists'):
        await schema.apply(older, contract=True)
    assert (await shape(older)).without("schema_step") == before
    assert await older.fetch("SELECT number FROM schema_step") == [(1,)]
    assert await older.fetchval("SELECT version FROM schema_version") == 1


SALES_OF_3 = """
INSERT INTO event (id, organizer_id, name, zone, starts_at) VALUES ('evt_1', 'org_1', 'Jazz', 'UTC', now());
UPDATE sale SET event_id = 'evt_1' WHERE id = 'jazz';
INSERT INTO sale (id, organizer_id, currency, person_max, cart_ms, prices, opens_at, closes_at, draw_secret,
                  draw_commit, event_id, rehearsal_of, rehearsal_until)
VALUES ('promo-abc-1', 'org_1', 'EUR', 6, 60000, '{}', now(), now() + '1 day', 's', 'c', NULL, NULL, NULL),
       ('promo-night', 'org_1', 'EUR', 6, 60000, '{}', now(), now() + '1 day', 's', 'c', 'evt_1', NULL, NULL),
       ('rehearsal--x', 'org_1', 'EUR', 6, 60000, '{}', now(), now() + '1 day', 's', 'c', 'evt_1', 'jazz', now());
INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
VALUES ('rehearsal--x', 'ord_2', 'cart_2', 'ana', 'paid', 1, 'EUR', 'BBBB');
INSERT INTO payment (sale_id, order_id, provider, state, amount)
VALUES ('jazz', 'ord_1', 'bank', 'captured', 4500), ('rehearsal--x', 'ord_2', 'sandbox', 'captured', 1);
INSERT INTO outbox (topic, once_key, body) VALUES ('order.paid', 'ord_1', '{"sale": "jazz", "order": "ord_1"}'),
       ('other', '1', '{}');
INSERT INTO store (id, organizer_id, name, zone, latitude, longitude) VALUES ('sto_1', 'org_1', 'Espiga', 'UTC', 0, 0);
INSERT INTO product (id, organizer_id, store_id, name, price, currency)
VALUES ('prd_1', 'org_1', 'sto_1', 'Croissant', 180, 'EUR');
INSERT INTO promo (id, organizer_id, product_id, name, price, stock, person_max, radius_m, schedule)
VALUES ('prm_1', 'org_1', 'prd_1', 'Warm', 90, 1, 1, 1, '{}');
INSERT INTO promo_window (promo_id, product_number, sale_id, opens_at, closes_at, prepared_at)
SELECT 'prm_1', number, 'promo-abc-' || day, now() + day * '1 day'::interval, now() + (day + 0.5) * '1 day'::interval,
       CASE WHEN day = 1 THEN now() END
FROM product, generate_series(1, 3) AS day;
"""


@pytest.mark.parametrize("older", OLDER[2:3], indirect=True, ids=lambda path: path.stem)
async def test_what_a_sale_is_becomes_a_column(older: asyncpg.Connection) -> None:
    """It was told by the beginning of its id, which anybody could choose; ids of coming windows could be guessed."""
    await older.execute(SALES_OF_3)
    await schema.apply(older, contract=True)
    kinds = dict(await older.fetch("SELECT id, kind FROM sale"))
    assert kinds == {"jazz": "event", "promo-abc-1": "promo", "promo-night": "event", "rehearsal--x": "rehearsal"}
    assert dict(await older.fetch("SELECT sale_id, sale_kind FROM payment")) == {
        "jazz": "event",
        "rehearsal--x": "rehearsal",
    }
    (told,) = await older.fetch("SELECT topic, subject, organizer_id, sale_id, sale_kind, body FROM outbox_told")
    assert tuple(told.values())[:5] == ("order.paid", "ord_1", "org_1", "jazz", "event")
    assert ORDER_PAID.read(told["body"])["buyer"] == "ana"
    made, *coming = [row["sale_id"] for row in await older.fetch("SELECT sale_id FROM promo_window ORDER BY opens_at")]
    assert made == "promo-abc-1"
    assert len(set(coming)) == 2
    assert all(is_sale_id(each) and "promo" not in each for each in coming)


TOLD = """
INSERT INTO outbox (topic, once_key, body, sale_kind)
VALUES ('order.paid', $1, jsonb_build_object('sale', 'jazz', 'order', $1::text), 'event')
ON CONFLICT (topic, once_key) DO NOTHING
"""
COUNTED = "INSERT INTO profile_order (sale_id, order_id) VALUES ('jazz', $1) ON CONFLICT DO NOTHING"


@pytest.mark.parametrize("older", OLDER[-1:], indirect=True, ids=lambda path: path.stem)
async def test_what_the_release_before_tells_and_counts_beside_the_new_one_is_kept(older: asyncpg.Connection) -> None:
    await older.execute(
        """INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
           SELECT 'jazz', 'ord_' || n, 'cart', 'bob', 'paid', 1, 'EUR', 'B' || n FROM generate_series(2, 4) AS n"""
    )
    for write in (TOLD, COUNTED):
        for order in ("ord_1", "ord_2"):
            await older.execute(write, order)
    await schema.apply(older, contract=False)
    for write in (TOLD, COUNTED):
        for order in ("ord_2", "ord_3", "ord_3"):
            await older.execute(write, order)
    await schema.apply(older, contract=True)
    told = await older.fetch("SELECT subject, body FROM outbox_told ORDER BY id")
    assert [(row["subject"], ORDER_PAID.read(row["body"])["buyer"]) for row in told] == [
        ("ord_1", "ana"),
        ("ord_2", "bob"),
        ("ord_3", "bob"),
    ]
    counted = await older.fetch("SELECT order_id, buyer_id, counted FROM profile_order ORDER BY order_id")
    assert [tuple(row) for row in counted] == [("ord_1", "ana", True), ("ord_2", "bob", True), ("ord_3", "bob", True)]


PEOPLE = """
INSERT INTO zone (name) VALUES ('UTC');
INSERT INTO profile (buyer_id, reference, email, phone, zone, consent)
VALUES ('came', NULL, 'ana@example.org', '+34600000000', 1, true), ('imported', 'r1', 'Bob@Example.org', NULL, 1, true),
       ('nowhere', 'r2', NULL, NULL, 1, true);
INSERT INTO suppression (channel, address, reason) VALUES ('email', 'Eve@example.org', 'bounced');
"""


@pytest.mark.parametrize("older", OLDER[2:3], indirect=True, ids=lambda path: path.stem)
async def test_only_addresses_that_somebody_answers_for_count_afterwards(older: asyncpg.Connection) -> None:
    await older.execute(PEOPLE)
    await schema.apply(older, contract=True)
    rows = await older.fetch(
        "SELECT buyer_id, email, consent, email_vouched_by, phone_vouched_by FROM profile ORDER BY buyer_id"
    )
    assert [tuple(row) for row in rows] == [
        ("came", "ana@example.org", True, None, None),
        ("imported", "bob@example.org", True, "import", None),
        ("nowhere", None, True, None, None),
    ]
    assert tuple(await older.fetchrow("SELECT address, organizer_id FROM suppression")) == ("eve@example.org", None)


MORE_PEOPLE = """
INSERT INTO profile (buyer_id, reference, zone, consent, email_vouched_by, email, orders_count)
VALUES ('later', 'r3', 1, true, 'import', 'zoe@example.org', 2), ('ana', NULL, 1, false, NULL, NULL, 0);
INSERT INTO profile_order (sale_id, order_id) VALUES ('jazz', 'ord_1');
"""
WHOSE = (
    "SELECT p.buyer_id, r.organizer_id, r.reference, r.consent, r.basis, r.orders_count FROM relation r JOIN profile p"
)


@pytest.mark.parametrize("older", OLDER[-1:], indirect=True, ids=lambda path: path.stem)
@pytest.mark.parametrize("organizers", [1, 2])
async def test_who_was_imported_is_the_organizers_where_there_is_one(
    older: asyncpg.Connection, stores: EmbeddedStores, organizers: int
) -> None:
    """Also what the release before imports and counts beside the new one. Of several nobody said whose people are."""
    if organizers > 1:
        await older.execute("INSERT INTO organizer (id, name) VALUES ('org_2', 'Sala Sur')")
    await older.execute(PEOPLE)
    await schema.apply(older, contract=False)
    await older.execute(MORE_PEOPLE)
    await schema.apply(older, contract=True)
    pool = await database.connect(stores.postgres.url_of("older_4"))
    for _ in range(2):
        await OrderCounts(pool).step()
    await pool.close()
    rows = [tuple(row) for row in await older.fetch(f"{WHOSE} USING (number) ORDER BY 1")]
    assert rows == [("ana", "org_1", None, None, "contract", 1)] + [
        ("imported", "org_1", "r1", True, "interest", 0),
        ("later", "org_1", "r3", True, "interest", 2),
        ("nowhere", "org_1", "r2", True, "interest", 0),
    ] * (organizers == 1)


SOMEBODY_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
RUN_OF_SALE = "SELECT epoch, checkpoint, draw_places, draw_digest, key_layout FROM sale"
DRAWN = """
UPDATE sale SET draw_places = coalesce(draw_places, 7), draw_digest = coalesce(draw_digest, 'd') WHERE id = 'jazz'
"""


@pytest.fixture
async def pool_of_4(stores: EmbeddedStores, older: asyncpg.Connection) -> AsyncIterator[asyncpg.Pool]:
    pool = await database.connect(stores.postgres.url_of("older_4"))
    yield pool
    await pool.close()


@pytest.mark.parametrize("older", OLDER[-1:], indirect=True, ids=lambda path: path.stem)
async def test_what_either_release_notes_of_a_run_the_other_sees(
    older: asyncpg.Connection, pool_of_4: asyncpg.Pool
) -> None:
    records, now = Records(pool_of_4), datetime.now(UTC) + timedelta(days=2)

    async def written(**columns: object) -> None:
        for name, value in columns.items():
            await older.execute(f"UPDATE sale SET {name} = $1 WHERE id = 'jazz'", value)

    async def by_old(**columns: object) -> SaleRecord:
        """What the new release sees once the old one has written these."""
        await written(**columns)
        record = await records.one("jazz")
        assert record is not None
        return record

    await written(epoch="-", checkpoint={"tail": 3})
    await schema.apply(older, contract=False)
    record = await by_old()
    assert (record.away, record.checkpoint.tail, record.draw_places) == (True, 3, None)
    assert not (await by_old(epoch="e1")).away, "it was rebuilt"
    await older.execute(DRAWN)
    record = await by_old(checkpoint={"tail": 4})
    assert (record.epoch, record.checkpoint.tail, record.draw_places, record.draw_digest) == ("e1", 4, 7, "d")
    assert await records.write_opened(record, 9, "other", now) == (7, "d", 1), "the first draw stays"

    await records.write_checkpoint("jazz", Checkpoint(epoch="e2", tail=5))
    await records.write_key_layout("jazz", "b1")
    epoch, checkpoint, *others = await older.fetchrow(RUN_OF_SALE)
    assert (epoch, checkpoint["tail"], *others) == ("e2", 5, 7, "d", "b1")
    assert await records.write_leaving("jazz", "e2", now, nothing_is_unsettled)
    assert await older.fetchval("SELECT epoch FROM sale") == "~"
    await records.write_away("jazz")
    assert await older.fetchval("SELECT epoch FROM sale") == "-"
    await records.write_rebuilt("jazz", "e3")
    assert await older.fetchval("SELECT epoch FROM sale") == "e3"
    assert (await by_old(epoch="~")).away

    await schema.apply(older, contract=True)
    record = await by_old()
    assert (record.away, record.epoch, record.checkpoint.tail, record.key_layout) == (True, "e3", 5, "b1")


@pytest.mark.parametrize("older", OLDER[-1:], indirect=True, ids=lambda path: path.stem)
async def test_two_releases_that_note_at_once_wait_for_each_other(
    older: asyncpg.Connection, pool_of_4: asyncpg.Pool
) -> None:
    """Nobody deadlocks: all lock the row of the sale before its run."""
    await schema.apply(older, contract=False)
    records = Records(pool_of_4)
    wants = (
        records.write_published("jazz", "e1"),
        records.write_checkpoint("jazz", Checkpoint(epoch="e1", tail=9)),
        records.write_key_layout("jazz", "b1"),
        records.write_rebuilt("jazz", "e2"),
        records.write_leaving("jazz", "e2", datetime.now(UTC) + timedelta(days=2), nothing_is_unsettled),
        records.write_away("jazz"),
    )
    for want in wants:
        async with older.transaction():
            await older.execute("SELECT FROM sale WHERE id = 'jazz' FOR UPDATE")
            writing = asyncio.create_task(want)
            await until("somebody who waits", partial(older.fetchval, SOMEBODY_WAITS))
            await older.execute("UPDATE sale SET draw_digest = 'old'")
        await writing
    record = await records.one("jazz")
    assert record is not None
    assert (record.epoch, record.away, record.key_layout, record.checkpoint.tail) == ("e2", True, "b1", 9)
    assert await older.fetchval("SELECT epoch FROM sale") == "-"


async def nothing_is_unsettled(_: object, __: object) -> set[str]:
    return set()


ACTS = """
INSERT INTO audit (organizer_id, actor, act, subject, detail)
VALUES ('org_1', 'ak_234567890abc', 'sale.create', 'jazz', '{}'),
       (NULL, 'worker', 'order.refund', 'ord_1', '{"amount": 1}'),
       ('org_1', 'cli', 'sale.open', 'jazz', '{"fields": ["opens"]}');
"""


@pytest.mark.parametrize("older", OLDER[2:3], indirect=True, ids=lambda path: path.stem)
async def test_acts_from_before_are_taken_into_the_chains(
    older: asyncpg.Connection, stores: EmbeddedStores, tmp_path: Path
) -> None:
    await older.execute(ACTS)
    await schema.apply(older, contract=True)
    kinds = await older.fetch("SELECT actor_kind FROM audit ORDER BY id")
    assert [row["actor_kind"] for row in kinds] == ["key", "itself", "operator"]
    pool = await database.connect(stores.postgres.url_of("older_3"))
    audit = Audit(pool, HeadKeys(lambda: [bytes(32)]), tmp_path)
    assert await audit.linker.step() == 3
    assert await audit.heads.step() == 2
    checked = await audit.check()
    await pool.close()
    assert (checked.chains, checked.links, checked.broken) == (2, 3, ())
