"""Orders when something fails in between: a store, the provider, a process that another was quicker than."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.catalog.model import SaleState
from engine.engine import Engine
from engine.ids import new_buyer
from engine.limits import ORDER_KEYS_WAITING_MAX
from engine.onsale.model import Cart, Held, SeatsHold
from engine.orders import Bought, CartChange, OrderState, Purchase
from engine.orders.model import CartItem
from engine.orders.settling import Settlement
from engine.payments import Captured, Declined, PaymentNews
from engine.payments.port import Charge, Down, NoProvider, Refund, Refunded, Unheard, Unknown
from engine.payments.sandbox import CARDS, Sandbox
from engine.refusals import Code, RefusalError, Refused
from engine.stores.redis import Standalone
from engine.verify import verify
from tests.onsale.plans import plan_of
from tests.orders.house import House, card
from tests.orders.test_payment import NOW, TWICE, UNKNOWN_FOR_EVER, failed_order, order_of

CHANGE = CartChange(types={"seat:3": "half"})


async def raises_unavailable(*_: Any) -> Any:
    raise RefusalError(Code.UNAVAILABLE)


async def raises_a_fault(*_: Any) -> Any:
    raise LookupError("in a way nobody thought of")


@pytest.fixture
async def paying(house: House) -> tuple[str, str]:
    """A buyer whose payment nobody knows of, and the order."""
    buyer = await house.buyer_holding(3)
    refused = await house.buy(buyer, UNKNOWN_FOR_EVER)
    assert isinstance(refused, Refused)
    assert refused.code is Code.PAYMENT_PENDING
    return buyer, order_of(house, buyer)


# ── a sale, a cart or an order that one of the stores does not know ──


async def test_a_sale_that_only_redis_knows_sells_nothing(engine: Engine, fresh_sale_id: Callable[[], str]) -> None:
    buyer, unknown, sale_id = new_buyer(), Refused(Code.UNKNOWN_SALE), fresh_sale_id()
    await engine.onsale.publish(plan_of(sale_id))
    sale = engine.onsale.sale(sale_id)
    await sale.set_state(SaleState.OPEN)
    assert isinstance(await sale.hold(SeatsHold(buyer, "h1", (3,))), Held)
    assert await engine.orders.cart_view(sale_id, buyer) == unknown
    assert await engine.orders.change_cart(sale_id, buyer, CHANGE) == unknown
    assert await engine.orders.purchase(Purchase(sale_id, buyer, "one", card())) == unknown
    cart = await sale.cart(buyer)
    assert isinstance(cart, Cart)
    assert cart.state == "open"


async def test_who_has_no_cart_changes_nothing(house: House, engine: Engine) -> None:
    assert await engine.orders.change_cart(house.sale.id, new_buyer(), CHANGE) == Refused(Code.NO_CART)


async def test_a_cart_that_only_redis_knows_bought_is_not_bought_again(house: House) -> None:
    """Postgres went back a moment: what it does not know was never sold."""
    buyer = await house.buyer_holding(3)
    order = order_of(house, buyer)
    assert isinstance(await house.sale.lock(buyer, order), Cart)
    await house.sale.sell(buyer, order, 4_500, (3,), {})
    assert await house.buy(buyer) == Refused(Code.CART_ENDED)
    assert await house.count("charges") == 0


async def test_redis_is_told_nothing_of_an_order_that_is_being_paid(
    house: House, engine: Engine, paying: tuple[str, str]
) -> None:
    buyer, order = paying
    assert await engine.orders._desk.tell_redis(house.sale.id, order) is False
    assert (await house.cart(buyer)).state == "locked"


async def test_late_money_waits_for_a_sale_that_is_being_restored(house: House, engine: Engine) -> None:
    buyer = await house.buyer_holding(3)
    order = await failed_order(house, buyer)
    keys = engine.onsale.calls(house.sale.id).keys
    await engine.redis.rename(keys.key("sale"), keys.key("layout"))
    with pytest.raises(RefusalError) as refused:
        await engine.orders.payment_answered(PaymentNews(house.sale.id, order, Captured(4_500, "late")))
    assert refused.value.code is Code.UNAVAILABLE
    assert await house.state_of(order) == "failed"
    await engine.redis.rename(keys.key("layout"), keys.key("sale"))
    await engine.orders.finish(**NOW)
    assert await house.state_of(order) == "paid"


async def test_news_of_an_order_nobody_placed_are_harmless(house: House, engine: Engine) -> None:
    await engine.orders.payment_answered(PaymentNews(house.sale.id, "ord_of_nobody", Declined("card_declined")))
    assert await house.state_of("ord_of_nobody") is None


async def test_late_money_of_a_rehearsal_leaves_no_trail(house: House, engine: Engine) -> None:
    await engine.db.execute(
        "UPDATE sale SET kind = 'rehearsal', rehearsal_of = id, rehearsal_until = closes_at WHERE id = $1",
        house.sale.id,
    )
    buyer = await house.buyer_holding(3)
    order = await failed_order(house, buyer)
    await engine.db.execute(
        "UPDATE sale SET kind = 'rehearsal', rehearsal_of = id, rehearsal_until = closes_at WHERE id = $1",
        house.sale.id,
    )
    await engine.orders.payment_answered(PaymentNews(house.sale.id, order, Captured(4_500, "late")))
    assert await house.state_of(order) == "paid"
    assert await engine.db.fetchval("SELECT count(*) FROM audit WHERE subject = $1", order) == 0


# ── a store that goes away in the middle of a purchase ──


async def test_an_order_that_may_have_been_written_keeps_its_cart_locked(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await house.buyer_holding(3)
    monkeypatch.setattr(await engine.orders._desk.ledger(house.sale.id), "place", raises_unavailable)
    with pytest.raises(RefusalError):
        await house.buy(buyer)
    monkeypatch.undo()
    assert (await house.cart(buyer)).state == "locked"
    await engine.orders.finish(**NOW)
    assert (await house.cart(buyer)).state == "open", "it was not written, and never will be"
    assert await house.state_of(order_of(house, buyer)) == "void"


async def test_a_cart_that_can_not_be_opened_now_is_opened_by_the_finisher(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await house.buyer_holding(3, ready=False)
    monkeypatch.setattr(engine.orders._reader, "rows", raises_unavailable)
    refused = await house.buy(buyer)
    assert isinstance(refused, Refused)
    assert refused.code is Code.CART_INCOMPLETE
    monkeypatch.undo()
    assert (await house.cart(buyer)).state == "locked"
    await engine.orders.finish(**NOW)
    assert (await house.cart(buyer)).state == "open"


async def test_a_silent_provider_and_a_postgres_that_is_away(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await house.buyer_holding(3)
    with monkeypatch.context() as patched:
        patched.setattr(engine.orders._reader, "rows", raises_unavailable)
        refused = await house.buy(buyer, UNKNOWN_FOR_EVER)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail["order"]) == (Code.PAYMENT_PENDING, order_of(house, buyer))


async def test_what_postgres_allows_is_what_counts(house: House, engine: Engine) -> None:
    """Somebody lowered the maximum, and Redis does not know yet."""
    buyer = await house.buyer_holding(3, 4)
    await engine.orders.cart_view(house.sale.id, buyer)  # so that prices and bounds are kept for a few seconds
    await engine.db.execute("UPDATE sale SET person_max = 1 WHERE id = $1", house.sale.id)
    assert await house.buy(buyer) == Refused(Code.OVER_MAXIMUM)
    assert (await house.cart(buyer)).state == "open"


async def test_others_are_told_that_payments_are_down_or_the_log_is(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine.onsale, "client", Standalone.from_url(f"unix://{tmp_path}/nobody.sock"))
    await engine.orders._desk.tell_payments_down(engine.orders._till)
    assert "could not be told that payments are down" in caplog.text


# ── providers ──


async def test_a_provider_that_fails_in_a_new_way_leaves_the_order_to_the_finisher(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await house.buyer_holding(3)
    with monkeypatch.context() as patched:
        patched.setattr(engine.orders._till.provider, "charge", raises_a_fault)
        refused = await house.buy(buyer)
    assert isinstance(refused, Refused)
    assert refused.code is Code.PAYMENT_PENDING
    await engine.orders.finish(**NOW)
    assert await house.state_of(order_of(house, buyer)) == "failed"
    assert (await house.cart(buyer)).state == "open"


async def test_an_order_in_trouble_does_not_stop_the_others(
    house: House, engine: Engine, paying: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await house.buyer_holding(4)
    assert isinstance(await house.buy(other), Bought)
    await engine.db.execute("UPDATE orders SET settled_at = NULL WHERE id = $1", order_of(house, other))
    with monkeypatch.context() as patched:
        patched.setattr(engine.orders._till.provider, "lookup", raises_a_fault)
        assert await engine.orders.finish(**NOW) >= 1
    settled = "SELECT settled_at IS NOT NULL FROM orders WHERE id = $1"
    assert await engine.db.fetchval(settled, order_of(house, other))
    assert not await engine.db.fetchval(settled, paying[1])


async def test_money_that_was_given_back_already_ends_the_order(house: House, engine: Engine) -> None:
    buyer = await house.buyer_holding(3)
    await house.buy(buyer, UNKNOWN_FOR_EVER)
    order = order_of(house, buyer)
    await engine.db.execute(
        "UPDATE sandbox_charge SET outcome = 'refunded', decline = '', visible_at = now() WHERE order_id = $1", order
    )
    await engine.orders.finish(**NOW)
    assert await house.state_of(order) == "failed"
    assert (await house.cart(buyer)).state == "open"


async def test_the_finisher_asks_again_about_all_when_it_remembers_too_many(
    engine: Engine, paying: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    finisher = engine.orders._finisher
    await engine.orders.finish(**NOW)
    assert paying[1] in finisher._ask_at
    monkeypatch.setattr("engine.orders.finisher.ORDERS_ASKED_AGAIN_MAX", 1)
    finisher._ask_later("another")
    assert set(finisher._ask_at) == {"another"}


async def test_an_order_that_was_given_up_while_it_was_charged_is_late(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finisher of another process was quicker than the provider's answer."""
    buyer = await house.buyer_holding(3)
    charge = engine.orders._till.provider.charge

    async def takes_long(asked: Charge) -> Any:
        ledger = await engine.orders._desk.ledger(house.sale.id)
        assert (await ledger.settle(Settlement(asked.order, Declined("abandoned")))).state is OrderState.FAILED
        return await charge(asked)

    monkeypatch.setattr(engine.orders._till.provider, "charge", takes_long)
    refused = await house.buy(buyer)
    assert isinstance(refused, Refused)
    assert refused.code is Code.PAYMENT_PENDING
    monkeypatch.undo()
    await engine.orders.finish(**NOW)
    assert await house.state_of(order_of(house, buyer)) == "paid"
    assert await verify(engine, house.sale.id, grace_s=0) == []


