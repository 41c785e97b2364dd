"""Hidden ticket types: nobody gets one whom no code or phase shows it; else it is bought as any other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from engine.audit import Act
from engine.catalog import Mistake, SaleInfo, shown_to_all
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.onsale.model import Cart, Held, PoolHold, SeatsHold
from engine.orders import Bought, CartChange, CartView
from engine.refusals import Code, Refused, accept
from engine.verify import verify
from tests.orders.house import House, open_sale
from tests.orders.test_phases import Clock

pytestmark = pytest.mark.every_redis
SALE = """
event: Sala Oeste
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
person_max: 4
ticket_types:
  friend: {{name: Friend of the house, hidden: true, number: 2, per_person: 2}}
  general: General
  member: {{name: Member, hidden: true}}
sections:
  stalls: {{rows: 2, seats: 10, price: {{friend: 5, general: 40, member: 30}}}}
pools:
  floor: {{capacity: 10, price: {{general: 10, friend: 2}}}}
  lounge: {{name: The lounge, capacity: 3, price: {{friend: 9}}}}
unlocks:
  friends: {{codes: [AMIGOS 2026, amigas2026], types: friend}}
  others: {{codes: OTROS2026, types: member}}
questions:
  whose: {{ask: Whose friend?, for: friend}}
"""
DAY = 24 * 3_600_000


@pytest.fixture
def clock(engine: Engine) -> Clock:
    clock = engine.onsale._clock = Clock()
    return clock


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_sale(engine, SALE)


async def shopper(house: House, *seats: int) -> str:
    buyer = new_buyer()
    accept(await house.sale.enter(buyer))
    if seats:
        accept(await house.sale.hold(SeatsHold(buyer, new_id("h"), seats)))
    return buyer


async def brings(house: House, buyer: str, code: str) -> CartView | Refused:
    mark = house.engine.signer.entry_code_mark(code)
    return await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(code=mark))


async def chooses(house: House, buyer: str, **types: Any) -> CartView:
    named = {item.replace("_", ":", 1): kind for item, kind in types.items()}
    return accept(await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(types=named)))


def codes(view: CartView, *passed: str) -> list[str]:
    return [issue.code for issue in view.issues if not issue.code.startswith(("contact", "key", "answer", *passed))]


async def pays(house: House, buyer: str) -> Bought | Refused:
    await house.ready(buyer, await house.cart(buyer))
    return await house.buy(buyer)


async def sound(house: House) -> None:
    await house.engine.orders.note_ended_carts()
    assert await verify(house.engine, house.sale.id, grace_s=0) == []


async def shown(house: House) -> SaleInfo:
    info = await house.engine.catalog.sale_info(house.sale.id)
    assert info is not None
    return shown_to_all(info)


async def test_nobody_reads_of_it_or_gets_it(house: House) -> None:
    info = await shown(house)
    assert list(info.types) == ["general"]
    assert info.prices == {"stalls": {"general": 4_000}, "floor": {"general": 1_000}}
    assert [pool.id for pool in info.pools] == ["floor"]
    assert (info.type_numbers, info.type_rules, info.questions) == ({}, {}, ())
    snapshot = accept(await house.sale.snapshot())
    assert set(snapshot.pools) == {"floor"}
    stranger = await shopper(house, 3)
    chosen, made_up = [await chooses(house, stranger, seat_3=kind) for kind in ("friend", "unicorn")]
    assert (chosen.items, codes(chosen)) == (made_up.items, ["type_unknown"])
    assert chosen.unlocked is None
    for pool in ("lounge", "attic"):
        assert await house.sale.hold(PoolHold(stranger, new_id("h"), pool, 1)) == Refused(Code.UNKNOWN_POOL)
    assert isinstance(await pays(house, stranger), Refused)
    await sound(house)


async def test_a_code_shows_it_however_it_is_typed(house: House) -> None:
    friend = await shopper(house, 3)
    assert await brings(house, friend, "AMIGOS 2027") == Refused(Code.CODE_UNKNOWN)
    view = accept(await brings(house, friend, " amigos2026 "))
    assert view.unlocked is not None
    assert view.unlocked["types"] == {"friend": "Friend of the house"}
    assert view.unlocked["type_limits"] == {"friend": {"number": 2, "per_person": 2, "hidden": True}}
    assert view.unlocked["prices"] == {"stalls": {"friend": 500}, "floor": {"friend": 200}, "lounge": {"friend": 900}}
    assert [pool["name"] for pool in view.unlocked["pools"]] == ["The lounge"]
    assert view.items[0].type == "general", "nobody has it who didn't choose it"
    assert accept(await brings(house, friend, "AMIGAS2026")).unlocked == view.unlocked
    assert isinstance(await house.sale.hold(PoolHold(friend, new_id("h"), "lounge", 1)), Held)
    view = await chooses(house, friend, seat_3="friend", pool_lounge={"friend": 1})
    assert (view.total, codes(view)) == (1_400, [])
    other = await shopper(house, 4)
    accept(await brings(house, other, "amigas2026"))
    short = await house.engine.orders.change_cart(house.sale.id, other, CartChange(types={"seat:4": "friend"}))
    assert short == Refused(Code.TYPE_SHORT, {"ticket_type": "friend", "left": 0})
    bought = accept(await pays(house, friend))
    assert {line.line.type for line in bought.order.lines} == {"friend"}
    await sound(house)
    again = await shopper(house, 5)
    assert codes(await chooses(house, again, seat_5="friend")) == ["type_unknown"], "what a cart was shown ends with it"


async def test_one_code_shows_no_more_than_its_own(house: House) -> None:
    other = await shopper(house, 3)
    accept(await brings(house, other, "otros2026"))
    assert codes(await chooses(house, other, seat_3="friend")) == ["type_unknown"]
    assert await house.sale.hold(PoolHold(other, new_id("h"), "lounge", 1)) == Refused(Code.UNKNOWN_POOL)
    assert (await chooses(house, other, seat_3="member")).total == 3_000
    accept(await brings(house, other, "amigas2026"))
    assert (await chooses(house, other, seat_3="friend")).total == 500
    await sound(house)


async def test_a_code_that_is_taken_back_before_paying_is_worth_nothing(house: House, engine: Engine) -> None:
    """Whoever prices the cart knows the unlocks of a moment ago; Postgres knows better."""
    friend = await shopper(house, 3)
    accept(await brings(house, friend, "amigos2026"))
    await chooses(house, friend, seat_3="friend")
    await house.ready(friend, await house.cart(friend))
    await engine.db.execute("UPDATE sale SET unlocks = '[]' WHERE id = $1", house.sale.id)
    refused = await house.buy(friend)
    assert isinstance(refused, Refused)
    assert refused.code is Code.PRICE_CHANGED
    assert await house.count("tickets") == 0
    view = accept(await engine.orders.cart_view(house.sale.id, friend))
    assert (codes(view), view.unlocked) == (["type_unknown"], None)
    await sound(house)


async def test_two_codes_at_once_and_repeats(house: House, engine: Engine) -> None:
    friend = await shopper(house)
    asks = [brings(house, friend, code) for code in ("amigos2026", "otros2026") * 3]
    assert all(isinstance(each, CartView) for each in await asyncio.gather(*asks))
    kept = await engine.db.fetchval("SELECT unlocked FROM cart WHERE buyer_id = $1", friend)
    assert sorted(kept) == ["friends", "others"]
    await sound(house)


async def test_a_lost_redis_keeps_what_a_cart_was_shown(house: House, engine: Engine) -> None:
    """Of a cart that is being paid; it comes back open, with its code, when the card is declined."""
    friend = await shopper(house, 3)
    accept(await brings(house, friend, "amigos2026"))
    await chooses(house, friend, seat_3="friend")
    await house.ready(friend, await house.cart(friend))
    cart = accept(await house.sale.lock(friend, "ord_x"))
    assert isinstance(cart, Cart)
    await engine.db.execute(
        "INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code, cart_until) "
        "VALUES ($1, 'ord_x', $2, $3, 'paying', 500, 'EUR', $3, now() + interval '1 hour')",
        house.sale.id,
        cart.id,
        friend,
    )
    line = (
        "INSERT INTO order_line (sale_id, order_id, line, seat, ticket_type, price) VALUES ($1, 'ord_x', 0, 3, $2, 500)"
    )
    await engine.db.execute(line, house.sale.id, "friend")
    await engine.onsale.remove_keys(house.sale.id)
    await engine.keeper.rebuild(house.sale.id)
    await engine.db.execute("UPDATE order_line SET live = false WHERE sale_id = $1", house.sale.id)
    await engine.db.execute("UPDATE orders SET state = 'failed' WHERE sale_id = $1", house.sale.id)
    accept(await house.sale.unlock(friend, "ord_x"))
    assert isinstance(await house.sale.hold(PoolHold(friend, new_id("h"), "lounge", 1)), Held)


PHASED = (
    SALE
    + """
