"""What office routes share: in whose name they act, and how mistakes in a body are reported."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from engine.access import network_of
from engine.audit import Act
from engine.catalog import Mistake
from engine.refusals import Code, RefusalError, Refused, accept
from server.observe.logs import REQUEST
from server.who.call import Call

YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml")
T = TypeVar("T")


def act_of(call: Call) -> Act:
    """In whose name a call acts, and on what ground."""
    kind, actor = call.actor
    return Act(call.organizer, actor, kind, REQUEST.get(), network_of(call.address), call.ground)


def made(result: T | Refused | list[Mistake]) -> T:
    """What was made; else the refusal, with every mistake named."""
    if isinstance(result, list):
        refuse(result)
    return accept(result)


def refuse(mistakes: list[Mistake]) -> NoReturn:
    raise RefusalError(Code.INVALID, fields=[named(mistake) for mistake in mistakes])


def named(mistake: Mistake) -> dict[str, Any]:
    field: dict[str, Any] = {"path": mistake.path, "message": mistake.message}
    return field if mistake.line is None else {**field, "line": mistake.line}
