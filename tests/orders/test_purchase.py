"""Purchases: from a cart to tickets, and every way not to get there."""

import asyncio

import pytest

from engine.access import ticket_of
from engine.limits import ITEMS_PER_CHANGE_MAX
from engine.onsale.model import SeatsHold, SeatState
from engine.orders import Bought, CartChange, Contact, OrderState, Purchase
from engine.payments import Card, Means
from engine.refusals import Code, Refused, accept
from tests.orders.house import House

DECLINES = {
    "4000000000000002": "card_declined",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
    "4000000000009987": "lost_card",
    "4000000000009979": "stolen_card",
    "4000000000000119": "processing_error",
}


@pytest.mark.every_redis
async def test_a_buyer_buys_what_the_cart_holds(house: House) -> None:
    buyer = await house.buyer_holding(3, 4, units={"floor": 1})
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    order = bought.order
    assert (order.state, order.total, order.currency) == (OrderState.PAID, 2 * 4500 + 2000, "EUR")
    assert [line.line.item for line in order.lines] == ["seat:3", "seat:4", "pool:floor"]
    key = house.engine.signer.ticket_public_keys()
    said = [ticket_of(ticket.payload, key) for ticket in order.tickets]
    assert [each.item for each in said if each is not None] == ["seat:3", "seat:4", "pool:floor"]
    assert (await house.seat_states())[2:6] == [0, SeatState.SOLD, SeatState.SOLD, 0]
    cart = await house.cart(buyer)
    assert (cart.state, cart.end_reason, cart.bought) == ("ended", "bought", 3)
    row = await house.engine.db.fetchrow("SELECT * FROM orders WHERE id = $1", order.id)
    assert row is not None
    assert row["settled_at"] is not None


async def test_repeating_a_purchase_buys_once_and_answers_the_same(house: House) -> None:
    buyer = await house.buyer_holding(3)
    answers = await asyncio.gather(*(house.buy(buyer) for _ in range(4)))
    answers.append(await house.buy(buyer))
    assert all(isinstance(answer, Bought) for answer in answers)
    assert len({answer.order.id for answer in answers if isinstance(answer, Bought)}) == 1
    assert [answer.again for answer in answers if isinstance(answer, Bought)].count(False) == 1
    last = answers[-1]
    assert isinstance(last, Bought)
    assert last.again
    assert await house.count("charges") == 1


async def test_a_cart_that_lacks_something_says_what_and_stays_open(house: House) -> None:
    buyer = await house.buyer_holding(3, ready=False)
    refused = await house.buy(buyer)
    assert isinstance(refused, Refused)
    assert refused.code is Code.CART_INCOMPLETE
    assert [issue["code"] for issue in refused.detail["issues"]] == [
        "contact_missing",
        "contact_missing",
        "key_missing",
    ]
    assert (await house.cart(buyer)).state == "open"
    view = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert not isinstance(view, Refused)
    assert [issue.wire() for issue in view.issues] == refused.detail["issues"]


@pytest.mark.parametrize(("number", "reason"), DECLINES.items())
async def test_a_declined_card_leaves_the_cart_with_its_holds_and_says_why(
    house: House, number: str, reason: str
) -> None:
    buyer = await house.buyer_holding(3, units={"early": 1})
    assert await house.buy(buyer, number) == Refused(Code.PAYMENT_DECLINED, {"reason": reason})
    cart = await house.cart(buyer)
    assert (cart.state, cart.seats, dict(cart.units)) == ("open", (3,), {"early": 1})
    view = await house.engine.orders.cart_view(house.sale.id, buyer)
    assert not isinstance(view, Refused)
    assert [issue.code for issue in view.issues] == ["payment_declined"]
    # The same id answers the same; a new one, with another card, buys.
    assert await house.buy(buyer) == Refused(Code.PAYMENT_DECLINED, {"reason": reason})
    assert isinstance(await house.buy(buyer, order="two"), Bought)


async def test_while_a_purchase_runs_the_cart_cannot_change(house: House) -> None:
    buyer = await house.buyer_holding(3)
    await house.sale.lock(buyer, "ord_other")
    hold = await house.sale.hold(SeatsHold(buyer, "h", (9,)))
    assert hold == Refused(Code.CART_LOCKED)
    change = CartChange(contact=Contact("Eva", "eva@example.org"))
    assert await house.engine.orders.change_cart(house.sale.id, buyer, change) == Refused(Code.CART_LOCKED)
    assert await house.buy(buyer) == Refused(Code.CART_LOCKED)


