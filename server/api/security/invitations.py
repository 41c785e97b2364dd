"""Invitations and guest links: how somebody comes to work for an organizer, or to look at one event."""

from __future__ import annotations

from urllib.parse import urlencode

from engine.access import About, Permission, network_of
from engine.accounts import GuestLinkDraft, Inviting
from engine.audit import Act, ActorKind
from engine.messages import hinted
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of
from server.api.security.members import about_named, permit_now
from server.contract.needs import Need
from server.contract.routes import Reply, route
from server.contract.security.members import (
    GuestLinkBody,
    GuestLinksShape,
    InvitationBody,
    InvitationsShape,
    InvitedShape,
    JoinedShape,
    LookedAtShape,
    MadeGuestLink,
    TokenBody,
    drafted_shape,
    guest_link_shape,
    invitation_shape,
)
from server.contract.stamps import in_ms, moment_of
from server.observe.logs import REQUEST
from server.who.call import Call

MANAGE = (Code.INVALID, Code.CONFLICT, Code.BEYOND_YOU)


@route("GET", "/api/security/invitations", needs=Permission.MEMBER_READ)
async def list_invitations(call: Call) -> InvitationsShape:
    """Those that are open."""
    views = await call.services.engine.accounts.invitations.open(call.organizer)
    return {"items": [invitation_shape(each) for each in views]}


@route("POST", "/api/security/invitations", needs=Permission.MEMBER_MANAGE, steps_up=True, status=201, codes=MANAGE)
async def invite(call: Call, body: InvitationBody) -> InvitedShape:
    """Invite somebody by e-mail; a later invitation of the same address takes the place of the one before."""
    engine = call.services.engine
    view = None if call.session is None else await engine.accounts.view(call.session.account)
    organizer = await engine.organizers.view(call.organizer)
    assert organizer is not None, "somebody works for it"
    inviting = Inviting(
        maker=permit_now(call),
        name=(view.name if view else "") or organizer.name,
        link=f"{engine.settings.public_url}/office/invitation#token=",
        locale=view.locale if view else "en",
    )
    drafts = [each.draft() for each in body.grants]
    new = accept(await engine.accounts.invitations.invite(act_of(call), inviting, body.email, drafts))
    return {"id": new.id, "until_at_ms": in_ms(new.until_at)}


@route("DELETE", "/api/security/invitations/{invitation}", needs=Permission.MEMBER_MANAGE, status=204, answer=None)
async def revoke_invitation(call: Call) -> Reply:
    """Its link leads nowhere from now on."""
    if not await call.services.engine.accounts.invitations.revoke(act_of(call), call.part("invitation")):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)


@route("POST", "/api/security/invitations/look", needs=Need.NOBODY, codes=(Code.WRONG_LINK,))
async def look_at_invitation(call: Call, body: TokenBody) -> LookedAtShape:
    """What an invitation is for. Whether its address has an account is not said."""
    view = await call.services.engine.accounts.invitations.look(body.token)
    if view is None:
        raise RefusalError(Code.WRONG_LINK)
    return {
        "organizer": view.organizer,
        "organizer_name": view.organizer_name,
        "grants": [drafted_shape(each) for each in view.grants],
        "email": hinted(view.email),
        "until_at_ms": in_ms(view.until_at),
    }


@route("POST", "/api/security/invitations/accept", needs=Need.ACCOUNT, codes=(Code.WRONG_LINK,))
async def accept_invitation(call: Call, body: TokenBody) -> JoinedShape:
    """Become a member, logged in with the address that was invited."""
    accounts = call.services.engine.accounts
    account = await accounts.view(call.account)
    if account is None:
        raise RefusalError(Code.UNAUTHORIZED)
    view = await accounts.invitations.look(body.token)
    if view is None:
        raise RefusalError(Code.WRONG_LINK)
    by = Act(view.organizer, account.id, ActorKind.ACCOUNT, REQUEST.get(), network_of(call.address))
    joined = accept(await accounts.invitations.accept(account, body.token, by))
    return {"organizer": joined.organizer, "organizer_name": joined.organizer_name}


# ── guest links ──


@route("GET", "/api/security/guest-links", needs=Permission.MEMBER_READ)
async def list_guest_links(call: Call) -> GuestLinksShape:
    """The newest ones, live or not."""
    views = await call.services.engine.accounts.guests.list(call.organizer)
    return {"items": [guest_link_shape(each) for each in views]}


@route("POST", "/api/security/guest-links", needs=Permission.MEMBER_MANAGE, steps_up=True, status=201, codes=MANAGE)
async def make_guest_link(call: Call, body: GuestLinkBody) -> MadeGuestLink:
    """A link by which somebody without an account looks at one event; it is shown only now."""
    about = await about_named(call, body.about)
    if about is None or about.event is None:
        raise RefusalError(Code.INVALID, fields=[{"path": "about", "message": "is no sale or event of yours"}])
    until = moment_of(body.until_at_ms)
    assert until is not None, "the body has one"
    draft = GuestLinkDraft(body.label, Permission(body.permission), About(about.event, about.venue), until)
    new = accept(await call.services.engine.accounts.guests.make(act_of(call), permit_now(call), draft))
    # What the page opens is in the link too, behind the "#": a guest can ask for nothing but that.
    opens = {"opens": body.permission, **({} if body.about.sale is None else {"sale": body.about.sale})}
    page = f"{call.services.engine.settings.public_url}/office/guest"
    return {"id": new.id, "link": f"{page}#{urlencode(opens, safe=':')}&token={new.token}"}


@route("DELETE", "/api/security/guest-links/{guest}", needs=Permission.MEMBER_MANAGE, status=204, answer=None)
async def revoke_guest_link(call: Call) -> Reply:
    """It shows nothing from now on; who has it open is put out."""
    if not await call.services.engine.accounts.guests.revoke(act_of(call), call.part("guest")):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)
