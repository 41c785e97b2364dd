"""verify finds every kind of damage, and calls a sound sale sound."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.orders import Bought
from engine.stores.keys import sale_key
from engine.verify import verify
from tests.orders.house import House

Damage = Callable[[House, str], Awaitable[Any]]


def redis_does(command: str, name: str, *arguments: str | int) -> Damage:
    async def damage(house: House, order: str) -> Any:
        return await house.engine.redis.execute_command(command, sale_key(house.sale.id, name), *arguments)

    return damage


def postgres_does(statement: str) -> Damage:
    async def damage(house: House, order: str) -> Any:
        return await house.engine.db.execute(statement, order)

    return damage


MISCOUNT = "UPDATE pool SET sold = 0 FROM orders o WHERE o.id = $1 AND pool.sale_id = o.sale_id"
HELD = "FROM orders o WHERE o.id = $1 AND cart.sale_id = o.sale_id AND cart.id = o.cart_id"
FORGET_HELD = f"UPDATE cart SET held = '[]' {HELD}"
HELD_FOR_LESS = f"""UPDATE cart SET held = '[{{"seat": 3, "type": "general", "price": 1}}]', total = 1 {HELD}"""
OF_SALE = "FROM orders o WHERE o.id = $1 AND sale.id = o.sale_id"
FEWER_EACH = f"UPDATE sale SET person_max = 1 {OF_SALE}"
NOBODY_INSIDE = f"""UPDATE sale SET room = room || '{{"shoppers_max": 0}}' {OF_SALE}"""
DAMAGES: dict[str, tuple[int, str, Damage]] = {
    "a sold seat is free in Redis": (2, "seat 3", redis_does("HDEL", "owners", "3")),
    "a free seat is sold in Redis": (1, "seat 20", redis_does("BITFIELD", "seats", "SET", "u2", "#20", 2)),
    "a seat is held for nobody": (1, "seat 20", redis_does("BITFIELD", "seats", "SET", "u2", "#20", 1)),
    "a seat goes to another order": (2, "seat 3", redis_does("HSET", "owners", "3", "o:ord_other")),
    "a unit is lost": (1, "pool floor", redis_does("HINCRBY", "pools", "floor", -1)),
    "an order is forgotten": (2, "order ", redis_does("DEL", "sold")),
    "a buyer's purchases are forgotten": (6, "buyer ", redis_does("DEL", "buyers")),
    "a counter is off": (8, "counter revenue", redis_does("HINCRBY", "sale", "revenue", 1)),
    "a buyer has more than they may": (6, "buyer ", postgres_does(FEWER_EACH)),
    "more are inside than may be": (5, "room", postgres_does(NOBODY_INSIDE)),
    "a deadline is forgotten": (3, "cart of ", redis_does("DEL", "due")),
    "the sale is forgotten": (2, "sale ", redis_does("DEL", "sale")),
    "two buyers have one place": (5, "place 1", redis_does("HSET", "places", "a", 1, "b", 1)),
    "a ticket is missing": (7, "order ", postgres_does("DELETE FROM ticket WHERE order_id = $1")),
    "a payment is missing": (7, "order ", postgres_does("UPDATE payment SET state = 'asked' WHERE order_id = $1")),
    "the provider was not paid": (7, "order ", postgres_does("DELETE FROM sandbox_charge WHERE order_id = $1")),
    "an order is not of its price list": (
        7,
        "order ",
        postgres_does("UPDATE orders SET price_list = 2 WHERE id = $1"),
    ),
    "a total is wrong": (7, "order ", postgres_does("UPDATE orders SET total = 1 WHERE id = $1")),
    "a paid order failed": (7, "order ", postgres_does("UPDATE orders SET state = 'failed' WHERE id = $1")),
    "a cart forgot what it held": (7, "cart ", postgres_does(FORGET_HELD)),
    "a cart was bought for less": (7, "cart ", postgres_does(HELD_FOR_LESS)),
    "an order awaits its money for ever": (
        7,
        "order ",
        postgres_does("UPDATE orders SET state = 'awaiting' WHERE id = $1"),
    ),
    "what is reserved is nobody's": (
        2,
        "order ord_x",
        redis_does("HSET", "awaiting", "ord_x", b"\x94\xa1b\x90\x90\x01"),
    ),
    "what is reserved is miscounted": (8, "counter reserved", redis_does("HINCRBY", "sale", "reserved", 1)),
    "a pool is miscounted": (
        1,
        "pool early",
        postgres_does(MISCOUNT),
    ),
}


async def busy(house: House) -> str:
    """A sale with a paid order and an open cart; answers the order."""
    await house.buyer_holding(10, units={"floor": 1})
    bought = await house.buy(await house.buyer_holding(3, units={"early": 1}))
    assert isinstance(bought, Bought)
    await house.engine.orders.note_ended_carts()
    return bought.order.id


@pytest.mark.every_redis
async def test_a_sound_sale_has_no_violation(house: House) -> None:
    await busy(house)
    assert await house.engine.orders.finish(order_after_s=0.0, cart_after_ms=0.0) == 0
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


@pytest.mark.parametrize("what", DAMAGES)
async def test_damage_is_found_and_named(house: House, what: str) -> None:
    invariant, subject, damage = DAMAGES[what]
    await damage(house, await busy(house))
    found = await verify(house.engine, house.sale.id, grace_s=0)
    assert any(each.invariant == invariant and each.subject.startswith(subject) for each in found), found
    assert str(found[0]).startswith(f"invariant {found[0].invariant}: ")


async def test_what_mends_itself_within_the_grace_is_no_violation(house: House) -> None:
    """A paid order of which Redis does not know yet: the finisher tells it while verify waits."""
    order = await busy(house)
    await house.engine.db.execute("UPDATE orders SET settled_at = NULL WHERE id = $1", order)
    keys = [sale_key(house.sale.id, name) for name in ("sold", "buyers")]
    sold = await house.engine.redis.execute_command("DUMP", keys[0])
    await house.engine.redis.delete(keys[0])
    looks = 0
    plan = house.engine.catalog.plan

    async def plan_and_mend(sale: str) -> object:
        nonlocal looks
        looks += 1
        if looks == 2:
            await house.engine.redis.execute_command("RESTORE", keys[0], 0, sold)
        return await plan(sale)

    catalog = house.engine.catalog
    object.__setattr__(catalog, "plan", plan_and_mend)
    assert await verify(house.engine, house.sale.id, grace_s=30) == []
    assert looks == 2


async def test_an_unknown_sale_is_a_violation(house: House) -> None:
    found = await verify(house.engine, "no-such-sale", grace_s=0)
    assert [each.text for each in found] == ["is not known to Postgres"]
