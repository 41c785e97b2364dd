"""Questions as an organizer writes them: every mistake at its line or field, and what is right as it was written."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from engine.audit import Act
from engine.catalog import Catalog, CreatedSale, Question, QuestionKind, copy_sale
from engine.catalog.model import RoomPlan
from engine.limits import OPTIONS_MAX, QUESTION_CHARS_MAX, QUESTIONS_MAX

WRITTEN = """\
ticket_types: {general: General, half: Half price}
questions:
  Menú: {ask: Which meal?, kind: choice, options: [Meat, Vegan], per: ticket, required: true}
  allergies: {ask: "Any allergies?\\nTell us all."}
  news: {ask: I want the newsletter., kind: consent, for: general}
"""
READ = (
    Question("menu", "Which meal?", QuestionKind.CHOICE, ("Meat", "Vegan"), per_ticket=True, required=True),
    Question("allergies", "Any allergies?\nTell us all.", QuestionKind.TEXT),
    Question("news", "I want the newsletter.", QuestionKind.CONSENT, types=("general",)),
)


async def test_they_are_kept_as_they_were_written_and_in_their_order(catalog: Catalog, by: Act, shortest: str) -> None:
    created = await catalog.sale_from_yaml(shortest + WRITTEN, by)
    assert isinstance(created, CreatedSale), created
    info = await catalog.sale_info(created.id)
    assert info is not None
    assert info.questions == READ
    # What is read can be written again: the shapes are the same, but for the id.
    again = {each["id"]: {key: each[key] for key in each if key != "id"} for each in map(Question.wire, READ)}
    changed = await catalog.change_sale(by, created.id, {"questions": again})
    assert getattr(changed, "questions", changed) == READ
    changed = await catalog.change_sale(by, created.id, {"person_max": 4})
    assert getattr(changed, "questions", changed) == READ
    changed = await catalog.change_sale(by, created.id, {"questions": {}})
    assert getattr(changed, "questions", changed) == ()


async def test_every_mistake_is_named_at_its_line(catalog: Catalog, by: Act, shortest: str) -> None:
    found = await catalog.sale_from_yaml(
        shortest
        + """\
questions:
  meal: {ask: Which?, kind: choice}
  news: {ask: News?, kind: consent, options: [a]}
  size: {ask: Size?, kind: choice, options: [S, S]}
  half: {ask: School?, for: [generl]}
  "!!": {ask: What?}
  Menú: {ask: A?}
  menu: {ask: B?}
  shoe: {asks: C?, kind: list}
""",
        by,
    )
    assert isinstance(found, list)
    assert {each.path: (each.line, each.message) for each in found} == {
        "questions.meal.options": (11, "are missing: a choice needs one at least"),
        "questions.news.options": (12, "belong to a choice, and this is a consent"),
        "questions.size.options": (13, "name the same option twice"),
        "questions.half.for": (14, "names no ticket type that is sold: generl; did you mean general?"),
        "questions.!!": (15, "needs a name with letters or digits in it"),
        "questions.menu": (17, "has the same id as 'Menú', which is menu: give one of them another name"),
        "questions.shoe.ask": (18, "is missing"),
        "questions.shoe.asks": (18, "is not known here; did you mean ask?"),
        "questions.shoe.kind": (18, "must be 'text', 'choice' or 'consent'"),
    }


@pytest.mark.parametrize(
    ("questions", "path"),
    [
        ({f"q{nth}": {"ask": "?"} for nth in range(QUESTIONS_MAX + 1)}, "questions"),
        (
            {"q": {"ask": "?", "kind": "choice", "options": [str(n) for n in range(OPTIONS_MAX + 1)]}},
            "questions.q.options",
        ),
        ({"q": {"ask": "x" * (QUESTION_CHARS_MAX + 1)}}, "questions.q.ask"),
        ({"q": {"ask": "a\0b"}}, "questions.q.ask"),
        ({"q": {"ask": "?", "types": ["general"]}}, "questions.q.types"),
        (
            {
                f"q{n}": {"ask": "?", "kind": "choice", "options": [f"{at} " + "x" * 190 for at in range(50)]}
                for n in range(4)
            },
            "questions",
        ),
        ({"q": {"ask": "?", "for": ["balcony"]}}, "questions.q.for"),
    ],
)
async def test_what_is_too_much_or_wrong_changes_nothing(
    catalog: Catalog, by: Act, shortest: str, questions: dict[str, Any], path: str
) -> None:
    created = await catalog.sale_from_yaml(shortest + WRITTEN, by)
    assert isinstance(created, CreatedSale)
    found = await catalog.change_sale(by, created.id, {"questions": questions})
    assert isinstance(found, list)
    assert [each.path for each in found] == [path]
    info = await catalog.sale_info(created.id)
    assert info is not None
    assert info.questions == READ


async def test_a_rehearsal_asks_the_same(catalog: Catalog, by: Act, shortest: str, db: asyncpg.Pool) -> None:
    created = await catalog.sale_from_yaml(shortest + WRITTEN, by)
    assert isinstance(created, CreatedSale)
    async with db.acquire() as connection:
        await copy_sale(connection, created.id, "shadow-of-it", open_room=RoomPlan(1), lasts_s=60)
    info = await catalog.sale_info("shadow-of-it")
    assert info is not None
    assert info.questions == READ


async def test_what_was_asked_before_and_after_is_in_the_trail(
    catalog: Catalog, by: Act, shortest: str, db: asyncpg.Pool
) -> None:
    created = await catalog.sale_from_yaml(shortest, by)
    assert isinstance(created, CreatedSale)
    await catalog.change_sale(by, created.id, {"questions": {"age": {"ask": "How old are you?"}}})
    row = await db.fetchrow("SELECT before, after FROM audit WHERE act = 'sale.change' AND subject = $1", created.id)
    assert (row["before"]["questions"], row["after"]["questions"][0]["ask"]) == ([], "How old are you?")
