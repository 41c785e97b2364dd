"""Pictures for organizers: how far they are, why one is not shown, and another try."""

from __future__ import annotations

from typing import Any

from engine.access import Permission
from engine.refusals import Code, RefusalError
from server.api.acts import act_of
from server.contract.pictures import PictureBody, PicturesShape
from server.contract.routes import Reply, route
from server.contract.sales import picture_sizes
from server.who.call import Call


@route("GET", "/api/organizer/pictures", needs=Permission.EVENT_READ, answer=PicturesShape)
async def list_pictures(call: Call) -> dict[str, Any]:
    """Pictures you named, newest first: whether each is shown, and why not."""
    views = await call.services.engine.pictures.list(call.organizer)
    return {
        "items": [
            {
                "url": view.url,
                "state": view.state.value,
                "tries": view.tries,
                "fault": view.fault,
                "due_at": view.due_at,
                "pictures": picture_sizes(view.shown),
            }
            for view in views
        ]
    }


@route(
    "POST",
    "/api/organizer/pictures/fetch",
    needs=Permission.EVENT_EDIT,
    status=204,
    answer=None,
    codes=(Code.NOT_FOUND,),
)
async def fetch_picture(call: Call, body: PictureBody) -> Reply:
    """Fetch a picture that failed once more."""
    if await call.services.engine.pictures.fetch_again(act_of(call), body.url) is not None:
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)
