"""Accounts of an organizer at payment providers: what its sales are paid into. Its owner's alone, logged in."""

from __future__ import annotations

from engine.access import Permission
from engine.payments import AccountView, PaymentAccounts
from engine.refusals import Code, accept
from server.api.acts import act_of, made, seen_by
from server.contract.payments import (
    CheckedShape,
    MadePaymentAccount,
    PaymentAccountBody,
    PaymentAccountShape,
    PaymentAccountsShape,
    account_shape,
)
from server.contract.routes import Reply, route
from server.who.call import Call

KNOWN = (Code.NOT_FOUND,)


@route("GET", "/api/payment-accounts", needs=Permission.ORGANIZER_OWN, members=True)
async def list_payment_accounts(call: Call) -> PaymentAccountsShape:
    """Your accounts. Secret keys are never shown again."""
    views = await accounts_of(call).all(call.organizer)
    return {"items": [account_shape(each, call.services.engine.settings.public_url) for each in views]}


@route(
    "POST",
    "/api/payment-accounts",
    needs=Permission.ORGANIZER_OWN,
    members=True,
    steps_up=True,
    status=201,
    codes=(Code.INVALID,),
)
async def make_payment_account(call: Call, body: PaymentAccountBody) -> MadePaymentAccount:
    """Connect an account. Nothing is paid into it until it is switched on."""
    return {"id": made(await accounts_of(call).create(act_of(call), body.keys()))}


@route(
    "GET",
    "/api/payment-accounts/{account}",
    needs=Permission.ORGANIZER_OWN,
    members=True,
    answer=PaymentAccountShape,
    headers=("ETag",),
    codes=KNOWN,
)
async def show_payment_account(call: Call) -> Reply:
    """One account, and where its provider is to send what it tells by itself."""
    return versioned(call, accept(await accounts_of(call).show(call.organizer, call.part("account"))))


@route(
    "PUT",
    "/api/payment-accounts/{account}",
    needs=Permission.ORGANIZER_OWN,
    members=True,
    steps_up=True,
    answer=PaymentAccountShape,
    headers=("ETag",),
    codes=(*KNOWN, Code.INVALID, Code.CHANGED_MEANWHILE),
)
async def change_payment_account(call: Call, body: PaymentAccountBody) -> Reply:
    """Write what is given; what is empty stays. A new webhook secret counts beside the one before. If-Match: the ETag
    of what you saw.
    """
    changed = await accounts_of(call).change(act_of(call), call.part("account"), body.keys(), seen_by(call))
    return versioned(call, made(changed))


@route(
    "POST",
    "/api/payment-accounts/{account}/switch-on",
    needs=Permission.ORGANIZER_OWN,
    members=True,
    steps_up=True,
    status=204,
    answer=None,
    codes=KNOWN,
)
async def switch_on(call: Call) -> Reply:
    """Your sales are paid into this account from now on, and into no other of its kind that is for the same."""
    accept(await accounts_of(call).switch(act_of(call), call.part("account"), on=True))
    return Reply(None, 204)


@route(
    "POST",
    "/api/payment-accounts/{account}/switch-off",
    needs=Permission.ORGANIZER_OWN,
    members=True,
    steps_up=True,
    status=204,
    answer=None,
    codes=KNOWN,
)
async def switch_off(call: Call) -> Reply:
    """Your sales are paid into it no more; what was paid into it is given back from it."""
    accept(await accounts_of(call).switch(act_of(call), call.part("account"), on=False))
    return Reply(None, 204)


@route("POST", "/api/payment-accounts/{account}/check", needs=Permission.ORGANIZER_OWN, members=True, codes=KNOWN)
async def check_payment_account(call: Call) -> CheckedShape:
    """Ask the provider whether it takes the key. Moves no money."""
    health = accept(await accounts_of(call).check(act_of(call), call.part("account")))
    return {"health": health.value}


def versioned(call: Call, view: AccountView) -> Reply:
    shape = account_shape(view, call.services.engine.settings.public_url)
    return Reply(shape, headers={"ETag": f'"{view.version}"'})


def accounts_of(call: Call) -> PaymentAccounts:
    return call.services.engine.payment_accounts
