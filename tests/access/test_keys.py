"""API keys: shown once, kept by hash, dead when revoked."""

import asyncpg

from engine.access import ApiKeys


async def test_a_key_opens_until_it_is_revoked(db: asyncpg.Pool) -> None:
    keys = ApiKeys(db)
    organizer = await keys.create_organizer("Sala Norte")
    assert await keys.first_organizer() == organizer
    made = await keys.create(organizer, "box office")
    found = await keys.check(made.key)
    assert found is not None
    assert (found.id, found.organizer, found.label) == (made.id, organizer, "box office")
    assert await keys.revoke(made.id)
    assert not await keys.revoke(made.id)
    assert await keys.check(made.key) is None
    assert [key.revoked_at is not None for key in await keys.list(organizer)] == [True]


async def test_what_is_no_key_of_ours_opens_nothing(db: asyncpg.Pool) -> None:
    keys = ApiKeys(db)
    made = await keys.create(await keys.create_organizer("Sala Norte"))
    for wrong in ("", "ak_", made.id, made.key[:-1], made.key + "x", made.key.swapcase(), "ak_" + "é" * 56):
        assert await keys.check(wrong) is None


async def test_the_database_does_not_hold_the_key(db: asyncpg.Pool) -> None:
    keys = ApiKeys(db)
    made = await keys.create(await keys.create_organizer("Sala Norte"))
    row = await db.fetchrow("SELECT * FROM api_key WHERE id = $1", made.id)
    assert row is not None
    assert made.key not in repr(dict(row))
