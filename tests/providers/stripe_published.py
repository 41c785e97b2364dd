"""What Stripe publishes of its objects and its parameters, as JSON Schema: for what is said there and here.

Made of the types that Stripe generates from its OpenAPI, for the SDK of the version that we ask for. Closed, where
Stripe leaves room for what may come later: no field it does not name, no word it does not list. Of methods of payment
the objects keep those alone that we offer.
"""

from __future__ import annotations

import builtins
import sys
import types
import typing
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Union

import stripe
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from engine.payments.stripe_api import VERSION

Schema = dict[str, Any]
PLAIN: dict[object, Schema] = {
    int: {"type": "integer"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    type(None): {"type": "null"},
}
OF_METHODS = ("payment_method_details", "payment_method_options")
OURS = ("boleto", "card", "pix", "sepa_debit", "type")
OBJECTS = {
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "dispute": stripe.Dispute,
    "payment_intent": stripe.PaymentIntent,
    "payment_method_configuration": stripe.PaymentMethodConfiguration,
    "payout": stripe.Payout,
    "refund": stripe.Refund,
}
OF_THE_SDK = frozenset(stripe.RequestOptions.__annotations__)
INTEGER_MAX = 2**53


class Elsewhere:
    """An object of another part of Stripe, such as an authorization of a card that it issued."""


class Names(dict[str, object]):
    """What the SDK's types name by a word alone."""

    def __missing__(self, name: str) -> object:
        return getattr(stripe, name.removesuffix("Resource"), Elsewhere)


@cache
def published(name: str, *expanded: str) -> Schema:
    """One of OBJECTS. `expanded`: those that stand whole where else their ids do."""
    return _object(OBJECTS[name], frozenset(expanded))


@cache
def taken(kind: type) -> Schema:
    """What a request takes, by the type of its parameters."""
    return _object(kind, frozenset())


def unlike(name: str, body: Mapping[str, Any], *expanded: str, partly: bool = False) -> list[str]:
    """Where it is not what Stripe publishes. `partly`: it says no more than what is read of it."""
    schema = published(name, *expanded)
    found = Draft202012Validator(_partly(schema) if partly else schema).iter_errors(body)
    return [f"{name}: {each.json_path} {each.message}" for each in found]


def unlike_event(event: Mapping[str, Any], *, partly: bool = False) -> list[str]:
    """As a webhook is told."""
    about = event["data"]["object"]
    found = [f"event: {each.json_path} {each.message}" for each in Draft202012Validator(EVENT).iter_errors(event)]
    if event.get("api_version") != VERSION:
        found.append("it is of another version")
    return found + unlike(about["object"], about, partly=partly)


def made(schema: Schema) -> st.SearchStrategy[Any]:
    """Whatever it allows."""
    if "anyOf" in schema:
        return st.one_of([made(each) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            named = schema.get("properties")
            if named is None:
                return st.dictionaries(st.text(max_size=5), made(schema.get("additionalProperties", {})), max_size=2)
            its = {name: made(each) for name, each in named.items()}
            always = {name: its.pop(name) for name in schema["required"]}
            return st.fixed_dictionaries(always, optional=its)
        case "array":
            return st.lists(made(schema["items"]), max_size=2)
        case "integer":
            return st.integers(-INTEGER_MAX, INTEGER_MAX)
        case "number":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case _:
            return st.text(max_size=8)


def _partly(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_partly(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _partly(each) for name, each in schema.items() if name != "required" or not isinstance(each, list)}


def _object(kind: type, expanded: frozenset[str], only: Collection[str] = ()) -> Schema:
    hints = _hints(kind, only)
    properties = {
        name: _of(hint, expanded - {kind.__name__}, OURS if name in OF_METHODS else ()) for name, hint in hints.items()
    }
    always = [name for name, hint in hints.items() if type(None) not in typing.get_args(hint)]
    if is_typeddict(kind):
        always = [name for name in always if name in kind.__required_keys__]
    return {"type": "object", "properties": properties, "required": always, "additionalProperties": False}


def _hints(kind: type, only: Collection[str]) -> dict[str, Any]:
    besides = OF_THE_SDK if is_typeddict(kind) else ()
    written = {
        name: hint
        for name, hint in kind.__annotations__.items()
        if not name.isupper() and name not in besides and (not only or name in only)
    }
    named = Names(vars(builtins) | vars(typing) | vars(sys.modules[kind.__module__]))
    return typing.get_type_hints(type("Its", (), {"__annotations__": written}), {}, named)


def _of(hint: Any, expanded: frozenset[str], only: Collection[str] = ()) -> Schema:
    if hint in PLAIN:
        return PLAIN[hint]
    origin, its = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return {"enum": list(its)}
    if origin is list:
        return {"type": "array", "items": _of(its[0], expanded, only)}
    if origin in (Union, types.UnionType):
        if any(typing.get_origin(each) is typing.Literal and typing.get_args(each) != ("",) for each in its):
            its = tuple(each for each in its if each is not str)  # which leaves room for words of later
        kept = [each for each in its if not _stands_elsewhere(each, expanded)]
        return {"anyOf": [_of(each, expanded, only) for each in kept]}
    if origin in (dict, UntypedStripeObject):
        return {"type": "object", "additionalProperties": _of(its[-1], expanded)}
    if is_typeddict(hint):
        return _object(hint, expanded)
    if isinstance(hint, type) and issubclass(hint, stripe.StripeObject):
        return {"type": "object"} if _stands_elsewhere(hint, expanded) else _object(hint, expanded, only)
    return {}


def _stands_elsewhere(hint: Any, expanded: frozenset[str]) -> bool:
    """An object with an id of its own."""
    name = getattr(hint, "__name__", "")
    return hint is Elsewhere or (
        getattr(stripe, name, None) is hint and isinstance(hint, type) and name not in expanded
    )


EVENT = _object(stripe.Event, frozenset())
