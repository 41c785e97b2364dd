"""Registering, passwords, addresses, closing: what people do about their own account.

Whether an address has an account is told by none of these, in words or in time: each costs one argon2.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.access import ACCOUNT_LETTERS, LOGINS, PASSWORDS_JUDGED
from engine.accounts import Registration, SessionState, strength
from engine.limits import STEP_UP_S
from engine.refusals import Code, RefusalError, accept
from engine.rights import Chosen
from server.contract.asks import Nothing
from server.contract.known import KnownShape, known_shape
from server.contract.needs import Need
from server.contract.people import CorrectOwnBody, ErasedShape, PersonShape, contact_shape
from server.contract.routes import Reply, route
from server.contract.security.accounts import (
    EmailBody,
    JudgeBody,
    Me,
    NamesBody,
    NewPasswordBody,
    OrganizerOfMe,
    RegisterBody,
    ResetBody,
    SignedIn,
    StrengthShape,
    TokenBody,
    VerifyBody,
    account_shape,
    organizer_of_me,
    own_session,
    signed_in,
    strength_shape,
)
from server.who.browsers import asked_cookie, asked_of, browser_of, logged_in_cookies, logged_out_cookies
from server.who.call import Call
from server.who.tokens import session_of


@route(
    "POST",
    "/api/security/accounts",
    headers=("Set-Cookie",),
    needs=Need.NOBODY,
    status=202,
    answer=Nothing,
    codes=(Code.WEAK_PASSWORD, Code.NETWORK_BUSY),
)
async def register(call: Call, body: RegisterBody) -> Reply:
    """Ask for an account: a letter goes to the address, and the account is made when its link is opened."""
    await call.spend(ACCOUNT_LETTERS)
    wanted = Registration(body.email, body.password, body.name, body.locale, body.organizer or "")
    secret, cookies = asked_cookie(call)
    if refused := await call.services.engine.accounts.registering.ask(wanted, secret):
        accept(refused)
    return Reply({}, 202, cookies)


@route(
    "POST",
    "/api/security/accounts/verify",
    headers=("Set-Cookie",),
    needs=Need.NOBODY,
    answer=Me,
    codes=(
        Code.WRONG_CODE,
        Code.PASSWORD_NEEDED,
        Code.WRONG_PASSWORD,
        Code.ADDRESS_TAKEN,
        Code.TOO_MANY_TRIES,
        Code.NETWORK_BUSY,
    ),
)
async def verify(call: Call, body: VerifyBody) -> Reply:
    """Make the account that a letter's link is for, and log in. In another browser its password is typed again."""
    await call.spend(LOGINS)
    call.session = await session_of(call.services, call.request)
    accounts = call.services.engine.accounts
    found = accept(
        await accounts.registering.verify(body.token, browser_of(call), carried=asked_of(call), password=body.password)
    )
    cookies = logged_in_cookies(call, found.session)
    call.session = await accounts.sessions.find(found.session.token)
    return Reply(await me_of(call), 200, cookies)


@route("POST", "/api/security/password/strength", needs=Need.NOBODY, codes=(Code.NETWORK_BUSY,))
async def judge(call: Call, body: JudgeBody) -> StrengthShape:
    """How hard a password is to guess, from 0 to 4; 2 is the least that is taken. Nothing of it is kept."""
    await call.spend(PASSWORDS_JUDGED)
    return strength_shape(strength(body.password, (body.email,) if body.email else ()))


@route("POST", "/api/security/password/forgot", needs=Need.NOBODY, status=202, codes=(Code.NETWORK_BUSY,))
async def forgot(call: Call, body: EmailBody) -> Nothing:
    """Send a link to choose a new password to this address, if it has an account."""
    await call.spend(ACCOUNT_LETTERS)
    await call.services.engine.accounts.changing.forgot(body.email)
    return {}


@route(
    "POST",
    "/api/security/password/reset",
    headers=("Set-Cookie",),
    needs=Need.NOBODY,
    answer=SignedIn,
    codes=(Code.WRONG_CODE, Code.WEAK_PASSWORD, Code.NETWORK_BUSY),
)
async def reset(call: Call, body: ResetBody) -> Reply:
    """Choose a new password with a letter's link; every other session of the account ends."""
    await call.spend(LOGINS)
    call.session = await session_of(call.services, call.request)
    found = accept(await call.services.engine.accounts.changing.reset(body.token, body.password, browser_of(call)))
    return Reply(signed_in(found), 200, logged_in_cookies(call, found.session))


@route("GET", "/api/security/me", needs=Need.HALF)
async def show_me(call: Call) -> Me:
    """Who is logged in, and whom they work for."""
    return await me_of(call)


async def me_of(call: Call) -> Me:
    session, engine = call.logged_in, call.services.engine
    account = await engine.accounts.view(session.account)
    if account is None or account.closed_at is not None:
        raise RefusalError(Code.UNAUTHORIZED)
    methods = [each.value for each in (await engine.factors.held(account.id)).methods]
    organizers: list[OrganizerOfMe] = []
    if session.state is SessionState.IN:
        standings = await engine.accounts.grants.standings(session)
        organizers = [organizer_of_me(each) for each in standings]
    factors = [method for method in methods if method != "recovery"]
    return {"account": account_shape(account, factors), "session": own_session(session), "organizers": organizers}


