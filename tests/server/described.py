"""Real traffic beside the served documents: every frame and every HTTP answer, to the member.

Guarantees: a member, code, status, type or header that the documents do not name is a mistake here, though clients are
told to expect more. Pure, but for the middleware, which writes down what it finds.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

import orjson
from aiohttp import web
from jsonschema_rs import Draft202012Validator, ValidationError

from engine.refusals import BY_WORD
from server.contract import asyncapi, openapi
from server.contract.headers import HEADERS
from server.contract.problems import PROBLEM_TYPE, TELLS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SAID_OF_ALL = {"code", "message", "retryable"}


def closed(schema: Any) -> Any:
    """The schema, with no room for members that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(each) for name, each in schema.items()}
    if "properties" in schema:
        shut.setdefault("additionalProperties", False)
    return shut


@cache
def components(document: str) -> dict[str, Any]:
    served = asyncapi.current() if document == "asyncapi" else openapi.current()
    return {"schemas": closed(served["components"]["schemas"])}


@cache
def validator(document: str, schema: bytes) -> Draft202012Validator:
    return Draft202012Validator({**orjson.loads(schema), "components": components(document)}, validate_formats=True)


def check(document: str, schema: Mapping[str, Any], value: Any, what: str) -> None:
    """Fails when the value is not what a document says."""
    try:
        validator(document, orjson.dumps(schema)).validate(value)
    except ValidationError as error:
        raise AssertionError(f"{what}: {error.message} at {error.instance_path}") from None


def as_json(message: Any) -> Any:
    """A message of MessagePack as JSON would say it."""
    if isinstance(message, bytes):
        return base64.b64encode(message).decode()
    if isinstance(message, dict):
        return {name: as_json(each) for name, each in message.items()}
    return [as_json(each) for each in message] if isinstance(message, list) else message


# ── the socket ──


def payload(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = asyncapi.current()["components"]["messages"][name]["payload"]
    return found


def check_frame(message: dict[str, Any], ask: dict[str, Any] | None) -> None:
    """A frame from the server; `ask` is what it answers, where it answers one."""
    message = as_json(message)
    if "on" in message:
        check("asyncapi", payload(f"{message['on'].capitalize()}Event"), message, f"event {message['on']}")
    elif "error" in message:
        check("asyncapi", payload("Error"), message, f"refusal of {ask}")
        error = message["error"]
        check_told(error["code"], set(error) - SAID_OF_ALL)
    elif ask is not None:
        do = ask["do"].capitalize()
        check("asyncapi", payload(f"{do}Answer"), message, f"answer to {ask['do']}")
        fields = {name: each for name, each in as_json(ask).items() if name not in ("id", "do")}
        check("asyncapi", payload(f"{do}Ask")["allOf"][1], fields, f"ask {ask['do']}")


def check_told(code: str, told: set[str]) -> None:
    assert told <= set(TELLS.get(BY_WORD[code], ())), f"{code} tells {told}"


# ── HTTP ──


def middleware(mistakes: list[str]) -> Any:
    """Goes round the whole application, and writes down which answers are not what OpenAPI says."""

    @web.middleware
    async def described(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        try:
            check_response(request, response)
        except AssertionError as mistake:
            mistakes.append(f"{request.method} {request.path} {response.status}: {mistake}")
        return response

    return described


def check_response(request: web.Request, response: web.StreamResponse) -> None:
    resource = request.match_info.route.resource
    path = "" if resource is None else resource.canonical
    operation = openapi.current()["paths"].get(path, {}).get(request.method.lower())
    if operation is None:
        return
    said = operation["responses"].get(str(response.status))
    assert said is not None, "this status is not described"
    headers = {name for name in HEADERS if name in response.headers}
    assert headers <= set(said["headers"]), f"headers {headers - set(said['headers'])} are not described"
    if not isinstance(response, web.Response):  # it was sent part by part
        assert response.content_type in said["content"], f"{response.content_type} is not described"
        return
    if response.body is None:
        assert "content" not in said, "the body is missing"
        return
    assert isinstance(response.body, bytes)
    assert response.content_type in said["content"], f"{response.content_type} is not described"
    if not response.content_type.endswith("json"):
        return
    value = orjson.loads(response.body)
    check("openapi", said["content"][response.content_type]["schema"], value, "body")
    if response.content_type == PROBLEM_TYPE:
        assert f"`{value['code']}`" in said["description"], f"{value['code']} is not described"
        check_told(value["code"], set(value) - {"type", "title", "status", "detail", "code", "retryable"})
