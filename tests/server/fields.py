"""Every text that the API takes, as its two documents describe it: where it is, its rule, how to put a text there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jsonschema

Schema = Mapping[str, Any]

# Formats whose code refuses what cannot be shown; each has a bound beside it.
OURS = {"line", "paragraph", "exact"}
# Formats that are parsed at once, so that nothing of the text is kept.
PARSED = {"moment", "clock", "date", "date-time"}
SAMPLE_NAMES = ("general", "seat:1")

# Classes of characters that nobody has counted: all but some, any one, letters of any script.
OPEN_CLASS = re.compile(r"\[\^|\\[sSdDwW]")
ANY_ONE = re.compile(r"(?<!\\)\.")
COUNTED = re.compile(r"\[[^\]]*\]")

HOSTILE: Mapping[str, str] = {
    "NUL": "a\x00b",
    "escape": "a\x1bb",
    "override": "a\u202eb",
    "isolate": "a\u2066b",
    "zero width": "a\u200bb",
    "invisible": "\u200b",
    "tags": "a\U000e0041b",
    "noncharacter": "a\ufdd0b",
}
LONE = "\ud800"
BLANK = " \u3000"
LONG_CHARS = 5_000


@dataclass(frozen=True)
class Field:
    """A text: the steps to it (a member's name, `[]`, `{name}` or `{value}`), and its schema."""

    steps: tuple[str, ...]
    schema: Schema
    names: Schema | None = None  # the rule for the names beside `{value}`

    def below(self, step: str, schema: Schema, names: Schema | None = None) -> Field:
        return replace(self, steps=(*self.steps, step), schema=schema, names=names or self.names)

    def __str__(self) -> str:
        return ".".join(self.steps)

    @property
    def sample_name(self) -> str:
        rule = jsonschema.Draft202012Validator(dict(self.names or {}))
        return next(name for name in SAMPLE_NAMES if rule.is_valid(name))

    def holding(self, text: str) -> Any:
        """The smallest value with `text` in this field."""
        value: Any = text
        for step in reversed(self.steps):
            match step:
                case "[]":
                    value = [value]
                case "{name}":
                    value = {text: None}
                case "{value}":
                    value = {self.sample_name: value}
                case _:
                    value = {step: value}
        return value

    def is_at(self, path: str) -> bool:
        """Whether a mistake at `path` is told of this field, or of the value it is the name of."""
        known = {"[]": "0", "{value}": self.sample_name if self.names else ""}
        mine = [known.get(step, step) for step in self.steps if step != "{name}"]
        said = path.split(".")[: len(mine)]
        return said == mine[: len(said)] and len(said) >= min(len(mine), 1)

    def hostile(self) -> Iterator[str]:
        """Texts this field must refuse."""
        yield from HOSTILE.values()
        yield "x" * (self.schema.get("maxLength", LONG_CHARS) + 1)
        if self.schema.get("minLength", 0) > 0:
            yield BLANK


def texts(schema: Schema, definitions: Mapping[str, Schema]) -> list[Field]:
    """Every text at or below a schema, names of values included."""
    return list(_walk(Field((), schema), definitions, ()))


def _walk(at: Field, definitions: Mapping[str, Schema], seen: tuple[str, ...]) -> Iterator[Field]:
    schema = at.schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from _walk(replace(at, schema=definitions[name]), definitions, (*seen, name))
        return
    for each in [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]:
        yield from _walk(replace(at, schema=each), definitions, seen)
    if schema.get("type") == "string":
        yield at
    for name, each in schema.get("properties", {}).items():
        yield from _walk(at.below(name, each), definitions, seen)
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping):
        names = schema.get("propertyNames", {})
        yield at.below("{name}", {"type": "string", **names})
        yield from _walk(at.below("{value}", values, names), definitions, seen)
    if isinstance(schema.get("items"), Mapping):
        yield from _walk(at.below("[]", schema["items"]), definitions, seen)
    for each in schema.get("prefixItems", ()):
        yield from _walk(at.below("[]", each), definitions, seen)


def is_ruled(schema: Schema) -> bool:
    """Whether a text has a rule: a choice, a form of ours with its bound, or a pattern that lets nothing hostile in."""
    if "enum" in schema or "const" in schema:
        return True
    if schema.get("format") in OURS | PARSED:
        return "maxLength" in schema or schema["format"].startswith("date")
    if "pattern" not in schema:
        return False
    pattern = schema["pattern"]
    whole = pattern.startswith("^") and pattern.endswith("$")
    longest = "maxLength" in schema or not any(
        re.search(pattern, letter * LONG_CHARS) for letter in ("a", "A", "0", "-", "~")
    )
    open_class = OPEN_CLASS.search(pattern) or ANY_ONE.search(COUNTED.sub("", pattern))
    return pattern.isascii() and whole and longest and not open_class
