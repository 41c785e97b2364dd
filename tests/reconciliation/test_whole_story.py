"""One evening of money, from 3-D Secure to the cancelled event: every cent is somebody's, and an outsider agrees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from engine.engine import Engine
from engine.ids import new_id
from engine.onsale.model import SeatState
from engine.orders import Bought, CartChange, Choice, Offer, OrderView, Purchase, RefundAsk, Scope
from engine.orders.cancelling import Cancellation
from engine.orders.refund_model import Refunding
from engine.payments import Captured, DisputeState, Means
from engine.payments.stripe import METHOD
from engine.refusals import Refused
from engine.settings import Settings
from engine.verify import verify
from tests.orders.crediting import balance, in_days, voucher
from tests.orders.house import House, open_house
from tests.orders.moving import another_date
from tests.orders.test_awaiting import PASSES, sandbox, transfer
from tests.orders.test_stripe import NOW, asked, switched_on
from tests.providers.stripe_wire import Wire
from tests.reconciliation.playing import all_right, by, disputed, ended, ledger
from tests.recount.test_recount import recounted

SETTLED = "SELECT count(*) FROM orders WHERE settled_at IS NULL OR state IN ('paying', 'awaiting', 'refunding')"


@pytest.fixture
async def wire(localstripe: str) -> AsyncIterator[Wire]:
    wire = Wire(localstripe)
    await wire.open()
    yield wire
    await wire.close()
    assert wire.refused == []


@pytest.fixture
async def house(redis_url: str, database_url: str, wire: Wire, sale_id: str) -> AsyncIterator[House]:
    values = {"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32, "stripe_url": wire.url}
    async with Engine.open(Settings.model_validate(values)) as engine:
        yield await open_house(engine, sale_id)


@dataclass(frozen=True)
class Evening:
    house: House
    wire: Wire

    async def by_card(self, buyer: str, kind: str = "good", order: str = "one", sale: str = "") -> OrderView:
        means = Means(METHOD, token=await self.wire.card(kind))
        ask = Purchase(sale or self.house.sale.id, buyer, order, means)
        bought = await self.house.engine.orders.purchase(ask)
        assert isinstance(bought, Bought), bought
        return bought.order

    async def by_card_that_asks(self, buyer: str) -> OrderView:
        """The bank wants to know, is answered, and the purchase is asked for once more."""
        refused = await asked(self.house, self.wire, buyer)
        order, secret = refused.detail["order"], refused.detail["step"]["client_secret"]
        await self.wire.authenticate(self.wire.intents(order)[0], secret, well=True)
        return await self.by_card(buyer, "asks")

    async def with_voucher(self, where: House, code: str, *seats: int) -> OrderView:
        """Somebody buys these with a voucher, and a card pays the rest."""
        buyer = await where.buyer_holding(*seats)
        changed = await where.engine.orders.change_cart(where.sale.id, buyer, CartChange(voucher=code))
        assert not isinstance(changed, Refused)
        return await self.by_card(buyer, sale=where.sale.id)

    async def cancelled(self, chosen: dict[str, Choice]) -> None:
        """The event is cancelled, and its buyers choose."""
        orders, sale = self.house.engine.orders, self.house.sale.id
        offer = Offer(Choice.ORIGIN, (Choice.ORIGIN, Choice.VOUCHER), in_days(9), bonus_percent=10)
        begun = await orders.cancelling.begin(by(self.house), "rain", Scope("evt", (sale,), offer=offer))
        assert isinstance(begun, Cancellation)
        for order, choice in chosen.items():
            assert await orders.offering.choose(sale, order, choice) is None
        for _ in range(3):
            await orders.cancelling.step()
        assert {await self.house.state_of(order) for order in chosen} == {"refunded"}

    async def refund(self, order: OrderView, *lines: int) -> Refunding:
        ask = RefundAsk(order.id, new_id("rfd"), lines)
        refund = await self.house.engine.orders.refunds.give_back(by(self.house), order.sale, ask)
        assert isinstance(refund, Refunding), refund
        return refund

    async def left_there(self, order: OrderView) -> int:
        """What its provider has of an order still, as it says itself."""
        provider = await self.house.engine.db.fetchval("SELECT provider FROM payment WHERE order_id = $1", order.id)
        till = await self.house.engine.orders._desk.till_asked(order.sale, provider)
        said = await till.provider.lookup(order.id)
        return said.amount - said.given_back if isinstance(said, Captured) else 0

    async def settle(self) -> None:
        engine = self.house.engine
        engine.orders._finisher._ask_at.clear()
        await engine.orders.finish(**NOW)
        await engine.orders.note_ended_carts()
        while await engine.receipts.issuing.consumer.step(engine.db):
            pass
        while await engine.receipts.issuing.step():
            pass


async def test_an_evening_of_money_balances_to_the_cent(house: House, wire: Wire) -> None:
    evening, engine, sale = Evening(house, wire), house.engine, house.sale.id
    # Leo pays by a slow transfer, at the installation's provider; then the organizer connects its own account.
    leo = await house.buyer_holding(4)
    transferred = await transfer(house, leo)
    await switched_on(house)

    # Ana pays by card, and her bank asks.
    ana = await house.buyer_holding(0, 1)
    card = await evening.by_card_that_asks(ana)
    assert (card.state.value, len(card.tickets)) == ("paid", 2)

    # Leo's money comes in the last minute.
    assert await sandbox(house).pay(transferred)
    await engine.db.fetchval(PASSES, transferred)
    await engine.orders.finish(**NOW)
    assert await house.state_of(transferred) == "paid"

    # One of Ana's tickets goes back, and Eva buys its seat a second later, by voucher and card.
    assert (await evening.refund(card, 1)).amount == 4500
    code = await voucher(house, 3000)
    mixed = await evening.with_voucher(house, code, 1, 5)
    assert (mixed.total, await balance(house, code)) == (9000, 0)
    # Line by line it goes back: first what her card paid, then the voucher.
    first, last = await evening.refund(mixed, 0), await evening.refund(mixed, 1)
    assert [(each.money, each.returned) for each in (first, last)] == [(4500, 0), (1500, 3000)]
    assert await balance(house, code) == 3000
    assert (await house.seat_states())[:2] == [SeatState.SOLD, SeatState.FREE]

    # Leo's bank disputes, the provider keeps its fees, and it is won.
    view = await engine.orders.one(sale, transferred)
    assert view is not None
    await disputed(house, view)
    assert (await ledger(engine))["dispute"] == 4500
    await ended(house, view, DisputeState.WON)

    # The event is cancelled; its buyers choose.
    await evening.cancelled({card.id: Choice.ORIGIN, transferred: Choice.VOUCHER})
    view = await engine.orders.one(sale, transferred)
    assert view is not None
    (told,) = view.wire()["vouchers"]
    assert told["amount"] == 4950

    # Leo spends it on the new date, and his card pays the rest.
    new = await another_date(house)
    again = await evening.with_voucher(new, told["code"], 0, 1)
    assert (again.total, await balance(house, told["code"])) == (9000, 0)

    await evening.settle()
    assert await engine.db.fetchval(SETTLED) == 0
    await all_right(house)
    assert await verify(engine, new.sale.id, grace_s=0) == []
    # What is left at Stripe is what its card paid of the new date.
    left = [await evening.left_there(order) for order in (card, mixed, again)]
    assert left == [0, 0, 9000 - 4950]
    returncode, said = await recounted(engine)
    assert returncode == 0, said
