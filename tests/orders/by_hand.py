"""Orders that are paid by hand: an account for it, and what members say."""

from __future__ import annotations

from datetime import date

from engine.audit import Act
from engine.orders import Bought, OrderState, Purchase
from engine.payments import AccountKeys, ByHand, Came, Means
from engine.refusals import Refused
from tests.orders.house import House
from tests.orders.test_stripe import act, switched_on

IBAN = "ES91 2100 0418 4502 0005 1332"
TOLD = ByHand("Teatro Sur", IBAN, "Banco Sur", "Thank you.", transfer_days=3, invoice_days=14)
KEYS = AccountKeys("Our bank", by_hand=TOLD)
TODAY = date(2026, 7, 1)
__all__ = ["IBAN", "KEYS", "TODAY", "TOLD", "act", "came", "ordered", "switched_on"]


async def ordered(house: House, *seats: int, method: str = "transfer", buyer: str = "") -> str:
    """An order that awaits its money by hand."""
    buyer = buyer or await house.buyer_holding(*seats)
    bought = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", Means(method)))
    assert isinstance(bought, Bought), bought
    assert bought.order.state is OrderState.AWAITING
    return bought.order.id


async def came(house: House, order: str, amount: int, by: Act | None = None, note: str = "") -> Refused | None:
    said = Came(amount, TODAY, note)
    return await house.engine.orders.money_by_hand.came(by or act(house), house.sale.id, order, said)
