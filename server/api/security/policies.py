"""Policies of an organizer, and acts that wait for a second person.

Guarantees: an approved act runs as it was asked for, with the ground of both persons looked at again at that moment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from engine.access import About, Permission, Permit, permit_of
from engine.accounts import ApprovalView, Policy
from engine.audit import ActorKind
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of, seen_by
from server.api.answering import checked
from server.contract.routes import ROUTES, Reply, Route, route
from server.contract.security.members import (
    ApprovalShape,
    ApprovalsShape,
    PolicyBody,
    PolicyShape,
    approval_shape,
    policy_shape,
)
from server.who.call import Call, grounded

LOOSEN = "policy.loosen"  # taking an act off the list needs two persons as well
POLICY = (Code.INVALID, Code.CHANGED_MEANWHILE)


@route("GET", "/api/security/policies", needs=Permission.MEMBER_READ, answer=PolicyShape, headers=("ETag",))
async def read_policies(call: Call) -> Reply:
    """What you ask of your members."""
    return await written(call)


@route(
    "PUT",
    "/api/security/policies",
    needs=Permission.POLICY_EDIT,
    steps_up=True,
    two_persons=LOOSEN,
    codes=POLICY,
    answer=PolicyShape,
    headers=("ETag",),
)
async def write_policies(call: Call, body: PolicyBody) -> Reply:
    """The policies as a whole. If-Match: the ETag of those you saw."""
    policies = call.services.engine.accounts.policies
    before = await policies.of(call.organizer)
    if body.second_factor and call.session is not None and not call.session.second_factor:
        raise RefusalError(Code.SECOND_FACTOR_NEEDED, "Set up a second factor yourself before you ask others for it.")
    seen = seen_by(call)
    version = before.version if seen is None else seen
    # Whoever asks for two persons at all asks for them to change that, too.
    acts = frozenset(body.two_persons.acts)
    most = before.complimentary_max if body.complimentary_max is None else body.complimentary_max
    alone = before.refund_alone_max if body.refund_alone_max is None else body.refund_alone_max
    wanted = Policy(body.second_factor, acts | ({LOOSEN} if acts else frozenset()), version, most, alone)
    accept(await policies.write(act_of(call), wanted))
    return await written(call)


async def written(call: Call) -> Reply:
    policy = await call.services.engine.accounts.policies.of(call.organizer)
    return Reply(policy_shape(policy), headers={"ETag": f'"{policy.version}"'})


# ── what waits for a second person ──


@route("GET", "/api/security/approvals", needs=Permission.EVENT_READ, narrowed=True)
async def list_approvals(call: Call) -> ApprovalsShape:
    """Acts that wait for a second person, or did; those that you might decide, or asked for."""
    views = await call.services.engine.accounts.policies.list(call.organizer)
    return {"items": [approval_shape(each) for each in views if sees(call, each)]}


def sees(call: Call, view: ApprovalView) -> bool:
    assert call.permit is not None, "it needs a permission"
    return view.asked_by == call.permit.actor or may(call.permit, view)


def may(permit: Permit, view: ApprovalView) -> bool:
    about = About(view.ground.event, view.ground.venue)
    return permit.decides(Permission(view.ground.permission), about, datetime.now(UTC)) is not None


@route(
    "POST",
    "/api/security/approvals/{approval}/approve",
    needs=Permission.EVENT_READ,
    narrowed=True,
    members=True,
    steps_up=True,
    codes=(Code.CONFLICT,),
)
async def approve(call: Call) -> ApprovalShape:
    """Approve what somebody else asked for: it is done now, as it was asked."""
    view = await shown(call)
    assert call.permit is not None, "it needs a permission"
    if not may(call.permit, view) or await is_own(call, view):
        raise RefusalError(Code.FORBIDDEN, "Somebody else has to approve this, who may do it too.")
    if not await asker_may_still(call, view):
        raise RefusalError(Code.CONFLICT, "Whoever asked for this may not do it any more.")
    each, run = repeated(call, view)
    policies = call.services.engine.accounts.policies
    accept(await policies.begin(act_of(call), view.id))
    try:
        await run()
    except RefusalError as refusal:
        if not refusal.code.retryable:
            await policies.end(call.organizer, view.id, done=False)
        raise
    await policies.end(call.organizer, view.id, done=True)
    assert each.two_persons == view.act, "an act is declared with one route"
    return approval_shape(await shown(call))


@route(
    "POST",
    "/api/security/approvals/{approval}/reject",
    needs=Permission.EVENT_READ,
    narrowed=True,
    codes=(Code.CONFLICT,),
)
async def reject(call: Call) -> ApprovalShape:
    """Reject it, or take back what you asked for yourself."""
    view = await shown(call)
    if not await call.services.engine.accounts.policies.reject(act_of(call), view.id):
        raise RefusalError(Code.CONFLICT)
    return approval_shape(await shown(call))


async def shown(call: Call) -> ApprovalView:
    """The approval of the path, if this caller may see it."""
    view = await call.services.engine.accounts.policies.show(call.organizer, call.part("approval"))
    if view is None or not sees(call, view):
        raise RefusalError(Code.NOT_FOUND)
    return view


async def is_own(call: Call, view: ApprovalView) -> bool:
    """Whether who decides is who asked, by themselves or by a key they made."""
    if view.asked_kind is ActorKind.KEY:
        key = await call.services.engine.access.show(call.organizer, view.asked_by)
        return key is None or key.created_by == call.account
    return view.asked_by == call.account


async def asker_may_still(call: Call, view: ApprovalView) -> bool:
    if view.asked_kind is ActorKind.KEY:
        key = await call.services.engine.access.show(call.organizer, view.asked_by)
        permit = None if key is None or key.revoked_at is not None else permit_of(key)
    else:
        permit = await call.services.engine.accounts.grants.permit(view.asked_by, call.organizer)
    return permit is not None and may(permit, view)


def repeated(call: Call, view: ApprovalView) -> tuple[Route, Callable[[], Awaitable[Any]]]:
    """The call that was asked for, as the one who approves makes it."""
    each = next((each for each in ROUTES if f"{each.method} {each.path}" == view.route), None)
    if each is None or not isinstance(each.needs, Permission):
        raise RefusalError(Code.CONFLICT, "This release does not know what was asked for.")
    again = Call(call.services, call.request)
    again.session, again.permit, again.needs, again.parts = call.session, call.permit, each.needs, view.parts
    needs, arguments = each.needs, {}
    if each.body is not None:
        arguments["body"] = checked(each.body, orjson.loads(view.body))

    async def run() -> Any:
        again.ground = await grounded(again, needs, narrowed=each.narrowed)
        return await each.run(again, **arguments)

    return each, run