@route("PUT", "/api/security/me", needs=Need.ACCOUNT)
async def change_me(call: Call, body: NamesBody) -> Me:
    """Change what letters and members call you, and your language."""
    await call.services.engine.accounts.changing.names(call.account, body.name, body.locale)
    return await me_of(call)


@route(
    "PUT",
    "/api/security/me/password",
    needs=Need.ACCOUNT,
    status=204,
    answer=None,
    codes=(Code.WRONG_PASSWORD, Code.WEAK_PASSWORD, Code.TOO_MANY_TRIES, Code.CONFLICT, Code.STEP_UP_NEEDED),
)
async def change_password(call: Call, body: NewPasswordBody) -> Reply:
    """Choose a new password; every other session ends."""
    session, accounts = call.logged_in, call.services.engine.accounts
    seen = await accounts.changing.kept(session.account)
    if seen is not None:
        if not await accounts.logins.is_own(session.account, body.current or "", f"session|{session.id}"):
            raise RefusalError(Code.WRONG_PASSWORD)
    elif not is_fresh(session.stepped_up_at):
        raise RefusalError(Code.STEP_UP_NEEDED)
    if refused := await accounts.changing.password(session, body.password, browser_of(call), seen=seen):
        accept(refused)
    return Reply(None, 204)


def is_fresh(stepped_up_at: datetime | None) -> bool:
    return stepped_up_at is not None and datetime.now(UTC) < stepped_up_at + timedelta(seconds=STEP_UP_S)


@route("POST", "/api/security/me/email", needs=Need.ACCOUNT, steps_up=True, status=202, codes=(Code.NETWORK_BUSY,))
async def ask_email(call: Call, body: EmailBody) -> Nothing:
    """Ask for another address: a letter goes there, and the old one stays until its link is opened."""
    await call.spend(ACCOUNT_LETTERS)
    if refused := await call.services.engine.accounts.changing.ask_email(call.account, body.email):
        accept(refused)
    return {}


@route(
    "POST",
    "/api/security/me/email/confirm",
    needs=Need.NOBODY,
    status=204,
    answer=None,
    codes=(Code.WRONG_CODE, Code.ADDRESS_TAKEN, Code.NETWORK_BUSY),
)
async def confirm_email(call: Call, body: TokenBody) -> Reply:
    """The new address is yours: it takes the place of the old one, which is told so."""
    await call.spend(LOGINS)
    if refused := await call.services.engine.accounts.changing.confirm_email(body.token, browser_of(call)):
        accept(refused)
    return Reply(None, 204)


@route("GET", "/api/security/me/known", needs=Need.ACCOUNT, steps_up=True)
async def show_known(call: Call) -> KnownShape:
    """Everything that is known about you, by any organizer: of your account and of the buyers that are linked to it."""
    by = browser_of(call).actor(call.account)
    return known_shape(accept(await call.services.engine.known(by, Chosen([], [call.account]))))


@route("PUT", "/api/security/me/known/{person}", needs=Need.ACCOUNT, steps_up=True)
async def correct_known(call: Call, body: CorrectOwnBody) -> PersonShape:
    """Correct a name and number that are known about you: of one who was typed with the address of your account.

    Carts and orders say it from then on. The address is changed by `POST /api/security/me/email`.
    """
    person, by = call.part("person"), browser_of(call).actor(call.account)
    correcting = call.services.engine.correcting
    contact = accept(await correcting.correct_own(by, call.account, person, name=body.name, phone=body.phone))
    return {"person": person, "contact": contact_shape(contact)}


@route(
    "POST",
    "/api/security/me/erase",
    headers=("Set-Cookie",),
    needs=Need.ACCOUNT,
    steps_up=True,
    answer=ErasedShape,
    codes=(Code.LAST_OWNER, Code.CONFLICT),
)
async def erase_me(call: Call) -> Reply:
    """Close your account and erase everything about you, in backups too: nobody can undo it.

    Orders and tickets stay without a name; what tax law keeps of a paid one ends by itself.
    """
    by = browser_of(call).actor(call.account)
    erased = accept(await call.services.engine.erasing.erase(by, Chosen([], [call.account])))
    body = {"id": erased.id, "people": erased.people, "kept": erased.kept}
    return Reply(body, 200, logged_out_cookies(call))


@route(
    "POST",
    "/api/security/me/close",
    headers=("Set-Cookie",),
    needs=Need.ACCOUNT,
    steps_up=True,
    status=204,
    answer=None,
    codes=(Code.LAST_OWNER,),
)
async def close_account(call: Call) -> Reply:
    """Close your account for good. Orders stay with the buyers that placed them."""
    browser = browser_of(call)
    if refused := await call.services.engine.accounts.changing.close(call.account, browser.actor(call.account)):
        accept(refused)
    return Reply(None, 204, logged_out_cookies(call))
