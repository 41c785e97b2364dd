"""API keys: shown once, kept by hash, dead when revoked."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from engine.access import (
    ROLES,
    About,
    ApiKeys,
    Grant,
    KeyDraft,
    KeyFault,
    KeyShown,
    KeyUnusable,
    NewKey,
    Permission,
    Permit,
    Role,
    Scope,
    api_keys,
    permit_of,
)
from engine.audit import Act, ActorKind
from engine.refusals import Code, Refused


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


# ── what a key may do, where from, until when ──


async def maker(db: asyncpg.Pool) -> tuple[ApiKeys, Act]:
    keys = ApiKeys(db)
    return keys, Act(await keys.create_organizer("Sala Norte"), "acc_maker", ActorKind.ACCOUNT)


async def made(keys: ApiKeys, by: Act, **drafted: Any) -> NewKey:
    new = await keys.make(by, KeyDraft(**drafted))
    assert isinstance(new, NewKey)
    return new


async def test_a_key_may_what_it_was_made_for_and_no_more(db: asyncpg.Pool) -> None:
    keys, by = await maker(db)
    new = await made(keys, by, scopes=frozenset({Permission.ORDER_READ}), events=frozenset({"evt_a"}))
    found = await keys.look(new.key)
    assert isinstance(found, KeyShown)
    permit, now = permit_of(found), datetime.now(UTC)
    assert permit.decides(Permission.ORDER_READ, About(event="evt_a"), now)
    assert permit.decides(Permission.ORDER_READ, About(event="evt_b"), now) is None
    assert permit.decides(Permission.SALE_STEER, About(event="evt_a"), now) is None


async def test_a_key_ends_by_itself_and_opens_from_its_networks_alone(db: asyncpg.Pool) -> None:
    keys, by = await maker(db)
    over = await made(keys, by, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    bound = await made(keys, by, networks=("203.0.113.0/24", "2001:db8::/32"))
    assert await keys.look(over.key) == KeyUnusable(KeyFault.EXPIRED, by.organizer_id, over.id)
    for address in ("203.0.113.9", "2001:db8::1", None):
        assert isinstance(await keys.look(bound.key, address), KeyShown)
    for address in ("198.51.100.1", "2001:db9::1", "not an address", ""):
        assert await keys.look(bound.key, address) == KeyUnusable(KeyFault.ELSEWHERE, by.organizer_id, bound.id)


async def test_nobody_makes_a_key_that_may_more_than_its_maker(db: asyncpg.Pool) -> None:
    keys, by = await maker(db)
    over_events = Grant("gra_1", ROLES[Role.MANAGER], Scope(frozenset({"evt_a", "evt_b"})), None, Role.MANAGER)
    permit = Permit(by.organizer_id, by.kind, by.actor, (over_events,))
    reading = frozenset({Permission.ORDER_READ})
    for beyond in (
        KeyDraft(scopes=reading),
        KeyDraft(scopes=reading, events=frozenset({"evt_a", "evt_c"})),
        KeyDraft(scopes=reading, venues=frozenset({"ven_a"})),
        KeyDraft(scopes=frozenset({Permission.KEY_MANAGE}), events=frozenset({"evt_a"})),
        KeyDraft(events=frozenset({"evt_a"})),
    ):
        refused = await keys.make(by, beyond, permit)
        assert isinstance(refused, Refused)
        assert refused.code is Code.FORBIDDEN
    assert await keys.list(by.organizer_id) == []
    assert isinstance(await keys.make(by, KeyDraft(scopes=reading, events=frozenset({"evt_b"})), permit), NewKey)


async def test_a_key_that_is_rotated_goes_on_for_the_overlap_and_once(db: asyncpg.Pool) -> None:
    keys, by = await maker(db)
    old = await made(keys, by, label="box office", scopes=frozenset({Permission.ORDER_READ}))
    both = await asyncio.gather(*(keys.rotate(by, old.id, 3_600) for _ in range(4)))
    new = [each for each in both if isinstance(each, NewKey)]
    assert len(new) == 1, "one of those who rotate at the same moment"
    assert isinstance(await keys.look(old.key), KeyShown)
    took_over = await keys.look(new[0].key)
    assert isinstance(took_over, KeyShown)
    assert (took_over.label, took_over.scopes) == ("box office", frozenset({Permission.ORDER_READ}))
    assert isinstance(await keys.rotate(by, new[0].id, 0), NewKey)
    assert await keys.look(new[0].key) == KeyUnusable(KeyFault.EXPIRED, by.organizer_id, new[0].id)


async def test_a_neighbour_neither_rotates_nor_revokes_nor_sees_it(db: asyncpg.Pool) -> None:
    keys, by = await maker(db)
    _, neighbour = await maker(db)
    new = await made(keys, by)
    assert await keys.rotate(neighbour, new.id, 0) == Refused(Code.NOT_FOUND)
    assert not await keys.revoke(new.id, neighbour)
    assert await keys.show(neighbour.organizer_id, new.id) is None
    assert isinstance(await keys.look(new.key), KeyShown)


async def test_live_keys_of_an_organizer_are_bounded(db: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, by = await maker(db)
    monkeypatch.setattr(api_keys, "API_KEYS_LIVE_MAX", 3)
    at_once = await asyncio.gather(*(keys.make(by, KeyDraft()) for _ in range(6)))
    assert sum(isinstance(each, NewKey) for each in at_once) == 3


async def test_when_a_key_was_used_is_noted(db: asyncpg.Pool) -> None:
    keys, by = await maker(db)
    new, unused = await made(keys, by), await made(keys, by)
    await keys.look(new.key)
    await keys.note_used()
    used = {key.id: key.last_used_at is not None for key in await keys.list(by.organizer_id)}
    assert used == {new.id: True, unused.id: False}


async def test_nobody_makes_a_key_that_lasts_longer_than_they_may(db: asyncpg.Pool) -> None:
    keys, by = await maker(db)
    friday = datetime.now(UTC) + timedelta(days=3)
    permit = Permit(by.organizer_id, by.kind, by.actor, (Grant("gra_1", ROLES[Role.OWNER], until=friday),))
    reading = frozenset({Permission.ORDER_READ})
    for ends in (None, friday + timedelta(seconds=1)):
        assert isinstance(await keys.make(by, KeyDraft(scopes=reading, expires_at=ends), permit), Refused), ends
    assert isinstance(await keys.make(by, KeyDraft(scopes=reading, expires_at=friday), permit), NewKey)
    for_ever = await made(keys, by)
    assert isinstance(await keys.rotate(by, for_ever.id, 0, permit), Refused)


async def test_a_key_makes_no_key_that_is_shown_from_elsewhere(db: asyncpg.Pool) -> None:
    keys, by = await maker(db)
    bound = await made(keys, by, networks=("203.0.113.0/24",))
    as_key = Act(by.organizer_id, bound.id, ActorKind.KEY)
    for networks in ((), ("198.51.100.0/24",), ("203.0.0.0/16",), ("203.0.113.0/28", "2001:db8::/32")):
        assert isinstance(await keys.make(as_key, KeyDraft(networks=networks)), Refused), networks
    assert isinstance(await keys.make(as_key, KeyDraft(networks=("203.0.113.0/28",))), NewKey)
