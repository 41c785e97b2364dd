"""Questions of a sale: asked in the cart, answered before buying, judged as they are now."""

import asyncio
import time

import pytest

from engine.audit import Act
from engine.limits import ANSWERS_BYTES_MAX
from engine.onsale.model import Release
from engine.orders import Bought, CartChange, CartView, Contact
from engine.refusals import Code, Refused, accept
from tests.orders.asking import NEWS, QUESTIONS, answer, ask, begin, issues, kept, said, wrong
from tests.orders.house import House


@pytest.fixture
async def asking(house: House) -> House:
    """What a process knows of a sale is read anew each time."""
    house.engine.orders.price_books.kept_s = 0
    return await begin(house)


async def test_what_is_required_stands_between_a_cart_and_its_purchase(asking: House) -> None:
    buyer = await asking.buyer_holding(3, 4, units={"floor": 2})
    view = accept(await asking.engine.orders.cart_view(asking.sale.id, buyer))
    missing = {"answers.allergies": "answer_missing"} | {
        f"answers.meal.{ticket}": "answer_missing" for ticket in ("seat:3", "seat:4", "pool:floor:0", "pool:floor:1")
    }
    assert issues(view) == missing
    refused = await asking.buy(buyer)
    assert isinstance(refused, Refused)
    assert {each["field"] for each in refused.detail["issues"]} == set(missing)
    assert issues(await answer(asking, buyer, allergies="  Nuts\r\nand milk ")).keys() == missing.keys() - {
        "answers.allergies"
    }
    meals = {"seat:3": "Meat", "seat:4": "Vegan", "pool:floor:0": "Vegan", "pool:floor:1": "Meat"}
    view = accept(await answer(asking, buyer, meal=meals, news=NEWS))
    assert view.issues == ()
    everything = {
        ("allergies", None): "Nuts\nand milk",
        **{("meal", ticket): meal for ticket, meal in meals.items()},
        ("news", None): NEWS,
    }
    assert said(view) == everything
    bought = await asking.buy(buyer)
    assert isinstance(bought, Bought), bought
    assert bought.cart is not None
    assert bought.cart.questions == ()
    assert await kept(asking, bought.order.id) == everything
    assert "answers" not in bought.order.wire()


async def test_a_question_for_certain_types_is_asked_of_those_alone(asking: House) -> None:
    buyer = await asking.buyer_holding(3, 4)
    await answer(asking, buyer, allergies="None", meal={"seat:3": "Meat", "seat:4": "Meat"})
    half = CartChange(types={"seat:4": "half"})
    view = await asking.engine.orders.change_cart(asking.sale.id, buyer, half)
    assert issues(view) == {"answers.school.seat:4": "answer_missing"}
    assert issues(await answer(asking, buyer, school={"seat:4": "IES Goya"})) == {}
    back = CartChange(types={"seat:4": "general"})
    accept(await asking.engine.orders.change_cart(asking.sale.id, buyer, back))
    bought = await asking.buy(buyer)
    assert isinstance(bought, Bought), bought
    assert "school" not in {question for question, _ in await kept(asking, bought.order.id)}


