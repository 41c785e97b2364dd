"""What is asked and answered about moving orders to other seats, or to another date."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from engine.ids import ChosenId, PartId, PoolId, SaleId
from engine.limits import ID_CHARS_MAX, ITEMS_PER_CHANGE_MAX, POOLS_PER_SALE_MAX, REASON_CHARS_MAX
from engine.orders import BestSeats, Difference, Move, MoveWanted, Rest, StaffOrder, Tender
from engine.text import Written
from server.contract.asks import Ask
from server.contract.carts import Best, ItemName, Seats, TypesOfPool, Units
from server.contract.refunds import Lines
from server.contract.shapes import ListedOrderShape, WayWord
from server.contract.stamps import in_ms


class MoveTo(Ask):
    """What the buyer has instead: seats and units of a sale of yours, which may be the same one."""

    sale: SaleId
    seats: Seats | None = None
    best: Best | None = Field(default=None, description="Seats together, wherever they are best.")
    units: dict[PoolId, Units] | None = Field(default=None, max_length=POOLS_PER_SALE_MAX)
    type: PartId | None = Field(default=None, description="Ticket type of all that `types` does not name.")
    types: Annotated[dict[ItemName, PartId | TypesOfPool], Field(max_length=ITEMS_PER_CHANGE_MAX)] | None = None

    @model_validator(mode="after")
    def each_seat_once(self) -> Self:
        if self.seats is not None and len(set(self.seats)) != len(self.seats):
            raise ValueError("a seat is named twice")
        return self


class MoveWantedBody(Ask):
    """Some lines of an order, or all that are left; and what its buyer has instead."""

    lines: Lines | None = Field(default=None, description="By their place in the order, from 0; they end.")
    fees: bool = Field(default=True, description="Whether what was asked besides these lines counts too.")
    give_as: Literal["origin", "credit", "voucher"] = Field(
        default="origin",
        description="Where the new order costs less: money goes back to where it came from, or is credit of whoever "
        "bought, or a voucher.",
    )
    to: MoveTo

    def engine_ask(self, order: str, instead: StaffOrder, reason: str = "") -> MoveWanted:
        rest = Rest.BACK if self.give_as == "origin" else Rest(self.give_as)
        return MoveWanted(order, self.to.sale, instead, tuple(self.lines or ()), self.fees, rest, reason)

    def instead(self, request: str, tender: Tender = Tender.NONE) -> StaffOrder:
        best = None if self.to.best is None else BestSeats(self.to.best.seats, self.to.best.section)
        return StaffOrder(
            request,
            tender,
            tuple(self.to.seats or ()),
            best=best,
            units=self.to.units or {},
            type=self.to.type or "",
            types=self.to.types or {},
        )


class MoveBody(MoveWantedBody):
    move: ChosenId = Field(description="Your own id: repeating it moves nothing twice.")
    due: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="What the buyer was told to pay still; where it is another by now, nothing is moved."
    )
    tender: Literal["cash", "transfer", "invoice"] | None = Field(
        default=None, description="In what the difference was paid; absent where there is none."
    )
    reference: Annotated[str, Written(ID_CHARS_MAX, chars_min=0)] = Field(
        default="", description="Of the transfer, as the bank names it, or of the invoice."
    )
    reason: Annotated[str, Written(REASON_CHARS_MAX, chars_min=0)] = Field(default="", description="For your members.")


class MovePlanShape(TypedDict):
    """What a move would come to, before it is asked for."""

    lines: list[int]  # that would end
    amount: int  # what they count for
    total: int  # of the new order
    spent: int  # of the amount
    due: int  # that the buyer pays besides
    rest: int  # of the amount, which goes back …
    way: WayWord  # … in this way; "move" where there is none
    returned: int  # of the rest: credit that the order had spent, which would be there again
    left: int  # of what the old order paid, afterwards
    currency: str


class MoveToShape(TypedDict):
    sale: str
    order: str | None  # once it is done


class MoveShape(TypedDict):
    """A move of lines of an order."""

    id: str
    state: Literal["open", "done", "undone"]
    lines: list[int]
    amount: int  # what they count for
    currency: str
    to: MoveToShape
    refund: int | None  # by which the lines ended
    reason: str
    begun_at_ms: int
    ended_at_ms: int | None


class MovesShape(TypedDict):
    items: list[MoveShape]  # the oldest first


class MoveMadeShape(TypedDict):
    move: MoveShape
    order: ListedOrderShape  # the new one


def move_plan_shape(found: Difference) -> MovePlanShape:
    plan = found.old
    return {
        "lines": list(plan.ended),
        "amount": plan.amount,
        "total": found.total,
        "spent": found.spent,
        "due": found.due,
        "rest": found.rest,
        "way": plan.way.value,
        "returned": sum(each.amount for each in plan.returned),
        "left": plan.owner.left - plan.amount,
        "currency": plan.owner.currency,
    }


def move_shape(move: Move) -> MoveShape:
    return {
        "id": move.id,
        "state": move.state.value,
        "lines": list(move.lines),
        "amount": move.amount,
        "currency": move.currency,
        "to": {"sale": move.to.sale, "order": move.to_order},
        "refund": move.refund,
        "reason": move.reason,
        "begun_at_ms": in_ms(move.begun_at),
        "ended_at_ms": None if move.ended_at is None else in_ms(move.ended_at),
    }
