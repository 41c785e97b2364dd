"""How carts end is written down once, with what they held and what that cost."""

from __future__ import annotations

from typing import Any

import pytest
from asyncpg import PostgresError

from engine.engine import Engine
from engine.onsale.model import CartEnd, Release, Released
from engine.orders import Bought, CartChange
from engine.orders.cart_ends import Reached, counted, reached
from engine.orders.model import Line
from engine.refusals import Refused
from engine.stores.keys import sale_key
from engine.stores.scripts import pack
from tests.orders.house import House

ROWS = """
SELECT id, buyer_id, end_reason, reached, held, total, ended_at FROM cart WHERE sale_id = $1 AND ended_at IS NOT NULL
"""


async def noted(house: House) -> int:
    """Write down what ended, in other tests' sales too; answers how many carts of this one there were to write."""
    before = len(await house.sale.ends(100))
    await house.engine.orders.note_ended_carts()
    return before - len(await house.sale.ends(100))


async def ended(house: House) -> dict[str, tuple[Any, ...]]:
    """By buyer: why, how far, with what, for how much."""
    rows = await house.engine.db.fetch(ROWS, house.sale.id)
    return {row["buyer_id"]: (row["end_reason"], row["reached"], row["held"], row["total"]) for row in rows}


@pytest.mark.every_redis
async def test_each_end_tells_what_was_held_how_far_it_came_and_why(house: House) -> None:
    bought = await house.buyer_holding(0, units={"floor": 2})
    left = await house.buyer_holding(1, units={"early": 2, "gift": 1})
    chose = await house.buyer_holding(2, ready=False)
    looked = await house.buyer_holding(ready=False)
    declined = await house.buyer_holding(3)
    still = await house.buyer_holding(4)
    assert isinstance(await house.buy(bought), Bought)
    assert isinstance(await house.buy(declined, "4000000000000002"), Refused)
    for buyer in (left, chose, looked, declined):
        assert not isinstance(await house.sale.leave(buyer), Refused)
    assert await noted(house) == 5
    seat = {"type": "general", "price": 4500}
    assert await ended(house) == {
        bought: (
            "bought",
            "bought",
            [{"seat": 0, **seat}, {"pool": "floor", "units": 2, "type": "general", "price": 2000}],
            8500,
        ),
        left: (
            "left",
            "contact",
            [
                {"seat": 1, **seat},
                {"pool": "early", "units": 2, "type": "general", "price": 1500},
                {"pool": "gift", "units": 1, "type": "general", "price": 0},
            ],
            7500,
        ),
        chose: ("left", "held", [{"seat": 2, **seat}], 4500),
        looked: ("left", "entered", [], 0),
        declined: ("left", "payment", [{"seat": 3, **seat}], 4500),
    }
    assert (await house.cart(still)).state == "open"
    assert await noted(house) == 0
    assert await house.sale.ends(10) == []


async def test_types_that_were_chosen_say_what_it_would_have_cost(house: House) -> None:
    buyer = await house.buyer_holding(0, 1)
    assert not isinstance(
        await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(types={"seat:1": "half"})), Refused
    )
    await house.sale.leave(buyer)
    await noted(house)
    (_, _, held, total) = (await ended(house))[buyer]
    assert ([each["type"] for each in held], total) == (["general", "half"], 4500 + 2250)


async def test_a_cart_that_another_one_followed_at_once_is_not_forgotten(house: House) -> None:
    buyer = await house.buyer_holding(0, ready=False)
    await house.sale.leave(buyer)
    await house.fill(buyer, (1,), {}, ready=False)
    await house.sale.leave(buyer)
    assert await noted(house) == 2
    rows = await house.engine.db.fetch(ROWS, house.sale.id)
    assert sorted(row["held"][0]["seat"] for row in rows) == [0, 1]


async def test_what_was_given_back_before_the_end_was_not_held_then(house: House) -> None:
    buyer = await house.buyer_holding(0, ready=False)
    assert isinstance(await house.sale.release(Release(buyer, "r_all")), Released)
    await house.sale.leave(buyer)
    await noted(house)
    assert (await ended(house))[buyer] == ("left", "held", [], 0)


async def test_a_worker_that_dies_before_it_forgets_writes_nothing_twice(house: House) -> None:
    buyer = await house.buyer_holding(0)
    await house.sale.leave(buyer)
    (end,) = await house.sale.ends(10)
    await noted(house)
    before = await house.engine.db.fetch(ROWS, house.sale.id)
    # As it is after a death between the two stores: written, and still in Redis; meanwhile a price has changed.
    await put_back(house, end)
    await house.engine.db.execute(
        "UPDATE sale SET prices = jsonb_set(prices, '{stalls,general}', '9900') WHERE id = $1", house.sale.id
    )
    assert await noted(house) == 1
    assert await house.engine.db.fetch(ROWS, house.sale.id) == before
    assert await house.sale.ends(10) == []


