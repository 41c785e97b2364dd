"""Questions of a cart: what it is asked, whether its answers do, and what an order keeps of them.

Pure. Guarantees: answers are judged by the questions as they are now; a consent is to the words it was given to and to
no others; an answer that is not asked for any more counts for nothing. Answers never show in a traceback's repr.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.catalog import Question, QuestionKind, is_stock
from engine.limits import ANSWER_CHARS_MAX, ANSWERS_PER_CHANGE_MAX
from engine.orders.issues import ANSWER_INVALID, ANSWER_MISSING
from engine.orders.model import Answered, Issue, Line
from engine.text import BadText, Form, Written

ORDER = ""  # whose answer it is, where it is the whole order's and no ticket's
TEXT = Written(ANSWER_CHARS_MAX, Form.PARAGRAPH, chars_min=0)
MISSING_SENTENCES = {
    QuestionKind.TEXT: "This has to be answered.",
    QuestionKind.CHOICE: "Choose one of these.",
    QuestionKind.CONSENT: "This has to be agreed to.",
}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as its buyer gave it; of a consent, the words that were agreed to."""

    text: str = field(repr=False)
    at_ms: int


Answers = Mapping[str, Mapping[str, Given]]  # question id → ticket, or ORDER → answer
AnswerChange = Mapping[str, str]  # `allergies`, or `meal.seat:12` → answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a cart is asked, and of what: of these tickets, or of the order."""

    question: Question
    of: tuple[str, ...]

    def wire(self, answers: Answers) -> dict[str, Any]:
        given = answers.get(self.question.id, {})
        said = {
            each: given[each].text if each in given and fits(self.question, given[each]) else "" for each in self.of
        }
        return {**self.question.wire(), "asked": [{"ticket": each or None, "answer": said[each]} for each in self.of]}


def tickets_of(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """The tickets that lines make, each with its type: products make none.

    Those of a pool are counted: `pool:floor:0`, `pool:floor:1`.
    """
    counted: Counter[str] = Counter()
    tickets = []
    for line in lines:
        name = line.item
        if not line.admits:
            continue
        if line.pool is not None:
            name, counted[line.item] = f"{name}:{counted[line.item]}", counted[line.item] + 1
        tickets.append((name, line.type))
    return tickets


def tickets_held(seats: Collection[int], units: Mapping[str, int]) -> set[str]:
    """The names of the tickets of a cart that holds these."""
    counted = {f"pool:{pool}:{nth}" for pool in units if is_stock(pool) for nth in range(units[pool])}
    return {f"seat:{seat}" for seat in seats} | counted


def asked_of(questions: Sequence[Question], lines: Sequence[Line]) -> tuple[Asked, ...]:
    """What a cart with these lines is asked; a question for certain types is not asked where none of them is held."""
    tickets = tickets_of(lines)
    found = []
    for question in questions:
        concerned = [name for name, kind in tickets if not question.types or kind in question.types]
        if concerned:
            found.append(Asked(question, tuple(concerned) if question.per_ticket else (ORDER,)))
    return tuple(found)


def fits(question: Question, given: Given) -> bool:
    """Whether an answer answers the question as it is asked now."""
    match question.kind:
        case QuestionKind.TEXT:
            return given.text != ""
        case QuestionKind.CHOICE:
            return given.text in question.options
        case QuestionKind.CONSENT:
            return given.text == question.ask


def issues_of(asked: Sequence[Asked], answers: Answers) -> list[Issue]:
    """What of the answers is missing, or is none any more."""
    found = []
    for each in asked:
        for name in each.of:
            given = answers.get(each.question.id, {}).get(name)
            at = path_of(each.question.id, name)
            if given is not None and not fits(each.question, given) and each.question.kind is QuestionKind.CHOICE:
                found.append(Issue(ANSWER_INVALID, at, "This can't be chosen any more: choose another."))
            elif each.question.required and (given is None or not fits(each.question, given)):
                found.append(Issue(ANSWER_MISSING, at, MISSING_SENTENCES[each.question.kind]))
    return found


def path_of(question: str, name: str) -> str:
    return f"answers.{question}.{name}" if name else f"answers.{question}"


def answered(asked: Sequence[Asked], answers: Answers) -> tuple[Answered, ...]:
    """What an order keeps: each answer with the question as it was asked."""
    return tuple(
        Answered(each.question.id, name or None, each.question.ask, each.question.kind.value, given.text, given.at_ms)
        for each in asked
        for name in each.of
        if (given := answers.get(each.question.id, {}).get(name)) is not None and fits(each.question, given)
    )


# ── what a buyer writes ──


def wrong_answers(
    change: AnswerChange, questions: Sequence[Question], tickets: Collection[str]
) -> list[dict[str, str]]:
    """What of a change can't be taken, as path and message."""
    if len(change) > ANSWERS_PER_CHANGE_MAX:
        return [{"path": "answers", "message": f"At most {ANSWERS_PER_CHANGE_MAX:,} answers."}]
    known = {each.id: each for each in questions}
    said = [(key, _wrong(key, text, known, tickets)) for key, text in change.items()]
    return [{"path": f"answers.{key}", "message": message} for key, message in said if message]


def _wrong(key: str, text: str, known: Mapping[str, Question], tickets: Collection[str]) -> str | None:
    name, _, ticket = key.partition(".")
    question = known.get(name)
    if question is None:
        return "There is no such question."
    if question.per_ticket and not ticket:
        return "Each ticket has an answer of its own."
    if ticket and not question.per_ticket:
        return "The whole order has one answer."
    if ticket and ticket not in tickets:
        return "There is no such ticket in the cart."
    try:
        read = TEXT.read(text)
    except BadText as bad:
        return f"{str(bad)[:1].upper()}{str(bad)[1:]}."
    if read == "" or fits(question, Given(read, 0)):
        return None
    if question.kind is QuestionKind.CONSENT:
        return "The words to agree to are others now: read them again."
    return "This is not one of the options."


def merged(answers: Answers, change: AnswerChange, at_ms: int) -> dict[str, dict[str, Given]]:
    """Answers with a change that is not wrong; an empty one takes out what was there."""
    now = {key: dict(given) for key, given in answers.items()}
    for key, text in change.items():
        question, _, ticket = key.partition(".")
        of_question, read = now.setdefault(question, {}), TEXT.read(text)
        before = of_question.pop(ticket, None)
        if read:
            of_question[ticket] = before if before is not None and before.text == read else Given(read, at_ms)
    return now


def pruned(answers: Answers, questions: Collection[str], tickets: Collection[str]) -> dict[str, dict[str, Given]]:
    """Those of questions that are still asked, and of tickets that are still held."""
    left = {
        key: {name: each for name, each in given.items() if not name or name in tickets}
        for key, given in answers.items()
        if key in questions
    }
    return {key: given for key, given in left.items() if given}


# ── as they are sealed ──


def packed(answers: Answers) -> str:
    plain = {key: {name: [each.text, each.at_ms] for name, each in given.items()} for key, given in answers.items()}
    return orjson.dumps(plain).decode()


def unpacked(text: str) -> Answers:
    return {
        key: {name: Given(each[0], each[1]) for name, each in given.items()}
        for key, given in orjson.loads(text).items()
    }


def packed_for_order(answers: Sequence[Answered]) -> str:
    return orjson.dumps([each.wire() for each in answers]).decode()


def unpacked_of_order(text: str) -> tuple[Answered, ...]:
    return tuple(
        Answered(each["question"], each["ticket"], each["ask"], each["kind"], each["answer"], each["at_ms"])
        for each in orjson.loads(text)
    )
