"""The OpenAPI 3.1 document, generated from the table of routes and the models that validate.

Pure. Guarantees: what it says about bodies, queries and answers is what the code checks and sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from engine.access import Permission
from engine.ids import IDEMPOTENCY_KEY as KEY_FORM
from engine.ids import MADE_ID, SALE_ID, whole
from engine.refusals import Code
from server.contract import headers
from server.contract.needs import Need, Needed
from server.contract.problems import PROBLEM_TYPE, Problem
from server.contract.routes import IDEMPOTENCY_KEY, JSON_TYPE, ROUTES, Route
from server.contract.schemas import Named, definitions
from server.contract.stamps import VERSION

PART = re.compile(r"\{(\w+)\}")
ANY = (Code.BAD_MESSAGE, Code.BUSY, Code.UNAVAILABLE, Code.INTERNAL)
SECURITY: dict[Needed, list[dict[str, list[str]]]] = {
    Need.NOBODY: [],
    Need.BUYER: [{"buyerToken": []}, {"buyerCookie": []}],
    Need.OWN: [{"buyerToken": []}, {"buyerCookie": []}, {"session": []}],
    Need.OPENED: [{"buyerToken": []}, {"buyerCookie": []}],
    Need.ACCOUNT: [{"session": []}],
    Need.HALF: [{"session": []}],
    Need.KEY: [{"apiKey": []}],
}
OF_ORGANIZERS: list[dict[str, list[str]]] = [{"apiKey": []}, {"session": []}]  # where a permission is needed
SCHEMES = {
    "buyerToken": {"type": "http", "scheme": "bearer", "description": "A buyer token from POST /api/buyers"},
    "buyerCookie": {"type": "apiKey", "in": "cookie", "name": "aforo_buyer"},
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key, ak_…"},
    "session": {"type": "apiKey", "in": "cookie", "name": "aforo_session"},
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    routes = tuple(routes)
    schemas, components = definitions(named_types(routes))
    paths: dict[str, dict[str, Any]] = {}
    for each in routes:
        paths.setdefault(each.path, {})[each.method.lower()] = operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Aforo",
            "version": VERSION,
            "description": "Fair queue, live seats, and never the same thing sold twice.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": components, "headers": headers.COMPONENTS, "securitySchemes": SCHEMES},
    }


def name_of(each: Route) -> str:
    return each.run.__name__


def named_types(routes: Iterable[Route]) -> Iterable[Named]:
    yield "problem", "serialization", Problem
    for each in routes:
        if each.body is not None:
            yield f"{name_of(each)} body", "validation", each.body
        if answers(each):
            yield f"{name_of(each)} answer", "serialization", each.answer


def answers(each: Route) -> bool:
    """Whether it answers JSON."""
    return each.status != 204 and each.answer is not str


def operation(each: Route, schemas: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": name_of(each),
        "summary": each.summary,
        "tags": [each.path.split("/")[2]],
        "parameters": parameters(each),
        "responses": responses(each, schemas),
        "security": SECURITY.get(each.needs, OF_ORGANIZERS),
        "x-needs": needs_of(each),
    }
    if each.body is not None:
        schema = schemas[f"{name_of(each)} body"]
        content = {JSON_TYPE: {"schema": schema}} | {each_type: {"schema": schema} for each_type in each.also}
        said["requestBody"] = {"required": True, "content": content}
    return said


def needs_of(each: Route) -> str:
    """What it needs, in words."""
    return each.needs.value if each.and_needs is None else f"{each.needs.value}, {each.and_needs.value}"


def form_of(part: str) -> re.Pattern[str]:
    """What a part of a path may look like: see `Call.sale_part` and `Call.part`."""
    return SALE_ID if part == "sale" else MADE_ID


def parameters(each: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": part, "in": "path", "required": True, "schema": {"type": "string", "pattern": whole(form_of(part))}}
        for part in PART.findall(each.path)
    ]
    if each.query is not None:
        schema = TypeAdapter(each.query).json_schema()
        required = set(schema.get("required", ()))
        for name, member in schema["properties"].items():
            found.append({"name": name, "in": "query", "required": name in required, "schema": member})
    if each.idempotent:
        schema = {"type": "string", "pattern": whole(KEY_FORM)}
        found.append({"name": IDEMPOTENCY_KEY, "in": "header", "required": False, "schema": schema})
    if each.cache is not None:
        found.append({"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return found


def responses(each: Route, schemas: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    success: dict[str, Any] = {"description": "Done.", "headers": headers.of_success(each)}
    if answers(each):
        success["content"] = {JSON_TYPE: {"schema": schemas[f"{name_of(each)} answer"]}, **each.content}
    elif each.content:
        success["content"] = each.content
    found[str(each.status)] = success
    if each.cache is not None:
        known = headers.named(("Aforo-Request", "Cache-Control", "ETag", *each.headers))
        found["304"] = {"description": "Not changed since the ETag you sent.", "headers": known}
    by_status: dict[int, list[Code]] = {}
    for code in codes(each):
        by_status.setdefault(code.status, []).append(code)
    for status, refusals in sorted(by_status.items()):
        words = ", ".join(f"`{code.word}`" for code in refusals)
        content = {PROBLEM_TYPE: {"schema": schemas["problem"]}}
        found[str(status)] = {"description": words, "headers": headers.of_refusals(refusals, each), "content": content}
    return found


def codes(each: Route) -> tuple[Code, ...]:
    """Every refusal this route may answer with, each once."""
    found = [*each.codes, *ANY, Code.NOT_FOUND]
    if each.needs not in (Need.NOBODY, Need.OPENED):
        found.append(Code.UNAUTHORIZED)
    if each.method not in ("GET", "HEAD") or isinstance(each.needs, Permission):
        found.append(Code.FORBIDDEN)
    if isinstance(each.needs, Permission):
        found.append(Code.SECOND_FACTOR_NEEDED)
    if each.steps_up:
        found.append(Code.STEP_UP_NEEDED)
    if each.two_persons is not None:
        found.append(Code.APPROVAL_NEEDED)
    if each.body is not None:
        found += [Code.INVALID, Code.TOO_LARGE, Code.UNSUPPORTED_TYPE]
    if each.query is not None or PART.search(each.path):
        found.append(Code.INVALID)
    if each.idempotent:
        found.append(Code.CONFLICT)
    return tuple(dict.fromkeys(found))


@cache
def current() -> dict[str, Any]:
    """What is served; importing `server.app` declares all of it."""
    if not ROUTES:
        raise LookupError("No route is declared yet.")
    return document(ROUTES)
