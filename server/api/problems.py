"""Refusals as RFC 9457 problem documents: the one place that maps them to HTTP."""

from __future__ import annotations

from typing import Any, NotRequired

import orjson
from aiohttp import web
from typing_extensions import TypedDict

from engine.refusals import Refusal
from server.live.wire import plain_json

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_S = "1"


class WrongField(TypedDict):
    path: str
    message: str


class Problem(TypedDict):
    """An RFC 9457 problem document; `code` is a word of docs/errors.md."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    fields: NotRequired[list[WrongField]]


def body_of(refusal: Refusal) -> dict[str, Any]:
    code = refusal.code
    return {
        **refusal.detail,
        "type": f"urn:aforo:error:{code.word}",
        "title": code.sentence,
        "status": code.status,
        "detail": refusal.message,
        "code": code.word,
        "retryable": code.retryable,
    }


def answer(refusal: Refusal) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if refusal.code.retryable:
        headers["Retry-After"] = RETRY_AFTER_S
    if refusal.code.status == web.HTTPUnauthorized.status_code:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=refusal.code.status,
        body=orjson.dumps(body_of(refusal), default=plain_json),
        content_type=PROBLEM_TYPE,
        headers=headers,
    )
