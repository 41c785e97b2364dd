"""Moving: lines of an order count for a purchase elsewhere, as a voucher, and end once that is paid.

Owns the table order_move. Guarantees: one transaction begins a move and one ends it, whoever dies in between: the
buyer has the old lines until the new ones are paid, and never both for longer than the finisher needs; each cent is in
one of the two orders or on its way back; asking again is harmless. Fails as its stores do; every no is a Refused.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2s
from typing import Any

import asyncpg

from engine.audit import Act, ActorKind, write
from engine.catalog.model import SaleKind
from engine.context import Violation
from engine.credit import Grant, Restriction, Source, code_from, grant, hold, open_everywhere, revoke, take_back
from engine.limits import MOVES_LOOKED_AT_PER_STEP_MAX
from engine.onsale.model import Cart
from engine.orders import moving_sql as sql
from engine.orders import refunds_sql
from engine.orders.desk import Desk
from engine.orders.model import CartRef
from engine.orders.move_model import Move, MoveAsk, MoveState, Rest, voucher_name
from engine.orders.refund_plan import Moved, Plan, RefundAsk, invalid
from engine.orders.refund_writing import OwnSale, write_refunds
from engine.orders.refunded_credit import Giving
from engine.orders.refunds import Refunds, may_be, planned
from engine.orders.steps import Step, StepHook
from engine.orders.topics import ORDER_MOVED, OrderMoved
from engine.outbox import Told, tell_many
from engine.refusals import Code, Refused
from engine.stores.turns import take_turn

log = logging.getLogger(__name__)

MOVES = 31  # the invariant, as the docs count them
LOOK_AFTER_S = 10.0  # whether the cart of a move is there still
STALE_S = 60.0


class Moving:
    def __init__(self, desk: Desk, refunds: Refunds, at_step: StepHook) -> None:
        self._desk = desk
        self._db = desk.db
        self._refunds = refunds
        self._at_step = at_step

    async def begin(self, by: Act, sale: str, ask: MoveAsk) -> Move | Refused:
        """Let lines of an order count for a cart. The order gives nothing back meanwhile."""
        own, there = await self._refunds.own(sale, by.organizer_id), await self._refunds.own(ask.cart.sale)
        if own is None:
            return Refused(Code.UNKNOWN_SALE)
        before = await self._db.fetchrow(sql.ASKED, sale, ask.order, ask.request)
        if before is not None:
            return Move.read(before)
        wrong = misfit(own, there)
        if wrong is not None:
            return wrong
        cart = await self._desk.onsale.sale(ask.cart.sale).cart(ask.cart.buyer)
        if isinstance(cart, Refused):
            return cart
        if cart.id != ask.cart.cart or cart.state != "open":
            return Refused(Code.CART_LOCKED if cart.id == ask.cart.cart and cart.state == "locked" else Code.CART_ENDED)
        try:
            move = await self._begin(by, own, ask, cart)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "one_open_move_per_cart":
                raise
            return Refused(Code.CONFLICT, {"reason": "Another order is being moved into this cart."})
        if isinstance(move, Move):
            self._at_step(Step.MOVE_BEGUN)
        return move

    async def _begin(self, by: Act, own: OwnSale, ask: MoveAsk, cart: Cart) -> Move | Refused:
        wanted = RefundAsk(
            ask.order, ask.request, ask.lines, fees=ask.fees, reason=ask.reason, as_credit=ask.rest.as_credit
        )
        giving = await self._refunds.giving(own, [wanted])
        async with self._db.acquire() as connection, connection.transaction():
            await take_turn(connection, own.id)
            await connection.fetch(refunds_sql.LOCK_OWNERS, own.id, [ask.order])
            row = await connection.fetchrow(sql.ASKED, own.id, ask.order, ask.request)
            if row is not None:
                return Move.read(row)
            (plan,) = await planned(connection, own, [wanted])
            plan = may_be(plan, own, giving)
            if isinstance(plan, Refused):
                return plan
            if plan.owner.disputed:
                return Refused(Code.DISPUTED)
            move = f"mov_{blake2s(f'{own.id} {ask.order} {ask.request}'.encode(), digest_size=12).hexdigest()}"
            opened = datetime.fromtimestamp(cart.opened_at_ms / 1000, UTC) if cart.opened_at_ms else datetime.now(UTC)
            await connection.execute(sql.ADD_CART, ask.cart.sale, cart.id, cart.buyer, opened)
            await connection.execute(
                sql.INSERT,
                *(move, own.organizer, own.id, ask.order, ask.request, list(plan.ended), ask.fees, plan.amount),
                *(
                    plan.owner.currency,
                    ask.reason,
                    ask.rest.value,
                    await self._voucher(connection, by, plan, move, own=own, to=ask.cart.sale),
                ),
                *(ask.cart.sale, ask.cart.buyer, ask.cart.cart, by.kind.value, by.actor, LOOK_AFTER_S),
            )
            after = {"lines": list(plan.ended), "amount": plan.amount, "to": ask.cart.sale, "move": move}
            await write(connection, by, "order.move", ask.order, after=after, detail={"sale": own.id})
            row = await connection.fetchrow(sql.ONE, move)
        assert row is not None, "it was written just now"
        return Move.read(row)

    async def _voucher(
        self, connection: asyncpg.Connection, by: Act, plan: Plan, move: str, *, own: OwnSale, to: str
    ) -> str | None:
        """What stands for the lines, in the target sale alone; its code is nobody's business while the move is open."""
        if not plan.amount:
            return None
        signer, code = self._desk.signer, code_from(self._desk.signer, voucher_name(move))
        given = Grant(
            *(own.organizer, plan.owner.currency, plan.amount, plan.owner.code, by.actor, voucher_name(move)),
            restriction=Restriction(sales=(to,)),
            source=Source.MOVED,
            sale=own.id,
            order=plan.owner.id,
            code=code,
        )
        return (await grant(connection, signer, given)).credit

    async def of_order(self, sale: str, order: str) -> list[Move]:
        return [Move.read(row) for row in await self._db.fetch(sql.OF_ORDER, sale, order)]

    async def one(self, move: str) -> Move | None:
        row = await self._db.fetchrow(sql.ONE, move)
        return None if row is None else Move.read(row)

    # ── its end ──

    async def bought(self, sale: str, order: str) -> None:
        """An order was paid: whatever it was moved from ends. Where that fails, the finisher does it."""
        try:
            move = await self._db.fetchval(sql.OF_NEW_ORDER, sale, order)
            if move is not None:
                await self.complete(move)
        except Exception:  # the order is bought all the same
            log.exception("the move to order %s could not be completed", order)

    async def complete(self, move: str) -> bool:
        """End the lines of a move whose new order is paid; False where somebody did, or it is not."""
        found = await self.one(move)
        own = None if found is None else await self._refunds.own(found.sale)
        if found is None or own is None:
            return False
        wanted = RefundAsk(
            *(found.order, voucher_name(move), found.lines),
            fees=found.fees,
            reason=found.reason,
            as_credit=found.rest.as_credit,
        )
        giving = await self._refunds.giving(own, [wanted])
        if found.rest is Rest.CREDIT and not giving.emails.get(found.order):
            wanted = replace(wanted, as_credit=Rest.VOUCHER.as_credit)  # whoever it was is known no more
        async with self._db.acquire() as connection, connection.transaction():
            await take_turn(connection, found.sale)
            await connection.fetch(refunds_sql.LOCK_OWNERS, found.sale, [found.order])
            if await connection.fetchrow(sql.LOCK, move) is None:
                return False
            new = await connection.fetchrow(sql.NEW_ORDER, move)
            if new is None or not new["paid"]:
                return False
            (plan,) = await planned(connection, own, [replace(wanted, move=Moved(move, new["spent"]))])
            if isinstance(plan, Refused) or plan.amount != found.amount:
                raise RuntimeError(f"move {move} stands for {found.amount}, and its order says {plan}")
            await self._end(connection, found, plan, new, own=own, giving=giving)
        self._at_step(Step.MOVED)
        await self._refunds.go_on(found.sale, found.order)
        return True

    async def _end(
        self, connection: asyncpg.Connection, move: Move, plan: Plan, new: Any, *, own: OwnSale, giving: Giving
    ) -> None:
        by = Act(move.organizer, move.asked_by, ActorKind(move.asked_kind))
        touched = [each.credit for each in plan.returned] + ([] if move.credit is None else [move.credit])
        await hold(connection, touched)  # in the order in which everybody locks them
        await write_refunds(connection, own, [(by, plan)], giving)
        if move.credit is not None:
            if move.amount > plan.moved:
                await take_back(connection, move.credit, move.amount - plan.moved, Source.MOVED, by.actor)
            # What the new order gives back one day comes to it, and may be spent anywhere.
            await (open_everywhere if plan.moved else revoke)(connection, move.credit)
        await connection.execute(sql.MARK_DONE, move.id, new["id"], plan.nth)
        body: OrderMoved = {
            "sale": move.sale,
            "order": move.order,
            "refund": plan.nth,
            "to_sale": move.to.sale,
            "to_order": new["id"],
            "amount": plan.moved,
            "currency": move.currency,
        }
        await tell_many(connection, ORDER_MOVED, [Told(move.order, move.organizer, body, sale_kind=own.kind)])
        after = {"amount": plan.amount, "moved": plan.moved, "to": new["id"], "refund": plan.nth}
        await write(connection, by, "order.moved", move.order, after=after, detail={"sale": move.sale})

    async def undo(self, move: str, by: Act | None = None) -> Move | Refused:
        """Let the lines be as they were, unless an order stands for the move. `by`: somebody asks for it."""
        found = await self.one(move)
        if found is None or (by is not None and by.organizer_id != found.organizer):
            return Refused(Code.NOT_FOUND)
        async with self._db.acquire() as connection, connection.transaction():
            await take_turn(connection, found.to.sale)  # nobody places an order of its cart meanwhile
            if await connection.fetchrow(sql.LOCK, move) is not None:
                if await connection.fetchrow(sql.NEW_ORDER, move) is not None:
                    return Refused(Code.CART_LOCKED)
                if found.credit is not None:
                    left = (await hold(connection, [found.credit]))[found.credit]
                    assert left == found.amount, "no order spends it"
                    await take_back(connection, found.credit, left, Source.MOVED, "" if by is None else by.actor)
                    await revoke(connection, found.credit)
                await connection.execute(sql.MARK_UNDONE, move)
                if by is not None:
                    after = {"move": move, "amount": found.amount}
                    await write(
                        connection, by, "order.move_undo", found.order, after=after, detail={"sale": found.sale}
                    )
        self._at_step(Step.MOVE_UNDONE)
        return await self.one(move) or Refused(Code.NOT_FOUND)

    # ── whoever died ──

    async def step(self) -> int:
        """Complete what is paid, and undo what lost its cart; answers how many ended."""
        ended = 0
        for row in await self._db.fetch(sql.DUE, MOVES_LOOKED_AT_PER_STEP_MAX):
            try:
                ended += await self._look(row)
            except Exception:  # one that fails must not stop the others
                log.exception("move %s could not be ended", row["id"])
        return ended

    async def _look(self, row: Any) -> bool:
        if row["paid"]:
            return await self.complete(row["id"])
        if not row["cart_ended"] and await self._has_cart(CartRef(row["to_sale"], row["to_cart"], row["to_buyer"])):
            await self._db.execute(sql.LOOK_LATER, row["id"], LOOK_AFTER_S)
            return False
        undone = await self.undo(row["id"])
        return isinstance(undone, Move) and undone.state is MoveState.UNDONE

    async def _has_cart(self, ref: CartRef) -> bool:
        """Whether it may still come to an order; also where Redis can't say."""
        cart = await self._desk.onsale.sale(ref.sale).cart(ref.buyer)
        if isinstance(cart, Refused):
            return cart.code is not Code.NO_CART
        return cart.id == ref.cart and cart.state != "ended"


