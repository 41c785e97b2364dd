"""How an HTTP route is declared: who may call it, what it takes, what it answers; the table is made of these.

Owns: the `@route` decorator and ROUTES, from which the application and OpenAPI are made.
Guarantees: a function is only called with a valid body and query, by somebody who may; a repeated Idempotency-Key
gets the first answer again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.access import KeyShown
from engine.ids import Cursor, is_idempotency_key, is_made_id, is_sale_id
from engine.limits import PAGE_ITEMS_MAX, SEARCH_CHARS_MAX
from engine.refusals import Code, Refusal
from engine.text import Written
from server.api import problems
from server.caller import Caller
from server.live.identity import BUYER_COOKIE, address_of
from server.live.registry import wrong_fields
from server.live.wire import plain_json

if TYPE_CHECKING:
    from server.process import Process

JSON_TYPE = "application/json"
IDEMPOTENCY_KEY = "Idempotency-Key"
KEY_PREFIX = "ak_"

RunT = TypeVar("RunT", bound=Callable[..., Awaitable[Any]])


class Who(Enum):
    ALL = "all"
    BUYER = "buyer"
    ORGANIZER = "organizer"


Search = Annotated[str, Written(SEARCH_CHARS_MAX, chars_min=0)]


class Query(BaseModel):
    """What follows the question mark: text by nature, so numbers are read from it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Paged(Query):
    after: Cursor | None = None
    limit: int = Field(default=50, ge=1, le=PAGE_ITEMS_MAX)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is more than a body with the usual status."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE


class Call(Caller):
    """One HTTP request, as a handler sees it."""

    __slots__ = ("organizer_key", "request")

    def __init__(self, process: Process, request: web.Request, buyer: str | None, key: KeyShown | None) -> None:
        super().__init__(process, buyer, address_of(request, process.engine.settings))
        self.request = request
        self.organizer_key = key
        self.works_for = None if key is None else key.organizer

    def part(self, name: str) -> str:
        """The id in a part of the path; what can't be an id names nothing."""
        found = self.request.match_info[name]
        if not is_made_id(found):
            raise Refusal(Code.NOT_FOUND)
        return found

    def sale_part(self) -> str:
        """The sale of the path; what can't be a sale's id is no sale."""
        sale = self.request.match_info["sale"]
        if not is_sale_id(sale):
            raise Refusal(Code.UNKNOWN_SALE)
        return sale

    @property
    def key(self) -> KeyShown:
        """The organizer's key that was shown; the route asks for one."""
        if self.organizer_key is None:
            raise Refusal(Code.UNAUTHORIZED)
        return self.organizer_key

    @property
    def organizer(self) -> str:
        return self.key.organizer


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    who: Who
    run: Callable[..., Awaitable[Any]]
    body: type[BaseModel] | None
    checks: bool  # the body is checked here, not by the engine
    query: type[BaseModel] | None
    answer: Any
    status: int
    cache: str | None
    idempotent: bool
    codes: tuple[Code, ...]
    content: Mapping[str, Any]  # other content types it answers, for OpenAPI
    also: tuple[str, ...]  # other content types it takes, as text
    summary: str


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    who: Who = Who.ALL,
    *,
    status: int = 200,
    cache: str | None = None,
    idempotent: bool = False,
    answer: Any = None,
    codes: tuple[Code, ...] = (),
    content: Mapping[str, Any] | None = None,
    takes: type[BaseModel] | None = None,
    also: tuple[str, ...] = (),
) -> Callable[[RunT], RunT]:
    """Declare the function that answers `method path`; `body` and `query` are its arguments of those names.

    `takes` names the model of a body that the engine itself reads and checks.
    """

    def declare(run: RunT) -> RunT:
        hints = get_type_hints(run)
        ROUTES.append(
            Route(
                method=method,
                path=path,
                who=who,
                run=run,
                body=hints.get("body") if takes is None else takes,
                checks=takes is None,
                query=hints.get("query"),
                answer=hints["return"] if answer is None else answer,
                status=status,
                cache=cache,
                idempotent=idempotent,
                codes=codes,
                content=content or {},
                also=also,
                summary=(run.__doc__ or "").strip(),
            )
        )
        return run

    return declare


# ── answering ──


async def read_body(request: web.Request, each: Route) -> tuple[Any, bytes]:
    """The body as the handler takes it, and as it came."""
    assert each.body is not None, "the route has a body"
    if request.content_type != JSON_TYPE and request.content_type not in each.also:
        raise Refusal(Code.UNSUPPORTED_TYPE)
    raw = await request.read()
    if request.content_type in each.also:
        return raw, raw
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal(Code.BAD_MESSAGE, "The body is not JSON.") from error
    if not each.checks:
        return fields, raw
    return checked(each.body, fields), raw


