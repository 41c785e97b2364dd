"""What clients send, in general: an ask whose every field is checked, and the refusal that names what is wrong in one.

Guarantees: an ask that reaches its function is valid; unknown or wrong fields never do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypedDict

from engine.limits import MISTAKES_TOLD_MAX, SEATS_PER_SALE_MAX
from engine.refusals import Code, RefusalError
from engine.text import shown

Seat = Annotated[int, Field(ge=0, lt=SEATS_PER_SALE_MAX)]
MS_MAX = 253_402_300_799_999  # the end of the year 9999
NAME_ITSELF = "[key]"  # where pydantic says that the name of a value is wrong


class Ask(BaseModel):
    """What a client sends: every field is checked, none is guessed, unknown ones are named."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Nothing(TypedDict):
    """The answer that is no more than a yes."""


AskT = TypeVar("AskT", bound=Ask)


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
        raise RefusalError(Code.INVALID, fields=wrong_fields(error)) from error