async def test_whoever_asks_again_is_not_kept_waiting_for_ever(
    house: House, paying: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.orders.purchase.ORDER_WAIT_S_MAX", 0.0)
    refused = await house.buy(paying[0])
    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail["order"]) == (Code.PAYMENT_PENDING, paying[1])


async def test_while_somebody_tries_whether_the_provider_is_back_others_ask_nothing(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both found the breaker closed again when they placed their orders; one of them is the trial."""
    buyers = [await house.buyer_holding(seat) for seat in (3, 4)]
    breaker, asked, go_on = engine.orders._till.breaker, asyncio.Event(), asyncio.Event()
    charge = engine.orders._till.provider.charge
    monkeypatch.setattr(breaker, "_closed_again_at_ms", 0)

    async def tries(ask: Charge) -> Any:
        asked.set()
        await go_on.wait()
        return await charge(ask)

    monkeypatch.setattr(engine.orders._till.provider, "charge", tries)
    is_open = breaker.is_open
    trial = asyncio.create_task(house.buy(buyers[0]))
    await asked.wait()
    looks = iter([False])
    monkeypatch.setattr(breaker, "is_open", lambda now_ms: next(looks, is_open(now_ms)))
    assert await house.buy(buyers[1]) == Refused(Code.PAYMENT_UNAVAILABLE)
    go_on.set()
    assert isinstance(await trial, Bought)
    assert (await house.cart(buyers[1])).state == "open"


async def test_where_there_is_no_provider_every_question_is_pointless() -> None:
    nobody = NoProvider()
    assert nobody.plays(card()) is False
    answers = [await ask("ord") for ask in (nobody.lookup, nobody.abandon, nobody.refund)]
    assert [*answers, await nobody.charge(Charge("s", "ord", 1, "EUR", card()))] == [Down()] * 4


# ── the sandbox itself ──


async def test_the_sandbox_stands_by_what_it_said(engine: Engine, sale_id: str) -> None:
    sandbox = Sandbox(engine.db)
    charge = Charge(sale_id, f"ord_{sale_id}", 4_500, "EUR", card())
    assert await sandbox.charge(charge) == Captured(4_500, charge.order)
    assert await sandbox.refund(Refund(sale_id, charge.order, "one", 4_500)) == Refunded(4_500)
    assert isinstance(await sandbox.charge(charge), Unknown), "it gave the money back: it says neither yes nor no"
    sandbox.down = True
    assert [await ask(charge.order) for ask in (sandbox.lookup, sandbox.abandon)] == [Down()] * 2
    sandbox.down = False
    assert await sandbox.lookup("ord_of_nobody") == Unheard()


@pytest.mark.parametrize("listener", [None, raises_a_fault])
async def test_news_that_nobody_can_take_in_harm_nobody(
    engine: Engine, sale_id: str, listener: Callable[..., Any] | None, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = Sandbox(engine.db, CARDS)
    if listener is not None:
        sandbox.listen(listener)
    await sandbox.charge(Charge(sale_id, f"ord_{sale_id}", 1, "EUR", card(TWICE)))
    await asyncio.gather(*sandbox._telling)
    assert caplog.text.count("could not be taken in") == (0 if listener is None else 2)


async def test_news_on_their_way_end_with_the_sandbox(engine: Engine, sale_id: str) -> None:
    sandbox, begun = Sandbox(engine.db, CARDS), asyncio.Event()

    async def hears_and_stays(_: PaymentNews) -> None:
        begun.set()
        await asyncio.Event().wait()

    sandbox.listen(hears_and_stays)
    await sandbox.charge(Charge(sale_id, f"ord_{sale_id}", 1, "EUR", card(TWICE)))
    await begun.wait()
    await sandbox.close()
    assert not sandbox._telling


# ── what a process keeps is bounded ──


async def test_ledgers_that_rest_go_when_there_are_too_many(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = engine.orders._desk
    first = await desk.ledger(house.sale.id)
    monkeypatch.setattr("engine.orders.desk.LEDGERS_PER_PROCESS_MAX", 1)
    await desk.ledger("another")
    assert await desk.ledger(house.sale.id) is not first


async def test_books_are_read_again_after_a_failure_or_when_there_are_too_many(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    books, read = engine.orders._carts._price_books, engine.orders._carts._price_books.read_sale
    monkeypatch.setattr(books, "read_sale", raises_a_fault)
    failed = await asyncio.gather(*(books.of(house.sale.id) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in failed] == [LookupError] * 2
    monkeypatch.setattr(books, "read_sale", read)
    assert await books.of(house.sale.id) is not None
    monkeypatch.setattr(books, "_most", 1)
    assert await books.of("nobody-s") is None
    assert set(books._readings) == {"nobody-s"}


async def test_too_many_tries_at_keys_are_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.orders._order_keys, "_waiting", ORDER_KEYS_WAITING_MAX)
    with pytest.raises(RefusalError) as refused:
        await engine.orders.open("ABCD-EFGH", "a key")
    assert refused.value.code is Code.BUSY


def test_a_seat_of_no_row_is_told_without_one() -> None:
    assert CartItem("seat:3", 4_500, seat=3, type="general").wire() == {
        "item": "seat:3",
        "seat": 3,
        "type": "general",
        "price": 4_500,
    }
