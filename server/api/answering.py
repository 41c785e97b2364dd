"""From a declared route to what aiohttp calls: who asks, the body and query checked, the answer as HTTP.

Guarantees: a function is only called with a valid body and query, by somebody who may; a repeated Idempotency-Key
gets the first answer again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web
from multidict import CIMultiDict
from pydantic import BaseModel, ValidationError

from engine.accounts import Asked
from engine.ids import is_idempotency_key
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of
from server.contract import problems
from server.contract.asks import wrong_fields
from server.contract.routes import IDEMPOTENCY_KEY, JSON_TYPE, Reply, Route, Stream
from server.contract.stamps import in_ms
from server.contract.wire import encode
from server.services import Services
from server.who.call import Call, admitted
from server.who.tokens import bearer

log = logging.getLogger(__name__)


async def read_body(request: web.Request, each: Route) -> tuple[Any, bytes]:
    """The body as the handler takes it, and as it came."""
    assert each.body is not None, "the route has a body"
    if request.content_type != JSON_TYPE and request.content_type not in each.also:
        raise RefusalError(Code.UNSUPPORTED_TYPE)
    raw = await request.read()
    if request.content_type in each.also:
        return raw, raw
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise RefusalError(Code.BAD_MESSAGE, "The body is not JSON.") from error
    if not each.checks:
        return fields, raw
    return checked(each.body, fields), raw


def body_text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise RefusalError(Code.BAD_MESSAGE, "The body is not UTF-8.") from error


def checked(model: type[BaseModel], fields: object) -> BaseModel:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise RefusalError(Code.INVALID, fields=wrong_fields(error)) from error


def respond(each: Route, request: web.Request, answer: Any) -> web.Response:
    """The response, with what caches need; 304 when the client has it already."""
    reply = answer if isinstance(answer, Reply) else Reply(answer, each.status)
    if reply.status == web.HTTPNoContent.status_code:
        return web.Response(status=reply.status, headers=reply.headers)
    body = reply.body if isinstance(reply.body, bytes) else encode(reply.body)
    cache = each.cache or "no-store"
    if bearer(request) is not None:  # it may be for this caller only
        cache = cache.replace("public", "private")
    headers = CIMultiDict(reply.headers)  # there may be more than one Set-Cookie
    headers.setdefault("Cache-Control", cache)
    if each.cache is not None:
        etag = headers.setdefault("ETag", f'"{hashlib.sha256(body).hexdigest()[:24]}"')
        if etag in (part.strip() for part in request.headers.get("If-None-Match", "").split(",")):
            return web.Response(status=304, headers=headers)
    return web.Response(status=reply.status, body=body, content_type=reply.content_type, headers=headers)


async def written(request: web.Request, stream: Stream) -> web.StreamResponse:
    """The response, sent part by part: the other end takes the next one when it is ready for it.

    What breaks off ends without its last chunk, so that nobody takes a part for the whole.
    """
    disposition = f'attachment; filename="{stream.file_name}"'
    response = web.StreamResponse(headers={"Cache-Control": "no-store", "Content-Disposition": disposition})
    response.content_type, response.charset = stream.content_type, "utf-8"
    await response.prepare(request)
    try:
        async for part in stream.parts:
            await response.write(part.encode())
    except Exception:
        log.exception("an answer broke off")
        if request.transport is not None:
            request.transport.abort()
        return response
    await response.write_eof()
    return response


def answering(services: Services, each: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What aiohttp calls for a route."""

    async def handle(request: web.Request) -> web.StreamResponse:
        call = await admitted(services, request, each.needs, each)
        arguments: dict[str, Any] = {}
        raw = b""
        if each.query is not None:
            arguments["query"] = checked(each.query, dict(request.query))
        if each.body is not None:
            arguments["body"], raw = await read_body(request, each)
        if each.two_persons is not None:
            await second_person(call, each, raw, arguments)
        key = request.headers.get(IDEMPOTENCY_KEY) if each.idempotent else None
        if key is None:
            answer = await each.run(call, **arguments)
            return await written(request, answer) if isinstance(answer, Stream) else respond(each, request, answer)
        return await once(call, each, key, raw, arguments)

    return handle


async def second_person(call: Call, each: Route, raw: bytes, arguments: dict[str, Any]) -> None:
    """Refuse what the organizer wants two persons for, and keep it until a second one approves it."""
    policies = call.services.engine.accounts.policies
    if each.two_persons is None or each.two_persons not in (await policies.of(call.organizer)).two_persons:
        return
    if each.alone is not None and await each.alone(call, **arguments):
        return
    assert call.ground is not None, "it needs a permission"
    asked = Asked(each.two_persons, f"{each.method} {each.path}", call.parts, raw, call.ground)
    approval = accept(await policies.ask(act_of(call), asked))
    raise RefusalError(Code.APPROVAL_NEEDED, approval=approval.id, until_ms=in_ms(approval.until_at))


def actor_of(call: Call) -> str:
    """Whose repeats are one another's."""
    if call.permit is not None:
        return call.permit.actor
    return call.session.account if call.session else call.buyer or f"address:{call.address}"


async def once(call: Call, each: Route, key: str, raw: bytes, arguments: dict[str, Any]) -> web.StreamResponse:
    """Answer, or repeat the answer this key got before."""
    if not is_idempotency_key(key):
        raise RefusalError(Code.INVALID, fields=[{"path": IDEMPOTENCY_KEY, "message": "1 to 128 printable characters"}])
    request = call.request
    actor = actor_of(call)
    answers = call.services.engine.answers
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
    except RefusalError as refusal:
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
