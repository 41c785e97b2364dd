"""The form of a refusal: an error on a socket, an RFC 9457 problem document over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, Required

import orjson
from aiohttp import web
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from engine.refusals import Code, RefusalError
from server.contract.shapes import IssueShape
from server.contract.wire import plain_json

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_S = 1
MS_PER_S = 1_000


CodeWord = Annotated[str, WithJsonSchema({"type": "string", "enum": [code.word for code in Code]})]


class WrongField(TypedDict):
    path: str
    message: str
    line: NotRequired[int]  # of a YAML source
    why: NotRequired[str]  # of a voucher: a word of those that carts say of credit


class Told(TypedDict, total=False):
    """What refusals tell beside their code; docs/errors.md says which of them tells what."""

    fields: list[WrongField]
    retry_after_ms: int
    seats: list[int]
    pools: list[str]
    lines: list[int]  # of an order
    held: list[int]
    gone: list[int]
    short: dict[str, int]
    next_at_ms: int  # absent where none follows
    person_max: int
    quota: int  # tickets that a member may give away in a sale …
    issued: int  # … and gave away
    has: int
    left: int
    ticket_type: str
    per_person: int
    place: int
    serving: int
    radius_m: int
    reason: str
    order: str
    order_code: str
    total: int
    due: int
    issues: list[IssueShape]
    terms: int
    permission: str
    permissions: list[str]
    roles: list[str]
    approval: str
    until_ms: int
    step: dict[str, str]
    hint: str
    breached: bool
    organizer: str
    move: str


TELLS: Mapping[Code, tuple[str, ...]] = {
    Code.INVALID: ("fields",),
    Code.FORBIDDEN: ("permission", "permissions"),
    Code.BEYOND_YOU: ("roles",),
    Code.APPROVAL_NEEDED: ("approval", "until_ms"),
    Code.NETWORK_BUSY: ("retry_after_ms",),
    Code.TOO_MANY_TRIES: ("retry_after_ms",),
    Code.WEAK_PASSWORD: ("hint", "breached"),
    Code.LAST_OWNER: ("organizer",),
    Code.CONFLICT: ("reason",),
    Code.NOT_YOUR_TURN: ("place", "serving"),
    Code.CART_INCOMPLETE: ("issues",),
    Code.SEAT_TAKEN: ("seats",),
    Code.TERMS_NEEDED: ("terms",),
    Code.TERMS_CHANGED: ("terms",),
    Code.PRICE_CHANGED: ("total", "due"),
    Code.UNKNOWN_SEAT: ("seats",),
    Code.UNKNOWN_POOL: ("pools",),
    Code.SHORT: ("left",),
    Code.TYPE_SHORT: ("ticket_type", "left"),
    Code.TYPE_MAXIMUM: ("ticket_type", "per_person"),
    Code.COMPANION_ALONE: ("seats",),
    Code.NOT_IN_PHASE: ("seats",),
    Code.BETWEEN_PHASES: ("next_at_ms",),
    Code.STOCK_TAKEN: ("held", "gone", "short"),
    Code.NOT_ALLOCATED: ("seats", "short"),
    Code.OVER_QUOTA: ("quota", "issued"),
    Code.OVER_MAXIMUM: ("person_max", "has"),
    Code.TOO_FAR: ("radius_m", "reason"),
    Code.PAYMENT_DECLINED: ("reason",),
    Code.PAYMENT_PENDING: ("order", "order_code", "step", "until_ms"),
    Code.ALREADY_SOLD: ("seats", "pools"),
    Code.GIVEN_BACK: ("lines",),
    Code.MORE_THAN_LEFT: ("left",),
    Code.MOVING: ("move",),
}


class ErrorShape(Told):
    """A refusal on the socket."""

    code: Required[CodeWord]
    message: Required[str]
    retryable: Required[bool]


class Problem(Told):
    """An RFC 9457 problem document; `code` is a word of docs/errors.md."""

    type: Required[str]
    title: Required[str]
    status: Required[int]
    detail: Required[str]
    code: Required[CodeWord]
    retryable: Required[bool]


def error_body(refusal: RefusalError) -> dict[str, Any]:
    code = refusal.code
    return {**refusal.detail, "code": code.word, "message": refusal.message, "retryable": code.retryable}


def body_of(refusal: RefusalError) -> dict[str, Any]:
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


def retry_after_s(refusal: RefusalError) -> int:
    """How long to wait, in whole seconds: as the refusal says, never less."""
    wait_ms = refusal.detail.get("retry_after_ms")
    return RETRY_AFTER_S if wait_ms is None else max(RETRY_AFTER_S, -(-int(wait_ms) // MS_PER_S))


def answer(refusal: RefusalError) -> web.Response:
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
