"""Who is logged in, as what changes an account takes them, and the host they see."""

from __future__ import annotations

from urllib.parse import urlsplit

from engine.access import network_of
from engine.accounts import AccountView, Own, RelyingParty
from engine.audit import Actor, ActorKind
from engine.refusals import Code, RefusalError
from server.observe.logs import REQUEST
from server.who.addresses import is_https
from server.who.browsers import browser_of
from server.who.call import Call


async def own_of(call: Call) -> Own:
    """The account of the session, and in whose name it acts."""
    account = await account_of(call, call.account)
    return Own(browser_of(call).actor(account.id), account, call.logged_in)


async def account_of(call: Call, account: str) -> AccountView:
    found = await call.services.engine.accounts.view(account)
    if found is None or found.closed_at is not None:
        raise RefusalError(Code.UNAUTHORIZED)
    return found


def stranger(call: Call) -> Actor:
    """Whoever has not shown yet who they are."""
    return Actor("stranger", ActorKind.STRANGER, REQUEST.get(), network_of(call.address))


def relying_party(call: Call) -> RelyingParty:
    """Who we are to authenticators: the address that buyers see; where none is set, the one that was asked."""
    base = call.services.engine.settings.base_url
    if not base:
        base = f"{'https' if is_https(call.request) else 'http'}://{call.request.host}"
    parts = urlsplit(base)
    return RelyingParty(parts.hostname or "localhost", f"{parts.scheme}://{parts.netloc}")
