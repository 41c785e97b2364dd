"""enter, cart, hold, release, change: a buyer's cart in a sale."""

from __future__ import annotations

from functools import partial
from typing import cast

from engine.catalog.model import SaleKind
from engine.coupons import Why
from engine.links import Source
from engine.onsale.model import Cart, Release, Uncounted
from engine.refusals import Refused, accept
from server.buying.entering import (
    ASKED_FOR_A_PLACE,
    CART_CODE,
    brought_for,
    given,
    place_counted,
    tries_counted,
)
from server.buying.persons import newly_seen
from server.contract.carts import (
    CartAsk,
    ChangeAsk,
    ChangeBody,
    EnterAsk,
    HoldAnswer,
    HoldAsk,
    HoldBody,
    ReleaseAnswer,
    ReleaseAsk,
    ReleaseBody,
)
from server.contract.commands import command
from server.contract.needs import Need
from server.contract.shapes import CartShape
from server.contract.stamps import clock_ms, today
from server.who.caller import Caller


async def cart_of(caller: Caller, sale: str) -> CartShape:
    """The buyer's cart with names, prices and what is missing."""
    await caller.sale(sale)
    view = accept(await caller.services.engine.orders.cart_view(sale, caller.known_buyer()))
    return cast("CartShape", view.wire())


async def shape_of(caller: Caller, sale: str, cart: Cart) -> CartShape:
    """The same for a cart that was just answered."""
    view = accept(await caller.services.engine.orders.view_of(sale, cart))
    return cast("CartShape", view.wire())


@command("enter", needs=Need.BUYER)
async def enter(caller: Caller, ask: EnterAsk) -> CartShape:
    """Open the cart when it is your turn; the same cart again while it lives."""
    sale = await caller.sale(ask.sale)
    buyer = caller.known_buyer()
    with_this = partial(sale.enter, buyer, ask.place)
    opened = await sale.enter_uncounted(buyer, ask.place)
    if isinstance(opened, Refused) and opened.code in ASKED_FOR_A_PLACE:  # the place was joined for another phase
        async with brought_for(caller, ask.sale, ask) as brought:
            opened = await given(caller, ask.sale, brought, with_this)
    elif isinstance(opened, Uncounted):
        async with place_counted(caller, ask.sale), brought_for(caller, ask.sale, ask) as brought:
            opened = await given(caller, ask.sale, brought, with_this)
    entered = accept(opened)
    caller.attend(ask.sale)
    return await shape_of(caller, ask.sale, entered)


@command("cart", needs=Need.BUYER)
async def cart(caller: Caller, ask: CartAsk) -> CartShape:
    """Your cart."""
    shape = await cart_of(caller, ask.sale)
    caller.attend(ask.sale)
    return shape


# ── hold and release ──


@command("hold", needs=Need.BUYER)
async def hold(caller: Caller, ask: HoldAsk) -> HoldAnswer:
    """Hold the named seats, the best ones together, or units of a pool: all or nothing."""
    return await hold_in(caller, ask.sale, ask)


async def hold_in(caller: Caller, sale: str, ask: HoldBody) -> HoldAnswer:
    known = await caller.sale(sale)
    report = ask.position.report() if ask.position else None
    if report is not None and await caller.kind(sale) is SaleKind.PROMO:
        await newly_seen(caller, report)
    refused = await caller.services.engine.promos.gate(sale, caller.known_buyer(), report)
    if refused is not None:
        accept(refused)
    held = accept(await known.hold(ask.engine_ask(caller.known_buyer()), tell_cart=ask.cart))
    caller.attend(sale)
    caller.services.metrics.held()
    answer: HoldAnswer = {
        "seats": list(held.seats),
        "units": dict(held.units),
        "deadline_at_ms": held.deadline_at_ms,
        "now_ms": clock_ms(),
        "again": held.again,
    }
    if held.cart is not None:
        answer["cart"] = await shape_of(caller, sale, held.cart)
    return answer


@command("release", needs=Need.BUYER)
async def release(caller: Caller, ask: ReleaseAsk) -> ReleaseAnswer:
    """Give back seats and units, or everything."""
    return await release_in(caller, ask.sale, ask)


async def release_in(caller: Caller, sale: str, ask: ReleaseBody) -> ReleaseAnswer:
    wanted = Release(caller.known_buyer(), ask.release, tuple(ask.seats or ()), ask.units or {})
    released = accept(await (await caller.sale(sale)).release(wanted, tell_cart=ask.cart))
    answer: ReleaseAnswer = {"seats": list(released.seats), "units": dict(released.units), "again": released.again}
    await caller.services.engine.orders.recount(sale, wanted.buyer)
    if released.cart is not None:
        answer["cart"] = await shape_of(caller, sale, released.cart)
    return answer


# ── what the buyer writes into the cart ──


@command("change", needs=Need.BUYER)
async def change(caller: Caller, ask: ChangeAsk) -> CartShape:
    """Write contact, order key, ticket types, answers, a coupon, a code or a voucher into the cart."""
    return await change_in(caller, ask.sale, ask)


async def change_in(caller: Caller, sale: str, ask: ChangeBody) -> CartShape:
    await caller.sale(sale)
    orders = caller.services.engine.orders
    source = await source_of(caller, sale)
    mark = None if ask.code is None else caller.services.engine.signer.entry_code_mark(ask.code)
    async with tries_counted(caller, CART_CODE, sale, tried=bool(ask.code or ask.coupon or ask.voucher)) as tries:
        view = accept(await orders.change_cart(sale, caller.known_buyer(), ask.engine_change(source, mark)))
        tries.wrong = any(each.why is Why.UNKNOWN for each in view.coupons) and bool(ask.coupon)
    return cast("CartShape", view.wire())


async def source_of(caller: Caller, sale: str) -> Source | None:
    """By which links of the sale's organizer this end came; another's are as good as none."""
    if not caller.carried:
        return None
    engine = caller.services.engine
    book = await engine.orders.price_books.of(sale)
    return None if book is None else await engine.links.known.source(caller.carried, book.goods.organizer_id, today())