phases:
  members: {{until: in 1 day, types: member}}
  all: {{from: in 1 day}}
"""
)


async def test_a_phase_shows_what_it_names_and_a_code_counts_in_every_phase(engine: Engine, clock: Clock) -> None:
    house = await open_sale(engine, PHASED)
    assert list((await shown(house)).types) == ["general", "member"]
    member = await shopper(house, 3)
    assert (await chooses(house, member, seat_3="member")).total == 3_000
    assert await house.sale.hold(PoolHold(member, new_id("h"), "lounge", 1)) == Refused(Code.UNKNOWN_POOL)
    accept(await brings(house, member, "amigos2026"))
    assert isinstance(await house.sale.hold(PoolHold(member, new_id("h"), "lounge", 1)), Held)
    assert codes(await chooses(house, member, seat_3="friend", pool_lounge={"friend": 1})) == []
    assert isinstance(await pays(house, member), Bought)
    clock.days = 1.5
    late = await shopper(house, 4)
    assert codes(await chooses(house, late, seat_4="member")) == ["type_unknown"]
    await sound(house)


# ── as it is written ──


async def mistakes(engine: Engine, text: str) -> list[str]:
    organizer = await engine.access.create_organizer("Sala Sur")
    made = await engine.catalog.sale_from_yaml(
        text.format(sale=new_id("s").lower().replace("_", "-")), Act(organizer, "t")
    )
    assert isinstance(made, list), made
    return [f"{each.line} {each.path}: {each.message}" if isinstance(each, Mistake) else each for each in made]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("types: member}", "types: general}")], "unlocks.others.types"),
        ([("codes: OTROS2026, ", "")], "unlocks.others.codes"),
        ([("OTROS2026", "Amigas 2026")], "unlocks.others.codes"),
        ([("{{friend: 5, general: 40, member: 30}}", "{{friend: 5, member: 30}}")], "sections.stalls.price"),
        ([("OTROS2026", "short")], "unlocks.others.codes"),
    ],
)
async def test_what_is_wrong_is_said_at_its_line(engine: Engine, changes: Sequence[tuple[str, str]], said: str) -> None:
    text = SALE
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (found,) = await mistakes(engine, text)
    line = next(
        nth for nth, each in enumerate(text.splitlines(), start=1) if each.strip().startswith(said.split(".")[1])
    )
    assert said in found
    assert found.startswith(f"{line} "), found


async def test_unlocks_change_and_keep_codes_that_nobody_can_read(house: House, engine: Engine) -> None:
    act = Act(house.organizer, "t")

    async def change(unlocks: Mapping[str, Any]) -> SaleInfo | Refused | list[Mistake]:
        changed = await engine.catalog.change_sale(act, house.sale.id, {"unlocks": unlocks})
        engine.orders.price_books.forget(house.sale.id)
        return changed

    assert isinstance(await change({"friends": {"types": ["friend", "member"]}}), SaleInfo)
    friend = await shopper(house, 3)
    assert await brings(house, friend, "otros2026") == Refused(Code.CODE_UNKNOWN)
    view = accept(await brings(house, friend, "amigos2026"))
    assert view.unlocked is not None
    assert sorted(view.unlocked["types"]) == ["friend", "member"]
    assert isinstance(await change({"new": {"types": ["friend"]}}), list)
    kept = await engine.db.fetchval(
        "SELECT after::text FROM audit WHERE act = 'sale.change' AND subject = $1", house.sale.id
    )
    assert "amigos" not in kept
    assert '"codes": 2' in kept
