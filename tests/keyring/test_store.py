"""How a process comes by its keys: first ones, others', tampered ones, and those of another root."""

from __future__ import annotations

import asyncio
import hmac
import re
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress

import asyncpg
import pytest

from engine.ending import end
from engine.keyring import BUYERS, ORDERS, PASSES, PURPOSES, KeyringFault, KeyringStore
from engine.keyring.acts import rotate
from engine.limits import KEYRING_ANNOUNCED_S
from tests.keyring.conftest import BEFORE_CONTRACT, BY, COMES_NOW, NEW_SECRET, SECRET, open_keys, rotated

OPENER = """
import asyncio, sys
from engine.keyring import PURPOSES, KeyringStore, Root
from engine.stores import database

async def main():
    db = await database.connect(sys.argv[1], connections_max=1)
    sys.stdin.readline()
    keys = await KeyringStore.open(db, [Root(b"the secret of this installation, 1")])
    print([keys.keyring.of(purpose).signing.parts for purpose in PURPOSES])

asyncio.run(main())
"""


async def test_the_first_keys_are_what_the_secret_gave_before_there_were_any(keys: KeyringStore) -> None:
    names = {
        *("buyer", "place", "ticket", "notice", "contact link", "contact code", "pass", "order key", "webhook"),
        *("answer", "challenge", "challenge solution", "audit head", "inbox", "contact network", "entry code"),
        *("order", "vapid"),
    }
    assert {part.decode() for purpose in PURPOSES for part in purpose.parts} >= names, "later purposes are new ones"
    for purpose in PURPOSES:
        expected = tuple(hmac.digest(SECRET, b"aforo|1|" + part, "sha256") for part in purpose.parts)
        assert keys.keyring.of(purpose).signing.parts == expected


async def test_processes_that_start_at_once_on_an_empty_table_agree(database_url: str, db: asyncpg.Pool) -> None:
    command = [sys.executable, "-c", OPENER, database_url]
    started = [await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE) for _ in range(3)]
    said = await asyncio.gather(*(each.communicate(b"go\n") for each in started))
    assert len({out for out, _ in said}) == 1
    assert said[0][0]
    assert await db.fetchval("SELECT count(*) FROM ring_key") == len(PURPOSES)


async def test_nothing_secret_lies_open_in_the_table(keys: KeyringStore, db: asyncpg.Pool) -> None:
    kept = await db.fetchval("SELECT string_agg(k::text, '') FROM ring_key k")
    for purpose in PURPOSES:
        for part in keys.keyring.of(purpose).signing.parts:
            assert part.hex() not in kept
            assert repr(keys.keyring.of(purpose).signing).find(repr(part)) < 0


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE ring_key SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) WHERE purpose = 'buyers'",
        "UPDATE ring_key SET wrapped = '' WHERE purpose = 'buyers'",
        "UPDATE ring_key k SET wrapped = o.wrapped FROM ring_key o WHERE k.purpose = 'buyers' AND o.purpose = 'places'",
        "UPDATE ring_key SET id = 2 WHERE purpose = 'buyers'",
    ],
)
async def test_a_tampered_key_is_a_clear_fault_at_the_start(keys: KeyringStore, db: asyncpg.Pool, tamper: str) -> None:
    await db.execute(tamper)
    with pytest.raises(KeyringFault, match=r"key [12] of buyers can't be unwrapped: its row in ring_key was changed"):
        await open_keys(db)
    # Who had read it goes on with it.
    if "id = 2" not in tamper:
        await keys.look()


async def test_another_secret_is_a_clear_fault_at_the_start(keys: KeyringStore, db: asyncpg.Pool) -> None:
    with pytest.raises(KeyringFault, match=re.escape(f"wrapped by the root key {keys.root.id}, and AFORO_SECRET is")):
        await open_keys(db, NEW_SECRET)
    both = await open_keys(db, NEW_SECRET, SECRET)
    assert both.keyring.fixed(ORDERS, b"order") == keys.keyring.fixed(ORDERS, b"order")


async def test_a_purpose_without_an_active_key_is_a_clear_fault(keys: KeyringStore, db: asyncpg.Pool) -> None:
    await db.execute("UPDATE ring_key SET wrapped = NULL, retired_at = now() WHERE purpose = 'seals'")
    with pytest.raises(KeyringFault, match="no key of seals is active"):
        await open_keys(db)


async def test_a_purpose_that_a_release_brings_gets_its_first_key(keys: KeyringStore, db: asyncpg.Pool) -> None:
    await db.execute("DELETE FROM ring_key WHERE purpose = 'passes'")
    later = await open_keys(db)
    assert later.keyring.of(PASSES).signing.parts == keys.keyring.of(PASSES).signing.parts