async def test_a_cart_that_ended_is_not_bought(house: House) -> None:
    buyer = await house.buyer_holding(3)
    assert isinstance(await house.buy(buyer), Bought)
    assert await house.buy(buyer, order="two") == Refused(Code.CART_ENDED)
    assert await house.buy("n" * 16) == Refused(Code.NO_CART)


async def test_what_costs_nothing_needs_no_card(house: House) -> None:
    buyer = await house.buyer_holding(units={"gift": 2})
    bought = await house.engine.orders.purchase(Purchase(house.sale.id, buyer, "one", None))
    assert isinstance(bought, Bought)
    assert len(bought.order.tickets) == 2
    paying = await house.buyer_holding(3)
    refused = await house.engine.orders.purchase(Purchase(house.sale.id, paying, "one", None))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail["fields"][0]["path"]) == (Code.INVALID, "card")
    assert (await house.cart(paying)).state == "open"


async def test_what_is_no_card_never_reaches_the_provider(house: House) -> None:
    buyer = await house.buyer_holding(3)
    ask = Purchase(house.sale.id, buyer, "one", Means.by(Card("4242424242424241", "12/39", "123")))
    refused = await house.engine.orders.purchase(ask)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail["fields"][0]["path"]) == (Code.INVALID, "card.number")
    assert (await house.cart(buyer)).state == "open"


async def test_no_card_number_is_stored(house: House) -> None:
    buyer = await house.buyer_holding(3)
    assert isinstance(await house.buy(buyer), Bought)
    for table in ("orders", "order_line", "payment", "sandbox_charge", "cart", "outbox_told", "audit", "ticket"):
        rows = await house.engine.db.fetch(f"SELECT t::text AS said FROM {table} t")
        assert not [row for row in rows if "4242424242424242" in row["said"]]


async def test_a_seat_that_postgres_knows_sold_is_never_charged_and_redis_learns(house: House) -> None:
    """Redis lost a sale: a second buyer holds the seat, and pays in vain."""
    first = await house.buyer_holding(3)
    assert isinstance(await house.buy(first), Bought)
    sale = house.sale
    # As after a failover to a replica that lacks the last moments.
    keys = [f"a1:{{{sale.id}}}:{name}" for name in ("seats", "owners", "sold")]
    await house.engine.redis.setbit(keys[0], 6, 0)
    await house.engine.redis.hdel(keys[1], "3")
    await house.engine.redis.delete(keys[2])
    second = await house.buyer_holding(3, 5)
    refused = await house.buy(second)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail) == (Code.ALREADY_SOLD, {"seats": [3]})
    cart = await house.cart(second)
    assert (cart.state, cart.seats) == ("open", (5,))
    assert (await house.seat_states())[3] == SeatState.SOLD
    assert isinstance(await house.buy(second, order="two"), Bought)


async def test_the_outbox_hears_of_each_paid_order_once(house: House) -> None:
    buyer = await house.buyer_holding(3)
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    rows = await house.engine.db.fetch("SELECT topic, body FROM outbox_told WHERE body ->> 'sale' = $1", house.sale.id)
    assert [(row["topic"], row["body"]["order"]) for row in rows] == [("order.paid", bought.order.id)]


async def test_a_code_and_a_key_open_an_order(house: House) -> None:
    buyer = await house.buyer_holding(3)
    change = CartChange(key="tres tristes tigres")
    assert not isinstance(await house.engine.orders.change_cart(house.sale.id, buyer, change), Refused)
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    code = bought.order.code
    opened = await house.engine.orders.open(code.lower().replace("-", " "), "tres tristes tigres")
    assert opened == bought.order
    assert await house.engine.orders.by_code(code) == (buyer, bought.order)
    assert await house.engine.orders.by_code("2222-2222-2222") is None
    for wrong_code, key in ((code, "tres tigres"), ("2222-2222-2222", "tres tristes tigres"), ("", ""), (code, "")):
        assert await house.engine.orders.open(wrong_code, key) == Refused(Code.BAD_ORDER_KEY)