async def test_a_cart_that_has_no_row_gets_one(house: House) -> None:
    buyer = await house.buyer_holding(0, ready=False)
    await house.engine.db.execute("DELETE FROM cart WHERE sale_id = $1", house.sale.id)
    await house.sale.leave(buyer)
    assert await noted(house) == 1
    assert (await ended(house))[buyer][:2] == ("left", "held")


async def test_a_sale_that_fails_stops_no_other(house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    other = await house.buyer_holding(0)
    await house.sale.leave(other)
    ends = engine.orders._cart_ends
    write = ends._insert

    async def bad(sale: str, found: list[CartEnd]) -> None:
        if sale == "s-bad":
            raise PostgresError("no such thing")
        await write(sale, found)

    engine.onsale.moves.note("s-bad")
    await engine.onsale.moves.drained()
    await put_back(house, CartEnd("c_bad", other, "left", 1, "", (), {}, False), sale="s-bad")
    monkeypatch.setattr(ends, "_insert", bad)
    assert await noted(house) == 1
    assert other in await ended(house)
    monkeypatch.undo()
    await noted(house)
    assert await engine.onsale.sale("s-bad").ends(1) == []  # nobody knows that sale: what is left of it goes


async def test_a_store_that_is_away_ends_the_step_and_the_next_goes_on(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await house.buyer_holding(0)
    await house.sale.leave(buyer)

    async def away(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(engine.orders._cart_ends, "_insert", away)
        with pytest.raises(ConnectionError):
            await noted(house)
    await noted(house)
    assert buyer in await ended(house)


async def test_a_page_that_is_full_is_followed_by_the_next(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.orders.cart_ends.CART_ENDS_PER_STEP_MAX", 2)
    buyers = [await house.buyer_holding(seat, ready=False) for seat in range(5)]
    for buyer in buyers:
        await house.sale.leave(buyer)
    while await noted(house):
        pass
    assert set(await ended(house)) == set(buyers)


async def put_back(house: House, end: CartEnd, sale: str | None = None) -> None:
    """As a script notes it."""
    units = [value for each in end.units.items() for value in each]
    packed = pack([end.buyer, end.reason, end.at_ms, end.order, list(end.seats), units, end.has_held])
    asked: Any = house.engine.redis.hset(sale_key(sale or house.sale.id, "ends"), end.id, packed)
    await asked


def test_units_that_cost_the_same_are_one_line() -> None:
    lines = [Line(None, "floor", "half", 5), Line(None, "floor", "full", 9), Line(None, "floor", "half", 5)]
    assert counted([*lines, Line(7, None, "full", 9)]) == [
        {"pool": "floor", "units": 2, "type": "half", "price": 5},
        {"pool": "floor", "units": 1, "type": "full", "price": 9},
        {"seat": 7, "type": "full", "price": 9},
    ]


@pytest.mark.parametrize(
    ("reason", "written", "has_held", "far"),
    [
        ("bought", {"has_order": True, "has_contact": True}, True, Reached.BOUGHT),
        ("expired", {"has_order": True, "has_contact": True}, True, Reached.PAYMENT),
        ("expired", {"has_order": False, "has_contact": True}, True, Reached.CONTACT),
        ("gone", {"has_order": False, "has_contact": False}, True, Reached.HELD),
        ("gone", None, False, Reached.ENTERED),
    ],
)
def test_how_far_a_cart_came(reason: str, written: dict[str, bool] | None, has_held: bool, far: Reached) -> None:
    assert reached(CartEnd("c", "b", reason, 1, "", (), {}, has_held), written) is far


async def test_how_long_carts_lasted_is_counted_from_those_that_ended(house: House) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(3)]
    for buyer in buyers[:2]:
        assert not isinstance(await house.sale.leave(buyer), Refused)
    assert await noted(house) == 2
    await house.engine.db.execute(
        "UPDATE cart SET opened_at = ended_at - interval '40 s' WHERE sale_id = $1 AND buyer_id = $2",
        house.sale.id,
        buyers[0],
    )
    await house.engine.db.execute(
        "UPDATE cart SET opened_at = ended_at - interval '1 hour' WHERE sale_id = $1 AND buyer_id = $2",
        house.sale.id,
        buyers[1],
    )
    assert await house.engine.orders.carts_lasted([house.sale.id], 60) == (2, 50)
    assert await house.engine.orders.carts_lasted([], 60) == (0, 0)
