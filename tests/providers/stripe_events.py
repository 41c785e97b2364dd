"""Events as Stripe sends them: the shape that it publishes, with a signature that Stripe's own library makes."""

from __future__ import annotations

import json

import stripe

from tests.providers.stripe_published import unlike_event


def event_of(intent: str, kind: str = "payment_intent.succeeded") -> bytes:
    """What it says of the payment is invented: nothing but the id may be believed."""
    about = {
        "id": intent,
        "object": "payment_intent",
        "amount": 1,
        "amount_capturable": 0,
        "amount_received": 1,
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "created": 1_795_910_400,
        "currency": "usd",
        "livemode": False,
        "metadata": {"order": "ord_of_another", "sale": "another"},
        "payment_method_types": ["card"],
        "status": "succeeded",
    }
    event = {
        "id": "evt_1QwErTyUiOpAsDfG",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_795_910_400,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_AbCdEfGhIjKlMn", "idempotency_key": None},
        "type": kind,
    }
    assert unlike_event(event) == []
    return json.dumps(event, indent=2).encode()


def header_of(body: bytes, secret: str, at_s: int) -> str:
    signature = stripe.WebhookSignature._compute_signature(f"{at_s}.{body.decode()}", secret)
    return f"t={at_s},v1={signature},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"
