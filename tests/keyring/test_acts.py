"""What operators do with keys, and what is refused them."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

import asyncpg
import pytest

from engine.keyring import (
    BUYERS,
    FACTORS,
    HEADS,
    PASSES,
    PASSWORDS,
    PAYMENTS,
    PURPOSES,
    TICKETS,
    VAULT,
    KeyringFault,
    KeyringStore,
    KeyState,
    Purpose,
    Root,
)
from engine.keyring.acts import keys as listed
from engine.keyring.acts import retire, rewrap, rotate
from engine.keyring.invariants import violations
from engine.keyring.purposes import BY_NAME
from engine.keyring.store import NAMES_KEYS_SINCE
from engine.limits import KEYRING_LIVE_MAX, KEYRING_SPARE_S
from engine.refusals import RefusalError
from engine.stores.steps import Kind, shipped
from tests.keyring.conftest import BEFORE_CONTRACT, BY, FIXED, NEW_SECRET, ROTATING, SECRET, open_keys, rotated

ACTS = "SELECT act, subject, actor FROM audit ORDER BY id"
LONG_AGO = "UPDATE ring_key SET active_at = active_at - make_interval(secs => $2) WHERE purpose = $1"


async def states(keys: KeyringStore, purpose: Purpose) -> list[str]:
    return [view.state.value for view in await listed(keys) if view.purpose == purpose.name]


def test_the_step_after_which_keys_rotate_is_one_that_contracts() -> None:
    (step,) = (step for step in shipped() if step.name.endswith(f"_{NAMES_KEYS_SINCE}"))
    assert step.kind is Kind.CONTRACT


@pytest.mark.parametrize("purpose", ROTATING, ids=lambda purpose: purpose.name)
async def test_a_rotation_is_announced_then_active_and_the_one_before_checks(
    keys: KeyringStore, db: asyncpg.Pool, purpose: Purpose
) -> None:
    await rotate(keys, purpose.name, BY)
    assert await states(keys, purpose) == ["active", "announced"]
    await db.execute("UPDATE ring_key SET active_at = now() WHERE purpose = $1 AND id = 2", purpose.name)
    assert await states(keys, purpose) == ["verify-only", "active"]
    await rotated(keys, purpose)
    assert await states(keys, purpose) == ["verify-only", "verify-only", "active"]
    materials = {key.parts for key in keys.keyring.of(purpose).live()}
    assert len(materials) == 3
    assert [tuple(row) for row in await db.fetch(ACTS)] == [
        ("keyring.rotate", f"{purpose.name} 2", "ana"),
        ("keyring.rotate", f"{purpose.name} 3", "ana"),
    ]
    assert await violations(keys) == []


@pytest.mark.parametrize("purpose", FIXED, ids=lambda purpose: purpose.name)
async def test_what_is_looked_up_or_derived_never_rotates(keys: KeyringStore, purpose: Purpose) -> None:
    with pytest.raises(RefusalError, match=f"{purpose.name} never rotates: {purpose.fixed}"):
        await rotate(keys, purpose.name, BY)
    with pytest.raises(RefusalError, match="can go once another one took over"):
        await retire(keys, purpose.name, 1, BY, force=True)


async def test_rotations_at_once_make_one_key(keys: KeyringStore, db: asyncpg.Pool) -> None:
    others = [await open_keys(db) for _ in range(3)]
    done = await asyncio.gather(*(rotate(each, "buyers", BY) for each in others), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in done) == 1
    assert all("is announced" in str(each) for each in done if isinstance(each, RefusalError))
    assert await states(keys, BUYERS) == ["active", "announced"]
    assert await db.fetchval("SELECT count(*) FROM audit") == 1


async def test_a_rotation_that_is_cut_never_was(
    keys: KeyringStore, db: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection dies between the row and the commit."""

    async def dies(connection: asyncpg.Connection, *_: object, **__: object) -> None:
        connection.terminate()
        raise ConnectionError

    with monkeypatch.context() as cut:
        cut.setattr("engine.keyring.acts.write", dies)
        with pytest.raises(asyncpg.InterfaceError):
            await rotate(keys, "buyers", BY)
    assert await states(keys, BUYERS) == ["active"]
    assert await db.fetch(ACTS) == []
    await rotated(keys, BUYERS)
    assert await states(keys, BUYERS) == ["verify-only", "active"]


async def test_nothing_rotates_before_contract(keys: KeyringStore, db: asyncpg.Pool) -> None:
    await db.execute(BEFORE_CONTRACT)
    before = await open_keys(db)
    with pytest.raises(RefusalError, match="aforo db apply --contract"):
        await rotate(before, "buyers", BY)
    with pytest.raises(RefusalError, match="aforo db apply --contract"):
        await rewrap(before, BY)
    # The database does not let it pass either.
    with pytest.raises(asyncpg.CheckViolationError, match="ring_key_does_not_rotate_yet"):
        await rotate(keys, "buyers", BY)


async def test_asked_wrongly(keys: KeyringStore) -> None:
    with pytest.raises(RefusalError, match="there is no purpose cookies; there are buyers, "):
        await rotate(keys, "cookies", BY)
    with pytest.raises(RefusalError, match="processes need 15 seconds"):
        await rotate(keys, "buyers", BY, 1)
    with pytest.raises(RefusalError, match="buyers has no key 7"):
        await retire(keys, "buyers", 7, BY)
    await rotate(keys, "buyers", BY)
    with pytest.raises(RefusalError, match="key 2 of buyers is announced: it can go once another one took over"):
        await retire(keys, "buyers", 2, BY, force=True)


