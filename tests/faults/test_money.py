"""Money that moved is never forgotten, whatever happens around it."""

from engine.orders import Purchase
from engine.orders.ledger import SaleLedger, Settlement
from engine.orders.payment import Captured
from engine.refusals import Refused
from tests.faults.mishaps import mended
from tests.orders.house import House, card

DECLINED = "4000000000000002"
PRICE = 4500


async def test_late_money_is_remembered_when_its_buyer_asks_again(house: House) -> None:
    """A process notes late money and dies; then the buyer asks how the failed order stands, which settles it."""
    buyer = await house.buyer_holding(3)
    assert isinstance(await house.buy(buyer, DECLINED), Refused)
    order = house.engine.signer.order_id(house.sale.id, buyer, "one")
    await house.engine.db.execute(
        "UPDATE sandbox_charge SET outcome = 'captured', decline = NULL WHERE order_id = $1", order
    )
    ledger = SaleLedger(house.engine.db, house.sale.id, "sandbox")
    assert (await ledger.settle(Settlement(order, Captured(PRICE, order)))).late
    assert isinstance(
        await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", card(DECLINED))), Refused
    )
    assert await mended(house) == []
    assert await house.state_of(order) in ("paid", "refunded")
