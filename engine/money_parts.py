"""How money comes in and goes back: providers, accounts there, credit, and what buyers give back, put together."""

from __future__ import annotations

from typing import TypedDict

import asyncpg

from engine.access import Sealer, Signer
from engine.catalog import Catalog
from engine.coupons import Knowing
from engine.credit import Credits, OwnCredit
from engine.keyring import PAYMENTS, Keyring
from engine.orders import Orders, OwnRefunds
from engine.payments import NoProvider, PaymentAccounts, Provider, Sandbox
from engine.receipts import Receipts
from engine.reconciliation import Reconciliation
from engine.settings import Settings
from engine.stores.office import Office
from engine.vault import Vault


def build_credit(db: asyncpg.Pool, office: Office, signer: Signer, catalog: Catalog, knowing: Knowing) -> OwnCredit:
    """What is owed to people, and how what of it is a buyer's own is known."""

    def owner_of(email: str) -> str:
        return f"contact {knowing.contact_mark(email)}"

    credit = Credits(db, office, signer, catalog.sale_info, owner_of)
    return OwnCredit(credit, knowing.accounts_of, knowing.proven, owner_of)


class MoneyParts(TypedDict):
    """How organizers take money in, and how buyers take it back."""

    payment_accounts: PaymentAccounts
    own_refunds: OwnRefunds
    receipts: Receipts
    reconciliation: Reconciliation


def build_money(
    settings: Settings, db: asyncpg.Pool, office: Office, keyring: Keyring, *, vault: Vault, orders: Orders
) -> MoneyParts:
    return {
        "payment_accounts": PaymentAccounts(office, sealer_of_accounts(keyring), settings.stripe_url),
        "own_refunds": OwnRefunds(office, orders.price_books.read_sale, orders.refunds),
        "receipts": Receipts(db, office, vault, orders.price_books),
        "reconciliation": Reconciliation(db, office, orders),
    }


def provider_of(settings: Settings, db: asyncpg.Pool) -> Provider:
    """The payment provider that was asked for by name; without one nothing that costs something is sold."""
    return Sandbox(db) if settings.provider == "sandbox" else NoProvider()


def sealer_of_accounts(keyring: Keyring) -> Sealer:
    return Sealer(keyring, b"payment account", PAYMENTS)