async def test_a_purpose_has_so_many_live_keys(keys: KeyringStore) -> None:
    for _ in range(KEYRING_LIVE_MAX - 1):
        await rotated(keys, PASSES)
    with pytest.raises(RefusalError, match="retire an older one first"):
        await rotate(keys, "passes", BY)
    await retire(keys, "passes", 1, BY, force=True)
    await rotated(keys, PASSES)


@pytest.mark.parametrize("purpose", ROTATING, ids=lambda purpose: purpose.name)
async def test_a_key_goes_once_nothing_it_made_can_be_shown(
    keys: KeyringStore, db: asyncpg.Pool, purpose: Purpose
) -> None:
    await rotated(keys, purpose)
    with pytest.raises(RefusalError, match="--force retires it now: ") as refused:
        await retire(keys, purpose.name, 1, BY)
    assert purpose.voids in refused.value.message
    if purpose.life_s is None:
        assert purpose in {TICKETS, HEADS, FACTORS, PASSWORDS, PAYMENTS, VAULT}
        assert "for as long as anybody keeps it" in refused.value.message
        assert await retire(keys, purpose.name, 1, BY, force=True) == purpose.voids
    else:
        first = next(view for view in await listed(keys) if view.purpose == purpose.name)
        taken_over = await db.fetchval("SELECT active_at FROM ring_key WHERE purpose = $1 AND id = 2", purpose.name)
        assert first.free_at == taken_over + timedelta(seconds=purpose.life_s + KEYRING_SPARE_S)
        await db.execute(LONG_AGO, purpose.name, float(purpose.life_s + KEYRING_SPARE_S + 1))
        assert await retire(keys, purpose.name, 1, BY) == ""
    assert await states(keys, purpose) == ["retired", "active"]
    assert await db.fetchval("SELECT wrapped FROM ring_key WHERE purpose = $1 AND id = 1", purpose.name) is None
    assert keys.keyring.of(purpose).find("1") is None
    with pytest.raises(RefusalError, match="is retired already"):
        await retire(keys, purpose.name, 1, BY, force=True)
    assert await violations(keys) == []


async def test_a_forced_retirement_says_so_in_the_trail(keys: KeyringStore, db: asyncpg.Pool) -> None:
    await rotated(keys, BUYERS)
    await retire(keys, "buyers", 1, BY, force=True)
    row = await db.fetchrow("SELECT act, subject, after, organizer_id FROM audit ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert (row["act"], row["subject"], row["after"], row["organizer_id"]) == (
        *("keyring.retire", "buyers 1"),
        {"early": True},
        None,
    )


async def test_a_root_key_is_replaced(keys: KeyringStore, db: asyncpg.Pool) -> None:
    await rotated(keys, BUYERS)
    before = {purpose.name: [key.parts for key in keys.keyring.of(purpose).live()] for purpose in PURPOSES}
    both = await open_keys(db, NEW_SECRET, SECRET)
    await rotate(both, "places", BY)  # is wrapped by the new one already
    assert await rewrap(both, BY) == len(PURPOSES) + 1
    assert await rewrap(both, BY) == 0
    alone = await open_keys(db, NEW_SECRET)
    after = {purpose.name: [key.parts for key in alone.keyring.of(purpose).live()] for purpose in PURPOSES}
    assert {**after, "places": after["places"][:1]} == before
    with pytest.raises(KeyringFault, match="AFORO_OLD_SECRETS"):
        await open_keys(db, SECRET)
    # Who was started before goes on.
    await keys.db.execute("DELETE FROM ring_key WHERE purpose = 'places' AND id = 2")
    await keys.look()
    assert [row["act"] for row in await db.fetch(ACTS)].count("keyring.rewrap") == 1


async def test_a_rewrapping_that_is_cut_leaves_every_key_readable(keys: KeyringStore, db: asyncpg.Pool) -> None:
    """A root key is missing for one of them: none is changed."""
    await db.execute("UPDATE ring_key SET root = 'somebody' WHERE purpose = 'tickets'")
    both = KeyringStore(db, [Root(NEW_SECRET), Root(SECRET)])
    with pytest.raises(KeyringFault, match="key 1 of tickets is wrapped by the root key somebody"):
        await both.look()
    await db.execute("UPDATE ring_key SET root = $1 WHERE purpose = 'tickets'", keys.root.id)
    await both.look()
    assert await rewrap(both, BY) == len(PURPOSES)


async def test_verify_finds_what_is_wrong(keys: KeyringStore, db: asyncpg.Pool) -> None:
    await rotated(keys, BUYERS)
    await db.execute("UPDATE ring_key SET wrapped = $1 WHERE purpose = 'answers'", secrets.token_bytes(60))
    await db.execute("UPDATE ring_key SET wrapped = NULL, retired_at = now() WHERE purpose = 'passes'")
    copy = keys.root.wrap("buyers", 2, b"".join(keys.keyring.of(BUYERS).live()[1].parts))
    await db.execute("UPDATE ring_key SET wrapped = $1 WHERE purpose = 'buyers' AND id = 2", copy)
    found = {(each.subject, each.text.partition(":")[0]) for each in await violations(keys)}
    assert found == {
        ("keys of passes", "none is active"),
        ("key 1 of answers", "key 1 of answers can't be unwrapped"),
        ("key 1 of buyers", "is the same as key 2 of buyers"),
    }
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("INSERT INTO ring_key SELECT * FROM ring_key WHERE purpose = 'buyers' AND id = 1")


async def test_states_are_words_of_instants(keys: KeyringStore) -> None:
    assert {view.state for view in await listed(keys)} == {KeyState.ACTIVE}
    assert {view.purpose for view in await listed(keys)} == set(BY_NAME)
    shown = {view.purpose for view in await listed(keys) if view.public_key is not None}
    assert shown == {"tickets", "heads", "tokens"}
