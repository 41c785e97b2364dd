"""Accounts of an organizer at payment providers, as its office sees them: never with a key that is secret."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict

from engine.limits import NAME_CHARS_MAX, PAYMENT_KEY_CHARS_MAX
from engine.payments import AccountKeys, AccountView
from engine.text import Written
from server.contract.asks import Ask
from server.contract.stamps import in_ms

Key = Annotated[str, Written(PAYMENT_KEY_CHARS_MAX, chars_min=0)]


class PaymentAccountBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = ""
    publishable_key: Key = ""
    secret_key: Key = ""
    webhook_secret: Key = ""

    def keys(self) -> AccountKeys:
        return AccountKeys(**self.model_dump())


class MadePaymentAccount(TypedDict):
    id: str


class PaymentAccountShape(TypedDict):
    id: str
    name: str
    publishable_key: str
    live: bool
    active: bool
    offers: list[str]  # methods beside cards, as it said when it was last checked
    webhook_address: str
    webhook_secrets: int
    version: int
    created_at_ms: int


class PaymentAccountsShape(TypedDict):
    items: list[PaymentAccountShape]


class CheckedShape(TypedDict):
    health: Literal["works", "refused", "unreached"]


def account_shape(view: AccountView, base_url: str) -> PaymentAccountShape:
    return {
        "id": view.id,
        "name": view.name,
        "publishable_key": view.publishable_key,
        "live": view.live,
        "active": view.active,
        "offers": list(view.offers),
        "webhook_address": f"{base_url}/hooks/payments/{view.id}",
        "webhook_secrets": view.webhook_secrets,
        "version": view.version,
        "created_at_ms": in_ms(view.created_at),
    }
