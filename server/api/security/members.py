"""Members of an organizer: who they are, what each may do, and why."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.access import About, Permission, Permit, permit_of
from engine.audit import ActorKind
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of
from server.contract.needs import Need
from server.contract.routes import Reply, route
from server.contract.security.members import (
    AboutBody,
    AuthorizeBody,
    AuthorizedShape,
    GrantsBody,
    Ground,
    MemberShape,
    MembersShape,
    OwnershipBody,
    RolesShape,
    Why,
    about_of,
    member_shape,
    roles_shape,
)
from server.who.call import Call

KINDS: dict[ActorKind, Ground] = {ActorKind.ACCOUNT: "grant", ActorKind.KEY: "key", ActorKind.GUEST: "guest"}
SENTENCES: dict[Why, str] = {
    "granted": "Allowed by the grant that is named.",
    "no_member": "Nobody of that id works for this organizer.",
    "no_such_key": "There is no live key of that id.",
    "no_such_link": "There is no live guest link of that id.",
    "no_grant": "None of its grants gives this permission, here or elsewhere.",
    "elsewhere": "It has this permission for other events or venues only.",
    "second_factor_owed": "It would be allowed once a second factor is shown, which this organizer asks for.",
    "not_yours": "What is asked about is no sale, event or venue of this organizer.",
}


@route("GET", "/api/security/roles", needs=Need.NOBODY, cache="public, max-age=300")
async def list_roles(_call: Call) -> RolesShape:
    """Roles, and the permissions that each is a name for."""
    return roles_shape()


@route("GET", "/api/security/members", needs=Permission.MEMBER_READ)
async def list_members(call: Call) -> MembersShape:
    """Who works for you, and what each may do."""
    return {"items": [member_shape(each) for each in await call.services.engine.accounts.members.list(call.organizer)]}


@route(
    "PUT",
    "/api/security/members/{account}/grants",
    needs=Permission.MEMBER_MANAGE,
    steps_up=True,
    codes=(Code.BEYOND_YOU, Code.LAST_OWNER, Code.CHANGED_MEANWHILE),
)
async def write_grants(call: Call, body: GrantsBody) -> MemberShape:
    """All that a member may do from now on. If-Match: the etag of the member as you saw it."""
    members, account = call.services.engine.accounts.members, call.part("account")
    version = call.request.headers.get("If-Match")
    accept(
        await members.write_grants(
            act_of(call),
            permit_now(call),
            account,
            [each.draft() for each in body.grants],
            version=None if version is None else version.strip('"'),
        )
    )
    for each in await members.list(call.organizer):
        if each.account == account:
            return member_shape(each)
    raise RefusalError(Code.NOT_FOUND)


@route(
    "DELETE",
    "/api/security/members/{account}",
    needs=Permission.MEMBER_MANAGE,
    steps_up=True,
    status=204,
    answer=None,
    codes=(Code.BEYOND_YOU, Code.LAST_OWNER),
)
async def remove_member(call: Call) -> Reply:
    """Somebody works for you no more, from now on: their open pages hear of it at once."""
    accept(await call.services.engine.accounts.members.remove(act_of(call), permit_now(call), call.part("account")))
    return Reply(None, 204)


@route(
    "POST",
    "/api/security/members/leave",
    needs=Permission.EVENT_READ,
    narrowed=True,
    members=True,
    status=204,
    answer=None,
    codes=(Code.LAST_OWNER,),
)
async def leave(call: Call) -> Reply:
    """Work for this organizer no more."""
    accept(await call.services.engine.accounts.members.leave(act_of(call), call.account))
    return Reply(None, 204)


@route(
    "POST",
    "/api/security/ownership",
    needs=Permission.ORGANIZER_OWN,
    members=True,
    steps_up=True,
    status=204,
    answer=None,
    codes=(Code.LAST_OWNER,),
)
async def transfer_ownership(call: Call, body: OwnershipBody) -> Reply:
    """Make another member the owner, and be a manager from then on."""
    accept(await call.services.engine.accounts.members.hand_over(act_of(call), call.account, body.account))
    return Reply(None, 204)


def permit_now(call: Call) -> Permit:
    assert call.permit is not None, "it needs a permission"
    return call.permit


# ── what can X do, and why ──


@route("POST", "/api/security/authorize", needs=Permission.MEMBER_READ)
async def authorize(call: Call, body: AuthorizeBody) -> AuthorizedShape:
    """Whether somebody, a key or a link of yours may do something, and on what ground."""
    permission = Permission(body.permission)
    about = await about_named(call, body.about)
    if about is None:
        return answer("not_yours")
    subject, accounts = body.subject, call.services.engine.accounts
    if subject.account is not None:
        permit = await accounts.grants.permit(subject.account, call.organizer)
        missing: Why = "no_member"
    elif subject.key is not None:
        key = await call.services.engine.access.show(call.organizer, subject.key)
        live = key is not None and key.revoked_at is None
        permit, missing = permit_of(key) if key is not None and live else None, "no_such_key"
    else:
        permit, missing = await accounts.guests.again(subject.guest or ""), "no_such_link"
    if permit is None or permit.organizer != call.organizer:
        return answer(missing)
    return decided(permit, permission, about)


async def about_named(call: Call, body: AboutBody) -> About | None:
    """What a body names, or the organizer as a whole; None when it is not the organizer's."""
    catalog = call.services.engine.catalog
    if body.sale is not None:
        return await catalog.about_sale(call.organizer, body.sale)
    if body.event is not None:
        return await catalog.about_event(call.organizer, body.event)
    return About(venue=body.venue)


def decided(permit: Permit, permission: Permission, about: About) -> AuthorizedShape:
    now = datetime.now(UTC)
    grant = permit.decides(permission, about, now)
    if grant is None:
        return answer("elsewhere" if permit.reach(permission, now) else "no_grant")
    return {
        "allowed": True,
        "because": about_of(grant, KINDS[permit.kind]),
        "reason": "granted",
        "why": SENTENCES["granted"],
    }


def answer(reason: Why) -> AuthorizedShape:
    return {"allowed": False, "because": None, "reason": reason, "why": SENTENCES[reason]}
