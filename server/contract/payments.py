"""Accounts of an organizer at payment providers, as its office sees them: never with a key that is secret."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine.catalog import Country, Currency
from engine.limits import NAME_CHARS_MAX, PAYMENT_KEY_CHARS_MAX, SERVED_MAX
from engine.payments import AccountKeys, AccountView, Serves
from engine.text import Written
from server.contract.asks import Ask
from server.contract.stamps import in_ms

Key = Annotated[str, Written(PAYMENT_KEY_CHARS_MAX, chars_min=0)]


class ServesBody(Ask):
    """What an account is for; nothing named: everything."""

    currencies: Annotated[list[Currency], Field(max_length=SERVED_MAX)] = Field(default_factory=list)
    countries: Annotated[list[Country], Field(max_length=SERVED_MAX)] = Field(
        default_factory=list, description="Of the venues, ISO 3166."
    )
    amount_from: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Minor units of its one currency: sums from here on, and up to amount_up_to."
    )
    amount_up_to: Annotated[int, Field(ge=0)] | None = None

    def serves(self) -> Serves:
        return Serves(tuple(self.currencies), tuple(self.countries), self.amount_from, self.amount_up_to)


class ServesShape(TypedDict):
    currencies: list[str]
    countries: list[str]
    amount_from: int | None
    amount_up_to: int | None


class PaymentAccountBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = ""
    publishable_key: Key = ""
    secret_key: Key = ""
    webhook_secret: Key = ""
    serves: ServesBody | None = Field(default=None, description="Left out: as before, and at first everything.")

    def keys(self) -> AccountKeys:
        serves = None if self.serves is None else self.serves.serves()
        return AccountKeys(self.name, self.publishable_key, self.secret_key, self.webhook_secret, serves)


class MadePaymentAccount(TypedDict):
    id: str


class PaymentAccountShape(TypedDict):
    id: str
    name: str
    publishable_key: str
    live: bool
    active: bool
    offers: list[str]  # methods beside cards, as it said when it was last checked
    serves: ServesShape
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
        "serves": {
            "currencies": list(view.serves.currencies),
            "countries": list(view.serves.countries),
            "amount_from": view.serves.amount_from,
            "amount_up_to": view.serves.amount_up_to,
        },
        "webhook_address": f"{base_url}/hooks/payments/{view.id}",
        "webhook_secrets": view.webhook_secrets,
        "version": view.version,
        "created_at_ms": in_ms(view.created_at),
    }
