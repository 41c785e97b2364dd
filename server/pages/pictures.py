"""Pictures of events, as they are kept: each address shows the same for ever.

Owns: those that were asked for last, in memory. Guarantees: what is served was drawn here, is called what it is, and
can't be taken for a page.
"""

from __future__ import annotations

from collections import OrderedDict

from aiohttp import web

from engine.limits import PICTURES_REMEMBERED_BYTES_MAX
from engine.pictures import CONTENT_TYPE, Files
from engine.refusals import Code, RefusalError

HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",  # where a link is shared it is shown too
    "X-Content-Type-Options": "nosniff",
}


class Remembered:
    """Files by name, the last used ones, up to a number of bytes."""

    def __init__(self, files: Files, bytes_max: int = PICTURES_REMEMBERED_BYTES_MAX) -> None:
        self._files = files
        self._bytes_max = bytes_max
        self._bytes = 0
        self._known: OrderedDict[str, bytes] = OrderedDict()

    async def get(self, name: str) -> bytes | None:
        body = self._known.get(name)
        if body is not None:
            self._known.move_to_end(name)
            return body
        body = await self._files.get(name)
        if body is not None and name not in self._known:
            self._known[name] = body
            self._bytes += len(body)
            while self._bytes > self._bytes_max:
                self._bytes -= len(self._known.popitem(last=False)[1])
        return body


REMEMBERED = web.AppKey("pictures", Remembered)


async def show_picture(request: web.Request) -> web.StreamResponse:
    name = request.match_info["picture"]
    body = await request.app[REMEMBERED].get(name)
    if body is None:
        raise RefusalError(Code.NOT_FOUND)
    etag = f'"{name}"'
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers={**HEADERS, "ETag": etag})
    return web.Response(body=body, content_type=CONTENT_TYPE, headers={**HEADERS, "ETag": etag})
