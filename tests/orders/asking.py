"""A house whose sale asks questions, and what its buyers answer."""

from collections.abc import Mapping
from typing import Any

from engine.audit import Act
from engine.orders import CartChange, CartView
from engine.refusals import Code, Refused, accept
from tests.orders.house import House

NEWS = "I want the newsletter of the house. You can leave at any time."
QUESTIONS: dict[str, Any] = {
    "allergies": {"ask": "Any allergies?", "required": True},
    "meal": {"ask": "Which meal?", "kind": "choice", "options": ["Meat", "Vegan"], "per": "ticket", "required": True},
    "news": {"ask": NEWS, "kind": "consent"},
    "school": {"ask": "Which school?", "per": "ticket", "for": ["half"], "required": True},
}


async def begin(house: House) -> House:
    """Ask them. The house has no room in the catalog either: what is changed there reaches the live sale."""
    await house.engine.db.execute("UPDATE sale SET room = NULL WHERE id = $1", house.sale.id)
    await ask(house, QUESTIONS)
    return house


async def ask(house: House, questions: dict[str, Any]) -> None:
    info = await house.engine.catalog.change_sale(Act(house.organizer, "test"), house.sale.id, {"questions": questions})
    assert not isinstance(info, Refused | list), info


async def answer(house: House, buyer: str, **answers: str | Mapping[str, str]) -> CartView | Refused:
    """Answer questions, by ticket where each ticket is asked."""
    flat = {}
    for question, said in answers.items():
        by_ticket = (
            {question: said} if isinstance(said, str) else {f"{question}.{ticket}": said[ticket] for ticket in said}
        )
        flat.update(by_ticket)
    return await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(answers=flat))


def issues(view: CartView | Refused) -> dict[str, str]:
    return {each.field: each.code for each in accept(view).issues}


def wrong(refused: CartView | Refused) -> dict[str, str]:
    assert isinstance(refused, Refused), refused
    assert refused.code is Code.INVALID
    return {each["path"]: each["message"] for each in refused.detail["fields"]}


def said(view: CartView | Refused) -> dict[tuple[str, str | None], str]:
    return {
        (each["id"], asked["ticket"]): asked["answer"] for each in accept(view).questions for asked in each["asked"]
    }


async def kept(house: House, order: str) -> dict[tuple[str, str | None], str]:
    page = accept(
        await house.engine.orders.page(house.organizer, house.sale.id, answers_for=Act(house.organizer, "test"))
    )
    (found,) = [each for each in page.items if each.id == order]
    return {(each.question, each.ticket): each.answer for each in found.answers}
