"""Whatever is asked and answered: a cart without issues makes an order with every answer it owes, and with no other."""

from collections.abc import Mapping

import orjson
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Question, QuestionKind
from engine.orders.issues import ANSWER_INVALID, ANSWER_MISSING
from engine.orders.model import Line
from engine.orders.questions import (
    ORDER,
    Given,
    answered,
    asked_of,
    fits,
    issues_of,
    merged,
    packed,
    packed_for_order,
    path_of,
    pruned,
    tickets_held,
    tickets_of,
    unpacked,
    unpacked_of_order,
    wrong_answers,
)

TYPES = ("general", "half", "vip")
OPTIONS = ("Meat", "Vegan", "Fish")
WORDS = st.text("aäß 12\n🎷ç", max_size=8)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Question, ...]:
    found = []
    for id_ in draw(st.lists(st.sampled_from(("age", "meal", "news", "shoe")), unique=True, max_size=4)):
        kind = draw(st.sampled_from(QuestionKind))
        options = (
            draw(st.lists(st.sampled_from(OPTIONS), min_size=1, unique=True)) if kind is QuestionKind.CHOICE else []
        )
        found.append(
            Question(
                id_,
                draw(st.sampled_from(("Yes?", "No?"))),
                kind,
                tuple(options),
                draw(st.booleans()),
                draw(st.booleans()),
                tuple(draw(st.lists(st.sampled_from(TYPES), unique=True, max_size=2))),
            )
        )
    return tuple(found)


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    seats = draw(st.lists(st.integers(0, 20), unique=True, max_size=3))
    units = draw(st.lists(st.sampled_from(("floor", "early")), max_size=4))
    kinds = st.sampled_from(TYPES)
    return [Line(seat, None, draw(kinds), 1) for seat in sorted(seats)] + [
        Line(None, pool, draw(kinds), 1) for pool in sorted(units)
    ]


@st.composite
def changes(draw: st.DrawFn) -> Mapping[str, str]:
    keys = st.sampled_from(("age", "meal", "news", "shoe", "gone"))
    tickets = st.sampled_from(("", ".seat:1", ".seat:2", ".pool:floor:0", ".pool:floor:1", ".pool:early:0"))
    said = st.one_of(st.sampled_from((*OPTIONS, "Yes?", "No?", "", "x" * 1001, "a\0b")), WORDS)
    return {draw(keys) + draw(tickets): draw(said) for _ in range(draw(st.integers(0, 8)))}


def held(of: list[Line]) -> set[str]:
    units = {pool: sum(line.pool == pool for line in of) for pool in ("floor", "early")}
    return tickets_held([line.seat for line in of if line.seat is not None], units)


@given(lines())
def test_tickets_have_names_of_their_own_and_they_are_those_of_the_cart(of: list[Line]) -> None:
    names = [name for name, _ in tickets_of(of)]
    assert len(set(names)) == len(of)
    assert set(names) == held(of)


@given(questions(), questions(), lines(), lines(), st.lists(changes(), max_size=4))
def test_a_cart_without_issues_makes_an_order_that_owes_nothing(
    before: tuple[Question, ...],
    now: tuple[Question, ...],
    first: list[Line],
    then: list[Line],
    written: list[Mapping[str, str]],
) -> None:
    """Both the questions and what is held change once, after some of the answers were given."""
    answers: dict[str, dict[str, Given]] = {}
    for at, change in enumerate(written):
        asked, of = (before, first) if at < len(written) // 2 else (now, then)
        wrong = {each["path"] for each in wrong_answers(change, asked, held(of))}
        good = {key: text for key, text in change.items() if f"answers.{key}" not in wrong}
        assert wrong_answers(good, asked, held(of)) == []
        answers = pruned(merged(answers, good, at), {each.id for each in asked}, held(of))
        assert unpacked(packed(answers)) == answers
    asked_now = asked_of(now, then)
    issues = issues_of(asked_now, answers)
    owed = {path_of(each.question.id, name) for each in asked_now for name in each.of if each.question.required}
    assert {each.field for each in issues if each.code == ANSWER_MISSING} <= owed
    for issue in issues:
        assert issue.code in (ANSWER_MISSING, ANSWER_INVALID)
    kept = answered(asked_now, answers)
    assert unpacked_of_order(packed_for_order(kept)) == kept
    given_ = {path_of(each.question, each.ticket or ORDER) for each in kept}
    assert len(given_) == len(kept)
    if not issues:
        assert owed <= given_
    by_id = {each.id: each for each in now}
    tickets = dict(tickets_of(then))
    for each in kept:
        question = by_id[each.question]
        assert fits(question, Given(each.answer, 0))
        assert each.ask == question.ask
        assert (each.ticket is not None) == question.per_ticket
        if each.ticket is not None and question.types:
            assert tickets[each.ticket] in question.types
    for question in asked_now:
        orjson.dumps(question.wire(answers))


@given(questions(), lines(), changes())
def test_what_is_not_wrong_is_kept_as_it_was_said(
    asked: tuple[Question, ...], of: list[Line], change: Mapping[str, str]
) -> None:
    if wrong_answers(change, asked, held(of)):
        return
    answers = merged({}, change, 7)
    for key, text in change.items():
        question, _, ticket = key.partition(".")
        said = answers[question].get(ticket)
        assert (said.text if said else "") == text.strip()
    assert merged(answers, change, 8) == answers, "saying the same again changes no time"
