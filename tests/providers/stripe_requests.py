"""What Stripe takes, by the types that Stripe generates from its published OpenAPI for the SDK of that version."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Mapping
from types import GenericAlias
from typing import Any, Generic, TypeVar

import stripe
import stripe.params as published
from pydantic import ConfigDict, TypeAdapter, ValidationError

from engine.payments.stripe_api import VERSION

Value = TypeVar("Value")
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


class Untyped(Generic[Value]):
    """What the SDK itself answers, and nobody sends."""


NAMES = {"Mapping": Mapping, "StripeContext": Untyped, "UntypedStripeObject": Untyped}


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
    own = set(takes.__annotations__) - set(stripe.RequestOptions.__annotations__)
    hints = typing.get_type_hints(takes, localns=NAMES)
    for name, value in unflattened(fields).items():
        if name not in own:
            found.append(f"{path} takes no {name}")
            continue
        try:
            # In a tuple, since types of dicts take no config of others.
            hint: Any = GenericAlias(tuple, (hints[name],))
            TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True)).validate_python((value,))
        except ValidationError as error:
            found.append(f"{path} takes no such {name}: {error}")
        if isinstance(value, dict) and any(len(each) > METADATA_CHARS_MAX for each in value.values()):
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
