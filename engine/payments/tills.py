"""Tills: where a sale is paid: at those of its organizer's accounts that are switched on and serve it.

Owns what this process knows of accounts, for some seconds, and a till for each with a breaker of its own. Guarantees:
an account that was asked for money is found by its name as long as it exists, switched on or not; one whose key can't
be read takes no money. Fails as Postgres does.
"""

from __future__ import annotations

import time
from enum import Enum
from typing import Any

import asyncpg

from engine.access import Sealer
from engine.limits import TILLS_KEPT_S, TILLS_OF_SALES_MAX
from engine.payments.books import BookListener, BookNews, Books
from engine.payments.by_hand import ByHand
from engine.payments.hand import Hand
from engine.payments.port import Listener, NoProvider, Provider
from engine.payments.serving import Serves, by_particulars, serves_of, serving
from engine.payments.stripe import Stripe
from engine.payments.stripe_api import StripeApi
from engine.payments.stripe_hooks import is_signed, read_hook
from engine.payments.till import STRIPE, Collecting, Till, asks_back, is_by_hand

OF_SALE = """
SELECT a.id, a.secret_key, a.publishable_key, a.created_at, a.offers, a.by_hand, a.currencies, a.countries,
       a.amount_from, a.amount_up_to, sale.currency, place.country
FROM payment_account a JOIN sale_terms AS sale ON sale.organizer_id = a.organizer_id
LEFT JOIN sale_place AS place ON place.id = sale.id
WHERE sale.id = $1 AND a.active ORDER BY a.created_at, a.id
"""
SECRETS_OF = "SELECT webhook_secrets, organizer_id FROM payment_account WHERE id = $1"
OF_ORGANIZER = """
SELECT id, secret_key, publishable_key, created_at, offers, by_hand FROM payment_account
WHERE organizer_id = $1 AND by_hand IS NULL ORDER BY created_at, id
"""
OF_ACCOUNT = "SELECT id, secret_key, publishable_key, created_at, offers, by_hand FROM payment_account WHERE id = $1"


Served = list[tuple[Serves, Till]]


def tills_for(served: Served, total: int | None) -> list[Till]:
    """Where so much is paid: into the first account that takes money by itself, and the first by hand beside it."""
    kinds = ([(serves, till) for serves, till in served if till.by_hand is by_hand] for by_hand in (False, True))
    return [till for kind in kinds if (till := serving(kind, total)) is not None]


def offers_of(served: Served) -> list[tuple[Serves, list[Till]]]:
    """The same for every sum, in the order in which they are asked: the first that serves a sum counts for it."""
    alone = [(serves, till) for serves, till in served if not till.by_hand]
    by_hand = [(serves, till) for serves, till in served if till.by_hand]
    found: list[tuple[Serves, list[Till]]] = []
    for serves, till in alone:
        both = [(narrowed, beside) for each, beside in by_hand if (narrowed := serves.within(each)) is not None]
        found += [*((narrowed, [till, beside]) for narrowed, beside in both), (serves, [till])]
    found += [(serves, [till]) for serves, till in by_hand]
    whole = next((nth for nth, (serves, _) in enumerate(found) if not serves.by_sum), len(found))
    return found[: whole + 1]  # nothing is left for those behind one that takes every sum


class Told(Enum):
    """What became of something that a provider told."""

    TAKEN = "taken"
    LATER = "later"  # it is to be told again
    FORGED = "forged"
    UNKNOWN = "unknown"  # there is no such account