async def test_a_wrong_answer_is_refused_at_its_field_and_nothing_is_written(asking: House) -> None:
    buyer = await asking.buyer_holding(3, ready=False)
    refused = await asking.engine.orders.change_cart(
        asking.sale.id,
        buyer,
        CartChange(
            contact=Contact("Ana", "ana@example.org"),
            answers={
                "allergies": "Nuts",
                "meal.seat:3": "Fish",
                "meal.seat:9": "Meat",
                "meal.pool:floor:0": "Meat",
                "allergies.seat:3": "Nuts",
                "news": "yes",
                "school": "Goya",
                "shoe": "42",
            },
        ),
    )
    assert wrong(refused) == {
        "answers.meal.seat:3": "This is not one of the options.",
        "answers.meal.seat:9": "There is no such ticket in the cart.",
        "answers.meal.pool:floor:0": "There is no such ticket in the cart.",
        "answers.news": "The words to agree to are others now: read them again.",
        "answers.allergies.seat:3": "The whole order has one answer.",
        "answers.school": "Each ticket has an answer of its own.",
        "answers.shoe": "There is no such question.",
    }
    view = accept(await asking.engine.orders.cart_view(asking.sale.id, buyer))
    assert view.contact == Contact()
    assert set(said(view).values()) == {""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * 1001, "Must be at most 1,000 characters."),
        ("x" * 10_000_000, "Must be at most 1,000 characters."),
        ("a\0b", "Contains a character that cannot be shown (U+0000)."),
        ("a\u202eb", "Contains a character that cannot be shown (U+202E)."),
    ],
)
async def test_what_nobody_writes_is_refused(asking: House, text: str, message: str) -> None:
    buyer = await asking.buyer_holding(3, ready=False)
    assert wrong(await answer(asking, buyer, allergies=text)) == {"answers.allergies": message}
    assert await asking.engine.db.fetchval("SELECT count(*) FROM cart_answers WHERE sale_id = $1", asking.sale.id) == 0


async def test_a_cart_has_an_end_to_its_answers(asking: House) -> None:
    house = asking
    await ask(house, {f"q{nth}": {"ask": "What else?", "per": "ticket"} for nth in range(20)})
    buyer = await house.buyer_holding(1, 2, 3, 4, 5, 6)
    for nth in range(20):
        refused = await answer(house, buyer, **{f"q{nth}": {f"seat:{seat}": "x" * 999 for seat in range(1, 7)}})
        if isinstance(refused, Refused):
            break
    assert wrong(refused) == {"answers": f"More than {ANSWERS_BYTES_MAX // 1024} KiB of answers in one cart."}
    view = accept(await house.engine.orders.cart_view(house.sale.id, buyer))
    assert sum(text != "" for text in said(view).values()) == nth * 6


async def test_an_empty_answer_takes_out_what_was_there(asking: House) -> None:
    buyer = await asking.buyer_holding(3)
    accept(await answer(asking, buyer, allergies="Nuts", news=NEWS))
    view = await answer(asking, buyer, allergies=" ", news="")
    assert (said(view)[("allergies", None)], said(view)[("news", None)]) == ("", "")
    assert "answers.allergies" in issues(view)


async def test_answers_given_at_the_same_moment_are_all_kept(asking: House) -> None:
    buyer = await asking.buyer_holding(1, 2, 3, 4, 5, 6)
    await asyncio.gather(*(answer(asking, buyer, meal={f"seat:{seat}": "Vegan"}) for seat in range(1, 7)))
    view = await asking.engine.orders.cart_view(asking.sale.id, buyer)
    assert [said(view)[("meal", f"seat:{seat}")] for seat in range(1, 7)] == ["Vegan"] * 6


async def test_of_a_ticket_that_was_given_back_nothing_stays(asking: House) -> None:
    buyer = await asking.buyer_holding(3, 4)
    await answer(asking, buyer, allergies="None", meal={"seat:3": "Meat", "seat:4": "Vegan"})
    assert not isinstance(await asking.sale.release(Release(buyer, "r", (4,), {})), Refused)
    view = accept(await answer(asking, buyer, news=NEWS))
    assert ("meal", "seat:4") not in said(view)
    bought = await asking.buy(buyer)
    assert isinstance(bought, Bought)
    assert await kept(asking, bought.order.id) == {
        ("allergies", None): "None",
        ("meal", "seat:3"): "Meat",
        ("news", None): NEWS,
    }


# ── changed while people buy ──


