"""The response headers that matter to clients, for the description of the API. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.access import Permission
from engine.refusals import Code
from server.contract.needs import Need
from server.contract.routes import Route

TEXT, WHOLE = {"type": "string"}, {"type": "integer", "minimum": 0}
# name → what it says, and its form
HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Aforo-Request": ("The id of this request in our logs.", TEXT),
    "Aforo-Epoch": ("As in an event of the socket.", TEXT),
    "Aforo-Seq": ("As in an event of the socket.", WHOLE),
    "Aforo-Seats": ("How many seats were packed.", WHOLE),
    "Cache-Control": ("Whether, and how long, caches may keep it.", TEXT),
    "ETag": ("Send it as If-None-Match.", TEXT),
    "Idempotency-Replayed": ("This is the answer your Idempotency-Key got before.", {"const": "true"}),
    "Retry-After": ("Seconds until asking again may help.", WHOLE),
    "Set-Cookie": ("Lets this browser in again.", TEXT),
    "Vary": ("On what else the answer depends.", TEXT),
    "WWW-Authenticate": ("How to say who you are.", {"const": "Bearer"}),
}
COMPONENTS = {name: {"description": says, "schema": schema} for name, (says, schema) in HEADERS.items()}


def of_success(each: Route) -> dict[str, Any]:
    """The headers that a route's answer may have, by name."""
    cached = ("ETag",) if each.cache is not None else ()
    replayed = ("Idempotency-Replayed",) if each.idempotent else ()
    kept = ("Cache-Control",) if each.status != 204 else ()
    return named(("Aforo-Request", *kept, *cached, *replayed, *each.headers, *renewed(each)))


def of_refusals(codes: Iterable[Code], each: Route) -> dict[str, Any]:
    """The headers of refusals of a route that share a status."""
    codes = tuple(codes)
    replayed = ("Idempotency-Replayed",) if each.idempotent and not all(code.retryable for code in codes) else ()
    wait = ("Retry-After",) if any(code.retryable for code in codes) else ()
    who = ("WWW-Authenticate",) if any(code.status == 401 for code in codes) else ()
    return named(("Aforo-Request", "Cache-Control", *wait, *who, *replayed, *renewed(each)))


def renewed(each: Route) -> tuple[str, ...]:
    """Any answer to who is logged in may bring another token of the session."""
    asks = isinstance(each.needs, Permission) or each.needs in (Need.ACCOUNT, Need.HALF)
    return ("Set-Cookie",) if asks or "Set-Cookie" in each.headers else ()


def named(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