async def test_buyers_and_organizers_see_their_orders_only(house: House) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(3)]
    bought = [await house.buy(buyer) for buyer in buyers]
    ids = [each.order.id for each in bought if isinstance(each, Bought)]
    orders = house.engine.orders
    assert [len(await orders.of_buyer(house.sale.id, buyer)) for buyer in buyers] == [1, 1, 1]
    first = accept(await orders.page(house.organizer, house.sale.id, limit=2))
    assert first.next is not None
    rest = accept(await orders.page(house.organizer, house.sale.id, after=first.next))
    assert [order.id for order in (*first.items, *rest.items)] == ids
    assert rest.next is None
    for stranger, sale in (("org_other", house.sale.id), (house.organizer, "no-such-sale")):
        assert await orders.page(stranger, sale) == Refused(Code.UNKNOWN_SALE)
    for wrong in ("x", "W10", "WzEsMl0", ids[0]):
        refused = await orders.page(house.organizer, house.sale.id, after=wrong)
        assert isinstance(refused, Refused)
        assert refused.code is Code.INVALID


async def test_whoever_reads_on_from_a_cursor_misses_no_order(house: House) -> None:
    """Ids of orders are random: however they fall, what is placed later comes later."""
    orders, placed, read = house.engine.orders, set(), []
    resume = None
    for seat in range(12):
        bought = await house.buy(await house.buyer_holding(seat))
        assert isinstance(bought, Bought)
        placed.add(bought.order.id)
        page = accept(await orders.page(house.organizer, house.sale.id, after=resume, limit=5))
        read += [order.id for order in page.items]
        resume = page.resume
        assert page.next is None
    assert set(read) == placed
    assert len(read) == len(placed)
    again = accept(await orders.page(house.organizer, house.sale.id, after=resume))
    assert (again.items, again.next, again.resume) == ([], None, resume)


async def test_orders_placed_side_by_side_are_seen_in_the_order_of_their_times(house: House) -> None:
    """A reader at work beside many buyers, who always goes on from where it was."""
    buyers = [await house.buyer_holding(seat) for seat in range(20)]
    read: list[str] = []
    resume: str | None = None
    done = asyncio.Event()

    async def look() -> None:
        nonlocal resume
        last = False
        while not last:
            last = done.is_set()
            page = accept(await house.engine.orders.page(house.organizer, house.sale.id, after=resume))
            read.extend(order.id for order in page.items)
            resume = page.resume

    looking = asyncio.create_task(look())
    bought = await asyncio.gather(*(house.buy(buyer) for buyer in buyers))
    done.set()
    await looking
    assert sorted(read) == sorted(each.order.id for each in bought if isinstance(each, Bought))


async def test_an_organizer_sees_tickets_without_what_opens_the_gate(house: House) -> None:
    bought = await house.buy(await house.buyer_holding(0))
    assert isinstance(bought, Bought)
    page = accept(await house.engine.orders.page(house.organizer, house.sale.id))
    (ticket,) = page.items[0].listed(in_full=True)["tickets"]
    assert ticket == {"id": bought.order.tickets[0].id, "item": "seat:0", "admits": [], "blocked": False}
    seen = bought.order.wire()
    shown = {**page.items[0].listed(in_full=True), "has_key": True, "tickets": seen["tickets"], "vouchers": []}
    beside = [shown.pop(name) for name in ("issuer", "source", "allocation", "reason", "full_price", "tax_identity")]
    assert (beside, shown.pop("answers"), shown) == ([None] * 6, [], seen)


async def test_a_cart_shows_chosen_types_and_forgets_what_is_not_held(house: House) -> None:
    buyer = await house.buyer_holding(3, units={"floor": 2})
    change = CartChange(types={"seat:3": "half", "seat:9": "half", "pool:floor": {"general": 1}}, coupon="SUMMER")
    view = await house.engine.orders.change_cart(house.sale.id, buyer, change)
    assert not isinstance(view, Refused)
    assert view.total == 2250 + 2 * 2000
    assert [issue.code for issue in view.issues] == ["coupon_unknown"]
    types = await house.engine.db.fetchval("SELECT types FROM cart WHERE id = $1", view.id)
    assert types == {"seat:3": "half", "pool:floor": {"general": 1}}
    again = await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(types={"seat:3": "vip"}))
    assert not isinstance(again, Refused)
    assert [(issue.code, issue.field) for issue in again.issues] == [
        ("type_unknown", "types.seat:3"),
        ("coupon_unknown", "coupon"),
    ]


