"""A process that buys at random with coupons, and gives back at random, until it is killed: run by test_recount.

python -m tests.recount.crowd SEED SALE…
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys

from engine.audit import Act
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import Cart, Held, PoolHold
from engine.orders import AsCredit, Bought, CartChange, Contact, OrderState, OrderView, Purchase, RefundAsk
from engine.orders.model import CartRef
from engine.orders.move_model import MoveAsk, Rest
from engine.payments import (
    TRANSFER,
    BookNews,
    DisputeState,
    Means,
    end_dispute,
    open_dispute,
    pay_out,
    refunds_come_back,
)
from engine.refusals import RefusalError, Refused
from engine.settings import load
from tests.orders.house import GOOD, card

AT_ONCE = 12
TYPED = ("TENTH", "VIP50", "HUNDRED", "POT", "ONCE", "THREE", "HALF", "LAST", "EVERYWHERE", "nosuch")
ADDRESSES = 40  # so that people come again
GIVEN_BACK = 0.3  # how many of those that were bought give something back, and then something more
MISFORTUNE = 0.1  # how many are disputed, or don't get what goes back
MOVED = 0.15  # how many of them have something else instead
DECLINED = "4000000000000002"
VOUCHERS: dict[str, list[str]] = json.loads(os.environ.get("VOUCHERS", "{}"))  # codes, by sale


async def one(engine: Engine, chance: random.Random, sale_id: str) -> None:
    """Somebody fills a cart, types some codes, and pays, perhaps with a card that is no good, or later."""
    sale, buyer = engine.onsale.sale(sale_id), new_buyer()
    if not isinstance(await sale.enter(buyer), Cart):
        return
    units = chance.randint(1, 4)
    if not isinstance(await sale.hold(PoolHold(buyer, new_id("h"), "floor", units)), Held):
        return
    vip = chance.randint(0, units)
    types = {"general": units - vip, "vip": vip}
    email = f"p{chance.randrange(ADDRESSES)}@example.org"
    typed = " ".join(chance.sample(TYPED, chance.choice((0, 1, 1, 1, 2, 3))))
    change = CartChange(
        Contact("Ana", email),
        key="correct horse",
        types={"pool:floor": {kind: count for kind, count in types.items() if count}},
        coupon=typed,
    )
    view = await engine.orders.change_cart(sale_id, buyer, change)
    if isinstance(view, Refused):
        return
    lost = [each.code for each in view.coupons if each.why is not None and each.code is not None]
    if lost:
        kept = " ".join(each.code for each in view.coupons if each.code is not None and each.why is None)
        view = await engine.orders.change_cart(sale_id, buyer, CartChange(coupon=kept))
        if isinstance(view, Refused):
            return
    codes = VOUCHERS.get(sale_id, [])
    for code in chance.sample(codes, min(len(codes), chance.choice((0, 0, 1, 2)))):
        with_it = await engine.orders.change_cart(sale_id, buyer, CartChange(voucher=code))
        view = view if isinstance(with_it, Refused) else with_it  # it is used up by now
    number = DECLINED if chance.random() < 0.25 else GOOD
    means = Means(TRANSFER) if chance.random() < 0.2 else card(number)
    total, due = (view.total, view.due) if chance.random() < 0.9 else (None, None)
    bought = await engine.orders.purchase(Purchase(sale_id, buyer, "one", means, total=total, due=due))
    if isinstance(bought, Bought) and bought.order.state is OrderState.AWAITING and chance.random() < 0.5:
        await engine.orders.transfer_arrives(bought.order.id)
    if isinstance(bought, Bought) and chance.random() < MOVED:
        await move(engine, chance, buyer, bought.order)
    while isinstance(bought, Bought) and chance.random() < GIVEN_BACK:
        await give_back(engine, chance, bought.order)
    if isinstance(bought, Bought) and chance.random() < MISFORTUNE:
        await fall_out(engine, chance, bought.order)


async def move(engine: Engine, chance: random.Random, buyer: str, order: OrderView) -> None:
    """Some lines of an order, or all of it, for something else of the same sale; perhaps nobody goes on with it."""
    sale = engine.onsale.sale(order.sale)
    organizer = await engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", order.sale)
    cart = await sale.enter(buyer)
    if not isinstance(cart, Cart) or not isinstance(
        await sale.hold(PoolHold(buyer, new_id("h"), "floor", chance.randint(1, 3))), Held
    ):
        return
    change = CartChange(Contact("Ana", "ana@example.org"), key="correct horse", coupon=chance.choice(("", "TENTH")))
    await engine.orders.change_cart(order.sale, buyer, change)
    lines = tuple(chance.sample(range(len(order.lines)), chance.randint(0, len(order.lines))))
    ask = MoveAsk(
        order.id,
        new_id("mv"),
        CartRef(order.sale, cart.id, buyer),
        lines,
        fees=chance.random() < 0.7,
        rest=chance.choice((Rest.BACK, Rest.BACK, Rest.CREDIT, Rest.VOUCHER)),
    )
    begun = await engine.orders.moving.begin(Act(organizer, "crowd"), order.sale, ask)
    if isinstance(begun, Refused):
        return
    match chance.randrange(6):
        case 0:
            await engine.orders.moving.undo(begun.id)
        case 1:
            await sale.leave(buyer)
        case 2:
            await give_back(engine, chance, order)  # which is refused
        case _:
            means = Means(TRANSFER) if chance.random() < 0.2 else card(chance.choice((GOOD, GOOD, DECLINED)))
            moved = await engine.orders.purchase(Purchase(order.sale, buyer, "two", means))
            if isinstance(moved, Bought) and chance.random() < GIVEN_BACK:
                await give_back(engine, chance, moved.order)


async def give_back(engine: Engine, chance: random.Random, order: OrderView) -> None:
    """Some lines of an order, a sum, or all of it; what can't be is refused."""
    organizer = await engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", order.sale)
    lines: tuple[int, ...] = ()
    amount = None
    match chance.randrange(3):
        case 0:
            lines = tuple(chance.sample(range(len(order.lines)), chance.randint(1, len(order.lines))))
        case 1:
            amount = chance.randint(1, max(1, order.total))
    as_credit = chance.choice((None, None, AsCredit(), AsCredit(voucher=True, bonus_percent=chance.randrange(20))))
    ask = RefundAsk(order.id, new_id("rfd"), lines, amount, fees=chance.random() < 0.7, as_credit=as_credit)
    await engine.orders.refunds.give_back(Act(organizer, "crowd"), order.sale, ask)


async def fall_out(engine: Engine, chance: random.Random, order: OrderView) -> None:
    """The bank of a buyer takes the money back, or does not take what was given back; its organizer is paid out."""
    seller = await engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", order.sale)
    found: str | None = None
    match chance.randrange(4):
        case 0:
            await refunds_come_back(engine.db, order.id)
        case 1:
            await pay_out(engine.db, seller)
        case _:
            found = await open_dispute(engine.db, order.id)
            if chance.random() < 0.6:
                await end_dispute(engine.db, order.id, chance.choice((DisputeState.WON, DisputeState.LOST)))
    if chance.random() < 0.7:  # else nobody tells
        await engine.reconciliation.heard(BookNews("sandbox", seller, found or ""))


async def main(seed: str, *sales: str) -> None:
    async with Engine.open(load()) as engine:

        async def go_on(nth: int) -> None:
            chance = random.Random(f"{seed} {nth}")
            while True:
                try:
                    await one(engine, chance, chance.choice(sales))
                except RefusalError:
                    await asyncio.sleep(0.05)

        await asyncio.gather(*(go_on(nth) for nth in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
