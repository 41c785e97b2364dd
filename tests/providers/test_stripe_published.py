"""Requests, answers and webhooks held against what Stripe publishes: what is wrong is seen, what it may say is read.

What is made here is anything that Stripe's types allow: every field absent, null or there, every word that it lists.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.payments import Awaited, BookKind, DisputeSaid, Refunded, Unknown
from engine.payments.port import Captured
from engine.payments.stripe import captured_of
from engine.payments.stripe_api import VERSION
from engine.payments.stripe_book import Kept
from engine.payments.stripe_books import UnreadError, dispute_of, entries_of
from engine.payments.stripe_hooks import read_hook
from engine.payments.stripe_later import OFFERS, awaited_of, offers_of
from engine.payments.stripe_words import DECLINED, DECLINES, decline_of
from tests.providers.stripe_events import event_of
from tests.providers.stripe_published import EVENT, made, published, unlike, unlike_event
from tests.providers.stripe_requests import mistakes

HEADERS = {"Stripe-Version": VERSION, "Idempotency-Key": "ord_1"}
INTENTS = "/v1/payment_intents"
BEGUN = {"amount": "4500", "currency": "eur", "allowed_payment_method_types[]": "card", "metadata[order]": "ord_1"}
TOLD = {  # events that an account's address is entered with, and what each is about
    "payment_intent.succeeded": "payment_intent",
    "payment_intent.payment_failed": "payment_intent",
    "payment_intent.canceled": "payment_intent",
    "charge.refunded": "charge",
    "charge.refund.updated": "refund",
    "charge.dispute.created": "dispute",
    "charge.dispute.funds_withdrawn": "dispute",
    "charge.dispute.funds_reinstated": "dispute",
    "charge.dispute.closed": "dispute",
    "payout.paid": "payout",
    "payout.failed": "payout",
}
ALL_KINDS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


# ── what is asked ──


def test_what_is_asked_of_stripe_is_what_it_takes() -> None:
    assert mistakes("POST", INTENTS, BEGUN.items(), HEADERS) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (INTENTS, {"amount": "much"}),
        (INTENTS, {"amonut": "4500"}),
        (INTENTS, {"amount": ""}),
        (INTENTS, {"metadata": "ord_1"}),
        (INTENTS, {"allowed_payment_method_types[]": "shells"}),
        (INTENTS, {"metadata[order]": "o" * 501}),
        (INTENTS, {"capture_method": "sometimes"}),
        (f"{INTENTS}/pi_1/confirm", {"payment_method_data[type]": "shells"}),
        (f"{INTENTS}/pi_1/confirm", {"payment_method_options[pix][expires]": "1900000000"}),
        (f"{INTENTS}/pi_1/cancel", {"payment_method": "pm_1"}),
        ("/v1/refunds", {"amount": "4500.0"}),
        ("/v1/charges", {"amount": "1"}),
    ],
)
def test_a_request_that_stripe_would_not_take_is_seen(path: str, wrong: dict[str, str]) -> None:
    right = {INTENTS: BEGUN, "/v1/refunds": {"payment_intent": "pi_1"}}.get(path, {})
    assert path == "/v1/charges" or mistakes("POST", path, right.items(), HEADERS) == []
    assert mistakes("POST", path, (right | wrong).items(), HEADERS)


def test_a_request_of_another_version_is_seen() -> None:
    assert mistakes("POST", INTENTS, BEGUN.items(), HEADERS | {"Stripe-Version": "2020-08-27"})


# ── what is told ──


def test_an_event_that_stripe_would_not_send_is_seen() -> None:
    event = json.loads(event_of("pi_1"))
    about = event["data"]["object"]
    wrong: list[dict[str, Any]] = [
        {**event, "type": "payment_intent.paid"},
        {**event, "made_at": 1},
        {**event, "created": "now"},
        {**event, "api_version": "2020-08-27"},
        {**event, "data": {"object": {**about, "amount": "1"}}},
        {**event, "data": {"object": {**about, "state": "succeeded"}}},
        {**event, "data": {"object": {**about, "status": "paid"}}},
        {**event, "data": {"object": {name: said for name, said in about.items() if name != "currency"}}},
    ]
    assert unlike_event(event) == []
    assert [unlike_event(each) == [] for each in wrong] == [False] * len(wrong)


@pytest.mark.parametrize(("kind", "name"), TOLD.items())
@ALL_KINDS
@given(data=st.data())
def test_whatever_stripe_tells_names_what_it_is_about(kind: str, name: str, data: st.DataObject) -> None:
    about = data.draw(made(published(name))) | {"id": "dp_1" if name == "dispute" else f"{name}_1"}
    if name == "payment_intent":
        about |= {"id": "pi_1"}
    elif name != "payout":
        about |= {"payment_intent": "pi_1"}
    event = {**data.draw(made(EVENT)), "api_version": VERSION, "type": kind, "data": {"object": about}}
    assert unlike_event(event) == []
    hooked = read_hook(json.dumps(event).encode())
    assert hooked.dispute == ("dp_1" if name == "dispute" else None)
    assert hooked.intent == ("pi_1" if name in ("payment_intent", "charge", "refund") else None)
    assert hooked.books == (name in ("refund", "payout"))


# ── what is answered ──


@ALL_KINDS
@given(made(published("payment_intent", "Charge")))
def test_every_payment_is_read(body: dict[str, Any]) -> None:
    assert unlike("payment_intent", body, "Charge") == []
    body |= {"currency": "eur"}
    said = captured_of(body, Kept("ord_1", "pi_1", body["amount"], "EUR"))
    assert isinstance(said, Captured | Refunded)
    assert isinstance(captured_of(body, Kept("ord_1", "pi_1", body["amount"], "USD")), Unknown)
    awaited = awaited_of(body.get("next_action") or {})
    assert awaited is None or isinstance(awaited, Awaited)
    assert decline_of(body.get("last_payment_error") or {}) in {*DECLINES.values(), DECLINED}


@ALL_KINDS
@given(made(published("balance_transaction", "Charge", "Refund", "Dispute", "Payout")))
def test_every_entry_of_books_is_read_or_says_why_not(row: dict[str, Any]) -> None:
    entries = entries_of({**row, "currency": "eur"})
    assert entries
    assert all((each.kind is BookKind.UNREAD) == bool(each.why) for each in entries)


@ALL_KINDS
@given(made(published("dispute", "Charge", "BalanceTransaction")))
def test_every_dispute_is_read_or_says_why_not(body: dict[str, Any]) -> None:
    try:
        assert isinstance(dispute_of({**body, "id": "dp_1", "currency": "eur"}), DisputeSaid)
    except UnreadError:
        return


@ALL_KINDS
@given(st.lists(made(published("payment_method_configuration")), max_size=2))
def test_every_configuration_is_read(found: list[dict[str, Any]]) -> None:
    assert set(offers_of({"data": found})) <= set(OFFERS)
