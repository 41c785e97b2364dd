"""Showing a second factor: to finish a login, to step up; and logging in with a passkey alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg

from engine.accounts import Ceremony, NewSession
from engine.accounts import LoggedIn as Login
from engine.limits import STEP_UP_S
from engine.refusals import Code, RefusalError, accept
from server.api.security.own import own_of, relying_party, stranger
from server.contract.needs import Need
from server.contract.routes import Reply, route
from server.contract.security.factors import (
    FactorBody,
    LoggedIn,
    PasskeyLoginBody,
    RequestOptions,
    SteppedUp,
    StepUpBody,
)
from server.contract.stamps import in_ms
from server.who.browsers import browser_of, logged_in_cookies
from server.who.call import Call
from server.who.tokens import new_visitor, session_of, visitor_cookie_of, visitor_of

COOKIE = ("Set-Cookie",)
WRONG = (Code.WRONG_FACTOR, Code.TOO_MANY_TRIES, Code.INVALID)


@route("POST", "/api/security/sessions/factor/options", needs=Need.HALF, answer=RequestOptions)
async def factor_options(call: Call) -> Any:
    """What `navigator.credentials.get()` takes, as JSON, for a passkey of the account that is logging in."""
    passkeys = call.services.engine.factors.passkeys
    return await passkeys.to_show(Ceremony(relying_party(call), call.logged_in.id), call.account)


@route("POST", "/api/security/sessions/factor", needs=Need.HALF, answer=LoggedIn, codes=WRONG, headers=COOKIE)
async def show_factor(call: Call, body: FactorBody) -> Reply:
    """Finish a login that owes its second factor; the session gets another cookie."""
    engine, browser = call.services.engine, browser_of(call)

    async def complete(connection: asyncpg.Connection, how: str) -> NewSession:
        return await engine.accounts.logins.complete(connection, call.logged_in, how, browser)

    begun = accept(await engine.factors.finish(await own_of(call), body.shown(), relying_party(call), complete))
    return Reply(LoggedIn(state="in", methods=[]), headers=logged_in_cookies(call, begun))


@route("POST", "/api/security/sessions/step-up/options", needs=Need.ACCOUNT, answer=RequestOptions)
async def step_up_options(call: Call) -> Any:
    """What `navigator.credentials.get()` takes, as JSON, for a passkey of yours."""
    passkeys = call.services.engine.factors.passkeys
    return await passkeys.to_show(Ceremony(relying_party(call), call.logged_in.id), call.account)


@route("POST", "/api/security/sessions/step-up", needs=Need.ACCOUNT, codes=WRONG)
async def step_up(call: Call, body: StepUpBody) -> SteppedUp:
    """Show that it is still you, for what is dangerous; a password counts where there is no second factor."""
    engine = call.services.engine
    own, is_password = await own_of(call), engine.accounts.logins.is_password
    at = accept(await engine.factors.step_up(own, body.shown(), relying_party(call), is_password))
    return {"stepped_up_until_ms": in_ms(at + timedelta(seconds=STEP_UP_S))}


@route("POST", "/api/security/sessions/passkey/options", needs=Need.NOBODY, answer=RequestOptions, headers=COOKIE)
async def passkey_login_options(call: Call) -> Reply:
    """What `navigator.credentials.get()` takes, as JSON, for whichever passkey a device has."""
    visitor = visitor_of(call.request) or new_visitor()
    options = await call.services.engine.factors.passkeys.to_show(Ceremony(relying_party(call), visitor))
    return Reply(options, headers={"Set-Cookie": visitor_cookie_of(visitor, call.request)})


@route(
    "POST",
    "/api/security/sessions/passkey",
    needs=Need.NOBODY,
    answer=LoggedIn,
    codes=(Code.WRONG_FACTOR, Code.INVALID),
    headers=COOKIE,
)
async def log_in_with_passkey(call: Call, body: PasskeyLoginBody) -> Reply:
    """Log in with a passkey alone: it is something you have, and knows you."""
    visitor = visitor_of(call.request)
    if visitor is None:
        raise RefusalError(Code.WRONG_FACTOR)
    call.session = await session_of(call.services, call.request)
    engine, browser, ceremony = call.services.engine, browser_of(call), Ceremony(relying_party(call), visitor)

    async def begin(connection: asyncpg.Connection, account: str) -> Login:
        return await engine.accounts.logins.finish(connection, account, "passkey", browser, both=True)

    found = accept(await engine.factors.log_in(stranger(call), ceremony, body.credential.plain(), begin))
    return Reply(LoggedIn(state="in", methods=[]), headers=logged_in_cookies(call, found.session))
