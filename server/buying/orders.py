"""checkout and order: buying what the cart holds, opening an order later; and a buyer's own orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from engine.access import ORDER_OPENINGS
from engine.engine import Engine
from engine.messages import locale_of
from engine.orders import OrderState, OrderView, OwnOrders, Purchase, admitted, read_code
from engine.payments import SEPA_DEBIT, Accepted
from engine.refusals import RefusalError, accept
from server.buying.about import about, about_each
from server.buying.cart import cart_of, source_of
from server.contract.commands import command
from server.contract.needs import Need
from server.contract.orders import (
    CheckoutAnswer,
    CheckoutAsk,
    CheckoutBody,
    ChoicePlanShape,
    OrderAnswer,
    OrderAsk,
    OrderChoiceShape,
    OwnOrdersPage,
    OwnRefundShape,
)
from server.contract.shapes import AdmissionShape, CartShape, OrderShape, TaxIdentityShape
from server.contract.stamps import in_ms, in_ms_if_any
from server.who.caller import Caller

ORDER_KEY = "order"  # the secret that is tried


@command("checkout", needs=Need.BUYER)
async def checkout(caller: Caller, ask: CheckoutAsk) -> CheckoutAnswer:
    """Buy what the cart holds; repeating the same order id never buys twice."""
    return await checkout_in(caller, ask.sale, ask)


async def checkout_in(caller: Caller, sale: str, ask: CheckoutBody) -> CheckoutAnswer:
    buyer = caller.known_buyer()
    await caller.sale(sale)
    caller.attend(sale)
    with caller.asking(sale) as answered:
        try:
            locale = locale_of(ask.locale or caller.locale)
            source = await source_of(caller, sale)
            asked = (sale, buyer, ask.order, ask.means(accepted_by(caller)), ask.terms, locale, ask.total, ask.due)
            wanted = Purchase(*asked, source=source)
            bought = accept(await caller.services.engine.orders.purchase(wanted))
        except RefusalError as refusal:
            caller.services.metrics.purchased(refusal.code.word)
            raise
        awaited = bought.order.state is OrderState.AWAITING
        caller.services.metrics.purchased("awaited" if awaited else "bought")
        answer: CheckoutAnswer = {
            "order": cast("OrderShape", bought.order.wire()),
            "cart": cast("CartShape", bought.cart.wire()) if bought.cart is not None else await cart_of(caller, sale),
            "again": bought.again,
        }
        answered.as_of = bought.as_of
    return answer


def accepted_by(caller: Caller) -> Accepted | None:
    """From where the buyer agrees to what they ask; None of a program that does not say what it is."""
    return Accepted(caller.address, caller.agent) if caller.address and caller.agent else None


@command("order", needs=Need.NOBODY)
async def order(caller: Caller, ask: OrderAsk) -> OrderAnswer:
    """Open an order with its code and the key its buyer chose.

    Wrong tries make the next ones wait, whoever makes them; but not the buyer whose order it is, who may see it anyway.
    """
    return await opened_order(caller.services.engine, await opened_by_key(caller, ask))


async def opened_by_key(caller: Caller, ask: OrderAsk) -> OrderView:
    engine = caller.services.engine
    own = await engine.orders.is_own(ask.code, caller.buyer)
    tried = read_code(ask.code) or ask.code
    await caller.spend(ORDER_OPENINGS)
    if not own:
        await engine.guesses.begin(ORDER_KEY, tried)
    view = accept(await engine.orders.open(ask.code, ask.key))
    await engine.allowances.take(ORDER_OPENINGS, caller.address, -1)
    if not own:
        await engine.guesses.was_right(ORDER_KEY, tried)
    return view


async def choice_of(engine: Engine, view: OrderView) -> OrderChoiceShape | None:
    """What its buyer may choose, to the cent, or has chosen."""
    offered = await engine.orders.offering.of_order(view.sale, view.id)
    if offered is None or offered.offer.until is None:
        return None
    plans: list[ChoicePlanShape] = []
    for each in offered.offer.choices:
        plan = await engine.orders.cancelling.plan_for(view.sale, view.id, offered, each)
        plans.append(
            {
                "choice": each.value,
                "amount": 0 if plan is None else plan.amount,
                "returned": 0 if plan is None else plan.amount - plan.money,
                "bonus": 0 if plan is None else plan.bonus,
            }
        )
    return {
        "choices": plans,
        "otherwise": offered.offer.otherwise.value,
        "until_ms": in_ms(offered.offer.until),
        "chosen": None if offered.chosen is None else offered.chosen.value,
        "open": offered.is_open,
        "done": offered.is_done,
        "credit_expires_at_ms": in_ms_if_any(offered.offer.expires_at),
    }


async def own_refund_of(engine: Engine, view: OrderView) -> OwnRefundShape | None:
    may = await engine.own_refunds.of_order(view)
    if may is None:
        return None
    give_as = cast('Literal["origin", "credit", "voucher"]', may.rule.give_as)
    return {"until_ms": in_ms(may.until), "fees": may.rule.fees, "give_as": give_as}


async def opened_order(engine: Engine, view: OrderView) -> OrderAnswer:
    """An order that whoever asks may see, and what it is for."""
    papers = {each.movement: each for each in await engine.receipts.all_of_order(view.sale, view.id)}
    receipt = papers.get(0)
    notes = [
        (refund.nth, papers[at]) for refund in view.refunds if (at := refund.movement) is not None and at in papers
    ]
    identity = (await engine.receipts.naming.of(view.sale, view.id)).identity
    return {
        "order": cast("OrderShape", view.wire()),
        "about": (await about(engine, view.sale)).shape(),
        "receipt": None if receipt is None else {"number": receipt.number, "issued_at_ms": in_ms(receipt.issued_at)},
        "credit_notes": [
            {"refund": nth, "number": note.number, "issued_at_ms": in_ms(note.issued_at)} for nth, note in notes
        ],
        "own_refund": await own_refund_of(engine, view),
        "choice": await choice_of(engine, view),
        "tax_identity": cast("TaxIdentityShape", identity.wire()) if identity else None,
        "names_receipt": receipt is None and await engine.receipts.naming.is_open(view),
    }


def is_debited(order: OrderView) -> bool:
    """Whether its buyer has nothing to do: their bank was told to pay."""
    return order.pay_with is not None and order.pay_with.get("kind") == SEPA_DEBIT


async def listed_own(
    engine: Engine, buyers: Sequence[str], which: OwnOrders, *, after: str | None = None, limit: int
) -> OwnOrdersPage:
    """A page of the orders of these buyers, who are one person."""
    page = accept(await engine.orders.own(buyers, which, after, limit))
    abouts = await about_each(engine, {order.sale for order in page.items})
    return {
        "items": [
            {
                "code": order.code,
                "sale": order.sale,
                "state": order.state.value,
                "pay_by_ms": None if order.pay_by is None or is_debited(order) else in_ms(order.pay_by),
                "total": order.total,
                "currency": order.currency,
                "tickets": len(order.lines),
                "admits": [cast("AdmissionShape", day.wire()) for day in admitted(order)],
                "has_key": order.has_key,
                "placed_at_ms": in_ms(order.placed_at),
                "about": abouts[order.sale].shape(),
            }
            for order in page.items
        ],
        "next": page.next,
    }
