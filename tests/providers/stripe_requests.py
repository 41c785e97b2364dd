"""What Stripe takes, by the types that Stripe generates from its published OpenAPI for the SDK of that version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import stripe.params as published
from jsonschema import Draft202012Validator as Validator

from engine.payments.stripe_api import VERSION
from tests.providers.stripe_published import taken

INTEGER = re.compile("-?[0-9]{1,15}")
TAKES = {
    ("POST", r"/v1/payment_intents"): published.PaymentIntentCreateParams,
    ("POST", r"/v1/payment_intents/pi_\w+/confirm"): published.PaymentIntentConfirmParams,
    ("POST", r"/v1/payment_intents/pi_\w+/cancel"): published.PaymentIntentCancelParams,
    ("GET", r"/v1/payment_intents"): published.PaymentIntentListParams,
    ("GET", r"/v1/payment_intents/pi_\w+"): published.PaymentIntentRetrieveParams,
    ("GET", r"/v1/payment_intents/search"): published.PaymentIntentSearchParams,
    ("POST", r"/v1/refunds"): published.RefundCreateParams,
    ("GET", r"/v1/refunds"): published.RefundListParams,
    ("GET", r"/v1/payment_method_configurations"): published.PaymentMethodConfigurationListParams,
    ("GET", r"/v1/balance_transactions"): published.BalanceTransactionListParams,
    ("GET", r"/v1/disputes/d[pu]_\w+"): published.DisputeRetrieveParams,
}
KEY_CHARS_MAX = 255  # of an idempotency key
METADATA_CHARS_MAX = 500  # of a value


def mistakes(method: str, path: str, fields: Iterable[tuple[str, str]], headers: Mapping[str, str]) -> list[str]:
    """What Stripe would refuse of a request."""
    takes = next((each for (verb, form), each in TAKES.items() if verb == method and re.fullmatch(form, path)), None)
    if takes is None:
        return [f"{method} {path} is not asked of Stripe"]
    found = []
    if headers.get("Stripe-Version") != VERSION:
        found.append("it asks for another version")
    if len(headers.get("Idempotency-Key", "")) > KEY_CHARS_MAX:
        found.append("the idempotency key is too long")
    schema, tree = taken(takes), unflattened(fields)
    found += [f"{path}: {each.json_path} {each.message}" for each in Validator(schema).iter_errors(typed(schema, tree))]
    for name, value in tree.items():
        if isinstance(value, dict) and any(len(str(each)) > METADATA_CHARS_MAX for each in value.values()):
            found.append(f"a value of {name} is too long")
    return found


def unflattened(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][c]=d` and `a[]=b` as the dicts and lists that they stand for."""
    tree: dict[str, Any] = {}
    for key, value in fields:
        *inner, last = key.replace("]", "").split("[")
        if last == "":
            tree.setdefault(inner[0], []).append(value)
            continue
        place = tree
        for name in inner:
            place = place.setdefault(name, {})
        place[last] = value
    return tree


def typed(schema: Mapping[str, Any], value: Any) -> Any:
    """A form has texts alone: as the number or the truth that they stand for, where that is what is taken."""
    if isinstance(value, dict):
        of = [each for each in (schema, *schema.get("anyOf", ())) if each.get("type") == "object"]
        named = {name: each for one in of for name, each in one.get("properties", {}).items()}
        return {name: typed(named.get(name, {}), each) for name, each in value.items()}
    if isinstance(value, list):
        return [typed(schema.get("items", {}), each) for each in value]
    kinds = {each.get("type") for each in (schema, *schema.get("anyOf", ()))}
    if "integer" in kinds and INTEGER.fullmatch(value):
        return int(value)
    return value == "true" if "boolean" in kinds and value in ("true", "false") else value
