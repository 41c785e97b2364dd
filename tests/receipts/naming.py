"""A house whose buyers may have receipts made out to a company, and companies."""

from dataclasses import replace

from engine.audit import Act
from engine.orders import Bought, CartChange, CartView, TaxIdentity
from engine.refusals import Refused
from tests.orders.house import House

COMPANY = TaxIdentity("Ferretería Núñez S. L.", "B12345674", "Calle Mayor 1\n2.º izquierda", "28013", "Madrid", "ES")
OTHER = replace(COMPANY, name="Otra S. A.", tax_id="A58818501")


async def begin(house: House) -> House:
    """The house has no room in the catalog either: what is changed there reaches the live sale."""
    house.engine.orders.price_books.kept_s = 0
    await house.engine.db.execute("UPDATE sale SET room = NULL WHERE id = $1", house.sale.id)
    await allow(house, allowed=True)
    return house


async def allow(house: House, *, allowed: bool) -> None:
    by = Act(house.organizer, "test")
    info = await house.engine.catalog.change_sale(by, house.sale.id, {"tax_identity": allowed})
    assert not isinstance(info, Refused | list), info


async def name(house: House, buyer: str, identity: TaxIdentity) -> CartView | Refused:
    return await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(tax_identity=identity))


async def bought(house: House, seat: int, identity: TaxIdentity | None = COMPANY) -> str:
    """An order that was paid, whose cart named somebody."""
    buyer = await house.buyer_holding(seat)
    if identity is not None:
        view = await name(house, buyer, identity)
        assert isinstance(view, CartView), view
    order = await house.buy(buyer)
    assert isinstance(order, Bought), order
    return order.order.id


async def issue(house: House) -> None:
    """Hear of what was paid, and give numbers until nothing waits."""
    await house.engine.receipts.issuing.consumer.step(house.engine.db)
    while await house.engine.receipts.issuing.step():
        pass
