"""Pix, boleto and SEPA debits at the line to localstripe, which knows none of them: as Stripe documents them.

Written after docs.stripe.com/payments/pix, /boleto and /sepa-debit; each answer is held against what Stripe publishes
of its objects. Nothing of it was run against Stripe itself.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from typing import Any

from tests.providers.stripe_published import OBJECTS, unlike

KINDS = ("pix", "boleto", "sepa_debit")
PATH = re.compile(r"/v1/payment_intents/(pi_later\w+)(?:/(confirm|cancel))?")
PIX_CODE = "00020101021226380014br.gov.bcb.pix2516api.example/cobv52040000530398654045.005802BR5905AFORO6304A1B2"
BOLETO_NUMBER = "01010101010101010101010101010101010101010101010"
ONLINE = ("ip_address", "user_agent")
ON = {"overridable": None, "preference": "on", "value": "on"}
OFF = ON | {"preference": "off", "value": "off"}
Answer = tuple[int, dict[str, Any]]


def configurations(offers: Collection[str]) -> dict[str, Any]:
    """Of an account that has switched these on; another configuration, which isn't the default, has all of them."""
    whole = {each: {"available": True, "display_preference": ON} for each in ("card", *KINDS)}
    own = {each: {"available": each in offers, "display_preference": ON if each in offers else OFF} for each in KINDS}
    kind = {"object": "payment_method_configuration", "active": True}
    data = [
        {"id": "pmc_other", "is_default": False, **kind, **whole},
        {"id": "pmc_default", "is_default": True, **kind, **whole, **own},
    ]
    return {"object": "list", "has_more": False, "data": data}


