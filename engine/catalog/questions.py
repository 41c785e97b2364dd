"""What the buyers of a sale are asked before they buy.

Pure. Guarantees of questions without findings: ids are unique, a choice has options that differ, nothing else has any,
and types they are asked for are sold. They are stored as a list, which keeps the order they were written in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from engine.catalog.findings import Findings, fresh_id
from engine.catalog.inputs import QuestionInput
from engine.catalog.mistakes import Path, nearest
from engine.catalog.names import id_of
from engine.limits import QUESTIONS_BYTES_MAX

WHAT_IS_SOLD: tuple[Path, ...] = (("currency",), ("sections",), ("pools",), ("ticket_types",))


class QuestionKind(Enum):
    TEXT = "text"
    CHOICE = "choice"  # one of its options
    CONSENT = "consent"  # agreed to, or not


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    ask: str
    kind: QuestionKind
    options: tuple[str, ...] = ()
    per_ticket: bool = False  # asked of each ticket, else of the order once
    required: bool = False
    types: tuple[str, ...] = ()  # the ticket types it is asked for; none: all

    def wire(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "ask": self.ask,
            "kind": self.kind.value,
            "options": list(self.options),
            "per": "ticket" if self.per_ticket else "order",
            "required": self.required,
            "for": list(self.types),
        }


def read_questions(
    written: Mapping[str, QuestionInput], prices: Mapping[str, Mapping[str, int]], findings: Findings
) -> tuple[Question, ...]:
    """The questions of a sale with these prices, in the order they were written."""
    sold = {kind for each in prices.values() for kind in each}
    found: dict[str, Question] = {}
    taken: dict[str, str] = {}
    for key, each in written.items():
        path: Path = ("questions", key)
        made = fresh_id(key, taken, path, findings)
        if made and made not in found:
            found[made] = _question(made, each, path, sold, findings)
    questions = tuple(found.values())
    if len(orjson.dumps(questions_to_json(questions))) > QUESTIONS_BYTES_MAX:
        findings.add(("questions",), f"are too long together: at most {QUESTIONS_BYTES_MAX // 1024} KiB as JSON")
    return questions


def _question(made: str, read: QuestionInput, path: Path, sold: set[str], findings: Findings) -> Question:
    kind = QuestionKind(read.kind)
    if kind is QuestionKind.CHOICE and not read.options and findings.fine((*path, "options")):
        findings.add((*path, "options"), "are missing: a choice needs one at least")
    if kind is not QuestionKind.CHOICE and read.options:
        findings.add((*path, "options"), f"belong to a choice, and this is a {kind.value}")
    if len(set(read.options)) < len(read.options):
        findings.add((*path, "options"), "name the same option twice")
    types = tuple(dict.fromkeys(map(id_of, read.types)))
    unknown = next((each for each in types if each not in sold), None)
    if unknown is not None and findings.fine(*WHAT_IS_SOLD):
        findings.add((*path, "for"), f"names no ticket type that is sold: {unknown}{nearest(unknown, sold)}")
    return Question(made, read.ask, kind, tuple(read.options), read.per == "ticket", read.required, types)


def questions_to_json(questions: Sequence[Question]) -> list[dict[str, Any]]:
    return [each.wire() for each in questions]


def questions_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    return tuple(
        Question(
            each["id"],
            each["ask"],
            QuestionKind(each["kind"]),
            tuple(each["options"]),
            each["per"] == "ticket",
            each["required"],
            tuple(each["for"]),
        )
        for each in stored
    )
