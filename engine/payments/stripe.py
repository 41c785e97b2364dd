"""Stripe: cards, wallets, Pix, boleto and debits by PaymentIntents, which the process that placed the order confirms.

Owns nothing: stripe_book knows which intent stands for an order. Guarantees what the port asks, also of a server that
forgets idempotency keys: an intent asks for no money until it is confirmed, and only the one in the book ever is.
What was declined is cancelled, so that nobody confirms it with another card later. Fails as Postgres does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
from typing_extensions import override

from engine.limits import (
    STRIPE_BEGIN_S_MAX,
    STRIPE_REFUND_PAGES_MAX,
    STRIPE_REFUNDS_AT_ONCE,
    STRIPE_REFUNDS_PER_PAGE,
)
from engine.payments.books import Books
from engine.payments.later import LATER, pay_until
from engine.payments.port import (
    ABANDONED,
    ANOTHER_AMOUNT,
    DISPUTED,
    MORE_THAN_LEFT,
    NOT_CAPTURED,
    SEPA_DEBIT,
    Asked,
    Awaited,
    Captured,
    Charge,
    ChargeAnswer,
    Declined,
    Down,
    Listener,
    LookupAnswer,
    Means,
    NotRefunded,
    PaymentNews,
    Provider,
    Refund,
    RefundAnswer,
    Refunded,
    Unheard,
    Unknown,
)
from engine.payments.stripe_api import NotAnswered, NotAsked, Said, StripeApi
from engine.payments.stripe_book import Kept, StripeBook
from engine.payments.stripe_books import StripeBooks
from engine.payments.stripe_later import awaited_of, debited_of, is_debit, terms_of
from engine.payments.stripe_words import DEBIT_REFUSED, NOT_PAYABLE, decline_of, last4_of, ours, theirs
from engine.payments.till import STRIPE

log = logging.getLogger(__name__)

METHOD = "stripe"
CONFIRMATION = "ctoken_"  # else it is the id of a payment method
INTENTS = "/v1/payment_intents"
WITH_CHARGE = {"expand[]": "latest_charge"}
NEVER_TOOK = ("failed", "canceled")  # a refund that gave nothing back
CARD_ERROR = 402
REFUSES_REFUND = {"charge_already_refunded": MORE_THAN_LEFT, "charge_disputed": DISPUTED}


class Stripe(Provider):
    """One account at Stripe."""

    def __init__(
        self,
        db: asyncpg.Pool,
        api: StripeApi,
        account: str,
        offers: Sequence[str] = (),
        began: datetime | None = None,
    ) -> None:
        """`offers`: by which methods beside cards the account can be paid. `began`: when it was connected; what its
        books have from before is none of ours.
        """
        self.name = STRIPE + account
        self.offers = tuple(offers)
        self._began = began
        self._api = api
        self._book = StripeBook(db, account)
        self._listener: Listener | None = None
        self._refunding = asyncio.Semaphore(STRIPE_REFUNDS_AT_ONCE)

    @override
    def methods(self) -> tuple[str, ...]:
        return METHOD, *self.offers

    @override
    def plays(self, means: Means) -> bool:
        return False

    @override
    def listen(self, listener: Listener) -> None:
        self._listener = listener

    @override
    async def close(self) -> None:
        await self._api.close()

    @override
    def books(self, organizer: str) -> Books | None:
        return StripeBooks(self._api, self.name, self._began)

    # ── charges ──

    @override
    async def charge(self, charge: Charge) -> ChargeAnswer:
        kept = await self._book.find(charge.order) or await self._begin(charge)
        if isinstance(kept, Declined | Down):
            return kept
        try:
            answer = await self._confirm(kept, charge)
        except NotAsked as why:
            log.warning("Stripe was not asked about order %s: %s", charge.order, why)
            return Down()
        except NotAnswered as why:
            log.warning("Stripe did not say how order %s went: %s", charge.order, why)
            return Unknown(silent=True)
        # All given back, or not confirmed after all: a purchase of just now is neither; the finisher will know.
        return Unknown() if isinstance(answer, Refunded | Unheard) else answer

    @override
    async def lookup(self, order: str) -> LookupAnswer:
        kept = await self._book.find(order)
        if kept is None:
            return Unheard()
        try:
            return await self._look(kept)
        except NotAsked:
            return Down()
        except NotAnswered:
            return Unknown(silent=True)

    @override
    async def abandon(self, order: str) -> LookupAnswer:
        """Where no intent is in the book, none can be confirmed once that is closed. One that a restored database
        has forgotten is found by what is written on it, and counts.
        """
        try:
            kept = await self._book.find(order) or await self._found_or_closed(order)
            return await self._cancel(kept)
        except NotAsked:
            return Down()
        except NotAnswered:
            return Unknown(silent=True)

    async def hear(self, intent: str) -> bool:
        """Stripe has told us something of this intent: ask how it stands, and pass that on. False: try again later."""
        try:
            news = await self._news_of(intent)
        except (NotAsked, NotAnswered):
            return False
        if news is not None and self._listener is not None:
            await self._listener(news)
        return True

    async def _news_of(self, intent: str) -> PaymentNews | None:
        said = await self._api.get(f"{INTENTS}/{intent}", WITH_CHARGE)
        order, sale = (_metadata(said.body).get(each) for each in ("order", "sale"))
        if not said.fine or not order or not sale:
            return None
        kept = await self._book.find(order)
        if kept is None and said.body.get("status") == "succeeded":
            kept = await self._adopt(order, said.body)  # a restored database has forgotten it
        if kept is None or kept.intent != intent:
            return None
        answer = await self._read(said.body, kept)
        return PaymentNews(sale, order, answer, self.name) if isinstance(answer, Captured | Declined) else None

    async def _begin(self, charge: Charge) -> Kept | Declined | Down:
        """Make an intent, which asks for no money yet: whatever becomes of this call, nobody is charged by it."""
        units = theirs(charge.amount, charge.currency)
        if units is None:
            log.warning("order %s comes to an amount that Stripe has no units for", charge.order)
            return Declined(NOT_PAYABLE)
        form = {
            "amount": str(units),
            "currency": charge.currency.lower(),
            "allowed_payment_method_types[]": "card" if charge.means.method == METHOD else charge.means.method,
            "metadata[order]": charge.order,
            "metadata[sale]": charge.sale,
        }
        try:
            said = await self._api.post(INTENTS, form, once=charge.order, seconds=STRIPE_BEGIN_S_MAX)
        except (NotAsked, NotAnswered) as why:
            log.warning("no payment of order %s was begun: %s", charge.order, why)
            return Down()
        if not said.fine:
            log.error("Stripe takes no payment of order %s: %s", charge.order, said.error.get("message"))
            return Declined(NOT_PAYABLE)
        return await self._book.keep(charge.order, said.body["id"], charge.amount, charge.currency)

    async def _confirm(self, kept: Kept, charge: Charge) -> LookupAnswer:
        if kept.intent is None:
            return Declined(ABANDONED)
        if kept.decline is not None:
            return await self._cancel(kept)
        means = charge.means
        if means.method in LATER:
            now = datetime.now(UTC)
            form = terms_of(charge, pay_until(means.method, charge.begins, now), now)
        else:
            by = "confirmation_token" if means.token.startswith(CONFIRMATION) else "payment_method"
            form = {by: means.token, "use_stripe_sdk": "true"}
        form["expand[]"] = "latest_charge"
        said = await self._api.post(f"{INTENTS}/{kept.intent}/confirm", form, once=f"{kept.order}:confirm")
        if said.fine:
            return await self._read(said.body, kept)
        if said.status == CARD_ERROR:
            why = DEBIT_REFUSED if means.method == SEPA_DEBIT else decline_of(said.error)
            return await self._decline(kept, why)
        stands = await self._look(kept)
        if isinstance(stands, Unheard):
            # It was refused itself, and not by a bank: such as a token that was used before.
            log.error("Stripe does not confirm order %s: %s", kept.order, said.error.get("message"))
            return await self._decline(kept, "processing_error")
        return stands

    async def _look(self, kept: Kept) -> LookupAnswer:
        if kept.intent is None:
            return Declined(ABANDONED)
        return await self._read(await self._intent(kept.intent), kept)

    async def _intent(self, intent: str) -> Mapping[str, Any]:
        said = await self._api.get(f"{INTENTS}/{intent}", WITH_CHARGE)
        if not said.fine:
            raise NotAnswered(f"it does not know {intent}")
        return said.body

    async def _read(self, body: Mapping[str, Any], kept: Kept) -> LookupAnswer:
        match body.get("status"):
            case "succeeded":
                return captured_of(body, kept)
            case "canceled":
                return Declined(kept.decline or ABANDONED)
            case "requires_action":
                if (awaited := awaited_of(body.get("next_action") or {})) is not None:
                    return awaited
                step = {"client_secret": str(body.get("client_secret", ""))}
                return Asked(await self._book.asked(kept.order), step)
            case "processing" if is_debit(body):
                return debited_of(body)
            case "requires_payment_method" if body.get("last_payment_error"):
                why = DEBIT_REFUSED if is_debit(body) else decline_of(body["last_payment_error"])
                return await self._decline(kept, why)
            case "requires_payment_method" | "requires_confirmation":
                return Unheard()
            case _:
                return Unknown()

    # ── given up ──

    async def _decline(self, kept: Kept, why: str) -> LookupAnswer:
        """Keep why, and end the intent: as long as it stands, whoever has its secret may try another card."""
        decline = await self._book.declined(kept.order, why)
        return await self._cancel(Kept(kept.order, kept.intent, kept.amount, kept.currency, decline))

    async def _cancel(self, kept: Kept) -> LookupAnswer:
        """Only an answer that it is cancelled means that it is; an idempotency key would repeat a no of before."""
        if kept.intent is None:
            return Declined(ABANDONED)
        said = await self._api.post(f"{INTENTS}/{kept.intent}/cancel")
        body = said.body if said.fine else await self._intent(kept.intent)
        if body.get("status") in ("succeeded", "canceled"):
            return await self._read(body, kept)
        return Unknown()

    async def _found_or_closed(self, order: str) -> Kept:
        said = await self._api.get(f"{INTENTS}/search", {"query": f"metadata['order']:'{order}'"})
        found = said.body.get("data") if said.fine else None
        for body in found or ():
            if body.get("status") not in ("requires_payment_method", "requires_confirmation", "canceled"):
                return await self._adopt(order, body)
        return await self._book.keep(order, None)

    async def _adopt(self, order: str, body: Mapping[str, Any]) -> Kept:
        currency = str(body["currency"]).upper()
        return await self._book.keep(order, body["id"], ours(body["amount"], currency) or 0, currency)

    # ── given back ──

    @override
    async def refund(self, refund: Refund) -> RefundAnswer:
        kept = await self._book.find(refund.order)
        if kept is None:
            return Unheard()
        try:
            async with self._refunding, self._book.locked(refund.order):
                return await self._give_back(kept, refund)
        except NotAsked:
            return Down()
        except NotAnswered:
            return Unknown(silent=True)

    async def _give_back(self, kept: Kept, refund: Refund) -> RefundAnswer:
        """What was given back before is read first, so that one whose answer was lost is found, not made again."""
        stands = await self._look(kept)
        if isinstance(stands, Declined | Awaited):
            return NotRefunded(NOT_CAPTURED)
        if isinstance(stands, Asked):
            return Unknown()
        if not isinstance(stands, Captured | Refunded):
            return stands
        given = await self._refunds(kept)
        units = theirs(refund.amount, kept.currency)
        before = next((each for each in given if _metadata(each).get("refund") == refund.id), None)
        if before is not None:
            same = before["amount"] == units
            took = before.get("status") not in NEVER_TOOK
            failed = str(before.get("failure_reason") or before.get("status"))
            return NotRefunded(ANOTHER_AMOUNT) if not same else Refunded(refund.amount) if took else NotRefunded(failed)
        left = (theirs(stands.amount, kept.currency) or 0) - sum(
            each["amount"] for each in given if each.get("status") not in NEVER_TOOK
        )
        if units is None or units > left:
            return NotRefunded(NOT_PAYABLE if units is None else MORE_THAN_LEFT)
        form = {
            "payment_intent": str(kept.intent),
            "amount": str(units),
            "metadata[order]": refund.order,
            "metadata[sale]": refund.sale,
            "metadata[refund]": refund.id,
        }
        said = await self._api.post("/v1/refunds", form, once=f"{refund.order}:refund:{refund.id}")
        return self._refunded(said, refund)

    @staticmethod
    def _refunded(said: Said, refund: Refund) -> RefundAnswer:
        if said.fine and said.body.get("status") not in NEVER_TOOK:
            return Refunded(refund.amount)
        if (why := REFUSES_REFUND.get(str(said.error.get("code")))) is not None:
            return NotRefunded(why)
        log.error("Stripe does not give back %s of order %s: %s", refund.id, refund.order, said.error.get("message"))
        return Unknown()

    async def _refunds(self, kept: Kept) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        query = {"payment_intent": str(kept.intent), "limit": str(STRIPE_REFUNDS_PER_PAGE)}
        for _ in range(STRIPE_REFUND_PAGES_MAX):
            said = await self._api.get("/v1/refunds", query)
            if not said.fine:
                raise NotAnswered(f"it does not list refunds of {kept.intent}")
            found += said.body["data"]
            if not said.body.get("has_more"):
                return found
            query = {**query, "starting_after": found[-1]["id"]}
        raise NotAnswered(f"{kept.intent} has more refunds than are read")


def captured_of(body: Mapping[str, Any], kept: Kept) -> LookupAnswer:
    charged = body.get("latest_charge")
    back = charged.get("amount_refunded", 0) if isinstance(charged, Mapping) else 0
    amount, given_back = ours(body["amount"], kept.currency), ours(back, kept.currency)
    if str(body.get("currency", "")).upper() != kept.currency or amount is None or given_back is None:
        log.error("order %s was paid in another currency than its own: look at %s", kept.order, kept.intent)
        return Unknown()
    if given_back == amount:
        return Refunded(amount)
    return Captured(amount, str(kept.intent), given_back, last4_of(charged))


def _metadata(body: Mapping[str, Any]) -> Mapping[str, str]:
    found = body.get("metadata")
    return found if isinstance(found, Mapping) else {}
