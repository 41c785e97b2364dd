"""Topics: what may be told, declared once by the context that tells it; hearers: who wants to hear of which.

Guarantees: a topic that is not declared, or a body that is not its topic's, can't be told; a name is declared once.
Within a version a body only gains members that may be missing; any other change is a new version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

BodyT = TypeVar("BodyT", bound=Mapping[str, object])

EXACT = ConfigDict(extra="forbid")
DECLARED: dict[str, Topic[Any]] = {}
HEARERS: dict[str, Hearer] = {}


class WrongTopic(Exception):
    """What was told is not declared so: a mistake of the teller."""


class Topic(Generic[BodyT]):
    """One kind of thing that is told; `body` is a TypedDict, and no member is told that it does not name."""

    def __init__(
        self,
        name: str,
        body: type[BodyT],
        *,
        version: int,
        told_by: str,
        meaning: str,
        for_organizers: bool = False,
        private: tuple[str, ...] = (),
    ) -> None:
        if name in DECLARED:
            raise WrongTopic(f"topic {name} is declared twice")
        self.name = name
        self.version = version
        self.told_by = told_by
        self.meaning = meaning
        self.for_organizers = for_organizers  # whether an organizer's webhooks may ask for it …
        self.private = private  # … which get all but these members
        self._body = body
        DECLARED[name] = self

    @cached_property
    def _adapter(self) -> TypeAdapter[BodyT]:
        return TypeAdapter(with_config(EXACT)(self._body))

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a body."""
        return self._adapter.json_schema()

    def written(self, body: BodyT) -> str:
        """The body as JSON; raises `WrongTopic` when it is not one of this topic."""
        if DECLARED.get(self.name) is not self:
            raise WrongTopic(f"topic {self.name} is not declared")
        try:
            checked = self._adapter.validate_python(body, strict=True)
        except ValidationError as error:
            where = ", ".join(".".join(map(str, each["loc"])) or "the whole" for each in error.errors())
            raise WrongTopic(f"topic {self.name}: its body is wrong at {where}") from error
        return self._adapter.dump_json(checked).decode()

    def read(self, body: Mapping[str, Any]) -> BodyT:
        """A body that was told, with its types."""
        return self._adapter.validate_python(body)


@dataclass(frozen=True, slots=True)
class Hearer:
    """Who reads the outbox by a cursor of this name."""

    name: str
    hears: Callable[[Topic[Any]], bool]
    meaning: str

    def __post_init__(self) -> None:
        if self.name in HEARERS:
            raise WrongTopic(f"hearer {self.name} is declared twice")
        HEARERS[self.name] = self

    def topics(self) -> list[str]:
        return [topic.name for topic in DECLARED.values() if self.hears(topic)]
