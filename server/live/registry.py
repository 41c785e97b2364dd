"""How a command is declared: a typed ask, a typed answer, one function; the table of all commands is made of these.

Owns: the `@command` decorator and `COMMANDS`, from which the socket dispatches and AsyncAPI is generated.
Guarantees: an ask that reaches its function is valid; unknown or wrong fields never do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.limits import MISTAKES_TOLD_MAX, SEATS_PER_SALE_MAX
from engine.refusals import Code, Refusal
from engine.text import shown

Seat = Annotated[int, Field(ge=0, lt=SEATS_PER_SALE_MAX)]


class Ask(BaseModel):
    """What a client sends: every field is checked, none is guessed, unknown ones are named."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


AskT = TypeVar("AskT", bound=Ask)
RunT = TypeVar("RunT", bound=Callable[..., Awaitable[Any]])


@dataclass(frozen=True, slots=True)
class Command:
    do: str
    ask: type[Ask]
    answer: Any
    run: Callable[[Any, Any], Awaitable[Any]]
    summary: str


COMMANDS: dict[str, Command] = {}
NAME_ITSELF = "[key]"  # where pydantic says that the name of a value is wrong


def command(do: str) -> Callable[[RunT], RunT]:
    """Declare the function that answers `do`; its annotations are the contract."""

    def declare(run: RunT) -> RunT:
        _, ask, answer = get_type_hints(run).values()
        if do in COMMANDS:
            raise ValueError(f"two commands are called {do}")
        COMMANDS[do] = Command(do, ask, answer, run, (run.__doc__ or "").strip())
        return run

    return declare


def wrong_fields(error: ValidationError, above: Iterable[str | int] = ()) -> list[dict[str, str]]:
    """Fields that are wrong, by their paths; what was sent is never repeated, since it may be a secret."""
    return [
        {
            "path": ".".join(shown(str(part)) for part in (*above, *each["loc"]) if part != NAME_ITSELF),
            "message": each["msg"].removeprefix("Value error, "),
        }
        for each in error.errors(include_url=False, include_input=False, include_context=False)[:MISTAKES_TOLD_MAX]
    ]


def parse(model: type[AskT], fields: object) -> AskT:
    """The ask, or the refusal that names every wrong field."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise Refusal(Code.INVALID, fields=wrong_fields(error)) from error
