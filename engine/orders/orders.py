"""Orders: the context's public face. One per process.

Owns orders, payments and tickets in Postgres, and what buyers write into their carts.
Guarantees: money moves for an order at most once, and captured money has tickets or a refund under way.
Fails with RefusalError busy or unavailable; every other no is a Refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace

import asyncpg

from engine.access import Sealer, Signer
from engine.audit import Act
from engine.coupons import Meeting
from engine.credit import Credit, OwnCredit
from engine.limits import ORDER_KEY_CHARS_MAX
from engine.onsale import Onsale
from engine.onsale.model import Cart, SoldFacts
from engine.orders import issues, sql
from engine.orders.answers import OrderAnswers
from engine.orders.asking import Asking
from engine.orders.cancelling import Cancelling
from engine.orders.cart_credit import CartCredit
from engine.orders.cart_ends import CartEnds
from engine.orders.carts import Carts
from engine.orders.codes import read_code
from engine.orders.coupon_report import CouponReport, report_of
from engine.orders.desk import Bring, Desk, KindOf
from engine.orders.finding import Finding, FoundOrders, Shown, Sought
from engine.orders.finisher import Finisher
from engine.orders.key_hashing import KeyHashing
from engine.orders.late import LateMoney
from engine.orders.making import Channel
from engine.orders.model import CartChange, CartView, Issue, OrderState, Purchase
from engine.orders.money_by_hand import MoneyByHand
from engine.orders.moving import Moving
from engine.orders.moving_staff import StaffMoves
from engine.orders.offering import Offering
from engine.orders.order_keys import KeptKey, OrderKeys
from engine.orders.order_view import Bought, OrderView
from engine.orders.pages import OrderPage, OwnOrders, OwnPage, list_orders, list_own
from engine.orders.price_books import PriceBooks, ReadSale
from engine.orders.purchase import Purchases, clock_ms
from engine.orders.reading import OrderReader, OrderRef
from engine.orders.records import OrderRecord, read_record
from engine.orders.refunds import Refunds
from engine.orders.rehearsed import Rehearsed
from engine.orders.settling import Settlement
from engine.orders.sold import sold_facts
from engine.orders.sources import BroughtBy, brought_by
from engine.orders.staff import StaffOrders
from engine.orders.steps import StepHook, no_hook
from engine.orders.takings import Takings, takings_of
from engine.orders.trying import Trying
from engine.payments import Captured, PaymentNews, Provider, Sandbox, Served, Shelf, Till, Tills, Told, tills_for
from engine.refusals import Code, Refused
from engine.stores.batcher import BatchHook
from engine.vault import Vault

log = logging.getLogger(__name__)


class Orders:
    def __init__(
        self,
        *,
        db: asyncpg.Pool,
        onsale: Onsale,
        read_sale: ReadSale,
        kind_of: KindOf,
        signer: Signer,
        sealer: Sealer,
        vault: Vault,
        provider: Provider,
        tills: Tills,
        bring: Bring,
        meeting: Meeting,
        own_credit: OwnCredit,
        on_batch: BatchHook | None = None,
        at_step: StepHook = no_hook,
    ) -> None:
        self._db, self._tills = db, tills
        self.order_keys = self._order_keys = OrderKeys(sealer)
        self._sandbox = Sandbox(db)
        self._till, self._sandbox_till = Till(provider), Till(self._sandbox)
        price_books = self.price_books = PriceBooks(read_sale)
        self._reader = OrderReader(db, price_books, signer, vault)
        self._answers, self._finding = OrderAnswers(db, vault), Finding(db, vault, price_books)
        self._desk = Desk(
            db=db,
            onsale=onsale,
            reader=self._reader,
            kind_of=kind_of,
            till=self._till,
            sandbox_till=self._sandbox_till,
            tills=tills,
            signer=signer,
            bring=bring,
            on_batch=on_batch,
        )
        self.meeting, self.own_credit = meeting, own_credit
        self.trying, self.rehearsed = Trying(price_books, meeting), Rehearsed(db)
        self._carts = Carts(
            db,
            onsale,
            price_books,
            order_keys=self._order_keys,
            vault=vault,
            payment_trouble=self._payment_trouble,
            meeting=meeting,
            credit=CartCredit(own_credit, kind_of),
        )
        late = self._late = LateMoney(self._desk, price_books)
        self.refunds = Refunds(self._desk, price_books, own_credit.owner_of)
        self.cancelling, self.offering = Cancelling(db, self.refunds, price_books), Offering(db)
        self.moving = Moving(self._desk, self.refunds, at_step)
        self.money_by_hand, asking = MoneyByHand(self._desk, late), Asking(self._desk, late)
        self._purchases = Purchases(self._desk, self._carts, price_books, asking, at_step)
        self.by_staff = StaffOrders(self._desk, self._carts, self._purchases, price_books)
        self.moved_by_staff = StaffMoves(self._desk, self.refunds, self.moving, self.by_staff, price_books)
        self._finisher = Finisher(self._desk, self._late, self.refunds, asking, self.moving)
        self._cart_ends, self._key_hashing = CartEnds(db, onsale, price_books), KeyHashing(db, self._order_keys)
        self._listen_to(tills)

    def _listen_to(self, tills: Tills) -> None:
        self._tills, self.shelf = tills, Shelf(self._sandbox, tills)
        for each in (self._till.provider, self._sandbox_till.provider, tills):
            each.listen(self.payment_answered)

    # ── carts ──

    async def cart_view(self, sale: str, buyer: str) -> CartView | Refused:
        """The buyer's cart: what it holds, what it costs, what is missing."""
        return await self._carts.view(sale, buyer)

    async def view_of(self, sale: str, cart: Cart) -> CartView | Refused:
        """The same for a cart just read from Redis, as `enter` answers it."""
        return await self._carts.view_of(sale, cart)

    async def change_cart(self, sale: str, buyer: str, change: CartChange) -> CartView | Refused:
        """Write contact, key, ticket types, answers or a coupon into the cart."""
        return await self._carts.change(sale, buyer, change)

    async def credit_of(self, sale: str, buyer: str) -> list[Credit] | Refused:
        """What a buyer may pay with of their own in a sale."""
        return await self._carts.credit_of(sale, buyer)

    async def recount(self, sale: str, buyer: str) -> None:
        """After the buyer gave something back, let others have what its ticket types had set aside."""
        await self._carts.recount(sale, buyer)

    # ── buying ──

    async def purchase(self, ask: Purchase) -> Bought | Refused:
        """Buy what the cart holds; repeating it with the same order id answers how that order stands."""
        bought = await self._purchases.purchase(ask)
        if isinstance(bought, Bought) and bought.order.credits:
            await self.moving.bought(ask.sale, bought.order.id)  # it may be paid with lines of another
        return bought

    async def payment_answered(self, news: PaymentNews) -> None:
        """A notification from the provider about a payment: perhaps late, perhaps repeated."""
        if news.provider:
            rows = await self._reader.rows(news.sale, news.order)
            if rows is None or rows.order["provider"] != news.provider:
                log.error("%s speaks of order %s, which was not asked for there", news.provider, news.order)
                return
        settled = await (await self._desk.ledger(news.sale)).settle(Settlement(news.order, news.outcome))
        if settled.late and isinstance(news.outcome, Captured):
            await self._late.take_in(news.sale, news.order, news.outcome)
        elif settled.state in (OrderState.PAID, OrderState.FAILED):
            await self._desk.tell_redis(news.sale, news.order)

    async def provider_told(self, account: str, header: str, body: bytes) -> Told:
        """What the provider of an account tells by itself, with its signature."""
        return await self._tills.told(account, header, body)

    async def finish(self, **patience: float) -> int:
        """One step of the finisher; answers how many orders came to their end. `patience` is for tests and drills."""
        return await self._finisher.step(**patience)

    async def note_ended_carts(self) -> int:
        """Write down how carts ended lately; answers how many were looked at."""
        return await self._cart_ends.step()

    async def carts_lasted(self, sales: Sequence[str], longest_s: float) -> tuple[int, float]:
        """How many carts of these sales ended within a year, and their mean time; none counts as over `longest_s`."""
        row = await self._db.fetchrow(sql.CARTS_LASTED, sales, longest_s)
        assert row is not None, "a count is a row"
        return row["carts"], row["seconds"] or 0.0

    async def hash_keys(self) -> int:
        """Hash keys of orders that are still sealed; answers how many."""
        return await self._key_hashing.step()

    async def keys_due_s(self) -> float | None:
        """None when no key of an order waits to be hashed."""
        return await self._key_hashing.due_s()

    def payments_are_down(self) -> bool:
        """Whether this process has stopped asking the provider for a while, or heard of another that has."""
        return self._desk.down_elsewhere or self._till.breaker.is_open(clock_ms())

    async def transfer_arrives(self, order: str) -> bool:
        """The sandbox plays that the money of an order came; False where it awaits none."""
        return await self._sandbox.pay(order)

    @property
    def takes_money(self) -> bool:
        """Whether anything that costs something can be bought in this installation."""
        return self._till.takes_money

    async def tills(self, sale: str) -> Served:
        """Where a sale is paid just now, and for which sums, in the order in which they are asked."""
        return await self._desk.tills(sale)

    async def _payment_trouble(self, sale: str, total: int) -> Issue | None:
        """What keeps anybody from paying so much in this sale; rehearsals have a till of their own."""
        tills = tills_for(await self._desk.tills(sale), total)
        if total and not any(till.takes_money for till in tills):
            return issues.payment_not_set_up()
        down = all(
            till.breaker.is_open(clock_ms()) or (till is self._till and self._desk.down_elsewhere) for till in tills
        )
        return issues.payments_down() if total and down else None

    async def drained(self) -> None:
        """Wait until no purchase runs; for a server that stops."""
        await self._purchases.drained()

    async def close(self) -> None:
        await self.drained()
        await self._till.provider.close()
        await self._sandbox_till.provider.close()
        await self._tills.close()
        await self._order_keys.close()

    # ── reading ──

    async def sold_facts(self, sale: str) -> SoldFacts:
        """What is sold and what is being paid: what a rebuild of the sale's live state starts from."""
        return await sold_facts(self._db, sale)

    async def is_own(self, code: str, buyer: str | None) -> bool:
        """Whether the order with this purchase code is this buyer's."""
        known = read_code(code)
        row = None if known is None else await self._db.fetchrow(sql.FIND_BY_CODE, known)
        return row is not None and row["buyer_id"] == buyer

    async def open(self, code: str, key: str) -> OrderView | Refused:
        """The order a purchase code and its key open. Trying takes the same time whether the code exists or not."""
        known = read_code(code)
        row = None if known is None else await self._db.fetchrow(sql.FIND_BY_CODE, known)
        kept = None
        if row is not None and row["key_hash"]:
            kept = KeptKey(row["sale_id"], row["cart_id"], row["key_hash"])
        fits = await self._order_keys.fits(key[:ORDER_KEY_CHARS_MAX], kept)
        view = await self._reader.view(row["sale_id"], row["id"]) if fits and row is not None else None
        if row is None or view is None or view.key_changes != row["key_changes"]:  # or it was changed meanwhile
            return Refused(Code.BAD_ORDER_KEY)
        return view

    async def choose_key(self, code: str, buyer: str, key: str) -> OrderView | Refused:
        """The key of an order that was bought without one; once it has one, it keeps that."""
        known = read_code(code)
        row = None if known is None else await self._db.fetchrow(sql.FIND_BY_CODE, known)
        if row is None or row["buyer_id"] != buyer:
            return Refused(Code.BAD_ORDER_KEY)
        sealed = self._order_keys.seal(row["sale_id"], row["cart_id"], key)
        if not await self._db.fetchval(sql.CHOOSE_KEY, row["sale_id"], row["id"], buyer, sealed):
            return Refused(Code.KEY_IS_SET)
        view = await self._reader.view(row["sale_id"], row["id"])
        return Refused(Code.BAD_ORDER_KEY) if view is None else view

    async def by_code(self, code: str) -> tuple[str, OrderView] | None:
        """The order with this purchase code, and whose it is; whether the asker may see it, the caller must know."""
        known = read_code(code)
        row = None if known is None else await self._db.fetchrow(sql.FIND_BY_CODE, known)
        if row is None:
            return None
        view = await self._reader.view(row["sale_id"], row["id"])
        return None if view is None else (row["buyer_id"], view)

    async def one(self, sale: str, order: str) -> OrderView | None:
        """An order by its own id; whether the asker may see it, the caller must know."""
        return await self._reader.view(sale, order)

    async def of_buyer(self, sale: str, buyer: str) -> list[OrderView]:
        """The orders of a buyer in a sale, oldest first; the buyer is known by the signed token."""
        rows = await self._db.fetch(sql.FIND_BY_BUYER, buyer, sale)
        return await self._views([(sale, row["id"]) for row in rows])

    async def own(
        self, buyers: Sequence[str], when: OwnOrders, after: str | None = None, limit: int = 50
    ) -> OwnPage | Refused:
        """What these buyers, who are one person, bought in any sale."""
        listed = await list_own(self._db, buyers, when, after, limit)
        if isinstance(listed, Refused):
            return listed
        refs, following = listed
        return OwnPage(await self._views(refs), following)

    async def page(
        self,
        organizer: str,
        sale: str,
        after: str | None = None,
        limit: int = 50,
        *,
        channel: Channel | None = None,
        answers_for: Act | None = None,
    ) -> OrderPage | Refused:
        """The orders of an organizer's sale, oldest first; with what was answered, where somebody may read it."""
        listed = await list_orders(self._db, organizer, sale, after, limit, channel=channel)
        if isinstance(listed, Refused):
            return listed
        views = await self._views([(sale, order) for order in listed.orders])
        if answers_for is not None:
            said = await self._answers.read(answers_for, sale, listed.orders)
            views = [replace(each, answers=said.get(each.id, ())) for each in views]
        return OrderPage(views, listed.next, listed.resume)

    async def find(self, sought: Sought, shown: Shown) -> FoundOrders:
        """Orders of an organizer by whatever somebody has of one; `shown` says in which sales the asker may look."""
        hits = await self._finding.find(sought, shown)
        views = await self._views([(hit.sale, hit.order) for hit in hits.found[: sought.limit]])
        return FoundOrders(views, hits.cut or len(hits.found) > sought.limit, hits.names)

    async def coupon_report(self, coupon: str) -> CouponReport:
        """What came of a coupon; whose it is, the caller must know."""
        return await report_of(self._db, coupon)

    async def record(
        self, organizer: str, sale: str, order: str, answers_for: Act | None = None
    ) -> OrderRecord | Refused | None:
        """One order of an organizer's sale in full, or None; with its answers, where somebody may read them."""
        if await self._db.fetchval(sql.OWNED_SALE, sale, organizer) is None:
            return Refused(Code.UNKNOWN_SALE)
        view = await self._reader.view(sale, order)
        if view is None:
            return None
        if answers_for is not None:
            said = await self._answers.read(answers_for, sale, [order])
            view = replace(view, answers=said.get(order, ()))
        name = await self._reader.receipt_name(sale, order)
        view = replace(view, tax_identity=name.identity or None)
        return await read_record(self._db, view)

    async def brought_by(self, links: Sequence[str]) -> dict[str, BroughtBy]:
        """What came of each of these links that anything came of; whose they are, the caller must know."""
        return await brought_by(self._db, links)

    async def takings_of(self, sale: str) -> Takings:
        """What a sale has taken in, by the ledger; whose it is, the caller must know."""
        return await takings_of(self._db, sale)

    async def _views(self, refs: Sequence[OrderRef]) -> list[OrderView]:
        views = await asyncio.gather(*(self._reader.view(*ref) for ref in refs))
        return [view for view in views if view is not None]


async def paid_orders_of(db: asyncpg.Pool, organizer: str, buyers: Collection[str]) -> int:
    """How many orders of an organizer these buyers have paid."""
    found: int = await db.fetchval(sql.PAID_ORDERS_OF, organizer, list(buyers))
    return found
