"""How an HTTP route is declared: who may call it, what it takes, what it answers; the table is made of these.

Owns: the `@route` decorator and ROUTES, from which the application and OpenAPI are made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, Field

from engine.access import Permission
from engine.ids import Cursor
from engine.limits import PAGE_ITEMS_MAX, SEARCH_CHARS_MAX
from engine.refusals import Code
from engine.text import Written
from server.contract.needs import Needed

JSON_TYPE = "application/json"
IDEMPOTENCY_KEY = "Idempotency-Key"

RunT = TypeVar("RunT", bound=Callable[..., Awaitable[Any]])


Search = Annotated[str, Written(SEARCH_CHARS_MAX, chars_min=0)]


class Query(BaseModel):
    """The query string: its values are text, so numbers are parsed from them."""

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


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that is written as it is read, so that its length does not matter."""

    parts: AsyncIterator[str]
    content_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    needs: Needed
    and_needs: Permission | None  # of the organizer as a whole, beside what it needs
    narrowed: bool  # it narrows what it answers to the reach of the caller's permit
    steps_up: bool  # a session needs a fresh second factor
    members: bool  # a person who is logged in does it: no key, no link, whatever they carry
    two_persons: str | None  # the act, where an organizer may ask for a second person; doing it twice is harmless
    alone: Callable[..., Awaitable[bool]] | None  # whether one person may do it this time all the same
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
    headers: tuple[str, ...]  # of its answer, beside those that all have: server/contract/headers.py
    also: tuple[str, ...]  # other content types it takes, as text
    summary: str


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    *,
    needs: Needed,
    and_needs: Permission | None = None,
    narrowed: bool = False,
    steps_up: bool = False,
    members: bool = False,
    two_persons: str | None = None,
    alone: Callable[..., Awaitable[bool]] | None = None,
    status: int = 200,
    cache: str | None = None,
    idempotent: bool = False,
    answer: Any = None,
    codes: tuple[Code, ...] = (),
    content: Mapping[str, Any] | None = None,
    headers: tuple[str, ...] = (),
    takes: type[BaseModel] | None = None,
    also: tuple[str, ...] = (),
) -> Callable[[RunT], RunT]:
    """Declare the function that answers `method path`; `body` and `query` are its arguments of those names.

    `takes` names the model of a body that the engine itself reads and checks. With a permission, who may do it in some
    events or venues only is checked against what the path names, and refused where it names nothing of the kind,
    unless the route is `narrowed`.
    """

    def declare(run: RunT) -> RunT:
        hints = get_type_hints(run)
        ROUTES.append(
            Route(
                method=method,
                path=path,
                needs=needs,
                and_needs=and_needs,
                narrowed=narrowed,
                steps_up=steps_up,
                members=members,
                two_persons=two_persons,
                alone=alone,
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
                headers=headers,
                also=also,
                summary=(run.__doc__ or "").strip(),
            )
        )
        return run

    return declare
