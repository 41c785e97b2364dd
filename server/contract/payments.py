"""Accounts of an organizer at payment providers, as its office sees them: never with a key that is secret."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict

from engine.catalog import Country, Currency
from engine.limits import NAME_CHARS_MAX, PAYMENT_KEY_CHARS_MAX, SERVED_MAX, TOLD_CHARS_MAX
from engine.payments import AccountKeys, AccountView, ByHand, Serves
from engine.text import Written
from server.contract.asks import Ask
from server.contract.stamps import in_ms

Key = Annotated[str, Written(PAYMENT_KEY_CHARS_MAX, chars_min=0)]
Told = Annotated[str, Written(TOLD_CHARS_MAX, chars_min=0)]


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


class ByHandBody(Ask):
    """What buyers are told who send the money by themselves, and how many days they have for it."""

    holder: Told = ""
    account: Told = Field(default="", description="An IBAN, or whatever else names the account.")
    bank: Told = ""
    note: Told = Field(default="", description="A line of your own for buyers.")
    transfer_days: int | None = Field(default=None, description="Days for a transfer; none: it is not offered.")
    invoice_days: int | None = Field(default=None, description="The same for an invoice.")

    def told(self) -> ByHand:
        return ByHand(**self.model_dump())


class ByHandShape(TypedDict):
    holder: str
    account: str
    bank: str
    note: str
    transfer_days: int | None
    invoice_days: int | None


class PaymentAccountBody(Ask):
    """Of an account at Stripe, with keys; or of one by hand, with what buyers are told."""

    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = ""
    publishable_key: Key = ""
    secret_key: Key = ""
    webhook_secret: Key = ""
    serves: ServesBody | None = Field(default=None, description="Left out: as before, and at first everything.")
    by_hand: ByHandBody | None = Field(default=None, description="Buyers send the money by themselves.")

    def keys(self) -> AccountKeys:
        serves = None if self.serves is None else self.serves.serves()
        told = None if self.by_hand is None else self.by_hand.told()
        return AccountKeys(self.name, self.publishable_key, self.secret_key, self.webhook_secret, serves, told)


class MadePaymentAccount(TypedDict):
    id: str


class PaymentAccountShape(TypedDict):
    id: str
    provider: Literal["stripe", "hand"]
    name: str
    publishable_key: str
    live: bool
    active: bool
    offers: list[str]  # methods beside cards, as it said when it was last checked; all that one by hand has
    by_hand: ByHandShape | None  # what buyers are told who send the money by themselves
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
        "provider": cast('Literal["stripe", "hand"]', view.provider),
        "name": view.name,
        "publishable_key": view.publishable_key,
        "live": view.live,
        "active": view.active,
        "offers": list(view.offers),
        "by_hand": None if view.by_hand is None else cast("ByHandShape", view.by_hand.written()),
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
