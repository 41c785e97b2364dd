"""Issues, cards, codes and the breaker: pure rules at their edges."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders.codes import new_code, read_code
from engine.orders.issues import cart_issues, failed_payment
from engine.orders.model import Contact
from engine.payments import Card
from engine.payments.breaker import Breaker
from engine.payments.cards import card_mistakes, luhn, read_card

GOOD = Contact("Ana Núñez", "ana@example.org")


def codes(contact: Contact, *, filled: bool = True, has_key: bool = True) -> list[str]:
    return [issue.code for issue in cart_issues(filled=filled, contact=contact, has_key=has_key)]


def test_a_complete_cart_has_no_issue() -> None:
    assert codes(GOOD) == []


def test_each_missing_part_is_named() -> None:
    found = cart_issues(filled=False, contact=Contact(), has_key=False)
    assert [(issue.code, issue.field) for issue in found] == [
        ("empty", "items"),
        ("contact_missing", "contact.name"),
        ("contact_missing", "contact.email"),
        ("key_missing", "key"),
    ]


@pytest.mark.parametrize(
    "email", ["ana", "ana@", "@example.org", "a b@example.org", "a@b", "a@b..org", "a@b.org, c@d.org"]
)
def test_what_cannot_be_an_address_is_invalid(email: str) -> None:
    assert codes(Contact("Ana", email)) == ["contact_invalid"]


@pytest.mark.parametrize("email", ["a@b.org", "a.b+c@d-e.co.uk", "ñ@müller.example"])
def test_what_may_be_an_address_passes(email: str) -> None:
    assert codes(Contact("Ana", email)) == []


def test_a_strange_telephone_number_is_invalid() -> None:
    assert codes(Contact("Ana", "a@b.org", "call me")) == ["contact_invalid"]
    assert codes(Contact("Ana", "a@b.org", "+34 600 00 00 00")) == []


def test_a_failed_payment_says_what_helps() -> None:
    assert failed_payment("payment_unavailable").code == "payment_unavailable"
    assert failed_payment("insufficient_funds").code == "payment_declined"
    assert failed_payment("something new").code == "payment_declined"


def test_a_card_is_read_as_people_type_it() -> None:
    card = read_card("4242 4242-4242 4242", " 07/27 ", "123")
    assert card_mistakes(card, date(2027, 7, 31)) == []
    assert card.last4 == "4242"
    assert "4242424242424242" not in repr(card)


def test_a_card_expires_after_its_month() -> None:
    card = Card("4242424242424242", "07/27", "123")
    assert [where for where, _ in card_mistakes(card, date(2027, 8, 1))] == ["card.expires"]


@pytest.mark.parametrize(
    ("card", "where"),
    [
        (Card("4242424242424241", "07/27", "123"), "card.number"),
        (Card("42", "07/27", "123"), "card.number"),
        (Card("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "07/27", "123"), "card.number"),
        (Card("4242424242424242", "13/27", "123"), "card.expires"),
        (Card("4242424242424242", "", "123"), "card.expires"),
        (Card("4242424242424242", "07/27", "12"), "card.cvc"),
        (Card("4242424242424242", "07/27", "12a"), "card.cvc"),
    ],
)
def test_what_is_no_card_is_named(card: Card, where: str) -> None:
    assert [field for field, _ in card_mistakes(card, date(2027, 1, 1))] == [where]


@given(st.integers(10**11, 10**18))
def test_luhn_catches_every_changed_digit(number: int) -> None:
    digits = str(number)
    check = next(digit for digit in "0123456789" if luhn(digits + digit))
    assert sum(luhn(digits + digit) for digit in "0123456789") == 1
    other = str((int(digits[0]) + 1) % 10)
    assert not luhn(other + digits[1:] + check)


def test_a_purchase_code_is_read_however_it_is_typed() -> None:
    code = new_code()
    assert len(code) == 14
    assert read_code(code) == code
    assert read_code(f" {code.lower().replace('-', ' ')} ") == code
    assert read_code(code[:-1]) is None
    assert read_code("0OIL-0OIL-0OIL") is None


def test_the_breaker_opens_after_failures_in_a_row_and_tries_once_after_a_pause() -> None:
    breaker = Breaker(failures_to_open=3, pause_ms=1000)
    for _ in range(2):
        breaker.went_badly(0)
    breaker.went_well()
    for _ in range(3):
        assert breaker.admits(10)
        breaker.went_badly(10)
    assert not breaker.admits(1009)
    assert breaker.is_open(1009)
    assert breaker.admits(1010)
    assert not breaker.admits(1010)
    breaker.went_badly(1100)
    assert not breaker.admits(2099)
    assert breaker.admits(2100)
    breaker.went_well()
    assert breaker.admits(2101)
