"""Purchases: from a cart to a paid order, in steps any of which may be the last of this process.

Guarantees: an order id buys once, whoever repeats it where; only the process that placed an order asks money for it;
what a dead process left is completed or undone by the finisher. A purchase goes on when its asker has gone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from engine.limits import CHARGE_S_MAX, ORDER_WAIT_S_MAX
from engine.onsale.model import Cart
from engine.orders.asking import Asking, Pending
from engine.orders.cart_credit import VOUCHER, credit_issues
from engine.orders.cart_rows import Written
from engine.orders.carts import Carts, missing_of
from engine.orders.codes import new_code
from engine.orders.desk import Desk
from engine.orders.issues import COUPON, NOT_ASKED_BY_STAFF, PAYMENT_UNAVAILABLE
from engine.orders.means import changed_to, making_of, means_refusal, pending
from engine.orders.model import OrderState, Purchase
from engine.orders.order_view import Bought
from engine.orders.placing import Known, Placed, Placement, Stamp
from engine.orders.price_books import PriceBooks
from engine.orders.pricing import given_away
from engine.orders.reading import OrderRows, rows_in_hand
from engine.orders.settling import Settlement
from engine.orders.steps import Step, StepHook
from engine.payments import (
    Asked,
    Captured,
    Charge,
    ChargeAnswer,
    Declined,
    Down,
    Means,
    Till,
    Unknown,
    asks_back,
    card_mistakes,
)
from engine.refusals import Code, RefusalError, Refused

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True)
class Ready:
    """An order that lacks nothing, and what the cart said that it is made of."""

    placement: Placement
    written: Written
    till: Till  # the one from beginning to end, also when the organizer's changes meanwhile


class Purchases:
    def __init__(self, desk: Desk, carts: Carts, price_books: PriceBooks, asking: Asking, at_step: StepHook) -> None:
        self._desk = desk
        self._asking = asking
        self._carts = carts
        self._price_books = price_books
        self._at_step = at_step
        self._running: dict[str, asyncio.Task[Bought | Refused]] = {}

    async def purchase(self, ask: Purchase) -> Bought | Refused:
        card = None if ask.means is None else ask.means.card
        wrong = [] if card is None else card_mistakes(card, datetime.now(UTC).date())
        if wrong:
            return Refused(Code.INVALID, {"fields": [{"path": path, "message": said} for path, said in wrong]})
        order = self._desk.signer.order_id(ask.sale, ask.buyer, ask.order)
        running = self._running.get(order)
        if running is None:
            return await asyncio.shield(self._start(order, self._run(ask, order)))
        answer = await asyncio.shield(running)
        return replace(answer, again=True) if isinstance(answer, Bought) else answer

    async def drained(self) -> None:
        """Wait until no purchase runs."""
        while self._running:
            await asyncio.wait(self._running.values())

    def _start(self, order: str, run: Coroutine[Any, Any, Bought | Refused]) -> asyncio.Task[Bought | Refused]:
        task = asyncio.get_running_loop().create_task(run, name=f"purchase {order}")
        self._running[order] = task
        task.add_done_callback(lambda _: self._running.pop(order, None))
        return task

    async def _run(self, ask: Purchase, order: str) -> Bought | Refused:
        cart = await self._begun(ask, order)
        if isinstance(cart, Refused) or cart.state != "locked":
            rows = await self._desk.reader.rows(ask.sale, order)
            if rows is not None:
                return await self._told(ask, rows)
            if isinstance(cart, Refused):
                return await self._lacking(ask, order, cart)
            return Refused(Code.CART_ENDED)
        self._at_step(Step.LOCKED)
        ready = await self._prepared(ask, order, cart)
        if isinstance(ready, Refused):
            return await self._undone(ask, order, ready)
        placement = ready.placement
        if self._asks_money(ask, placement.due) and ready.till.breaker.is_open(clock_ms()):
            return await self._undone(ask, order, Refused(Code.PAYMENT_UNAVAILABLE))
        try:
            verdict = await (await self._desk.ledger(ask.sale)).place(placement)
        except RefusalError as refusal:
            if refusal.code is Code.BUSY:
                return await self._undone(ask, order, Refused(Code.BUSY))
            # It may have been written: the cart stays locked until the finisher knows.
            raise
        match verdict:
            case Refused(Code.ALREADY_SOLD, detail):
                refused = await self._undone(ask, order, verdict)
                await self._desk.give_to_owners(ask.sale, detail.get("seats", ()))
                return refused
            case Refused(Code.PRICE_CHANGED):
                return await self._undone(ask, order, await self._priced_anew(ask, order, cart))
            case Refused():
                return await self._undone(ask, order, verdict)
            case Known():
                rows = await self._desk.reader.rows(ask.sale, order)
                return Refused(Code.UNAVAILABLE) if rows is None else await self._told(ask, rows)
            case Placed(stamp):
                self._at_step(Step.PLACED)
                paid = ask.staff is not None
                return await (self._ended(ask, placement) if paid else self._pay(ask, ready, stamp))

    async def _priced_anew(self, ask: Purchase, order: str, cart: Cart) -> Refused:
        """What the buyer is told of a cart that was priced by what counts no more, such as a coupon that ran out."""
        await self._carts.forget_prices(ask.sale)
        anew = await self._prepared(ask, order, cart)
        if isinstance(anew, Refused):
            issues = anew.detail.get("issues", ())
            by_codes = issues and all(each["code"].startswith((COUPON, VOUCHER)) for each in issues)
            return anew if by_codes or anew.code is Code.PRICE_CHANGED else Refused(Code.PRICE_CHANGED)
        return changed_to(anew.placement.total, anew.placement.due)

    async def _begun(self, ask: Purchase, order: str) -> Cart | Refused:
        """The cart, locked for the order. What is drawn on an allocation is in none before the order is placed."""
        live = self._desk.onsale.sale(ask.sale)
        if ask.staff is None or ask.staff.allocation is None:
            return await live.lock(ask.buyer, order)
        cart = await live.cart(ask.buyer)
        if isinstance(cart, Refused) or cart.state != "open":
            return cart if isinstance(cart, Refused) or cart.order == order else Refused(Code.CART_ENDED)
        return replace(cart, state="locked", seats=tuple(sorted(ask.staff.seats)), units=ask.staff.units)

    async def _lacking(self, ask: Purchase, order: str, refused: Refused) -> Refused:
        """Why a cart could not be locked; of one that holds nothing, with all that it lacks."""
        if refused.code is not Code.CART_INCOMPLETE:
            return refused
        cart = await self._desk.onsale.sale(ask.sale).cart(ask.buyer)
        told = cart if isinstance(cart, Refused) else await self._prepared(ask, order, cart)
        return told if isinstance(told, Refused) else refused

    async def _prepared(self, ask: Purchase, order: str, cart: Cart) -> Ready | Refused:
        """The order this cart makes, unless something is missing; nothing is written yet."""
        try:
            return await self._prepare(ask, order, cart)
        except RefusalError as refusal:
            return Refused(refusal.code)

    async def _prepare(self, ask: Purchase, order: str, cart: Cart) -> Ready | Refused:
        book = await self._price_books.of(ask.sale)
        if book is None:
            return Refused(Code.UNKNOWN_SALE)
        written = await self._carts.with_answers(ask.sale, cart, book, await self._carts.written(ask.sale, cart))
        if ask.staff is not None and ask.staff.allocation is not None:
            written = replace(written, types=ask.staff.types)
        shown = book.shown(written.unlocked) if ask.staff is None else book.goods.hidden
        judged = await self._carts.judged(ask.sale, cart, book, written) if ask.staff is None else None
        priced = book.price(cart.seats, cart.units, written.types, cart.opened_at_ms, shown, judged=judged)
        credit = self._carts.credit
        paid = await credit.paid(ask.sale, book.goods, written.paying_for(ask.staff), priced.total)
        due = priced.total - paid.used
        missing = missing_of(cart, book, priced, written) + credit_issues(paid)
        if ask.staff is not None:
            missing = [each for each in missing if each.code not in NOT_ASKED_BY_STAFF]
            if frozenset(cart.seats) != ask.staff.seats or cart.units != ask.staff.units:
                return Refused(Code.CART_ENDED)  # it lost some meanwhile
        if missing:
            return Refused(Code.CART_INCOMPLETE, {"issues": [issue.wire() for issue in missing]})
        if ask.total not in (None, priced.total) or ask.due not in (None, due):
            return changed_to(priced.total, due)
        if ask.staff is not None and ask.staff.reason:
            priced = given_away(priced)
        numbered = book.numbered_of(priced)
        if numbered != cart.types:  # what was given back, or chosen in a race, is settled before anything is paid
            short = await self._desk.onsale.sale(ask.sale).count_types(cart, numbered)
            if short is not None:
                return short
        till = await self._desk.till(ask.sale, due, "" if ask.means is None else ask.means.method)
        cannot = means_refusal(ask, till, book.goods) if self._asks_money(ask, due) else None
        if cannot is not None:
            return cannot
        placement = Placement(
            order=order,
            cart=cart.id,
            buyer=ask.buyer,
            lines=priced.lines,
            total=priced.total,
            code=new_code(),
            person=written.person,
            key_hash=written.key_hash,
            last4="" if ask.means is None or (paid.used and not due) else ask.means.last4,
            cart_until_ms=cart.deadline_at_ms,
            terms=ask.terms,
            contact=written.contact,
            locale=ask.locale,
            answers=self._carts.answers_for(ask.sale, order, book, priced, written),
            identity=self._carts.identity_for(ask.sale, order, book, written),
            list=priced.list,
            opened_at_ms=cart.opened_at_ms,
            making=making_of(ask, due),
            fees=priced.fees,
            staff=ask.staff,
            source=ask.source,
            coupons=priced.uses,
            provider=till.provider.name,
            spends=paid.spends,
        )
        return Ready(placement, written, till)

    async def _pay(self, ask: Purchase, ready: Ready, stamp: Stamp | None) -> Bought | Refused:
        """Ask for the money of an order that this process placed, and write how it went."""
        placement = ready.placement
        answer: ChargeAnswer = Captured(0, "free")
        if placement.due and ask.means is not None:
            answer = await self._charge(ask, ready, ask.means)
        self._at_step(Step.CHARGED)
        if isinstance(answer, Unknown | Asked):
            return await self._not_heard(ask, placement, answer)
        # Down: the question was certainly not asked, and nobody else asks it for this order.
        outcome = Declined(PAYMENT_UNAVAILABLE) if isinstance(answer, Down) else answer
        settled = await (await self._desk.ledger(ask.sale)).settle(Settlement(placement.order, outcome))
        self._at_step(Step.SETTLED)
        if settled.late:
            return pending(placement.order, placement.code)
        if settled.issued is not None and stamp is not None:
            last4 = answer.last4 if isinstance(answer, Captured) else ""
            told = replace(placement, last4=last4 or placement.last4)
            return await self._sold(ask, ready, rows_in_hand(ask.sale, told, stamp, settled.issued))
        # It failed, its money is to come later, or somebody else has settled it.
        return await self._ended(ask, placement)

    async def _ended(self, ask: Purchase, placement: Placement) -> Bought | Refused:
        """Tell Redis how an order ended, as Postgres knows it."""
        rows = await self._desk.reader.rows(ask.sale, placement.order)
        if rows is None:
            return Refused(Code.UNAVAILABLE)
        await self._desk.tell_rows(rows)
        self._at_step(Step.SOLD)
        return await self._answer(rows, again=False)

    async def _sold(self, ask: Purchase, ready: Ready, rows: OrderRows) -> Bought:
        """Tell Redis of an order that was paid just now. All its buyer is told is in hand."""
        sold = await self._desk.tell_sold(rows)
        self._at_step(Step.SOLD)
        bought = Bought(await self._desk.reader.view_of(rows))
        if sold is None or sold.cart is None or sold.cart.id != ready.placement.cart:
            return bought
        cart = await self._carts.view_with(ask.sale, sold.cart, ready.written)
        return bought if isinstance(cart, Refused) else replace(bought, cart=cart, as_of=sold.as_of)

    async def _not_heard(self, ask: Purchase, placement: Placement, answer: Unknown | Asked) -> Bought | Refused:
        """The provider did not say; the finisher, or the provider's own news, may have settled it meanwhile."""
        try:
            rows = await self._desk.reader.rows(ask.sale, placement.order)
        except RefusalError:
            rows = None
        if rows is None or rows.state is OrderState.PAYING:
            return pending(placement.order, placement.code, answer)
        return await self._answer(rows, again=False)

    async def _charge(self, ask: Purchase, ready: Ready, means: Means) -> ChargeAnswer:
        till, placement = ready.till, ready.placement
        breaker = till.breaker
        if not breaker.admits(clock_ms()):
            return Down()
        book = await self._price_books.of(ask.sale)
        currency, begins = ("", None) if book is None else (book.goods.currency, book.goods.begins)
        answer: ChargeAnswer = Unknown(silent=True)
        try:
            async with asyncio.timeout(CHARGE_S_MAX):
                wanted = Charge(ask.sale, placement.order, placement.due, currency, means, begins, placement.code)
                answer = await till.provider.charge(wanted)
        except TimeoutError:
            log.warning("the provider did not answer about order %s", placement.order)
        except Exception:  # a provider that fails in a new way: nobody knows whether it was paid
            log.exception("the provider failed at order %s", placement.order)
        finally:
            if not isinstance(answer, Down) and not (isinstance(answer, Unknown) and answer.silent):
                breaker.went_well()
            elif till.provider.plays(means):
                breaker.learned_nothing()
            else:
                breaker.went_badly(clock_ms())
        if breaker.is_open(clock_ms()):
            await self._desk.tell_payments_down(till)
        return answer

    async def _undone(self, ask: Purchase, order: str, why: Refused) -> Bought | Refused:
        """Open the cart again, unless this very order was placed by another asking."""
        try:
            rows = await self._desk.reader.rows(ask.sale, order)
        except RefusalError:
            # Postgres is away: the finisher opens the cart when it is back.
            return why
        if rows is not None:
            return await self._told(ask, rows)
        await self._desk.onsale.sale(ask.sale).unlock(ask.buyer, order)
        return why

    async def _told(self, ask: Purchase, rows: OrderRows) -> Bought | Refused:
        """What a repeated asking is told: how the order stands, after waiting a while for its end."""
        order = rows.order["id"]
        until = time.monotonic() + ORDER_WAIT_S_MAX
        if rows.state is OrderState.PAYING and asks_back(rows.order["provider"]):
            due = rows.order["total"] - rows.order["credit"]
            looked = await self._asking.ask(Pending(ask.sale, order, rows.order["provider"], due))
            if isinstance(looked.answer, Asked):
                return pending(order, rows.order["code"], looked.answer)
            rows = await self._desk.reader.rows(ask.sale, order) or rows
        while rows.state is OrderState.PAYING and time.monotonic() < until:
            await asyncio.sleep(LOOK_AGAIN_S)
            rows = await self._desk.reader.rows(ask.sale, order) or rows
        if rows.state is not OrderState.PAYING:
            # This asking may have locked a later cart of the buyer for an order that has ended.
            await self._desk.tell_redis(ask.sale, order)
        return await self._answer(rows, again=True)

    async def _answer(self, rows: OrderRows, *, again: bool) -> Bought | Refused:
        match rows.state:
            case OrderState.PAYING:
                return pending(rows.order["id"], rows.order["code"])
            case OrderState.FAILED if rows.order["failure"] == PAYMENT_UNAVAILABLE:
                return Refused(Code.PAYMENT_UNAVAILABLE)
            case OrderState.FAILED:
                return Refused(Code.PAYMENT_DECLINED, {"reason": rows.order["failure"]})
            case OrderState.VOID:
                return Refused(Code.CONFLICT)
            case _:
                return Bought(await self._desk.reader.view_of(rows), again)

    @staticmethod
    def _asks_money(ask: Purchase, due: int) -> bool:
        """Whether a provider has to be asked for it; members have it already."""
        return due > 0 and ask.staff is None


def clock_ms() -> int:
    return time.monotonic_ns() // 1_000_000
