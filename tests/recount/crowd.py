"""A process that buys at random with coupons, again and again, until it is killed: run by test_recount.

python -m tests.recount.crowd SEED SALE…
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys

from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import Cart, Held, PoolHold
from engine.orders import CartChange, Contact, Purchase
from engine.refusals import RefusalError, Refused
from engine.settings import load
from tests.orders.house import GOOD, card

AT_ONCE = 12
TYPED = ("TENTH", "VIP50", "HUNDRED", "POT", "ONCE", "THREE", "HALF", "LAST", "EVERYWHERE", "nosuch")
ADDRESSES = 40  # so that people come again
DECLINED = "4000000000000002"
VOUCHERS: dict[str, list[str]] = json.loads(os.environ.get("VOUCHERS", "{}"))  # codes, by sale


async def one(engine: Engine, chance: random.Random, sale_id: str) -> None:
    """Somebody fills a cart, types some codes, and pays, perhaps with a card that is no good."""
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
    total, due = (view.total, view.due) if chance.random() < 0.9 else (None, None)
    await engine.orders.purchase(Purchase(sale_id, buyer, "one", card(number), total=total, due=due))


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