def body_text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Refusal(Code.BAD_MESSAGE, "The body is not UTF-8.") from error


def checked(model: type[BaseModel], fields: object) -> BaseModel:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise Refusal(Code.INVALID, fields=wrong_fields(error)) from error


def encode(answer: Any) -> bytes:
    return orjson.dumps(answer, default=plain_json, option=orjson.OPT_NON_STR_KEYS)


def respond(each: Route, request: web.Request, answer: Any) -> web.Response:
    """The response, with what caches need; 304 when the client has it already."""
    reply = answer if isinstance(answer, Reply) else Reply(answer, each.status)
    if reply.status == web.HTTPNoContent.status_code:
        return web.Response(status=reply.status)
    body = reply.body if isinstance(reply.body, bytes) else encode(reply.body)
    cache = each.cache or "no-store"
    if bearer(request) is not None:  # it may be for this caller only
        cache = cache.replace("public", "private")
    headers = {"Cache-Control": cache, **reply.headers}
    if each.cache is not None:
        etag = headers.setdefault("ETag", f'"{hashlib.sha256(body).hexdigest()[:24]}"')
        if etag in (part.strip() for part in request.headers.get("If-None-Match", "").split(",")):
            return web.Response(status=304, headers=headers)
    return web.Response(status=reply.status, body=body, content_type=reply.content_type, headers=headers)


def answering(process: Process, each: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What aiohttp calls for a route."""

    async def handle(request: web.Request) -> web.StreamResponse:
        call = await identify(process, each, request)
        arguments: dict[str, Any] = {}
        raw = b""
        if each.query is not None:
            arguments["query"] = checked(each.query, dict(request.query))
        if each.body is not None:
            arguments["body"], raw = await read_body(request, each)
        key = request.headers.get(IDEMPOTENCY_KEY) if each.idempotent else None
        if key is None:
            return respond(each, request, await each.run(call, **arguments))
        return await once(call, each, key, raw, arguments)

    return handle


async def once(call: Call, each: Route, key: str, raw: bytes, arguments: dict[str, Any]) -> web.StreamResponse:
    """Answer, or repeat the answer this key got before."""
    if not is_idempotency_key(key):
        raise Refusal(Code.INVALID, fields=[{"path": IDEMPOTENCY_KEY, "message": "1 to 128 printable characters"}])
    request = call.request
    actor = call.organizer_key.id if call.organizer_key else call.buyer or f"address:{call.address}"
    answers = call.process.engine.answers
    kept = await answers.begin(actor, key, f"{request.method} {request.path}\n".encode() + raw)
    if kept is not None:
        content_type = JSON_TYPE if kept.status < web.HTTPBadRequest.status_code else problems.PROBLEM_TYPE
        return web.Response(
            status=kept.status,
            body=kept.body,
            content_type=content_type,
            headers={"Cache-Control": "no-store", "Idempotency-Replayed": "true"},
        )
    try:
        response = respond(each, request, await each.run(call, **arguments))
    except Refusal as refusal:
        if refusal.code.retryable:
            await answers.forget(actor, key)
            raise
        response = problems.answer(refusal)
    except BaseException:
        await answers.forget(actor, key)
        raise
    assert isinstance(response.body, bytes) or response.body is None
    await answers.keep(actor, key, response.status, response.body or b"")
    return response


# ── who calls ──


async def identify(process: Process, each: Route, request: web.Request) -> Call:
    token = bearer(request)
    if each.who is Who.ORGANIZER:
        key = None if token is None else await key_shown(process, request, token)
        if key is None:
            raise Refusal(Code.UNAUTHORIZED)
        return Call(process, request, None, key)
    buyer = buyer_of(process, request)
    if buyer is None and each.who is Who.BUYER:
        raise Refusal(Code.UNAUTHORIZED)
    key = None if token is None or buyer is not None else await key_shown(process, request, token)
    return Call(process, request, buyer, key)


async def key_shown(process: Process, request: web.Request, token: str) -> KeyShown | None:
    """The organizer's key that a token is; one that looks like a key and is none leaves a trace."""
    key = await process.engine.access.check(token)
    if key is None and token.startswith(KEY_PREFIX):
        process.key_refused(token, address_of(request, process.engine.settings))
    return key


def bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def buyer_of(process: Process, request: web.Request) -> str | None:
    """The buyer of the cookie, or of the bearer token; a bad token counts as none."""
    for token in (bearer(request), request.cookies.get(BUYER_COOKIE)):
        buyer = None if token is None else process.engine.signer.buyer_of(token)
        if buyer is not None:
            return buyer
    return None
