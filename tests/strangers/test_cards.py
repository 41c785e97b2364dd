"""Every card of docs/payments.md: the answer, what every socket hears, and how order, seats and tickets end.

The cards are read from the page itself, so that one which is added there has to be tried here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.strangers.client import Client
from tests.strangers.installation import ROOT
from tests.strangers.picture import FREE, HELD, SOLD
from tests.strangers.shop import a_buyer, an_id, at_once, bought, card, make_sale, orders_of, ready_to_pay, seen_once
from tests.strangers.socket_client import FORMATS, LiveSocket, Message
from tests.strangers.waiting import until

NewClient = Callable[[], Client]
NUMBER = re.compile(r"\| ((?:\d{4} ){3}\d{4}) \| ([^|]+) \|")
DECLINED = {
    "4000000000000002": "card_declined",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
    "4000000000009987": "lost_card",
    "4000000000009979": "stolen_card",
    "4000000000000119": "processing_error",
}
PAID = {"4242424242424242", "4000000000000150"}
PAID_LATER = "4000000000000093"
DECLINED_LATER = "4000000000000101"
NEVER_KNOWN = "4000000000000143"
CHARGED_UNHEARD = "4000000000000077"
GIVEN_UP = "4000000000000085"
UNREACHABLE = "4000000000000168"
SLOW = {PAID_LATER, DECLINED_LATER, NEVER_KNOWN, CHARGED_UNHEARD, GIVEN_UP}


class Purchase:
    """A buyer with two seats and three ends, about to pay: two sockets and plain HTTP."""

    def __init__(self, organizer: Client, one: Client, sale: str) -> None:
        self.organizer = organizer
        self.one = one
        self.sale = sale
        self.order = an_id("order")
        self.sockets: list[LiveSocket] = []
        self.hearing: list[LiveSocket] = []  # those that the purchase is told to by events
        self.seats: list[int] = []

    async def begin(self) -> Purchase:
        first = await a_buyer(self.one, self.sale)
        second = await self.one.socket(FORMATS[1])
        self.sockets = self.hearing = [first, second]
        self.seats = (await ready_to_pay(first, self.sale, best={"seats": 2}))["seats"]
        await second.ok("cart", sale=self.sale)
        return self

    async def pay(self, number: str) -> Message:
        answer = await self.sockets[0].ask("checkout", sale=self.sale, order=self.order, card=card(number))
        if "ok" in answer and not answer["ok"]["again"]:
            self.hearing = self.sockets[1:]
        return answer

    async def is_seen(self, state: int) -> None:
        """Everybody sees each of the seats so."""
        await seen_once(self.organizer, self.sale, lambda seen: {seen["seats"][seat] for seat in self.seats} == {state})

    async def told(self) -> Message:
        """The one order, as each socket hears how it ended that was not answered so."""
        heard = [(await socket.event("order"))["order"] for socket in self.hearing]
        assert heard[0] == heard[-1], heard
        return heard[0]

    async def the_order(self) -> Message:
        (order,) = await orders_of(self.organizer, self.sale)
        return order

    async def is_sold(self, order: Message) -> None:
        """The order is paid and has its tickets, for its buyer, the organizer and everybody."""
        assert (order["state"], order["total"], len(order["tickets"])) == ("paid", 9000, 2), order
        assert [line["seat"] for line in order["lines"]] == self.seats
        assert (await self.the_order())["state"] == "paid"
        (mine,) = (await self.one.ok("GET", f"/api/sales/{self.sale}/orders/mine"))["items"]
        assert (mine["id"], mine["state"]) == (order["id"], "paid")
        await self.is_seen(SOLD)
        for socket in self.hearing:
            ended = await socket.event("cart", sale=self.sale, reason="bought")
            assert ended["cart"]["state"] == "ended"

    async def is_open_again(self) -> None:
        """The cart is open with all it held; another card, under a new id, buys it."""
        cart = await self.sockets[1].ok("cart", sale=self.sale)
        assert (cart["state"], [item["seat"] for item in cart["items"]]) == ("open", self.seats), cart
        await self.is_seen(HELD)
        again = await self.sockets[1].ok("checkout", sale=self.sale, order=an_id("order"), card=card())
        assert again["order"]["state"] == "paid", again


@pytest.fixture
async def purchase(organizer: Client, client: NewClient) -> Purchase:
    return await Purchase(organizer, client(), await make_sale(organizer)).begin()


def test_every_card_of_the_page_is_tried_here() -> None:
    page = (ROOT / "docs" / "payments.md").read_text(encoding="utf-8")
    told = {number.replace(" ", ""): what.strip() for number, what in NUMBER.findall(page)}
    assert set(told) == {*PAID, *DECLINED, *SLOW, UNREACHABLE}
    assert {number: what for number, what in told.items() if what.startswith("declined")} == {
        number: f"declined: `{reason}`" for number, reason in DECLINED.items()
    }


@pytest.mark.parametrize("number", sorted(PAID))
async def test_paid(purchase: Purchase, number: str) -> None:
    answer = await purchase.pay(number)
    assert (answer["ok"]["again"], answer["ok"]["cart"]["state"]) == (False, "ended"), answer
    assert (await purchase.told())["id"] == answer["ok"]["order"]["id"]
    await purchase.is_sold(answer["ok"]["order"])
    assert answer["ok"]["order"]["card_last4"] == number[-4:]


@pytest.mark.parametrize(("number", "reason"), [*DECLINED.items(), ("4111111111111111", "card_declined")])
async def test_declined(purchase: Purchase, number: str, reason: str) -> None:
    error = (await purchase.pay(number))["error"]
    assert (error["code"], error["reason"], error["retryable"]) == ("payment_declined", reason, False), error
    assert (await purchase.the_order())["state"] == "failed"
    repeated = (await purchase.pay(number))["error"]
    assert (repeated["code"], repeated["reason"]) == ("payment_declined", reason), repeated
    await purchase.is_open_again()


async def test_unknown_for_a_while_then_paid(purchase: Purchase) -> None:
    error = (await purchase.pay(PAID_LATER))["error"]
    assert (error["code"], error["retryable"]) == ("payment_pending", True), error
    await is_locked(purchase)
    told = await purchase.told()
    assert (told["id"], told["code"]) == (error["order"], error["order_code"])
    await purchase.is_sold(told)
    repeated = (await purchase.pay(PAID_LATER))["ok"]
    assert (repeated["again"], repeated["order"]["state"]) == (True, "paid")


async def test_unknown_for_a_while_then_declined(purchase: Purchase) -> None:
    error = (await purchase.pay(DECLINED_LATER))["error"]
    assert error["code"] == "payment_pending", error
    await is_locked(purchase)
    told = await purchase.told()
    assert (told["id"], told["state"]) == (error["order"], "failed"), told
    for socket in purchase.sockets:
        unlocked = await socket.event("cart", sale=purchase.sale, reason="unlocked")
        assert unlocked["cart"]["state"] == "open"
    assert (await purchase.pay(DECLINED_LATER))["error"]["code"] == "payment_declined"
    await purchase.is_open_again()


async def is_locked(purchase: Purchase) -> None:
    """A payment runs: the cart cannot change, and its seats stay away from others."""
    cart = await purchase.sockets[1].ok("cart", sale=purchase.sale)
    if cart["state"] == "locked":  # else it has been decided meanwhile
        await seen_once(
            purchase.organizer, purchase.sale, lambda seen: all(seen["seats"][seat] != FREE for seat in purchase.seats)
        )


async def test_never_known(purchase: Purchase) -> None:
    """The order stays `paying` and its cart locked, however often one asks and whatever one tries."""
    error = (await purchase.pay(NEVER_KNOWN))["error"]
    assert error["code"] == "payment_pending", error
    socket = purchase.sockets[1]
    refused: list[dict[str, Any]] = [
        {"do": "hold", "hold": "more", "best": {"seats": 1}},
        {"do": "release", "release": "all"},
        {"do": "checkout", "order": an_id("order"), "card": card()},
        {"do": "change", "types": {"seat:0": "half"}},
    ]
    for ask in refused:
        assert (await socket.refused(sale=purchase.sale, **ask))["code"] == "cart_locked", ask
    again = (await purchase.pay(NEVER_KNOWN))["error"]
    assert (again["code"], again["order"]) == ("payment_pending", error["order"])
    assert (await purchase.the_order())["state"] == "paying"
    await purchase.is_seen(HELD)
    assert all(event["on"] != "order" for event in socket.events)


async def test_charged_and_the_answer_never_comes(purchase: Purchase) -> None:
    """The buyer is told one thing: when the order was known to be paid before the answer, the answer says so."""
    answer = await purchase.pay(CHARGED_UNHEARD)
    settled_before = [event for event in purchase.sockets[0].events if event.get("on") == "order"]
    if "error" in answer:
        assert answer["error"]["code"] == "payment_pending", answer
        assert settled_before == [], f"told {settled_before}, and then that nobody knows"
    else:
        assert answer["ok"]["order"]["state"] == "paid", answer
    told = await purchase.told()
    await purchase.is_sold(told)
    repeated = (await purchase.pay(CHARGED_UNHEARD))["ok"]
    assert (repeated["again"], repeated["order"]["id"]) == (True, told["id"])


@pytest.mark.long
async def test_neither_charged_nor_answered(purchase: Purchase) -> None:
    """After half a minute it is given up; only then may the buyer try again."""
    assert (await purchase.pay(GIVEN_UP))["error"]["code"] == "payment_pending"

    async def given_up() -> bool:
        return bool((await purchase.the_order())["state"] == "failed")

    await until("the order to be given up", given_up, 120)
    told = await purchase.told()
    assert told["state"] == "failed", told
    await purchase.is_open_again()


async def test_unreachable_for_one_is_reachable_for_others(
    purchase: Purchase, organizer: Client, client: NewClient
) -> None:
    """A card that plays an outage plays it for its own buyer, however often; nobody else notices."""
    error = (await purchase.pay(UNREACHABLE))["error"]
    assert (error["code"], error["retryable"]) == ("payment_unavailable", True), error
    assert (await purchase.the_order())["state"] == "failed"
    one = client()
    socket = await a_buyer(one, purchase.sale)
    await ready_to_pay(socket, purchase.sale)
    for _ in range(12):  # five in a row close payments, and there are two server processes
        tries = await at_once(
            *(
                end.ask("checkout", sale=purchase.sale, order=an_id("order"), card=card(UNREACHABLE))
                for end in (socket, await one.socket())
            )
        )
        assert {each["error"]["code"] for each in tries} <= {"payment_unavailable", "cart_locked"}, tries
    for _ in range(4):
        other = await a_buyer(client(), purchase.sale)
        order = await bought_at_once(other, purchase.sale)
        assert order["state"] == "paid"
    await purchase.is_open_again()


async def bought_at_once(socket: LiveSocket, sale: str) -> Message:
    """A purchase that is asked for once: it must not be told that payments are unavailable."""
    await ready_to_pay(socket, sale)
    answer = await socket.ask("checkout", sale=sale, order=an_id("order"), card=card())
    assert "ok" in answer, answer
    order: Message = answer["ok"]["order"]
    return order


WRONG_CARDS = [
    {"number": "", "expires": "12/40", "cvc": "123"},
    {"number": "4242424242424242", "expires": "13/40", "cvc": "123"},
    {"number": "4242424242424242", "expires": "12/20", "cvc": "123"},
    {"number": "4242424242424242", "expires": "12/40", "cvc": "12"},
    {"number": "4242424242424242", "expires": "12/40", "cvc": "abc"},
    {"number": "42", "expires": "12/40", "cvc": "123"},
    {"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "expires": "12/40", "cvc": "123"},
    {},
    None,
]


@pytest.mark.parametrize("wrong", WRONG_CARDS, ids=str)
async def test_what_is_no_card_is_named_and_nothing_is_locked(purchase: Purchase, wrong: Any) -> None:
    answer = await purchase.sockets[0].ask("checkout", sale=purchase.sale, order=purchase.order, card=wrong)
    assert (answer["error"]["code"], answer["error"]["retryable"]) == ("invalid", False), answer
    assert all(field["path"].startswith("card") for field in answer["error"]["fields"]), answer
    # The same id is still good.
    assert (await purchase.pay("4242424242424242"))["ok"]["order"]["state"] == "paid"


async def test_what_costs_nothing_needs_no_card(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer, sections={"stalls": {"rows": 1, "seats": 5, "price": 0}}, pools={})
    socket = await a_buyer(client(), sale)
    await ready_to_pay(socket, sale, best={"seats": 2})
    done = await socket.ok("checkout", sale=sale, order=an_id("order"))
    assert (done["order"]["state"], done["order"]["total"], len(done["order"]["tickets"])) == ("paid", 0, 2)


async def test_an_incomplete_cart_says_what_is_missing(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    socket = await a_buyer(client(), sale)
    order = an_id("order")
    error = await socket.refused("checkout", sale=sale, order=order, card=card())
    assert error["code"] == "cart_incomplete", error
    assert {issue["code"] for issue in error["issues"]} == {"empty", "contact_missing", "key_missing"}, error
    await ready_to_pay(socket, sale)
    assert (await socket.ok("checkout", sale=sale, order=order, card=card()))["order"]["state"] == "paid"


async def test_a_buyer_pays_while_others_wait_for_an_answer(organizer: Client, client: NewClient) -> None:
    """Payments of which nobody knows anything hold nobody else up."""
    sale = await make_sale(organizer)
    slow = [await a_buyer(client(), sale) for _ in range(4)]
    for socket in slow:
        await ready_to_pay(socket, sale)
    await at_once(*(socket.ask("checkout", sale=sale, order=an_id("order"), card=card(NEVER_KNOWN)) for socket in slow))
    order = await bought(await a_buyer(client(), sale), sale)
    assert order["state"] == "paid"
