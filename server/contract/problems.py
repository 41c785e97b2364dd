"""How a refusal looks: as an error on a socket, and over HTTP as an RFC 9457 problem document."""

from __future__ import annotations

from typing import Any, NotRequired

import orjson
from aiohttp import web
from typing_extensions import TypedDict

from engine.refusals import Refusal
from server.contract.wire import plain_json

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_S = 1
MS_PER_S = 1_000


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
    retry_after_ms: NotRequired[int]


def error_body(refusal: Refusal) -> dict[str, Any]:
    code = refusal.code
    return {**refusal.detail, "code": code.word, "message": refusal.message, "retryable": code.retryable}


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


def retry_after_s(refusal: Refusal) -> int:
    """How long to wait, in whole seconds: as the refusal says, never less."""
    wait_ms = refusal.detail.get("retry_after_ms")
    return RETRY_AFTER_S if wait_ms is None else max(RETRY_AFTER_S, -(-int(wait_ms) // MS_PER_S))


def answer(refusal: Refusal) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if refusal.code.retryable:
        headers["Retry-After"] = str(retry_after_s(refusal))
    if refusal.code.status == web.HTTPUnauthorized.status_code:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=refusal.code.status,
        body=orjson.dumps(body_of(refusal), default=plain_json),
        content_type=PROBLEM_TYPE,
        headers=headers,
    )
