"""Acts whose ground goes between admission and write, or while they write."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg
import pytest

from engine.access import EVERYTHING, ApiKeys, KeyDraft, NewKey, Permission, Role, Scope
from engine.accounts import Grants, still_stands
from engine.audit import Act, ActorKind, Ground
from engine.refusals import Code, RefusalError
from engine.stores.office import Office

EDIT = Ground(Permission.VENUE_EDIT.value)
WRITE = "INSERT INTO venue (id, organizer_id, name, zone) VALUES ($1, $2, 'Sala', 'UTC')"
WRITTEN = "SELECT count(*) FROM venue"
WAITS = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
"""
MEMBER = "INSERT INTO account (id, email) VALUES ('acc_ana', 'ana@sala.example')"
Revoke = Callable[[], Awaitable[object]]


@dataclass
class House:
    db: asyncpg.Pool
    organizer: str

    @property
    def office(self) -> Office:
        return Office(self.db, still_stands)

    async def by_key(self, ground: Ground | None = EDIT) -> tuple[Act, Revoke]:
        keys = ApiKeys(self.db)
        new = await keys.make(Act(self.organizer, "ops"), KeyDraft(scopes=frozenset({Permission.VENUE_EDIT})))
        assert isinstance(new, NewKey)
        return Act(self.organizer, new.id, ActorKind.KEY, ground=ground), lambda: keys.revoke(new.id)

    async def by_member(self, scope: Scope = EVERYTHING, ground: Ground | None = EDIT) -> tuple[Act, Revoke]:
        await self.db.execute(MEMBER)
        async with self.db.acquire() as connection, connection.transaction():
            by = Act(self.organizer, "ops")
            grant = await Grants(self.db).add(connection, by, "acc_ana", Role.MANAGER, scope=scope)
        gone = "UPDATE role_grant SET revoked_at = now() WHERE id = $1"
        return Act(self.organizer, "acc_ana", ActorKind.ACCOUNT, ground=ground), lambda: self.db.execute(gone, grant)

    async def write(self, by: Act, name: str = "ven_1") -> None:
        async with self.office.transaction(by) as connection:
            await connection.execute(WRITE, name, by.organizer_id)

    async def refused(self, by: Act) -> None:
        with pytest.raises(RefusalError) as refusal:
            await self.write(by, "ven_refused")
        assert refusal.value.code is Code.FORBIDDEN
        assert not await self.db.fetchval("SELECT EXISTS (SELECT FROM venue WHERE id = 'ven_refused')")


@pytest.fixture
async def house(db: asyncpg.Pool) -> House:
    return House(db, await ApiKeys(db).create_organizer("Sala Norte"))


@pytest.mark.parametrize("kind", ["by_key", "by_member"])
async def test_what_was_revoked_since_it_was_admitted_writes_nothing(house: House, kind: str) -> None:
    by, revoke = await getattr(house, kind)()
    await house.write(by)
    await revoke()
    await house.refused(by)


@pytest.mark.parametrize("kind", ["by_key", "by_member"])
async def test_a_revocation_waits_for_a_write_that_has_begun(house: House, kind: str) -> None:
    by, revoke = await getattr(house, kind)()
    async with house.office.transaction(by) as connection:
        revoking = asyncio.ensure_future(revoke())
        while not await house.db.fetchval(WAITS):
            assert not revoking.done(), "the write has begun"
        await connection.execute(WRITE, "ven_1", by.organizer_id)
    await revoking
    assert await house.db.fetchval(WRITTEN) == 1
    await house.refused(by)


async def test_who_left_was_closed_or_has_no_ground_writes_nothing(house: House) -> None:
    by, _ = await house.by_member()
    await house.refused(Act(by.organizer_id, by.actor, by.kind))
    await house.refused(Act(by.organizer_id, by.actor, ActorKind.KEY, ground=EDIT))
    await house.refused(Act(by.organizer_id, by.actor, ActorKind.GUEST, ground=EDIT))
    await house.refused(Act(by.organizer_id, by.actor, by.kind, ground=Ground(Permission.POLICY_EDIT.value)))
    for goes, comes in (
        ("UPDATE member SET left_at = now()", "UPDATE member SET left_at = NULL"),
        ("UPDATE account SET closed_at = now()", "UPDATE account SET closed_at = NULL"),
        ("UPDATE role_grant SET until_at = now()", "UPDATE role_grant SET until_at = NULL"),
    ):
        await house.db.execute(goes)
        await house.refused(by)
        await house.db.execute(comes)
    await house.write(by)


async def test_a_narrow_grant_stands_on_what_it_covers(house: House) -> None:
    of_one = Scope(venues=frozenset({"ven_1"}))
    by, _ = await house.by_member(of_one, Ground(Permission.VENUE_EDIT.value, venue="ven_1"))
    await house.write(by)
    await house.refused(Act(by.organizer_id, by.actor, by.kind, ground=Ground(EDIT.permission, venue="ven_2")))
    await house.refused(Act(by.organizer_id, by.actor, by.kind, ground=EDIT))


async def test_many_writes_and_revocations_at_once(house: House) -> None:
    """Whichever way each ends: written before it was revoked, or refused, and never anything else."""
    made = [await house.by_key() for _ in range(12)]
    revoked: list[asyncio.Task[object]] = []

    async def write(at: int, by: Act) -> bool:
        try:
            await house.write(by, f"ven_{at}")
        except RefusalError:
            return False
        return True

    writing = []
    for at, (by, revoke) in enumerate(made):
        revoked.append(asyncio.ensure_future(revoke()))
        writing.append(asyncio.ensure_future(write(at, by)))
    await asyncio.gather(*revoked)
    outcomes = await asyncio.gather(*writing)
    assert await house.db.fetchval(WRITTEN) == sum(outcomes)
    for by, _ in made:
        await house.refused(by)
