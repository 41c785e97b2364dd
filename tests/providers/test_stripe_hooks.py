"""Words of Stripe's: what counts, what is forged, late or nothing at all."""

from __future__ import annotations

import json

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from engine.limits import HOOK_TOLERANCE_S
from engine.payments.stripe_hooks import Hooked, is_signed, read_hook
from tests.providers.stripe_events import event_of, header_of

SECRET, NOW = "whsec_c2VjcmV0", 1_795_910_400
BODY = event_of("pi_1")


def test_what_stripe_signed_counts() -> None:
    header = header_of(BODY, SECRET, NOW)
    assert is_signed(header, BODY, [SECRET], NOW)
    assert is_signed(header, BODY, ["whsec_another", SECRET], NOW)
    assert stripe.WebhookSignature.verify_header(BODY.decode(), header, SECRET)


def test_two_signatures_are_sent_while_stripe_rotates_a_secret() -> None:
    both = header_of(BODY, "whsec_old", NOW) + "," + header_of(BODY, SECRET, NOW).split(",")[1]
    assert is_signed(both, BODY, [SECRET], NOW)


@pytest.mark.parametrize("off_s", [-HOOK_TOLERANCE_S, 0, HOOK_TOLERANCE_S])
def test_a_clock_may_be_some_minutes_off(off_s: int) -> None:
    assert is_signed(header_of(BODY, SECRET, NOW + off_s), BODY, [SECRET], NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"t={NOW}",
        "v1=abc",
        header_of(BODY, "whsec_another", NOW),
        header_of(BODY + b" ", SECRET, NOW),
        header_of(BODY, SECRET, NOW - HOOK_TOLERANCE_S - 1),
        header_of(BODY, SECRET, NOW + HOOK_TOLERANCE_S + 1),
        header_of(BODY, SECRET, NOW).replace(f"t={NOW}", f"t={NOW + 1}"),
        header_of(BODY, SECRET, NOW).replace("v1=", "v0="),
        "t=\N{SUPERSCRIPT TWO},v1=é",
        f"t={'9' * 400},v1=abc",
        f"t={NOW},v1=\udcff",  # a byte that is no text
    ],
)
def test_anything_else_is_forged(header: str) -> None:
    assert not is_signed(header, BODY, [SECRET], NOW)


def test_without_a_secret_nothing_counts() -> None:
    assert not is_signed(header_of(BODY, "", NOW), BODY, [], NOW)


@given(st.text(max_size=60), st.binary(max_size=60))
def test_no_header_and_no_body_of_a_stranger_harms(header: str, body: bytes) -> None:
    assert not is_signed(header, body, [SECRET], NOW)
    read_hook(body)


@pytest.mark.parametrize(
    ("about", "hooked"),
    [
        ({"object": "payment_intent", "id": "pi_1"}, Hooked("pi_1")),
        ({"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}, Hooked("pi_1")),
        ({"object": "refund", "id": "re_1", "payment_intent": "pi_1"}, Hooked("pi_1", books=True)),
        ({"object": "payout", "id": "po_1"}, Hooked(books=True)),
        ({"object": "dispute", "id": "dp_1", "payment_intent": "pi_1"}, Hooked(dispute="dp_1")),
        ({"object": "dispute", "id": "du_1"}, Hooked(dispute="du_1")),
        ({"object": "dispute", "id": "../refunds"}, Hooked()),
        ({"object": "dispute", "id": 3}, Hooked()),
        ({"object": "charge", "id": "ch_1", "payment_intent": None}, Hooked()),
        ({"object": "payment_intent", "id": "../refunds"}, Hooked()),
        ({"object": "payment_intent", "id": "pi_1/cancel"}, Hooked()),
        ([], Hooked()),
        (None, Hooked()),
    ],
)
def test_of_an_event_only_ids_are_taken(about: object, hooked: Hooked) -> None:
    assert read_hook(json.dumps({"object": "event", "data": {"object": about}}).encode()) == hooked


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b'{"data": []}', b"{"])
def test_what_is_no_event_is_about_nothing(body: bytes) -> None:
    assert read_hook(body) == Hooked()
