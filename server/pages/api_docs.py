"""The page to read and try the API at, and the two documents it is made from.

Guarantees: the page shows what the documents say, and they are what the code checks; nothing comes from third parties.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
from aiohttp import web

from server.contract import asyncapi, openapi
from server.contract.needs import Address, Need
from server.pages.assets import accepted_encodings
from server.pages.context import PAGES
from server.pages.shell import Page
from server.pages.shells import program, respond

DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "/api/openapi.json": openapi.current,
    "/api/asyncapi.json": asyncapi.current,
}
LANGUAGE = "en"  # as the documents are
TITLE = "Aforo API"
DESCRIPTION = (
    "Every request and every message of Aforo, to read and to try. "
    "For programs: /api/openapi.json (HTTP) and /api/asyncapi.json (the socket at /ws)."
)


@cache
def written(path: str) -> tuple[str, bytes, bytes]:
    """A document: its ETag, its text, and that gzipped."""
    text = orjson.dumps(DOCUMENTS[path]())
    return f'"{hashlib.sha256(text).hexdigest()[:20]}"', text, gzip.compress(text, 9, mtime=0)


async def show_document(request: web.Request) -> web.Response:
    etag, text, gzipped = written(request.path)
    headers = {"Cache-Control": "public, max-age=300", "ETag": etag, "Vary": "Accept-Encoding"}
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    if "gzip" in accepted_encodings(request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"] = "gzip"
        text = gzipped
    return web.Response(body=text, content_type="application/json", headers=headers)


async def show_page(request: web.Request) -> web.Response:
    pages = request.app[PAGES]
    return respond(
        request,
        Page(
            language=LANGUAGE,
            origin=pages.origin(request),
            path="/api/docs",
            title=TITLE,
            description=DESCRIPTION,
            entry=program(pages, "reference", "", LANGUAGE),
            languages=(),
            fetched=tuple(DOCUMENTS),
        ),
    )


ADDRESSES = (
    *(Address("GET", path, Need.NOBODY, show_document) for path in DOCUMENTS),
    Address("GET", "/api/docs", Need.NOBODY, show_page),
)
