"""Addresses: one form for each, and none that its channel could not write to."""

from __future__ import annotations

import base64

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages import email_address, inbox_of, phone_number
from engine.messages.addresses import country_of_mobile, push_endpoint, push_point, push_secret
from tests.messages.test_push_and_sms import b64, browser_keys


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ana@Example.ORG", "ana@example.org"),
        (" ana+shop@example.org ", "ana+shop@example.org"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
        ("o'brien_1@mail.example.co.uk", "o'brien_1@mail.example.co.uk"),
    ],
)
def test_emails(text: str, kept: str) -> None:
    assert email_address(text) == kept
    assert email_address(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("", "ana", "@example.org", "ana@", "ana@localhost", "ñ@x.es", "a b@x.es", '"a b"@x.es', "a..b@x.es"),
        *(".a@x.es", "a@x..es", "a@-x.es", "a@x.es\nBcc: b@y.es", "a@[127.0.0.1]", "a@127.0.0.1", "a@0x7f.1"),
        *("a" * 65 + "@x.es", "a@" + "x" * 64 + ".es", "a@" + "x." * 130 + "es", "a@xn--a.\u2603\ud800", "<a@x.es>"),
    ],
)
def test_no_emails(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is not|has a domain)"):
        email_address(text)


@given(st.text(max_size=60) | st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=20)))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        kept = email_address(text)
    except ValueError:
        return
    assert kept.isascii()
    assert kept.isprintable()
    assert email_address(kept) == kept


@pytest.mark.parametrize(
    "text", ["34600000000", "+0600000000", "+34", "+34 600 000 000", "+999123456789", "+346000000001"]
)
def test_no_phones(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is not|has too)"):
        phone_number(text)


def test_phones() -> None:
    assert phone_number("+34600000000") == "+34600000000"
    assert country_of_mobile("+34600000000") == "ES"
    assert country_of_mobile("+447400000000") == "GB"
    assert country_of_mobile("+34910000000") is None  # a landline
    assert country_of_mobile("+34803000000") is None  # a premium rate
    assert country_of_mobile("x") is None


def test_keys_of_push() -> None:
    _, keys = browser_keys()
    assert push_point(keys["p256dh"] + "=") == keys["p256dh"]
    assert push_secret(keys["auth"] + "==") == keys["auth"]
    for wrong in ("", "A" * 80, "A" * 87, b64(b"\x04" + b"x" * 64), b64(b"\x02" + b"x" * 32), "?" * 87):
        with pytest.raises(ValueError, match=r"^is not"):
            push_point(wrong)
    for wrong in ("", "A" * 20, b64(b"x" * 15), base64.b64encode(b"\xff" * 16).decode()):
        with pytest.raises(ValueError, match=r"^is not"):
            push_secret(wrong)


def test_endpoints_of_push() -> None:
    good = "https://fcm.googleapis.com/fcm/send/abc:def-_1?x=1"
    assert push_endpoint(good) == good
    for wrong in (
        "",
        "https://",
        "https://a b.example/",
        "https://x.example:99999/",
        "https://x.example/#a",
        "https://é.example/",
    ):
        with pytest.raises(ValueError, match=r"^is not"):
            push_endpoint(wrong)


def test_inboxes() -> None:
    assert inbox_of("email", "ana+a+b@example.org") == "ana@example.org"
    assert inbox_of("email", "+@example.org") == "+@example.org"
    assert inbox_of("sms", "+34600000000") == "+34600000000"
    assert inbox_of("email", "a.n.a+shop@googlemail.com") == inbox_of("email", "ana@gmail.com") == "ana@gmail.com"
    assert inbox_of("email", "a.na@example.org") == "a.na@example.org"


CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


@given(st.sampled_from(CODES), st.from_regex(r"[0-9]{7,13}", fullmatch=True))
def test_a_number_is_possible_when_the_library_says_so(code: int, rest: str) -> None:
    """Most are told without it; here every one of them is asked about again."""
    number = f"+{code}{rest}"[:16]
    parsed = phonenumbers.parse(number)
    if phonenumbers.is_possible_number(parsed):
        assert phone_number(number) == number
    else:
        with pytest.raises(ValueError, match="digits"):
            phone_number(number)
