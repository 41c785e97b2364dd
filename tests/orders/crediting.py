"""Vouchers and credit of a house, and what tests ask of carts that are paid with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from engine.audit import Act
from engine.credit import Granted, Issue, Restriction
from engine.ids import new_id
from engine.onsale.model import SeatsHold
from engine.orders import Bought, CartChange, CartView, Purchase
from engine.refusals import Refused
from engine.verify import verify
from tests.orders.house import GOOD, House, card

ACCOUNTS = """
SELECT e.account, sum(e.amount)::bigint AS amount
FROM ledger_movement m, unnest(m.accounts, m.amounts) AS e (account, amount) WHERE m.sale_id = $1 GROUP BY 1
"""


async def voucher(house: House, amount: int, *, currency: str = "EUR", **rule: Any) -> str:
    """The code of a new voucher."""
    return (await issued(house, amount, currency=currency, **rule)).code or ""


async def issued(house: House, amount: int, *, currency: str = "EUR", email: str = "", **rule: Any) -> Granted:
    issue = Issue(amount, currency, "for the rain", new_id("req"), email=email, restriction=Restriction(**rule))
    (granted,) = await house.engine.credit.issue(Act(house.organizer, "test"), issue)
    assert isinstance(granted, Granted), granted
    return granted


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


async def bearing(house: House, *codes: str, seat: int = 0) -> str:
    """A buyer whose cart has a seat of 45 euros, and these vouchers."""
    buyer = await house.buyer_holding(seat)
    for code in codes:
        assert not isinstance(await put(house, buyer, code), Refused)
    return buyer


async def put(house: House, buyer: str, code: str) -> CartView | Refused:
    return await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(voucher=code))


async def seen(house: House, buyer: str) -> CartView:
    view = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert isinstance(view, CartView), view
    return view


async def pay(
    house: House, buyer: str, number: str | None = GOOD, order: str = "one", due: int | None = None
) -> Bought | Refused:
    ask = Purchase(house.sale.id, buyer, order, None if number is None else card(number), due=due)
    return await house.engine.orders.purchase(ask)


async def balance(house: House, code: str) -> int:
    found = await house.engine.credit.by_code(house.organizer, code)
    assert found is not None
    return found.balance


async def charged(house: House) -> int:
    """What the provider captured in this sale, in all."""
    statement = """
    SELECT coalesce(sum(c.amount), 0)::bigint FROM sandbox_charge c JOIN orders o ON o.id = c.order_id
    WHERE o.sale_id = $1 AND c.outcome = 'captured'
    """
    amount: int = await house.engine.db.fetchval(statement, house.sale.id)
    return amount


async def accounts(house: House) -> dict[str, int]:
    """What the ledger of the sale has in each account."""
    return {row["account"]: row["amount"] for row in await house.engine.db.fetch(ACCOUNTS, house.sale.id)}


async def sound(house: House) -> None:
    """Nothing is wrong with the sale, nor with what is owed as credit."""
    await house.engine.orders.note_ended_carts()
    assert [str(each) for each in await verify(house.engine, house.sale.id, grace_s=0)] == []
    for context in house.engine.contexts:
        if context.name in ("orders", "credit") and context.invariants is not None:
            assert [str(each) for each in await context.invariants(house.engine)] == []


async def another_seat(house: House, buyer: str, seat: int) -> None:
    await house.sale.hold(SeatsHold(buyer, new_id("h"), (seat,)))
