"""Receipts of an organizer by month, and the legal identity that they are issued with."""

from __future__ import annotations

from engine.access import Permission
from engine.receipts import LegalIdentity, MonthOfReceipts
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of, seen_by
from server.contract.receipts import (
    IdentityBody,
    IdentityShape,
    MonthExportQuery,
    MonthQuery,
    MonthShape,
    identity_shape,
    month_shape,
)
from server.contract.routes import Reply, Stream, route
from server.who.call import Call

TABLE = "text/csv"


@route("GET", "/api/organizer/identity", needs=Permission.EVENT_READ, answer=IdentityShape, headers=("ETag",))
async def read_identity(call: Call) -> Reply:
    """Who you are to the law, as your receipts name you from now on."""
    found = await call.services.engine.receipts.identities.read(call.organizer)
    if found is None:
        raise RefusalError(Code.NOT_FOUND)
    return versioned(*found)


@route(
    "PUT",
    "/api/organizer/identity",
    needs=Permission.ORGANIZER_EDIT,
    codes=(Code.INVALID, Code.CHANGED_MEANWHILE),
    answer=IdentityShape,
    headers=("ETag",),
)
async def write_identity(call: Call, body: IdentityBody) -> Reply:
    """Your legal identity as a whole. Receipts that were issued keep theirs. If-Match: the ETag of what you saw."""
    identities = call.services.engine.receipts.identities
    return versioned(*accept(await identities.change(act_of(call), body.identity(), seen_by(call))))


def versioned(version: int, identity: LegalIdentity) -> Reply:
    return Reply(identity_shape(identity), headers={"ETag": f'"{version}"'})


@route("GET", "/api/receipts", needs=Permission.REPORT_READ, codes=(Code.INVALID,))
async def list_receipts(call: Call, query: MonthQuery) -> MonthShape:
    """Receipts of a month, by number, with what they add up to."""
    after = query.number_after()
    if after is None:
        raise RefusalError(Code.INVALID, fields=[{"path": "after", "message": "is no place in this list"}])
    month = await call.services.engine.receipts.month(call.organizer, query.month, query.limit + 1, after)
    return month_shape(known(month), query.limit)


@route(
    "GET",
    "/api/receipts/export",
    needs=Permission.REPORT_READ,
    answer=str,
    content={TABLE: {"schema": {"type": "string"}}},
)
async def export_receipts(call: Call, query: MonthExportQuery) -> Stream:
    """The same as a table, all of it; no cell of it is a formula."""
    receipts = call.services.engine.receipts
    return Stream(receipts.table(call.organizer, query.month), TABLE, f"receipts-{query.month or 'this-month'}.csv")


def known(month: MonthOfReceipts | None) -> MonthOfReceipts:
    if month is None:
        raise RefusalError(Code.NOT_FOUND)
    return month
