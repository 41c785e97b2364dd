"""The audit trail of an organizer: searched, exported, and the history of one thing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from engine.access import Permission
from engine.audit import AuditView, Format
from server.api.acts import act_of, names_of
from server.contract.routes import Stream, route
from server.contract.security.audit import (
    ActShape,
    ActsPage,
    ActWords,
    AuditQuery,
    ExportQuery,
    HistoryQuery,
    act_shape,
    cursor_of,
    number_of,
)
from server.who.call import Call

PART_CHARS = 64 * 1024


@route("GET", "/api/security/audit", needs=Permission.AUDIT_READ)
async def search_audit(call: Call, query: AuditQuery) -> ActsPage:
    """Who did what, newest first."""
    sought = query.sought(call.organizer)
    found = await call.services.engine.audit.newest(sought, query.limit + 1, number_of(query.after))
    return await page(call, found, query.limit)


@route("GET", "/api/security/audit/history", needs=Permission.AUDIT_READ)
async def show_history(call: Call, query: HistoryQuery) -> ActsPage:
    """What was done to a thing and to what names it, oldest first."""
    after = number_of(query.after) or 0
    found = await call.services.engine.audit.history(call.organizer, query.subject, query.limit + 1, after)
    return await page(call, found, query.limit)


@route("GET", "/api/security/audit/acts", needs=Permission.AUDIT_READ)
async def list_acts(call: Call) -> ActWords:
    """The words for acts that occur, to choose from."""
    return {"items": await call.services.engine.audit.acts(call.organizer)}


@route(
    "GET",
    "/api/security/audit/export",
    needs=Permission.AUDIT_READ,
    answer=str,
    content={each.content_type: {"schema": {"type": "string"}} for each in Format},
)
async def export_audit(call: Call, query: ExportQuery) -> Stream:
    """Acts that are linked, oldest first: as JSON lines, from which each link can be recomputed, or as a table."""
    written = Format(query.format)
    views = await call.services.engine.audit.export(act_of(call), query.sought(call.organizer), query.format)
    return Stream(parts(views, written), written.content_type, f"audit.{query.format}")


async def parts(views: AsyncIterator[AuditView], written: Format) -> AsyncIterator[str]:
    """What is sent: many acts at a time."""
    some, chars = [written.head], 0
    async for view in views:
        some.append(line := written.line(view.exported()))
        chars += len(line)
        if chars >= PART_CHARS:
            yield "".join(some)
            some, chars = [], 0
    yield "".join(some)


async def page(call: Call, found: list[AuditView], limit: int) -> ActsPage:
    shown = found[:limit]
    names = await names_of(call, ((view.said["actor_kind"], view.said["actor"]) for view in shown))
    items: list[ActShape] = [act_shape(view, names.get(view.said["actor"])) for view in shown]
    return {"items": items, "next": cursor_of(shown[-1].id) if len(found) > limit else None}