async def test_a_change_that_is_too_large_is_refused_by_field(house: House) -> None:
    buyer = await house.buyer_holding(3)
    change = CartChange(
        contact=Contact("A" * 201, "a@b.org"),
        key="short",
        types={"seat:3": {"general": -1}},
    )
    refused = await house.engine.orders.change_cart(house.sale.id, buyer, change)
    assert isinstance(refused, Refused)
    assert refused.code is Code.INVALID
    assert [field["path"] for field in refused.detail["fields"]] == ["contact.name", "key", "types.seat:3"]
    many = CartChange(types={f"seat:{at}": "general" for at in range(ITEMS_PER_CHANGE_MAX + 1)})
    refused = await house.engine.orders.change_cart(house.sale.id, buyer, many)
    assert isinstance(refused, Refused)
    assert [field["path"] for field in refused.detail["fields"]] == ["types"]


@pytest.mark.parametrize("where", ["_placing", "_written"])
async def test_a_queue_that_is_full_leaves_the_cart_open(
    house: House, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    buyer = await house.buyer_holding(3)
    orders = house.engine.orders
    owner = await orders._desk.ledger(house.sale.id) if where == "_placing" else orders._carts
    batcher = getattr(owner, where)
    with monkeypatch.context() as patched:
        patched.setattr(batcher, "_queue_max", 0)
        assert await house.buy(buyer) == Refused(Code.BUSY)
    assert (await house.cart(buyer)).state == "open"
    assert isinstance(await house.buy(buyer), Bought)


async def test_many_buyers_at_once_each_get_their_own(house: House) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(40)]
    bought = await asyncio.gather(*(house.buy(buyer) for buyer in buyers))
    assert all(isinstance(each, Bought) for each in bought)
    assert (await house.seat_states())[:40] == [SeatState.SOLD] * 40


async def test_changes_of_the_same_moment_are_all_written(house: House) -> None:
    buyers = [await house.buyer_holding(seat, 10 + seat, ready=False) for seat in range(5)]
    orders = house.engine.orders
    changes = (
        CartChange(contact=Contact("Ana Núñez", "ana@example.org")),
        CartChange(key="tres tristes tigres", types={"seat:3": "half"}),
        CartChange(types={"seat:13": "half"}, contact=Contact("Ana", "ana@example.org")),
    )
    views = await asyncio.gather(
        *(orders.change_cart(house.sale.id, buyer, change) for change in changes for buyer in buyers)
    )
    for buyer, view in zip(buyers, views[-len(buyers) :], strict=True):
        assert not isinstance(view, Refused)
        assert (view.contact.name, view.has_key, view.issues) == ("Ana", True, ())
        assert isinstance(await house.buy(buyer), Bought)
    types = await house.engine.db.fetchval("SELECT types FROM cart WHERE buyer_id = $1", buyers[3])
    assert types == {"seat:3": "half", "seat:13": "half"}


async def test_a_change_that_can_not_be_written_is_refused_alone(house: House) -> None:
    buyers = [await house.buyer_holding(seat) for seat in range(3)]
    orders = house.engine.orders
    # Its buyer has a row already, with a contact and a key.
    await house.engine.db.execute(f"ALTER TABLE cart ADD CONSTRAINT nobody CHECK (buyer_id <> '{buyers[1]}') NOT VALID")
    names = ("Ana", "Nobody", "Bea")
    answers = await asyncio.gather(
        *(
            orders.change_cart(house.sale.id, buyer, CartChange(contact=Contact(name, "ana@example.org")))
            for buyer, name in zip(buyers, names, strict=True)
        )
    )
    await house.engine.db.execute("ALTER TABLE cart DROP CONSTRAINT nobody")
    assert answers[1] == Refused(Code.INTERNAL)
    assert [each.contact.name for each in answers if not isinstance(each, Refused)] == ["Ana", "Bea"]


async def test_characters_that_postgres_does_not_keep_are_mistakes(house: House) -> None:
    buyer = await house.buyer_holding(3)
    for change in (CartChange(contact=Contact("A\0na")), CartChange(types={"seat:3": "ha\0lf"})):
        refused = await house.engine.orders.change_cart(house.sale.id, buyer, change)
        assert isinstance(refused, Refused)
        assert refused.code is Code.INVALID
