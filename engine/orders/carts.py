"""Carts: what Redis holds for a buyer together with what the buyer wrote, priced, with what is still missing.

Owns the table cart, written and read in batches. Guarantees: reading writes nothing; a locked or ended cart is not
changed; keys are sealed before they are stored; what can't be written is refused alone.
Fails with RefusalError busy or unavailable.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from engine.catalog import phase_begun
from engine.coupons import Bearer, Judged, Meeting
from engine.credit import Credit
from engine.limits import (
    ORDERS_PER_COMMIT_MAX,
)
from engine.onsale import Onsale
from engine.onsale.model import Cart
from engine.orders import issues, sql
from engine.orders.answers import Answering, CartAnswers
from engine.orders.cart_credit import CartCredit, credit_issues
from engine.orders.cart_rows import NOTHING, Writing, Written, written_of
from engine.orders.changes import mistakes
from engine.orders.making import TypeChoice
from engine.orders.model import CartChange, CartRef, CartView, Issue, Sealed
from engine.orders.opening import Opened, Opening
from engine.orders.order_keys import OrderKeys
from engine.orders.price_books import PriceBooks
from engine.orders.pricing import AMOUNT, PriceBook, Priced
from engine.orders.questions import answered, asked_of, issues_of, tickets_held, wrong_answers
from engine.orders.reading import contact_of
from engine.orders.receipt_names import seal_identity
from engine.orders.showing import unlocked_wire
from engine.orders.sources import note_carts
from engine.orders.tax_identity import UNNAMED, mistakes_of
from engine.refusals import Code, Refused
from engine.stores.batcher import LOST, Batcher
from engine.stores.database import as_json
from engine.vault import Contact, Vault, columns

log = logging.getLogger(__name__)

PaymentTrouble = Callable[[str, int], Awaitable[Issue | None]]


class Carts:
    def __init__(
        self,
        db: asyncpg.Pool,
        onsale: Onsale,
        price_books: PriceBooks,
        *,
        order_keys: OrderKeys,
        vault: Vault,
        payment_trouble: PaymentTrouble,
        meeting: Meeting,
        credit: CartCredit,
    ) -> None:
        """`payment_trouble` says what keeps anybody from paying so much in a sale right now."""
        self._db = db
        self._onsale = onsale
        self._price_books = price_books
        self._order_keys = order_keys
        self._vault = vault
        self._payment_trouble = payment_trouble
        self._meeting, self._opening = meeting, Opening(onsale, meeting, credit)
        self._answers = CartAnswers(db, vault)
        self.credit = credit
        self._written: Batcher[CartRef, Written] = Batcher("carts read", self._read, items_max=ORDERS_PER_COMMIT_MAX)
        self._changes: Batcher[Writing, Written | Refused] = Batcher(
            "carts written", self._write, items_max=ORDERS_PER_COMMIT_MAX
        )

    async def view(self, sale: str, buyer: str) -> CartView | Refused:
        """The buyer's cart as it is now."""
        cart = await self._onsale.sale(sale).cart(buyer)
        return cart if isinstance(cart, Refused) else await self.view_of(sale, cart)

    async def view_of(self, sale: str, cart: Cart) -> CartView | Refused:
        """The same, for a cart that has just been read from Redis."""
        return await self.view_with(sale, cart, await self.written(sale, cart))

    async def view_with(self, sale: str, cart: Cart, written: Written) -> CartView | Refused:
        """The same, where it is known what was written into it."""
        book = await self._price_books.of(sale)
        return Refused(Code.UNKNOWN_SALE) if book is None else await self._view(sale, cart, book, written)

    async def written(self, sale: str, cart: Cart) -> Written:
        """What was written into a cart: nothing yet when the call that answered the cart has opened it.

        Asked of Postgres each time, since another process may have written it.
        """
        return NOTHING if cart.new else await self._written.submit(CartRef(sale, cart.id, cart.buyer))

    async def judged(self, sale: str, cart: Cart, book: PriceBook, written: Written) -> Judged | None:
        """What may take something off its prices."""
        goods = book.goods
        if not goods.takes_coupons:
            return None
        bearer = (goods.organizer_id, sale, goods.currency, cart.buyer, written.contact.email, written.coupon)
        return await self._meeting.judged(Bearer(*bearer))

    async def _has_codes(self, sale: str, book: PriceBook) -> bool:
        goods = book.goods
        return goods.takes_coupons and (await self._meeting.book(goods.organizer_id, sale)).has_codes

    async def forget_prices(self, sale: str) -> None:
        """Read what makes the prices of a sale anew when it is asked for next."""
        book = await self._price_books.of(sale)
        if book is not None:
            self._meeting.forget(book.goods.organizer_id, sale)
        self._price_books.forget(sale)

    async def with_answers(self, sale: str, cart: Cart, book: PriceBook, written: Written) -> Written:
        """The same with what was answered, in a sale that asks anything."""
        asks = book.goods.questions or book.goods.tax_identity
        if written.kept is not None or not asks or cart.new:
            return written
        return replace(written, kept=await self._answers.of(CartRef(sale, cart.id, cart.buyer)))

    def answers_for(self, sale: str, order: str, book: PriceBook, priced: Priced, written: Written) -> Sealed | None:
        """What an order keeps of the answers of its cart, sealed for whoever buys."""
        if written.kept is None:
            return None
        said = answered(asked_of(book.goods.questions, priced.lines), written.kept.answers)
        return self._answers.for_order(sale, order, said, written.row or written.kept.person)

    def identity_for(self, sale: str, order: str, book: PriceBook, written: Written) -> Sealed | None:
        """Whom the receipt of an order is made out to, as its cart says, sealed for whoever buys."""
        kept = written.kept
        person = None if kept is None else written.row or kept.person
        if kept is None or person is None or not book.goods.tax_identity:
            return None
        return seal_identity(self._vault, person, sale, order, kept.tax_identity)

    async def change(self, sale: str, buyer: str, change: CartChange) -> CartView | Refused:
        """Write into the cart what the buyer typed.

        What changes the price or the answers is refused when a purchase of the cart began meanwhile: it may not have
        seen it.
        """
        wrong = mistakes(change)
        if wrong:
            return Refused(Code.INVALID, {"fields": wrong})
        cart = await self._onsale.sale(sale).cart(buyer)
        if isinstance(cart, Refused):
            return cart
        if cart.state != "open":
            return closed_to_changes(cart)
        book = await self._price_books.of(sale)
        if book is None:
            return Refused(Code.UNKNOWN_SALE)
        tickets = frozenset(tickets_held(cart.seats, cart.units))
        wrong = wrong_answers(change.answers or {}, book.goods.questions, tickets)
        wrong += mistakes_of(change.tax_identity or UNNAMED, taken=book.goods.tax_identity)
        if wrong:
            return Refused(Code.INVALID, {"fields": wrong})
        pays = change.voucher is not None or change.own_credit is not None
        there = NOTHING if change.typed is None and not pays else await self.written(sale, cart)
        opened = await self._opening.of(sale, cart, book.goods, change, there)
        refused = opened if isinstance(opened, Refused) else await self._count_types(sale, cart, book, change.types)
        if isinstance(refused, Refused):
            return refused
        assert not isinstance(opened, Refused), "it would have been answered"
        written = await self._changes.submit(self._writing(sale, cart, change, book, opened))
        if isinstance(written, Refused):
            return written
        if change.answers or change.tax_identity is not None:
            ids = frozenset(each.id for each in book.goods.questions)
            ref = CartRef(sale, cart.id, cart.buyer)
            kept = await self._answers.write(
                Answering(ref, book.goods.organizer_id, change.answers or {}, ids, tickets, change.tax_identity)
            )
            if isinstance(kept, Refused):
                return kept
            written = replace(written, kept=kept)
        if pays or change.types or change.amounts or change.answers or opened.unlocks or opened.coupon is not None:
            now = await self._onsale.sale(sale).cart(buyer)
            if isinstance(now, Refused):
                return now
            if now.id != cart.id or now.state != "open":
                return closed_to_changes(now)
            cart = now  # whoever locks it from here on reads what was written
        return await self._view(sale, cart, book, written)

    async def credit_of(self, sale: str, buyer: str) -> list[Credit] | Refused:
        """What the buyer may pay with of their own."""
        cart, book = await self._onsale.sale(sale).cart(buyer), await self._price_books.of(sale)
        if isinstance(cart, Refused) or book is None:
            return cart if isinstance(cart, Refused) else Refused(Code.UNKNOWN_SALE)
        written = await self.written(sale, cart)
        return await self.credit.own(sale, book.goods, buyer, written.contact.email)

    async def recount(self, sale: str, buyer: str) -> None:
        """After something was given back, let others have what its ticket types had set aside."""
        book = await self._price_books.of(sale)
        if book is None or not book.goods.numbered:
            return
        cart = await self._onsale.sale(sale).cart(buyer)
        if not isinstance(cart, Refused) and cart.types and cart.state == "open":
            await self._count_types(sale, cart, book, {})

    async def _count_types(
        self, sale: str, cart: Cart, book: PriceBook, chosen: Mapping[str, TypeChoice] | None
    ) -> Refused | None:
        """Set aside what the cart has by these choices, of ticket types that have a number."""
        if chosen is None or not book.goods.numbered:
            return None
        written = await self.written(sale, cart)
        types, shown = {**written.types, **chosen}, book.shown(written.unlocked)
        wanted = book.numbered_of(book.price(cart.seats, cart.units, types, cart.opened_at_ms, shown))
        return None if wanted == cart.types else await self._onsale.sale(sale).count_types(cart, wanted)

    def _writing(self, sale: str, cart: Cart, change: CartChange, book: PriceBook, opened: Opened) -> Writing:
        key = None if change.key is None else self._order_keys.seal(sale, cart.id, change.key)
        held = {f"seat:{seat}" for seat in cart.seats} | {f"pool:{pool}" for pool in cart.units}
        # Only what is held is kept, so that the row stays as small as the cart.
        types: dict[str, TypeChoice | int] = {}
        types.update((item, choice) for item, choice in (change.types or {}).items() if item in held)
        types.update((AMOUNT + item, amount) for item, amount in (change.amounts or {}).items() if item in held)
        person = None
        if change.contact is not None and self._vault.in_use:
            person = self._vault.filed(change.contact, book.goods.organizer_id, cart.buyer)
        ref = CartRef(sale, cart.id, cart.buyer)
        written = (change.contact, person, key, as_json(types), opened.coupon, change.source)
        return Writing(ref, cart.opened_at_ms, *written, opened.unlocks, opened.credits)

    async def _write(self, batch: list[Writing]) -> Sequence[Written | Refused]:
        """Write, and read what the carts say now."""
        merged: dict[CartRef, Writing] = {}
        for each in batch:
            merged[each.cart] = merged[each.cart].then(each) if each.cart in merged else each
        try:
            found = await self._write_rows(list(merged.values()))
        except LOST:
            raise
        except asyncpg.PostgresError as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                return [*await self._write(batch[:middle]), *await self._write(batch[middle:])]
            log.error("cart %s could not be written", batch[0].cart.cart, exc_info=error)
            return [Refused(Code.INTERNAL)]
        return [found.get(each.cart, NOTHING) for each in batch]

    async def _write_rows(self, writings: Sequence[Writing]) -> dict[CartRef, Written]:
        rows = await self._db.fetch(
            sql.CHANGE_CARTS,
            [each.cart.sale for each in writings],
            [each.cart.cart for each in writings],
            [each.cart.buyer for each in writings],
            [each.opened_at_ms for each in writings],
            [None if each.person or each.contact is None else as_json(each.contact.wire()) for each in writings],
            [each.key for each in writings],
            [each.types for each in writings],
            [each.coupon for each in writings],
            [each.person and each.person.mark for each in writings],
            *columns([each.person for each in writings]),
            [as_json(each.unlocked) for each in writings],
            [each.credits for each in writings],
        )
        await note_carts(self._db, [(each.cart, each.source) for each in writings])
        said = {row["id"]: row for row in rows}
        return {
            each.cart: written_of(said[each.cart.cart], self._said(each, said[each.cart.cart]))
            for each in writings
            if each.cart.cart in said
        }

    def _said(self, writing: Writing, row: Any) -> Contact:
        """The contact of a cart that was written: what was written just now is not read again."""
        return contact_of(row, self._vault) if writing.contact is None else writing.contact

    async def _view(self, sale: str, cart: Cart, book: PriceBook, written: Written) -> CartView:
        shown = book.shown(written.unlocked)
        judged = await self.judged(sale, cart, book, written) if cart.state != "ended" else None
        priced = book.price(cart.seats, cart.units, written.types, cart.opened_at_ms, shown, judged=judged)
        if cart.state != "ended":
            written = await self.with_answers(sale, cart, book, written)
        answers = {} if written.kept is None else written.kept.answers
        asked = () if cart.state == "ended" else asked_of(book.goods.questions, priced.lines)
        named = UNNAMED if written.kept is None else written.kept.tax_identity
        paid = await self.credit.paid(sale, book.goods, written.paying, priced.total)
        missing = missing_of(cart, book, priced, written) if cart.state == "open" else []
        missing += credit_issues(paid) if cart.state == "open" else []
        phase = phase_begun(book.goods.phases, cart.opened_at_ms)
        trouble = await self._payment_trouble(sale, priced.total - paid.used) if cart.state == "open" else None
        if trouble is not None:
            missing.append(trouble)
        elif cart.state == "open" and written.failure:
            missing.append(issues.failed_payment(written.failure))
        return CartView(
            id=cart.id,
            state=cart.state,
            deadline_at_ms=cart.deadline_at_ms,
            now_ms=cart.now_ms or time.time_ns() // 1_000_000,
            items=priced.items,
            discount=priced.discount,
            coupons=priced.coupons,
            has_codes=await self._has_codes(sale, book),
            fees=priced.fees,
            taxes=priced.taxes,
            total=priced.total,
            credits=paid.said,
            has_vouchers=await self.credit.offered(book.goods),
            list=priced.list,
            currency=book.goods.currency,
            person_max=book.goods.person_max if phase is None else phase.person_max or book.goods.person_max,
            phase=None if phase is None else phase.id,
            bought=cart.bought,
            contact=written.contact,
            has_key=bool(written.key_hash),
            coupon=written.coupon,
            order=cart.order or None,
            issues=tuple(missing),
            end_reason=cart.end_reason,
            questions=tuple(each.wire(answers) for each in asked),
            unlocked=unlocked_wire(book.goods, written.unlocked, priced.list, phase),
            tax_identity=named if book.goods.tax_identity and cart.state != "ended" else None,
        )

    async def _read(self, refs: list[CartRef]) -> Sequence[Written]:
        rows = await self._db.fetch(sql.READ_CARTS, [ref.sale for ref in refs], [ref.cart for ref in refs])
        found = {row["id"]: written_of(row, contact_of(row, self._vault)) for row in rows}
        return [found.get(ref.cart, NOTHING) for ref in refs]


def closed_to_changes(cart: Cart) -> Refused:
    return Refused(Code.CART_LOCKED if cart.state == "locked" else Code.CART_ENDED)


def missing_of(cart: Cart, book: PriceBook, priced: Priced, written: Written) -> list[Issue]:
    """What stands between a cart and a purchase."""
    filled = bool(cart.seats) or any(cart.units.values())
    has_key = bool(written.key_hash) or not book.goods.key_at_checkout
    missing = issues.cart_issues(filled=filled, contact=written.contact, has_key=has_key)
    coupons = issues.coupon_issues(priced.coupons)
    asked = asked_of(book.goods.questions, priced.lines)
    unanswered = issues_of(asked, {} if written.kept is None else written.kept.answers)
    tickets, phase = Counter(line.type for line in priced.lines), phase_begun(book.goods.phases, cart.opened_at_ms)
    ruled = issues.type_issues(tickets, book.goods.rules, cart.now_ms)
    ruled += issues.phase_issues(tickets, phase, book.shown(written.unlocked))
    alone = issues.companions_alone(cart.seats, book.goods.companions)
    return [*missing, *unanswered, *priced.issues, *ruled, *alone, *coupons]
