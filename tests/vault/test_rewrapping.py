"""After a rotation every data key is wrapped anew, whoever dies meanwhile, and everybody stays readable."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable

import asyncpg
import pytest

from engine.audit import Act, Actor
from engine.keyring import KeyringStore, retire, rotate
from engine.people import Notes
from engine.stores.office import Office
from engine.vault import Contact, Rewrapping, Vault, sql
from engine.vault.invariants import violations
from tests.vault.conftest import ROOT
from tests.vault.dying_worker import PER_WRITE
from tests.vault.test_vault import ORGANIZER, erase, put

BY, TEAM = Actor("ana"), Act(ORGANIZER, "ana")


async def rotated(keys: KeyringStore, db: asyncpg.Pool) -> None:
    """Another key of `vault` that wraps already."""
    await rotate(keys, "vault", BY)
    await db.execute("UPDATE ring_key SET active_at = now() WHERE purpose = 'vault' AND active_at > now()")
    await keys.look()


async def some(vault: Vault, db: asyncpg.Pool, count: int = 50) -> dict[str, Contact]:
    contacts = [Contact(f"Person {number}", f"p{number}@example.org", "") for number in range(count)]
    people = await put(vault, db, *((each, ORGANIZER, f"buyer {at}") for at, each in enumerate(contacts)))
    return dict(zip(people, contacts, strict=True))


async def test_every_data_key_is_wrapped_by_the_new_key(
    vault: Vault, keys: KeyringStore, rewrapping: Rewrapping, db: asyncpg.Pool
) -> None:
    known = await some(vault, db)
    assert await rewrapping.step() == 0
    await rotated(keys, db)
    assert await vault.contacts(known) == known
    assert await rewrapping.step() == len(known)
    assert await rewrapping.by_key() == {2: len(known)}
    assert await rewrapping.step() == 0
    await retire(keys, "vault", 1, BY, force=True)
    assert await vault.contacts(known) == known
    assert await violations(db, vault) == []


async def test_a_step_that_is_cut_leaves_everybody_readable(
    vault: Vault, keys: KeyringStore, rewrapping: Rewrapping, db: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await some(vault, db)
    await rotated(keys, db)
    with monkeypatch.context() as cut:
        cut.setattr("engine.vault.rewrapping.REWRAPS_PER_WRITE", 7)
        cut.setattr("engine.vault.rewrapping.REWRAPS_PER_STEP_MAX", 14)
        assert await rewrapping.step() == 14
        cut.setattr("engine.vault.sql.REWRAP", f"{sql.REWRAP} AND 1 / (length(w.id) - length(w.id)) = 1")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await rewrapping.step()
    assert await rewrapping.by_key() == {1: len(known) - 14, 2: 14}
    assert await vault.contacts(known) == known
    # Two at once share what is left, and another process knows all of them too.
    await asyncio.gather(rewrapping.step(), Rewrapping(db, vault).step())
    assert await rewrapping.by_key() == {2: len(known)}
    other = Vault(db, (await KeyringStore.open(db, [ROOT])).keyring)
    assert await other.contacts(known) == known


@pytest.mark.parametrize(("step", "done"), [("read", 2), ("written", 2), ("committed", 3)])
async def test_a_worker_that_is_killed_leaves_everybody_readable(
    *,
    vault: Vault,
    keys: KeyringStore,
    rewrapping: Rewrapping,
    db: asyncpg.Pool,
    database_url: str,
    step: str,
    done: int,
) -> None:
    known = await some(vault, db)
    notes = Notes(db, Office(db), vault)
    added = [await notes.add(TEAM, person, f"about {person}") for person in known]
    assert all(isinstance(each, str) for each in added)
    await rotated(keys, db)
    environment = {**os.environ, "AFORO_DATABASE_URL": database_url}
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.vault.dying_worker", step), env=environment
    )
    assert await worker.wait() == -signal.SIGKILL
    wrapped = done * PER_WRITE
    assert await rewrapping.by_key() == {1: len(known) - wrapped, 2: wrapped}
    assert await vault.contacts(known) == known
    assert await violations(db, vault) == []
    assert await noted(notes, known) == {person: [f"about {person}"] for person in known}
    # The next one goes on where it was, also while somebody is erased and another typed again.
    (gone, *_), (again, *_) = sorted(known), sorted(known, reverse=True)
    at = next(number for number, contact in enumerate(known.values()) if contact == known[again])
    _, erased, typed = await asyncio.gather(
        rewrapping.step(), erase(vault, db, gone), put(vault, db, (known[again], ORGANIZER, f"buyer {at}"))
    )
    assert (erased, typed) == ([gone], [again])
    await rewrapping.step()
    del known[gone]
    assert await rewrapping.by_key() == {2: len(known)}
    await retire(keys, "vault", 1, BY, force=True)
    assert await vault.contacts([*known, gone]) == known
    assert await noted(notes, known) == {person: [f"about {person}"] for person in known}
    assert await notes.read(TEAM, gone) is None


async def noted(notes: Notes, people: Iterable[str]) -> dict[str, list[str]]:
    return {person: [note.text for note in await notes.read(TEAM, person) or ()] for person in people}


async def test_one_that_can_not_be_unwrapped_keeps_nobody_from_it(
    vault: Vault, keys: KeyringStore, rewrapping: Rewrapping, db: asyncpg.Pool, caplog: pytest.LogCaptureFixture
) -> None:
    known = await some(vault, db)
    broken = next(iter(known))
    await db.execute("UPDATE vault_person SET data_key = '\\x00' WHERE id = $1", broken)
    await rotated(keys, db)
    assert await rewrapping.step() == len(known) - 1
    assert await rewrapping.step() == 0
    assert caplog.text.count(f"person {broken} can't be unwrapped") == 1
    assert await rewrapping.by_key() == {1: 1, 2: len(known) - 1}
