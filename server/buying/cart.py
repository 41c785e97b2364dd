"""enter, cart, hold, release, change: a buyer's cart in a sale."""

from __future__ import annotations

from typing import Annotated, NotRequired, Self, cast

from pydantic import Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from engine.catalog.model import SaleKind
from engine.ids import PART_ID, ChosenId, PartId, SaleId
from engine.limits import (
    COUPON_CHARS_MAX,
    EMAIL_CHARS_MAX,
    ITEMS_PER_CHANGE_MAX,
    NAME_CHARS_MAX,
    ORDER_KEY_CHARS_MAX,
    ORDER_KEY_CHARS_MIN,
    PHONE_CHARS_MAX,
    POOLS_PER_SALE_MAX,
    SEATS_PER_HOLD_MAX,
    UNITS_PER_HOLD_MAX,
)
from engine.onsale.model import BestHold, PoolHold, Release, SeatsHold, Uncounted
from engine.orders import CartChange, Contact
from engine.refusals import accept
from engine.text import Form, Written
from server.buying.entering import brought_for, given, place_counted
from server.buying.persons import Where, newly_seen
from server.buying.room import PlaceBody
from server.contract.asks import Ask, Seat
from server.contract.commands import command
from server.contract.needs import Need
from server.contract.shapes import CartShape
from server.contract.stamps import now_ms
from server.who.caller import Caller

Units = Annotated[int, Field(ge=1, le=UNITS_PER_HOLD_MAX)]
Seats = Annotated[list[Seat], Field(min_length=1, max_length=SEATS_PER_HOLD_MAX)]


class EnterAsk(PlaceBody):
    sale: SaleId


class CartAsk(Ask):
    sale: SaleId


async def cart_of(caller: Caller, sale: str) -> CartShape:
    """The buyer's cart with names, prices and what is missing."""
    await caller.sale(sale)
    view = accept(await caller.services.engine.orders.cart_view(sale, caller.known_buyer()))
    return cast("CartShape", view.wire())


@command("enter", needs=Need.BUYER)
async def enter(caller: Caller, ask: EnterAsk) -> CartShape:
    """Open the cart when it is your turn; the same cart again while it lives."""
    sale = await caller.sale(ask.sale)
    buyer = caller.known_buyer()
    opened = await sale.enter_uncounted(buyer, ask.place)
    if isinstance(opened, Uncounted):
        async with place_counted(caller, ask.sale), brought_for(caller, ask.sale, ask) as brought:
            opened = await given(caller, ask.sale, brought, lambda with_this: sale.enter(buyer, ask.place, with_this))
    entered = accept(opened)
    caller.attend(ask.sale)
    view = accept(await caller.services.engine.orders.view_of(ask.sale, entered))
    return cast("CartShape", view.wire())


@command("cart", needs=Need.BUYER)
async def cart(caller: Caller, ask: CartAsk) -> CartShape:
    """Your cart."""
    shape = await cart_of(caller, ask.sale)
    caller.attend(ask.sale)
    return shape


# ── hold and release ──


class Best(Ask):
    seats: int = Field(ge=1, le=SEATS_PER_HOLD_MAX)
    section: PartId | None = None


class PoolUnits(Ask):
    pool: PartId
    units: Units


class HoldBody(Ask):
    hold: ChosenId
    seats: Seats | None = None
    best: Best | None = None
    pool: PoolUnits | None = None
    position: Where | None = Field(default=None, description="Where the buyer is: asked of promos only.")
    cart: bool = Field(default=True, description="Whether the answer carries the cart as well.")

    @model_validator(mode="after")
    def one_thing(self) -> Self:
        if (self.seats is None) + (self.best is None) + (self.pool is None) != 2:
            raise ValueError("exactly one of seats, best and pool is needed")
        if self.seats is not None and len(set(self.seats)) != len(self.seats):
            raise ValueError("a seat is named twice")
        return self

    def engine_ask(self, buyer: str) -> SeatsHold | BestHold | PoolHold:
        if self.seats is not None:
            return SeatsHold(buyer, self.hold, tuple(self.seats))
        if self.best is not None:
            return BestHold(buyer, self.hold, self.best.seats, self.best.section)
        assert self.pool is not None, "the validator lets one through"
        return PoolHold(buyer, self.hold, self.pool.pool, self.pool.units)


