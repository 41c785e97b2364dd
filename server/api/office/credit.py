"""Credit and vouchers of an organizer: issued, listed, looked into and revoked."""

from __future__ import annotations

from engine.access import Permission
from engine.refusals import Code, accept
from server.api.acts import act_of, made
from server.contract.credit import (
    CreditHistoryShape,
    CreditShape,
    CreditsShape,
    FindCreditBody,
    IssueBody,
    IssuedShape,
    credit_shape,
    entry_shape,
)
from server.contract.routes import route
from server.who.call import Call


@route("GET", "/api/credit", needs=Permission.CREDIT_EDIT)
async def list_credit(call: Call) -> CreditsShape:
    """What you owe, the newest first."""
    return {"items": [credit_shape(each) for each in await call.services.engine.credit.all_of(call.organizer)]}


@route("POST", "/api/credit/find", needs=Permission.CREDIT_EDIT)
async def find_credit(call: Call, body: FindCreditBody) -> CreditsShape:
    """That of an address, or the voucher of a code, or of the end of one; neither is in an address that logs keep."""
    found = await call.services.engine.credit.all_of(call.organizer, email=body.email, typed=body.code)
    return {"items": [credit_shape(each) for each in found]}


@route(
    "POST",
    "/api/credit",
    needs=Permission.CREDIT_EDIT,
    status=201,
    idempotent=True,
    steps_up=True,
    codes=(Code.INVALID, Code.CONFLICT),
)
async def issue_credit(call: Call, body: IssueBody) -> IssuedShape:
    """Give credit to somebody, or issue vouchers, whose codes are told this once."""
    granted = made(await call.services.engine.credit.issue(act_of(call), body.engine_issue()))
    return {
        "ids": [each.credit for each in granted],
        "codes": [each.code for each in granted if each.code is not None],
        "again": any(each.again for each in granted),
    }


@route("GET", "/api/credit/{credit}", needs=Permission.CREDIT_EDIT, codes=(Code.NOT_FOUND,))
async def one_credit(call: Call) -> CreditHistoryShape:
    """One, with every change of it."""
    credit, which = call.services.engine.credit, call.part("credit")
    view = accept(await credit.one(call.organizer, which))
    entries = await credit.history(call.organizer, which)
    return {**credit_shape(view), "entries": [entry_shape(each) for each in entries]}


@route(
    "POST",
    "/api/credit/{credit}/revoke",
    needs=Permission.CREDIT_EDIT,
    steps_up=True,
    codes=(Code.NOT_FOUND, Code.MOVING),
)
async def revoke_credit(call: Call) -> CreditShape:
    """Take what is left of it; what was spent stays. Revoking it again changes nothing."""
    return credit_shape(accept(await call.services.engine.credit.revoke(act_of(call), call.part("credit"))))
