"""Moves as tests make them: two dates of one organizer, an order of the first, and a cart in the second."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.audit import Act, ActorKind
from engine.catalog.model import SaleState
from engine.ids import new_id
from engine.onsale.model import SeatState
from engine.orders import Bought, CartChange, OrderView, Purchase
from engine.orders.model import CartRef
from engine.orders.move_model import Move, MoveAsk
from engine.orders.refund_model import Refunding
from engine.orders.refund_plan import RefundAsk
from engine.payments import Means
from engine.refusals import Refused
from engine.verify import verify
from tests.orders.house import GOOD, YAML, House, card

NOW = {"order_after_s": 0.0, "cart_after_ms": 0.0, "abandon_after_s": 0.0}


@dataclass(frozen=True)
class Dates:
    """Two dates, and an order of two seats of 45 euros in the first."""

    old: House
    new: House
    buyer: str
    order: OrderView

    @property
    def by(self) -> Act:
        return Act(self.old.organizer, "acc_office", ActorKind.ACCOUNT)


async def another_date(house: House, currency: str = "EUR") -> House:
    """A sale of the same organizer."""
    sale_id, now = f"s-{secrets.token_hex(8)}", datetime.now(UTC)
    text = YAML.replace("currency: EUR", f"currency: {currency}").format(
        sale=sale_id,
        starts=(now + timedelta(days=19)).strftime("%Y-%m-%d 20:30"),
        opens=(now - timedelta(days=2)).strftime("%Y-%m-%d 10:00"),
        closes=(now + timedelta(days=18)).strftime("%Y-%m-%d 10:00"),
        cart_minutes=30,
    )
    made = await house.engine.catalog.sale_from_yaml(text, Act(house.organizer, "test"))
    assert not isinstance(made, list), made
    plan = await house.engine.catalog.plan(sale_id)
    assert plan is not None
    await house.engine.onsale.publish(replace(plan, room=None))
    sale = house.engine.onsale.sale(sale_id)
    await sale.set_state(SaleState.OPEN)
    return House(house.engine, sale, house.organizer)


async def two_dates(house: House, *, codes: Sequence[str] = (), number: str | None = GOOD) -> Dates:
    """With an order of seats 0 and 1 in the first, paid by a card, and first of all by these vouchers."""
    buyer = await house.buyer_holding(0, 1)
    for code in codes:
        changed = await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(voucher=code))
        assert not isinstance(changed, Refused), changed
    bought = await pays(house, buyer, number)
    assert isinstance(bought, Bought), bought
    return Dates(house, await another_date(house), buyer, bought.order)


async def pays(
    house: House, buyer: str, number: str | None = GOOD, order: str = "one", *, means: Means | None = None
) -> Bought | Refused:
    means = means or (None if number is None else card(number))
    return await house.engine.orders.purchase(Purchase(house.sale.id, buyer, order, means))


async def begin(dates: Dates, *seats: int, into: House | None = None, **said: Any) -> Move | Refused:
    """The buyer holds these seats in the second date, and lines of the order count for them."""
    house = into or dates.new
    await house.fill(dates.buyer, seats, said.pop("units", {}))
    cart = await house.cart(dates.buyer)
    ask = MoveAsk(
        dates.order.id, said.pop("request", new_id("mv")), CartRef(house.sale.id, cart.id, cart.buyer), **said
    )
    return await house.engine.orders.moving.begin(dates.by, dates.old.sale.id, ask)


async def refunds_of(dates: Dates) -> list[Refunding]:
    return await dates.old.engine.orders.refunds.of_order(dates.old.sale.id, dates.order.id)


async def refund(dates: Dates, house: House, order: str, **said: Any) -> Refunding | Refused:
    ask = RefundAsk(order, said.pop("request", "r1"), **said)
    return await house.engine.orders.refunds.give_back(dates.by, house.sale.id, ask)


async def bought(dates: Dates, number: str | None = None, **said: Any) -> Bought:
    """What the buyer's cart in the second date holds."""
    made = await pays(dates.new, dates.buyer, number, **said)
    assert isinstance(made, Bought), made
    return made


async def begun(dates: Dates, *seats: int, **said: Any) -> Move:
    move = await begin(dates, *seats, **said)
    assert isinstance(move, Move), move
    return move


async def stands(dates: Dates, move: Move) -> Move:
    found = await dates.old.engine.orders.moving.one(move.id)
    assert found is not None
    return found


async def old_seats(dates: Dates) -> list[int]:
    return (await dates.old.seat_states())[:2]


SOLD_BOTH, FREE_BOTH = [SeatState.SOLD] * 2, [SeatState.FREE] * 2
MOVED_ACCOUNT = """
SELECT (
    SELECT coalesce(sum(amounts[array_position(accounts, 'moved')]), 0) FROM credit_movement WHERE organizer_id = $1
) + (
    SELECT coalesce(sum(l.amounts[array_position(l.accounts, 'moved')]), 0) FROM ledger_movement l
    JOIN sale_terms t ON t.id = l.sale_id WHERE t.organizer_id = $1
)
"""


async def on_the_way(dates: Dates) -> int:
    """What went out of one order and into no other yet."""
    amount: int = await dates.old.engine.db.fetchval(MOVED_ACCOUNT, dates.old.organizer)
    return int(amount)


async def cash(dates: Dates) -> int:
    """What the provider has of all orders of both dates, less what it gave back."""
    statement = """
    SELECT coalesce(sum(CASE WHEN c.outcome IN ('captured', 'refunded') THEN c.amount - c.given_back END), 0)::bigint
    FROM sandbox_standing c JOIN orders o ON o.id = c.order_id WHERE o.sale_id = ANY ($1)
    """
    amount: int = await dates.old.engine.db.fetchval(statement, [dates.old.sale.id, dates.new.sale.id])
    return amount


async def sound(dates: Dates) -> None:
    """Nothing is wrong with either date, nor with what is owed or on its way."""
    engine = dates.old.engine
    await engine.orders.note_ended_carts()
    for house in (dates.old, dates.new):
        assert [str(each) for each in await verify(engine, house.sale.id, grace_s=0)] == []
    for context in engine.contexts:
        if context.name in ("orders", "credit") and context.invariants is not None:
            assert [str(each) for each in await context.invariants(engine)] == []