def misfit(own: OwnSale, there: OwnSale | None) -> Refused | None:
    """Why nothing can be moved from one sale to the other. Pure."""
    if there is None or there.organizer != own.organizer:
        return invalid("to.sale", "is no sale of yours")
    if SaleKind.REHEARSAL.value in (own.kind, there.kind):
        return invalid("to.sale", "nothing is moved in a rehearsal")
    if there.book.goods.currency != own.book.goods.currency:
        return invalid("to.sale", "is a sale in another currency")
    return None


async def move_violations(db: asyncpg.Pool | asyncpg.Connection) -> list[Violation]:
    """Moves whose money is neither here nor there, and those that nobody ended."""
    money = (
        "a move of {amount} is {state}, its voucher stands for {stands}; the new order {to_order} spent {spent}, and "
        "refund {refund} says {moved}"
    )
    found = [
        Violation(MOVES, f"order {row['order_id']}", money.format(**dict(row)))
        for row in await db.fetch(sql.OFF_THEIR_MONEY)
    ]
    ledger = "in {currency} {moved} is on its way from order to order, and open moves stand for {open}"
    found += [
        Violation(MOVES, f"organizer {row['organizer_id']}", ledger.format(**dict(row)))
        for row in await db.fetch(sql.OFF_THE_LEDGER)
    ]
    said = "its move is open, and cart {to_cart} has ended"
    stale = await db.fetch(sql.STALE, STALE_S)
    return found + [Violation(MOVES, f"order {row['order_id']}", said.format(**dict(row))) for row in stale]
