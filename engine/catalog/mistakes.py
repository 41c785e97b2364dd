"""Mistakes in what an organizer wrote: each with its path, its line where there is one, and a plain sentence.

Pure. Guarantees: the mistakes of a source are told at once, as many as anybody reads; an unknown name comes with the
nearest known one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from engine.catalog.coupon_inputs import CouponInput, MinimumInput
from engine.catalog.due_inputs import FeeInput, TaxInput
from engine.catalog.fields import Input
from engine.catalog.inputs import (
    DayInput,
    EntryInput,
    NamedAllocation,
    PhaseInput,
    PoolInput,
    PricedSection,
    ProductInput,
    QuestionInput,
    RoomInput,
    ShapeInput,
    TicketTypeInput,
    UnlockInput,
    VenueInput,
    ZoneInput,
)
from engine.limits import MISTAKES_TOLD_MAX
from engine.text import shown

Path = tuple[str | int, ...]
Lines = Mapping[Path, int]
FIELDS_TOLD_MAX = 12  # of those that are known
KNOWN_FIELDS: tuple[tuple[tuple[str, ...], type[Input]], ...] = (
    (("sections", "*", "shape"), ShapeInput),
    (("sections", "*"), PricedSection),
    (("pools", "*"), PoolInput),
    (("allocations", "*"), NamedAllocation),
    (("questions", "*"), QuestionInput),
    (("ticket_types", "*"), TicketTypeInput),
    (("zones", "*"), ZoneInput),
    (("phases", "*"), PhaseInput),
    (("products", "*"), ProductInput),
    (("days", "*"), DayInput),
    (("taxes", "*"), TaxInput),
    (("fees", "*"), FeeInput),
    (("unlocks", "*"), UnlockInput),
    (("coupons", "*", "minimum"), MinimumInput),
    (("coupons", "*"), CouponInput),
    (("room",), RoomInput),
    (("entry",), EntryInput),
    (("venue",), VenueInput),
)


def fields_at(path: tuple[Any, ...], top: type[Input]) -> list[str]:
    """The fields one may write below `path`: what an unknown one is compared with."""
    for pattern, model in KNOWN_FIELDS:
        if len(pattern) == len(path) and all(want in ("*", have) for want, have in zip(pattern, path, strict=True)):
            return [field.alias or name for name, field in model.model_fields.items()]
    return list(top.model_fields) if not path else []


@dataclass(frozen=True, slots=True)
class Mistake:
    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"


def mistake_at(path: Path, message: str, lines: Lines) -> Mistake:
    """A mistake at `path`; its line is that of the nearest thing that was written."""
    known = path
    while known and known not in lines:
        known = known[:-1]
    return Mistake(".".join(shown(str(step)) for step in path), lines.get(known), message)


def nearest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean …?" or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _instead(word: str, known: list[str]) -> str:
    """What may have been meant, else all that may be written there, where that is not too long to read."""
    near = nearest(word, known)
    return near or (f"; {', '.join(known)} are" if 1 < len(known) <= FIELDS_TOLD_MAX else "")


def mistakes_of(error: ValidationError, top: type[Input], source: Any, lines: Lines) -> list[tuple[Path, Mistake]]:
    """What pydantic found, in our words, each with the path it is at."""
    found: dict[Path, Mistake] = {}
    for item in error.errors(include_url=False, include_input=False)[:MISTAKES_TOLD_MAX]:
        path = _written_path(item["loc"], source)
        message = _sentence(item, path, top)
        found.setdefault(path, mistake_at(path, message, lines))
    return list(found.items())


NAME_ITSELF = "[key]"  # where pydantic says that the name of a value is wrong
_NUMBER = "must be a number"
_WHOLE = "must be a whole number"
_GROUP = "must be a group of `name: value` lines"
_LIST = "must be a list"
_SENTENCES: Mapping[str, str] = {
    "missing": "is missing",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "string_type": "must be text",
    "dict_type": _GROUP,
    "model_type": _GROUP,
    "model_attributes_type": _GROUP,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "string_too_short": "must not be empty",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
}


def _written_path(loc: Path, source: Any) -> Path:
    """The part of pydantic's location that the writer would recognise: without names of union branches and defaults."""
    path: list[str | int] = []
    here = source
    for index, step in enumerate(loc):
        if step == NAME_ITSELF:
            break
        if isinstance(here, dict):
            if step not in here and index < len(loc) - 1:
                break
            path.append(step)
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            path.append(step)
            here = here[step]
    return tuple(path)


def _sentence(item: Mapping[str, Any], path: Path, top: type[Input]) -> str:
    kind: str = item["type"]
    context: Mapping[str, Any] = item.get("ctx", {})
    match kind:
        case "extra_forbidden":
            return f"is not known here{_instead(str(path[-1]), fields_at(path[:-1], top))}"
        case "value_error":
            return str(context["error"])
        case "string_pattern_mismatch" if path == ("id",):
            return "must be 3 to 40 small letters, digits and hyphens"
        case "string_pattern_mismatch" if path and str(path[-1]).removesuffix("_id") in ("event", "venue"):
            return "is not an id"
        case "string_unicode":
            return "contains half of a character"
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    message: str = item["msg"]
    return message[:1].lower() + message[1:]
