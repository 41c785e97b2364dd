"""What Postgres knows to be sold, and a sale rebuilt from it."""

from engine.onsale.model import Snapshot
from engine.stores.keys import SALE_KEYS, sale_keys
from tests.orders.house import House


async def test_a_sale_is_rebuilt_from_its_orders(house: House) -> None:
    buyer = await house.buyer_holding(3, 4, units={"early": 2})
    await house.buy(buyer)
    await house.buy(await house.buyer_holding(7), "4000000000000002")
    before = await house.sale.snapshot()
    await house.engine.redis.delete(*sale_keys(house.sale.id, *SALE_KEYS))
    epoch = await house.engine.keeper.rebuild(house.sale.id)
    await house.engine.keeper.converge(house.sale.id)
    after = await house.sale.snapshot()
    assert isinstance(before, Snapshot)
    assert isinstance(after, Snapshot)
    assert after.epoch == epoch != before.epoch
    assert after.state is before.state
    # The declined buyer's hold was lost with Redis; everything bought is there.
    assert [seat for seat, state in enumerate(await house.seat_states()) if state] == [3, 4]
    assert after.pools["early"] == before.pools["early"]
    assert after.pools["floor"] == before.pools["floor"]
    counted = ("sold", "revenue", "orders")
    assert [getattr(after.counters, name) for name in counted] == [getattr(before.counters, name) for name in counted]
    facts = await house.engine.orders.sold_facts(house.sale.id)
    assert [(order.buyer, order.seats, dict(order.units)) for order in facts.paid] == [(buyer, (3, 4), {"early": 2})]