async def test_a_lost_key_that_never_rotates_is_not_made_anew(keys: KeyringStore, db: asyncpg.Pool) -> None:
    """Under a root that was replaced it would be another key, and a repeated purchase another purchase."""
    await db.execute("DELETE FROM ring_key WHERE purpose = 'orders'")
    with pytest.raises(KeyringFault, match="no key of orders is active: put its rows of ring_key back from a backup"):
        await open_keys(db)


async def test_every_process_checks_a_key_before_anybody_signs_with_it(keys: KeyringStore, db: asyncpg.Pool) -> None:
    other = await open_keys(db)
    made = await rotate(keys, "buyers", BY)
    assert (made.active_at - made.created_at).total_seconds() == KEYRING_ANNOUNCED_S
    await other.look()
    assert keys.keyring.of(BUYERS).signing.id == other.keyring.of(BUYERS).signing.id == 1
    assert other.keyring.of(BUYERS).find("2") == keys.keyring.of(BUYERS).find("2")
    assert other.keyring.of(BUYERS).find("2") is not None
    await db.execute(COMES_NOW, "buyers", 2)
    await other.look()
    assert other.keyring.of(BUYERS).signing.id == 2
    assert keys.keyring.of(BUYERS).signing.id == 1  # one that looks later
    assert other.keyring.of(BUYERS).find("1") is not None


async def test_the_clock_of_a_process_plays_no_part(keys: KeyringStore, db: asyncpg.Pool) -> None:
    """The instants of keys are judged by Postgres alone, in the statement that reads them."""
    await rotate(keys, "places", BY)
    begun = "SELECT id, active_at <= now() AS begun FROM ring_key WHERE purpose = 'places' ORDER BY id"
    assert [row["begun"] for row in await db.fetch(begun)] == [True, False]
    assert (await open_keys(db)).keyring.of(BUYERS).signing.id == 1


async def test_a_backup_that_is_put_back_may_give_an_id_to_another_key(keys: KeyringStore, db: asyncpg.Pool) -> None:
    other = await open_keys(db)
    await rotated(keys, BUYERS, others=[other])
    await db.execute("DELETE FROM ring_key WHERE purpose = 'buyers' AND id = 2")  # as the backup has it
    later = await open_keys(db)
    await rotated(later, BUYERS, others=[keys, other])
    assert len({each.keyring.of(BUYERS).signing.parts for each in (keys, other, later)}) == 1


async def test_a_retired_key_is_forgotten_by_who_held_it(keys: KeyringStore, db: asyncpg.Pool) -> None:
    other = await open_keys(db)
    await rotated(keys, BUYERS, others=[other])
    await db.execute("UPDATE ring_key SET wrapped = NULL, retired_at = now() WHERE purpose = 'buyers' AND id = 1")
    assert other.keyring.of(BUYERS).find("1") is not None
    await other.look()
    assert other.keyring.of(BUYERS).find("1") is None


async def test_who_meets_a_newer_key_looks_at_once_and_strangers_make_it_look_once(
    keys: KeyringStore, db: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, ring, looks = await open_keys(db), keys.keyring.of(BUYERS), 0
    await rotated(other, BUYERS)
    look, looked = keys.look, asyncio.Event()

    async def counted() -> None:
        nonlocal looks
        looks += 1
        await look()
        looked.set()

    monkeypatch.setattr(keys, "look", counted)
    monkeypatch.setattr("engine.keyring.store.KEYRING_LOOK_S", 3_600.0)
    monkeypatch.setattr("engine.keyring.store.KEYRING_NEWER_S", 3_600.0)
    following = asyncio.create_task(keys.follow())
    try:
        for made_up in ("", "0", "1", "none", "-1", "²", "00002", "9" * 300, "1.5", "x" * 6):
            ring.find(made_up)
        await asyncio.sleep(0)
        assert ring.find("2") is None
        await asyncio.wait_for(looked.wait(), 30)
        assert ring.signing.id == 2
        for number in range(10_000):
            ring.find(str(number))
            if number % 100 == 0:
                await asyncio.sleep(0)
        assert looks == 1
    finally:
        with suppress(asyncio.CancelledError):
            await end([following])


async def test_before_contract_nothing_names_its_key_and_a_running_process_hears_of_the_step(
    keys: KeyringStore, db: asyncpg.Pool
) -> None:
    assert keys.keyring.names_keys
    had = await db.fetchrow("SELECT * FROM schema_step WHERE name LIKE '%_keys_rotate'")
    await db.execute(BEFORE_CONTRACT)
    before = await open_keys(db)
    assert not before.keyring.names_keys
    assert had is not None
    columns = ", ".join(had.keys())
    values = ", ".join(f"${number}" for number in range(1, len(had) + 1))
    await db.execute(f"INSERT INTO schema_step ({columns}) VALUES ({values})", *had.values())
    await before.look()
    assert before.keyring.names_keys
