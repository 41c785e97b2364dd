"""API keys: made with what they may do, rotated with an overlap, revoked at once.

An answer with a key in it is not kept for repeats: who holds the database would hold the key.
"""

from __future__ import annotations

from datetime import UTC, datetime

from engine.access import Permission
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of
from server.contract.routes import Reply, route
from server.contract.security.keys import KeyBody, KeyShape, KeysShape, MadeKey, RotateBody, key_shape
from server.who.call import Call


@route("GET", "/api/security/keys", needs=Permission.KEY_MANAGE)
async def list_keys(call: Call) -> KeysShape:
    """Your keys, without their secret parts; those that ended are listed too."""
    return {"items": [key_shape(key) for key in await call.services.engine.access.list(call.organizer)]}


@route("GET", "/api/security/keys/{key}", needs=Permission.KEY_MANAGE)
async def show_key(call: Call) -> KeyShape:
    """One key."""
    found = await call.services.engine.access.show(call.organizer, call.part("key"))
    if found is None:
        raise RefusalError(Code.NOT_FOUND)
    return key_shape(found)


@route(
    "POST",
    "/api/security/keys",
    needs=Permission.KEY_MANAGE,
    steps_up=True,
    status=201,
    codes=(Code.INVALID, Code.CONFLICT),
)
async def make_key(call: Call, body: KeyBody) -> MadeKey:
    """A key that may do no more than you; it is shown only now."""
    draft = body.draft()
    if draft.expires_at is not None and draft.expires_at <= datetime.now(UTC):
        raise RefusalError(Code.INVALID, fields=[{"path": "expires_at_ms", "message": "is over already"}])
    new = accept(await call.services.engine.access.make(act_of(call), draft, call.permit))
    return {"id": new.id, "key": new.key}


@route(
    "POST",
    "/api/security/keys/{key}/rotate",
    needs=Permission.KEY_MANAGE,
    steps_up=True,
    codes=(Code.CONFLICT,),
)
async def rotate_key(call: Call, body: RotateBody) -> MadeKey:
    """Another key like this one, which goes on for a while beside it."""
    access = call.services.engine.access
    new = accept(await access.rotate(act_of(call), call.part("key"), body.overlap_s, call.permit))
    return {"id": new.id, "key": new.key}


@route("DELETE", "/api/security/keys/{key}", needs=Permission.KEY_MANAGE, status=204, answer=None)
async def revoke_key(call: Call) -> Reply:
    """It opens nothing from now on."""
    if not await call.services.engine.access.revoke(call.part("key"), act_of(call)):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)