async def test_a_cart_is_judged_by_the_questions_as_they_are_now(asking: House) -> None:
    buyer = await asking.buyer_holding(3)
    assert issues(await answer(asking, buyer, allergies="None", meal={"seat:3": "Meat"}, news=NEWS)) == {}
    await ask(
        asking,
        {
            "meal": {**QUESTIONS["meal"], "options": ["Fish", "Vegan"]},
            "news": {**QUESTIONS["news"], "ask": f"{NEWS} Weekly.", "required": True},
            "age": {"ask": "How old are you?", "required": True},
        },
    )
    view = await asking.engine.orders.cart_view(asking.sale.id, buyer)
    assert issues(view) == {
        "answers.meal.seat:3": "answer_invalid",
        "answers.news": "answer_missing",
        "answers.age": "answer_missing",
    }
    assert set(said(view).values()) == {""}
    refused = await asking.buy(buyer)
    assert isinstance(refused, Refused)
    assert refused.code is Code.CART_INCOMPLETE
    await ask(asking, {})
    assert isinstance(await asking.buy(buyer), Bought)


async def test_what_an_order_was_answered_stays_when_the_question_goes(asking: House) -> None:
    buyer = await asking.buyer_holding(3)
    accept(await answer(asking, buyer, allergies="Nuts", meal={"seat:3": "Meat"}))
    bought = await asking.buy(buyer)
    assert isinstance(bought, Bought)
    await ask(asking, {})
    page = accept(
        await asking.engine.orders.page(asking.organizer, asking.sale.id, answers_for=Act(asking.organizer, "test"))
    )
    (order,) = page.items
    assert {(each.ask, each.answer) for each in order.answers} == {("Any allergies?", "Nuts"), ("Which meal?", "Meat")}
    assert all(abs(each.at_ms / 1000 - time.time()) < 600 for each in order.answers)
    assert order.listed(in_full=False)["answers"] == []
    assert len(order.listed(in_full=True)["answers"]) == 2


async def test_a_question_added_while_people_buy_is_answered_or_was_not_there_yet(asking: House) -> None:
    await ask(asking, {})
    buyers = [await asking.buyer_holding(seat) for seat in range(12)]
    bought, _ = await asyncio.gather(
        asyncio.gather(*(asking.buy(buyer) for buyer in buyers)),
        ask(asking, {"age": {"ask": "Age?", "required": True}}),
    )
    for buyer, each in zip(buyers, bought, strict=True):
        if isinstance(each, Refused):
            assert [issue["field"] for issue in each.detail["issues"]] == ["answers.age"]
            accept(await answer(asking, buyer, age="41"))
            assert isinstance(await asking.buy(buyer), Bought)


async def test_answers_are_either_seen_by_the_purchase_or_refused(asking: House) -> None:
    await ask(asking, {"allergies": {"ask": "Any allergies?"}})
    buyers = [await asking.buyer_holding(seat) for seat in range(20)]

    async def both(buyer: str) -> None:
        view, bought = await asyncio.gather(answer(asking, buyer, allergies="Nuts"), asking.buy(buyer))
        assert isinstance(bought, Bought), bought
        has = await kept(asking, bought.order.id)
        if isinstance(view, CartView) and view.state == "open":
            assert has == {("allergies", None): "Nuts"}

    await asyncio.gather(*(both(buyer) for buyer in buyers))


# ── read by the organizer ──


async def test_the_audit_trail_notes_who_reads_answers_and_never_what(asking: House) -> None:
    orders, by = asking.engine.orders, Act(asking.organizer, "reader")
    of_reader = (
        "SELECT subject, after FROM audit WHERE act = 'order.answers' AND organizer_id = $1 AND actor = 'reader'"
    )
    buyer = await asking.buyer_holding(3)
    accept(await orders.page(asking.organizer, asking.sale.id, answers_for=by))
    assert await asking.engine.db.fetch(of_reader, asking.organizer) == []
    accept(await answer(asking, buyer, allergies="Nuts", meal={"seat:3": "Meat"}))
    assert isinstance(await asking.buy(buyer), Bought)
    without = accept(await orders.page(asking.organizer, asking.sale.id))
    assert [each.answers for each in without.items] == [()]
    accept(await orders.page(asking.organizer, asking.sale.id, answers_for=by))
    (noted,) = await asking.engine.db.fetch(of_reader, asking.organizer)
    assert (noted["subject"], noted["after"]) == (asking.sale.id, {"orders": 1})
