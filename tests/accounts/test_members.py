"""Members: nobody gives or takes more than they may, and an organizer that has an owner keeps one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from engine.access import EVERYTHING, About, KeyDraft, NewKey, Permission, Role, Scope
from engine.accounts import Asked, GrantDraft, GuestLinkDraft, Inviting, NewInvitation, Policy
from engine.audit import Act, ActorKind, Ground
from engine.engine import Engine
from engine.refusals import Code, RefusalError, Refused


class House:
    """An organizer with its members, by name."""

    def __init__(self, engine: Engine, organizer: str) -> None:
        self.engine, self.organizer, self.accounts = engine, organizer, engine.accounts
        self.members: dict[str, str] = {}

    def by(self, name: str, permission: Permission = Permission.EVENT_READ) -> Act:
        ground = Ground(permission.value, anywhere=True)
        return Act(self.organizer, self.members[name], ActorKind.ACCOUNT, ground=ground)

    async def permit(self, name: str) -> Any:
        return await self.accounts.grants.permit(self.members[name], self.organizer)

    async def join(self, name: str, role: Role, scope: Scope = EVERYTHING) -> str:
        async with self.engine.db.acquire() as connection, connection.transaction():
            account = await self.accounts.make(connection, f"{name}@{self.organizer.lower().replace('_', '-')}.example")
            assert account is not None
            self.members[name] = account
            await self.accounts.grants.add(connection, self.by(name), account, role, scope=scope)
        return account

    async def set(self, maker: str, name: str, *drafts: GrantDraft, version: str | None = None) -> Refused | None:
        return await self.accounts.members.write_grants(
            self.by(maker), await self.permit(maker), self.members[name], drafts, version=version
        )

    async def roles(self, name: str) -> set[Role]:
        permit = await self.permit(name)
        return set() if permit is None else {each.role for each in permit.grants}


@pytest.fixture
async def house(engine: Engine) -> House:
    made = House(engine, await engine.access.create_organizer("Sala Norte"))
    await made.join("ana", Role.OWNER)
    await made.join("bruno", Role.MANAGER)
    await made.join("carla", Role.ANALYST)
    return made


def code(refused: Refused | None) -> Code | None:
    return refused.code if refused else None


async def test_a_manager_gives_what_a_manager_may_and_no_more(house: House) -> None:
    assert await house.set("bruno", "carla", GrantDraft(Role.FINANCE, Scope(frozenset({"evt_a"})))) is None
    assert await house.roles("carla") == {Role.FINANCE}
    for beyond in (
        GrantDraft(Role.OWNER),
        GrantDraft(Role.FINANCE),
        GrantDraft(Role.GATE, Scope(frozenset({"evt_b"}))),
    ):
        refused = await house.set("carla", "bruno", beyond)
        assert code(refused) is Code.BEYOND_YOU
    assert code(await house.set("bruno", "carla", GrantDraft(Role.OWNER))) is Code.BEYOND_YOU
    assert code(await house.set("bruno", "ana", GrantDraft(Role.ANALYST))) is Code.BEYOND_YOU, "taking is bounded too"
    assert code(
        await house.accounts.members.remove(house.by("bruno"), await house.permit("bruno"), house.members["ana"])
    ) is (Code.BEYOND_YOU)
    assert await house.roles("ana") == {Role.OWNER}


async def test_nobody_gives_for_longer_than_they_have(house: House) -> None:
    friday = datetime.now(UTC) + timedelta(days=3)
    assert await house.set("ana", "bruno", GrantDraft(Role.MANAGER, until=friday)) is None
    for beyond in (GrantDraft(Role.EDITOR), GrantDraft(Role.EDITOR, until=friday + timedelta(seconds=1))):
        assert code(await house.set("bruno", "carla", beyond)) is Code.BEYOND_YOU
    assert code(await house.set("bruno", "carla", GrantDraft(Role.EDITOR, until=friday))) is Code.BEYOND_YOU, (
        "nor takes what has no end"
    )
    assert await house.set("ana", "carla", GrantDraft(Role.ANALYST, until=friday)) is None
    assert await house.set("bruno", "carla", GrantDraft(Role.EDITOR, until=friday)) is None


async def test_what_is_wrong_changes_nothing(house: House) -> None:
    over = datetime.now(UTC) - timedelta(seconds=1)
    for wrong in (
        (),
        (GrantDraft(Role.ANALYST, until=over),),
        (GrantDraft(Role.OWNER, Scope(frozenset({"evt_a"}))),),
    ):
        assert code(await house.set("ana", "carla", *wrong)) is Code.INVALID
    assert code(await house.set("ana", "carla", GrantDraft(Role.GATE), version="0")) is Code.CHANGED_MEANWHILE
    assert await house.roles("carla") == {Role.ANALYST}


async def test_the_last_owner_stays(house: House) -> None:
    for going in (
        house.set("ana", "ana", GrantDraft(Role.MANAGER)),
        house.accounts.members.leave(house.by("ana"), house.members["ana"]),
        house.accounts.members.remove(house.by("ana"), await house.permit("ana"), house.members["ana"]),
    ):
        with pytest.raises(RefusalError) as refused:
            await going
        assert refused.value.code is Code.LAST_OWNER
    assert await house.roles("ana") == {Role.OWNER}


async def test_of_two_owners_who_remove_one_another_one_stays(house: House) -> None:
    await house.join("dora", Role.OWNER)
    ana, dora = await house.permit("ana"), await house.permit("dora")
    members = house.accounts.members
    await asyncio.gather(
        members.remove(house.by("ana"), ana, house.members["dora"]),
        members.remove(house.by("dora"), dora, house.members["ana"]),
        members.leave(house.by("ana"), house.members["ana"]),
        return_exceptions=True,
    )
    owners = [name for name in ("ana", "dora") if Role.OWNER in await house.roles(name)]
    assert len(owners) == 1


async def test_not_even_a_statement_by_hand_takes_the_last_owner(house: House) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="no owner"):
        await house.engine.db.execute(
            "UPDATE role_grant SET revoked_at = now() WHERE organizer_id = $1", house.organizer
        )


async def test_ownership_is_handed_over(house: House) -> None:
    assert await house.accounts.members.hand_over(house.by("ana"), house.members["ana"], house.members["carla"]) is None
    assert (await house.roles("ana"), await house.roles("carla")) == ({Role.MANAGER}, {Role.OWNER, Role.ANALYST})


async def test_who_is_removed_may_nothing_and_leaves_nothing_open(house: House) -> None:
    invited = await invite(house, "bruno", "eva@example.org", GrantDraft(Role.GATE))
    by, asked = house.by("bruno"), Asked("sale.close", "POST /x", {"sale": "s"}, b"", Ground("sale:steer"))
    approval = await house.accounts.policies.ask(by, asked)
    assert not isinstance(approval, Refused)
    assert (
        await house.accounts.members.remove(house.by("ana"), await house.permit("ana"), house.members["bruno"]) is None
    )
    assert await house.permit("bruno") is None
    assert await house.accounts.invitations.look(invited.token) is None
    shown = await house.accounts.policies.show(house.organizer, approval.id)
    assert shown is not None
    assert shown.state == "void"


# ── invitations ──


async def invite(house: House, maker: str, email: str, *drafts: GrantDraft) -> NewInvitation:
    inviting = Inviting(await house.permit(maker), maker, "https://example.org/#token=", "es")
    made = await house.accounts.invitations.invite(house.by(maker), inviting, email, drafts)
    assert isinstance(made, NewInvitation)
    return made


async def account(house: House, email: str) -> Any:
    async with house.engine.db.acquire() as connection, connection.transaction():
        made = await house.accounts.make(connection, email)
    assert made is not None
    return await house.accounts.view(made)


async def test_an_invitation_is_accepted_once_by_its_address(house: House) -> None:
    friday = datetime.now(UTC) + timedelta(days=3)
    wanted = GrantDraft(Role.ANALYST, Scope(frozenset({"evt_a"})), friday)
    invited = await invite(house, "bruno", "eva@example.org", wanted)
    eva, other = await account(house, "eva@example.org"), await account(house, "other@example.org")
    invitations = house.accounts.invitations
    assert code(await invitations.accept(other, invited.token)) is Code.WRONG_LINK
    assert code(await invitations.accept(eva, invited.token[:-1] + "x")) is Code.WRONG_LINK
    at_once = await asyncio.gather(*(invitations.accept(eva, invited.token) for _ in range(5)))
    assert sum(not isinstance(each, Refused) for each in at_once) == 1
    permit = await house.accounts.grants.permit(eva.id, house.organizer)
    assert permit is not None
    assert [(each.role, each.scope.events, each.until) for each in permit.grants] == [
        (Role.ANALYST, frozenset({"evt_a"}), friday)
    ]


async def test_an_invitation_gives_no_more_than_its_inviter_may_when_it_is_accepted(house: House) -> None:
    invited = await invite(house, "bruno", "eva@example.org", GrantDraft(Role.FINANCE))
    assert await house.set("ana", "bruno", GrantDraft(Role.EDITOR)) is None
    assert code(await house.accounts.invitations.accept(await account(house, "eva@example.org"), invited.token)) is (
        Code.WRONG_LINK
    )


async def test_a_later_invitation_takes_the_place_of_the_one_before(house: House) -> None:
    first = await invite(house, "ana", "eva@example.org", GrantDraft(Role.FINANCE))
    second = await invite(house, "ana", "eva@example.org", GrantDraft(Role.GATE))
    assert await house.accounts.invitations.look(first.token) is None
    assert await house.accounts.invitations.revoke(house.by("ana"), second.id)
    assert await house.accounts.invitations.look(second.token) is None
    letters = await house.engine.db.fetchval("SELECT count(*) FROM message WHERE organizer_id = $1", house.organizer)
    assert letters == 2


async def test_neither_token_nor_address_can_be_read_from_the_letter(house: House) -> None:
    invited = await invite(house, "ana", "eva@example.org", GrantDraft(Role.GATE))
    rows = await house.engine.db.fetch("SELECT m::text AS said FROM message m WHERE organizer_id = $1", house.organizer)
    assert rows
    for row in rows:
        assert invited.token not in row["said"]
        assert "eva@" not in row["said"]


# ── policies ──


async def test_of_two_who_write_policies_the_second_sees_the_difference(house: House) -> None:
    policies = house.accounts.policies
    assert await policies.write(house.by("ana"), Policy(second_factor=True)) is None
    assert code(await policies.write(house.by("bruno"), Policy(second_factor=False))) is Code.CHANGED_MEANWHILE
    assert (await policies.of(house.organizer)).second_factor


async def test_nobody_approves_what_they_asked_for_and_nobody_twice(house: House) -> None:
    policies = house.accounts.policies
    asked = Asked("sale.close", "POST /x", {"sale": "s"}, b"", Ground(Permission.SALE_STEER.value))
    first, again = await policies.ask(house.by("bruno"), asked), await policies.ask(house.by("bruno"), asked)
    assert not isinstance(first, Refused)
    assert not isinstance(again, Refused)
    assert first.id == again.id
    assert code(await policies.begin(house.by("bruno"), first.id)) is Code.CONFLICT
    at_once = await asyncio.gather(*(policies.begin(house.by("ana"), first.id) for _ in range(4)))
    assert sorted(each is None for each in at_once) == [False, False, False, True]
    await policies.end(house.organizer, first.id, done=True)
    assert code(await policies.begin(house.by("ana"), first.id)) is Code.CONFLICT
    assert not await policies.reject(house.by("ana"), first.id)


# ── allowed when it was asked for, and not when it is written ──


CHANGES = ("grants", "removal", "ownership", "invitation", "invitation back", "link", "link back", "policy", "approval")


@pytest.mark.parametrize("change", CHANGES)
async def test_what_was_allowed_and_is_not_when_it_is_written_is_not_written(house: House, change: str) -> None:
    await house.join("dora", Role.OWNER)
    invited = await invite(house, "ana", "x@example.org", GrantDraft(Role.GATE))
    draft = GuestLinkDraft("x", Permission.SALE_READ, About("evt_a"), datetime.now(UTC) + timedelta(days=1))
    link = await house.accounts.guests.make(house.by("ana"), await house.permit("ana"), draft)
    assert not isinstance(link, Refused)
    by, permit, accounts = house.by("dora", Permission.MEMBER_MANAGE), await house.permit("dora"), house.accounts
    inviting = Inviting(permit, "dora", "https://example.org/#token=", "en")
    asked = Asked("sale.close", "POST /x", {"sale": "s"}, b"", Ground("sale:steer"))
    assert await accounts.members.remove(house.by("ana"), await house.permit("ana"), house.members["dora"]) is None
    before = await house.engine.db.fetchval("SELECT count(*) FROM audit WHERE organizer_id = $1", house.organizer)
    changing: dict[str, Any] = {
        "grants": lambda: accounts.members.write_grants(by, permit, house.members["carla"], [GrantDraft(Role.GATE)]),
        "removal": lambda: accounts.members.remove(by, permit, house.members["carla"]),
        "ownership": lambda: accounts.members.hand_over(by, house.members["dora"], house.members["carla"]),
        "invitation": lambda: accounts.invitations.invite(by, inviting, "y@example.org", [GrantDraft(Role.GATE)]),
        "invitation back": lambda: accounts.invitations.revoke(by, invited.id),
        "link": lambda: accounts.guests.make(by, permit, draft),
        "link back": lambda: accounts.guests.revoke(by, link.id),
        "policy": lambda: accounts.policies.write(by, Policy(second_factor=True)),
        "approval": lambda: accounts.policies.ask(by, asked),
    }
    with pytest.raises(RefusalError) as refused:
        await changing[change]()
    assert refused.value.code is Code.FORBIDDEN
    assert (
        await house.engine.db.fetchval("SELECT count(*) FROM audit WHERE organizer_id = $1", house.organizer) == before
    )


async def test_a_key_is_not_made_by_who_may_no_more(house: House) -> None:
    await house.join("dora", Role.MANAGER)
    keys, by, permit = house.engine.access, house.by("dora", Permission.KEY_MANAGE), await house.permit("dora")
    made = await keys.make(by, KeyDraft(label="hers"), permit)
    assert isinstance(made, Refused), "a manager may not everything"
    hers = await keys.make(by, KeyDraft(scopes=frozenset({Permission.ORDER_READ})), permit)
    assert isinstance(hers, NewKey)
    assert (
        await house.accounts.members.remove(house.by("ana"), await house.permit("ana"), house.members["dora"]) is None
    )
    for change in (
        keys.make(by, KeyDraft(scopes=frozenset({Permission.ORDER_READ})), permit),
        keys.rotate(by, hers.id, 0, permit),
        keys.revoke(hers.id, by),
    ):
        with pytest.raises(RefusalError):
            await change
    assert [key.id for key in await keys.list(house.organizer) if key.revoked_at is None] == [hers.id]
