"""Logging in and out, the sessions of an account, and the buyers whose orders it sees."""

from __future__ import annotations

from engine.access import LOGINS, network_of
from engine.audit import RefusalKind, write
from engine.refusals import Code, RefusalError, Refused, accept
from server.contract.needs import Need
from server.contract.routes import Reply, route
from server.contract.security.accounts import (
    BuyersShape,
    Ended,
    LoginBody,
    SessionsShape,
    SignedIn,
    buyer_line,
    session_line,
    signed_in,
)
from server.who.browsers import browser_of, known_cookie, logged_in_cookies, logged_out_cookies
from server.who.call import Call
from server.who.tokens import session_of


@route(
    "POST",
    "/api/security/sessions",
    headers=("Set-Cookie",),
    needs=Need.NOBODY,
    answer=SignedIn,
    codes=(Code.WRONG_PASSWORD, Code.TOO_MANY_TRIES, Code.NETWORK_BUSY),
)
async def log_in(call: Call, body: LoginBody) -> Reply:
    """Log in with a password; where a second factor is owed, the session is good for that alone."""
    engine = call.services.engine
    await call.spend(LOGINS)
    call.session = await session_of(call.services, call.request)
    logins = engine.accounts.logins
    known = logins.known.accounts(known_cookie(call))
    found = await logins.by_password(body.email, body.password, browser_of(call), known)
    if isinstance(found, Refused):
        engine.audit.tally.note(RefusalKind.LOGIN, network_of(call.address), "password")
        raise RefusalError(found.code)
    await engine.allowances.take(LOGINS, call.address, -1)
    return Reply(signed_in(found), 200, logged_in_cookies(call, found.session))


@route("GET", "/api/security/sessions", needs=Need.ACCOUNT)
async def list_sessions(call: Call) -> SessionsShape:
    """Where you are logged in, the last used first."""
    found = await call.services.engine.accounts.sessions.list(call.account)
    return {"items": [session_line(session, call.logged_in.id) for session in found]}


@route("DELETE", "/api/security/sessions/{session}", needs=Need.ACCOUNT, status=204, answer=None)
async def end_session(call: Call) -> Reply:
    """Log out somewhere else, or here."""
    by = browser_of(call).actor(call.account)
    if not await call.services.engine.accounts.sessions.end(call.account, call.part("session"), by):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)


@route("POST", "/api/security/sessions/end-others", needs=Need.ACCOUNT)
async def end_others(call: Call) -> Ended:
    """Log out everywhere else."""
    engine = call.services.engine
    async with engine.db.acquire() as connection, connection.transaction():
        ended = await engine.accounts.sessions.end_others(connection, call.account, call.logged_in.id)
        by = browser_of(call).actor(call.account)
        await write(connection, by, "session.end", call.account, detail={"others": ended})
    return {"ended": ended}


@route("POST", "/api/security/sessions/end", headers=("Set-Cookie",), needs=Need.HALF, status=204, answer=None)
async def log_out(call: Call) -> Reply:
    """Log out."""
    by = browser_of(call).actor(call.account)
    await call.services.engine.accounts.sessions.end(call.account, call.logged_in.id, by)
    return Reply(None, 204, logged_out_cookies(call))


@route("GET", "/api/security/me/buyers", needs=Need.ACCOUNT)
async def list_buyers(call: Call) -> BuyersShape:
    """The buyers whose orders you see while you are logged in."""
    return {"items": [buyer_line(each) for each in await call.services.engine.accounts.buyers.of(call.account)]}


@route("POST", "/api/security/me/buyers", needs=Need.ACCOUNT, codes=(Code.CONFLICT,))
async def link_buyer(call: Call) -> BuyersShape:
    """See what was bought in this browser, and with your confirmed address elsewhere, wherever you log in."""
    engine, browser = call.services.engine, browser_of(call)
    account = await engine.accounts.view(call.account)
    if account is None:
        raise RefusalError(Code.UNAUTHORIZED)
    confirmed = await engine.contacts.buyers_of(account.email)
    await engine.accounts.buyers.link_confirmed(call.account, confirmed, browser)
    if call.buyer is not None and (refused := await engine.accounts.buyers.link(call.account, call.buyer, browser)):
        accept(refused)
    return await list_buyers(call)


@route("DELETE", "/api/security/me/buyers/{buyer}", needs=Need.ACCOUNT, status=204, answer=None)
async def unlink_buyer(call: Call) -> Reply:
    """Take a buyer's orders out of your sight; they stay the buyer's."""
    browser = browser_of(call)
    if not await call.services.engine.accounts.buyers.unlink(call.account, call.part("buyer"), browser):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)
