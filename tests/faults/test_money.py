"""Money that moved is never forgotten, whatever happens around it."""

from engine.orders import Bought, Purchase
from engine.orders.ledger import SaleLedger
from engine.orders.settling import Settlement
from engine.payments.port import Captured
from engine.refusals import Refused
from tests.faults.mishaps import lose_redis, mended
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


async def test_a_declined_card_leaves_its_seats_although_redis_was_lost(house: House) -> None:
    """The card is declined late, after Redis forgot the cart and its deadline."""
    declined_later = "4000000000000101"
    buyer = await house.buyer_holding(3, units={"floor": 1})
    until = (await house.cart(buyer)).deadline_at_ms
    assert isinstance(await house.buy(buyer, declined_later), Refused)
    await lose_redis(house)
    await house.engine.keeper.rebuild(house.sale.id)
    await house.engine.db.execute("UPDATE sandbox_charge SET visible_at = now()")
    assert await mended(house) == []
    cart = await house.cart(buyer)
    assert (cart.state, cart.seats, cart.units, cart.deadline_at_ms) == ("open", (3,), {"floor": 1}, until)
    assert isinstance(await house.buy(buyer, order="two"), Bought)
