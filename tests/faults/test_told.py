"""A sale is rebuilt under open sockets: whoever has a cart there hears what became of it."""

from typing import Any

from engine.onsale import Sale
from engine.stores.keys import sale_key
from tests.server.conftest import Site, engine, make_sale, organizer, sale, site

__all__ = ["engine", "make_sale", "organizer", "sale", "site"]


async def test_a_cart_that_lost_a_seat_is_told(site: Site, sale: Sale) -> None:
    """Redis goes back to before the other purchase; the seat is in two carts, and Postgres says whose it is."""
    client = await site.buyer()
    await client.ok("watch", sale=sale.id, topics=["seats"])
    await client.ok("hold", sale=sale.id, hold="h1", seats=[3, 4])
    redis: Any = site.engine.redis
    before = await redis.hget(sale_key(sale.id, "sale"), "epoch")
    await redis.delete(sale_key(sale.id, "sale"))
    await sell_elsewhere(site, sale)
    await site.engine.keeper.rebuild(sale.id, before.decode())
    snapshot = await client.event("snapshot")
    assert snapshot["epoch"] != before.decode()
    told = await client.event("cart")
    assert [item["item"] for item in told["cart"]["items"]] == ["seat:3"]


async def sell_elsewhere(site: Site, sale: Sale) -> None:
    """An order that Redis knows nothing of owns seat 4."""
    await site.engine.db.execute(
        """INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
           VALUES ($1, 'ord_other', 'cart_other', 'somebody', 'paid', 0, 'EUR', $1)""",
        sale.id,
    )
    await site.engine.db.execute(
        """INSERT INTO order_line (sale_id, order_id, line, seat, ticket_type, price)
           VALUES ($1, 'ord_other', 0, 4, 'general', 0)""",
        sale.id,
    )