class Later:
    """Payments whose money comes later. `pay` is the buyer's bank."""

    def __init__(self) -> None:
        self.offers = {"pix"}  # that the account has switched on
        self.tells_offers = 200  # the status with which it says so
        self._intents: dict[str, dict[str, Any]] = {}
        self._mandates: dict[str, tuple[str, str]] = {}
        self._refunds: list[dict[str, Any]] = []

    def begin(self, form: Mapping[str, str]) -> Answer | None:
        """None for what localstripe can do itself."""
        kind = form.get("allowed_payment_method_types[]", "")
        if kind not in KINDS:
            return None
        made: dict[str, Any] = {
            "id": f"pi_later{len(self._intents)}x{time.monotonic_ns()}",
            "object": "payment_intent",
            "created": int(time.time()),
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "metadata": {"order": form["metadata[order]"], "sale": form["metadata[sale]"]},
            "payment_method_types": [kind],
            "status": "requires_payment_method",
            "latest_charge": None,
            "last_payment_error": None,
            "next_action": None,
            "client_secret": "pi_secret",
        }
        self._intents[made["id"]] = made
        return 200, made

    def ask(self, method: str, path: str, form: Mapping[str, str]) -> Answer | None:
        if path == "/v1/payment_method_configurations":
            return self.tells_offers, configurations(self.offers) if self.tells_offers == 200 else {"error": {}}
        if path == "/v1/refunds" and form.get("payment_intent", "").startswith("pi_later"):
            return self._refund(form) if method == "POST" else (200, {"data": self._refunds_of(form["payment_intent"])})
        match = PATH.fullmatch(path)
        if match is None:
            return None
        intent = self._intents[match[1]]
        if match[2] == "confirm":
            return self._confirm(intent, form)
        if match[2] == "cancel":
            return self._cancel(intent)
        return 200, intent

    def pay(self, intent: str) -> bool:
        """The buyer has paid, and Stripe knows; False where nothing is to be paid any more."""
        found = self._intents[intent]
        if found["status"] not in ("requires_action", "processing"):
            return False
        charge = {"payment_method_details": {"type": found["payment_method_types"][0]}, "amount_refunded": 0}
        found |= {"status": "succeeded", "next_action": None, "latest_charge": charge}
        return True

    def expire(self, intent: str) -> None:
        """The code's time is over."""
        error = {"type": "card_error", "code": "payment_intent_payment_attempt_expired"}
        self._intents[intent] |= {"status": "requires_payment_method", "next_action": None, "last_payment_error": error}

    def refuse(self, intent: str) -> None:
        """The buyer's bank does not let the account be debited."""
        error = {"type": "invalid_request_error", "code": "payment_intent_payment_attempt_failed"}
        self._intents[intent] |= {"status": "requires_payment_method", "last_payment_error": error}

    def mandate(self, intent: str) -> tuple[str, str]:
        """From where it was agreed to: an address, and what the browser calls itself."""
        return self._mandates[intent]

    def _confirm(self, intent: dict[str, Any], form: Mapping[str, str]) -> Answer:
        if intent["status"] != "requires_payment_method" or intent["last_payment_error"]:
            return 400, {"error": {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}}
        if intent["payment_method_types"] == ["sepa_debit"]:
            return self._debit(intent, form)
        if intent["payment_method_types"] == ["pix"]:
            if form.get("payment_method_data[type]") != "pix":
                return 400, {"error": {"type": "invalid_request_error", "code": "parameter_missing"}}
            action = {
                "type": "pix_display_qr_code",
                "pix_display_qr_code": {
                    "data": PIX_CODE,
                    "expires_at": int(form["payment_method_options[pix][expires_at]"]),
                    "hosted_instructions_url": "https://payments.stripe.com/pix/instructions/test",
                    "image_url_png": "https://qr.stripe.com/test.png",
                    "image_url_svg": "https://qr.stripe.com/test.svg",
                },
            }
        else:
            days = int(form["payment_method_options[boleto][expires_after_days]"])
            action = {
                "type": "boleto_display_details",
                "boleto_display_details": {
                    "number": BOLETO_NUMBER,
                    "expires_at": int(time.time()) + days * 86_400,
                    "hosted_voucher_url": "https://payments.stripe.com/boleto/voucher/test",
                    "pdf": "https://payments.stripe.com/boleto/voucher/test/pdf",
                },
            }
        intent |= {"status": "requires_action", "next_action": action}
        return 200, intent

    def _debit(self, intent: dict[str, Any], form: Mapping[str, str]) -> Answer:
        online = [form.get(f"mandate_data[customer_acceptance][online][{each}]", "") for each in ONLINE]
        if form.get("mandate_data[customer_acceptance][type]") != "online" or not all(
            (*online, form["payment_method"])
        ):
            return 400, {"error": {"type": "invalid_request_error", "code": "parameter_missing"}}
        self._mandates[intent["id"]] = (online[0], online[1])
        intent["status"] = "processing"
        return 200, intent

    @staticmethod
    def _cancel(intent: dict[str, Any]) -> Answer:
        if intent["status"] in ("succeeded", "processing"):
            return 400, {"error": {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}}
        intent |= {"status": "canceled", "next_action": None}
        return 200, intent

    def _refunds_of(self, intent: str) -> list[dict[str, Any]]:
        return [each for each in self._refunds if each["payment_intent"] == intent]

    def _refund(self, form: Mapping[str, str]) -> Answer:
        intent, amount = self._intents[form["payment_intent"]], int(form["amount"])
        intent["latest_charge"]["amount_refunded"] += amount
        made = {
            "id": f"re_later{len(self._refunds)}",
            "object": "refund",
            "payment_intent": intent["id"],
            "amount": amount,
            "status": "succeeded",
            "metadata": {"order": form["metadata[order]"], "refund": form["metadata[refund]"]},
        }
        self._refunds.append(made)
        return 200, made


def unlike_answer(body: Mapping[str, Any]) -> list[str]:
    """Where it is not what Stripe publishes, of objects that say no more than what is read of them."""
    each = body.get("data", [body])
    return [
        said
        for one in each
        if one.get("object") in OBJECTS
        for said in unlike(one["object"], one, "Charge", partly=True)
    ]