class Tills:
    def __init__(self, db: asyncpg.Pool, sealer: Sealer, stripe_url: str, stripe_script: str) -> None:
        self._db = db
        self._sealer = sealer
        self._stripe_url = stripe_url
        self._stripe_script = stripe_script
        self._listener: Listener | None = None
        self._book_listener: BookListener | None = None
        self._of_sale: dict[str, tuple[float, Served | None]] = {}
        self._of_account: dict[str, tuple[str, Till, Stripe]] = {}  # with its key, sealed as it was then
        self._gone: list[Till] = []

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    def listen_to_books(self, listener: BookListener) -> None:
        self._book_listener = listener

    async def books_of(self, organizer: str) -> list[tuple[str, Books | None]]:
        """The books of every account of an organizer that has some, switched on or not; None where its key can't be
        read.
        """
        rows = await self._db.fetch(OF_ORGANIZER, organizer)
        return [(STRIPE + row["id"], self._till(row).provider.books(organizer)) for row in rows]

    async def of_sale(self, sale: str) -> Served | None:
        """The accounts that serve the sale from now on, in the order in which they are asked whether they serve a sum;
        None where its organizer has none switched on.
        """
        until, served = self._of_sale.get(sale, (0.0, None))
        if time.monotonic() < until:
            return served
        rows = await self._db.fetch(OF_SALE, sale)
        of = [(serves_of(row), self._till(row)) for row in rows if serves_of(row).sale(row["currency"], row["country"])]
        served = by_particulars(of) if rows else None
        if len(self._of_sale) >= TILLS_OF_SALES_MAX:
            self._of_sale.clear()
        self._of_sale[sale] = (time.monotonic() + TILLS_KEPT_S, served)
        return served

    async def named(self, provider: str | None) -> Till | None:
        """The account that was asked by this name; None where the name is no account's."""
        if provider is None or not (asks_back(provider) or is_by_hand(provider)):
            return None
        row = await self._db.fetchrow(OF_ACCOUNT, provider.partition(":")[2])
        return Till(NoProvider()) if row is None else self._till(row)

    async def told(self, account: str, header: str, body: bytes) -> Told:
        """Take in what an account's provider tells by itself, late, repeated or out of order as it may be."""
        row = await self._db.fetchrow(SECRETS_OF, account)
        if row is None:
            return Told.UNKNOWN
        sealed = (self._sealer.unseal(each, account) for each in row["webhook_secrets"])
        if not is_signed(header, body, [each for each in sealed if each is not None], time.time()):
            return Told.FORGED
        hooked, till = read_hook(body), await self.named(STRIPE + account)
        heard = True
        if hooked.intent is not None:
            heard = till is not None and isinstance(till.provider, Stripe) and await till.provider.hear(hooked.intent)
        if self._book_listener is not None and (hooked.dispute is not None or hooked.books):
            news = BookNews(STRIPE + account, row["organizer_id"], hooked.dispute or "")
            heard = await self._book_listener(news) and heard
        return Told.TAKEN if heard else Told.LATER

    async def close(self) -> None:
        for till in (*self._gone, *(till for _, till, _ in self._of_account.values())):
            await till.provider.close()

    def _till(self, row: Any) -> Till:
        account, sealed = row["id"], row["secret_key"]
        if row["by_hand"] is not None:
            return Till(Hand(self._db, account, ByHand.read(row["by_hand"])))
        known = self._of_account.get(account)
        collecting = Collecting(row["publishable_key"], self._stripe_script)
        if known is not None and known[0] == sealed:
            _, till, stripe = known
            till.collecting, stripe.offers = collecting, tuple(row["offers"])
            return till
        secret = self._sealer.unseal(sealed, account)
        if secret is None:
            return Till(NoProvider())
        if known is not None:
            self._gone.append(known[1])  # somebody may be asking it just now
        api = StripeApi(secret, self._stripe_url)
        stripe = Stripe(self._db, api, account, row["offers"], row["created_at"])
        if self._listener is not None:
            stripe.listen(self._listener)
        till = Till(stripe, collecting)
        self._of_account[account] = (sealed, till, stripe)
        return till


class Shelf:
    """The books that providers keep of organizers' money."""

    def __init__(self, sandbox: Provider, tills: Tills) -> None:
        self._sandbox = sandbox
        self._tills = tills

    def listen(self, listener: BookListener) -> None:
        """Register who is told that books have changed."""
        self._tills.listen_to_books(listener)

    async def of(self, organizer: str) -> list[tuple[str, Books | None]]:
        """An organizer's, by the names of providers; None where its key can't be read."""
        return [(self._sandbox.name, self._sandbox.books(organizer)), *await self._tills.books_of(organizer)]