class HoldAsk(HoldBody):
    sale: SaleId


class HoldAnswer(TypedDict):
    seats: list[int]
    units: dict[str, int]
    deadline_at_ms: int
    now_ms: int
    again: bool
    cart: NotRequired[CartShape]


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
    held = accept(await known.hold(ask.engine_ask(caller.known_buyer())))
    caller.attend(sale)
    caller.services.metrics.held()
    answer: HoldAnswer = {
        "seats": list(held.seats),
        "units": dict(held.units),
        "deadline_at_ms": held.deadline_at_ms,
        "now_ms": now_ms(),
        "again": held.again,
    }
    if ask.cart:
        answer["cart"] = await cart_of(caller, sale)
    return answer


class ReleaseBody(Ask):
    release: ChosenId
    seats: Seats | None = None
    units: dict[PartId, Units] | None = Field(default=None, max_length=POOLS_PER_SALE_MAX)
    cart: bool = Field(default=True, description="Whether the answer carries the cart as well.")


class ReleaseAsk(ReleaseBody):
    sale: SaleId


class ReleaseAnswer(TypedDict):
    seats: list[int]
    units: dict[str, int]
    again: bool
    cart: NotRequired[CartShape]


@command("release", needs=Need.BUYER)
async def release(caller: Caller, ask: ReleaseAsk) -> ReleaseAnswer:
    """Give back seats and units, or everything."""
    return await release_in(caller, ask.sale, ask)


async def release_in(caller: Caller, sale: str, ask: ReleaseBody) -> ReleaseAnswer:
    wanted = Release(caller.known_buyer(), ask.release, tuple(ask.seats or ()), ask.units or {})
    released = accept(await (await caller.sale(sale)).release(wanted))
    answer: ReleaseAnswer = {"seats": list(released.seats), "units": dict(released.units), "again": released.again}
    if ask.cart:
        answer["cart"] = await cart_of(caller, sale)
    return answer


# ── what the buyer writes into the cart ──


class ContactBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = ""
    email: Annotated[str, Written(EMAIL_CHARS_MAX, chars_min=0)] = ""
    phone: Annotated[str, Written(PHONE_CHARS_MAX, chars_min=0)] = ""


ItemName = Annotated[str, StringConstraints(pattern=rf"^(seat:[0-9]{{1,6}}|pool:{PART_ID.pattern})$")]
TypesOfPool = Annotated[dict[PartId, Annotated[int, Field(ge=0, le=UNITS_PER_HOLD_MAX)]], Field(max_length=100)]


class ChangeBody(Ask):
    contact: ContactBody | None = None
    key: Annotated[str, Written(ORDER_KEY_CHARS_MAX, Form.EXACT, chars_min=ORDER_KEY_CHARS_MIN)] | None = Field(
        default=None, description="What the buyer will open the order with."
    )
    types: (
        Annotated[
            dict[ItemName, PartId | TypesOfPool],
            Field(max_length=ITEMS_PER_CHANGE_MAX),
        ]
        | None
    ) = None
    coupon: Annotated[str, Written(COUPON_CHARS_MAX, chars_min=0)] | None = None

    def engine_change(self) -> CartChange:
        contact = None if self.contact is None else Contact(**self.contact.model_dump())
        return CartChange(contact=contact, key=self.key, types=self.types, coupon=self.coupon)


class ChangeAsk(ChangeBody):
    sale: SaleId


@command("change", needs=Need.BUYER)
async def change(caller: Caller, ask: ChangeAsk) -> CartShape:
    """Write contact, order key, ticket types or a coupon into the cart."""
    return await change_in(caller, ask.sale, ask)


async def change_in(caller: Caller, sale: str, ask: ChangeBody) -> CartShape:
    await caller.sale(sale)
    orders = caller.services.engine.orders
    view = accept(await orders.change_cart(sale, caller.known_buyer(), ask.engine_change()))
    return cast("CartShape", view.wire())
