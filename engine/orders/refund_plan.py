"""What a refund takes from an order and gives back of it: decided here, and written by engine/orders/refunds.py.

Pure. Guarantees: no line is given back twice, no sum above what is left; a companion's seat stays with no order that
lost the wheelchair space beside it; what is refused says why, and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.credit import Spend
from engine.limits import BONUS_PERCENT_MAX, REASON_CHARS_MAX
from engine.orders.fees import fees_of
from engine.orders.model import Line, OrderState
from engine.orders.pricing import PriceBook
from engine.orders.refund_model import AsCredit, Way
from engine.payments import is_by_hand
from engine.pricing import PaidFee, Part, by_lines, by_sum, entries_of, left_of, parts_of
from engine.refusals import Code, Refused


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move that is done took of an order's money."""

    move: str
    spent: int


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """Give back some lines of an order, a sum of it, or all that is left. Repeating `request` is harmless."""

    order: str
    request: str
    lines: tuple[int, ...] = ()
    amount: int | None = None  # a sum, which leaves its lines as they are
    fees: bool = True  # whether what was asked besides these lines goes back with them
    reason: str = ""
    as_credit: AsCredit | None = None  # None: to where it came from
    own: bool = False  # whoever bought asks for it by themselves
    move: Moved | None = None  # these lines went to another order, in which some of this is spent

    @property
    def is_whole(self) -> bool:
        return not self.lines and self.amount is None


@dataclass(frozen=True, slots=True)
class Owner:
    """An order of which something may be given back, as it stands."""

    id: str
    state: OrderState
    buyer: str
    currency: str
    total: int
    given_back: int
    revision: int
    by_hand: bool  # members took its money in
    lines: Sequence[Line]
    live: Sequence[bool]
    parts: Sequence[Part]  # what is left of it
    next_movement: int
    spent: Sequence[Spend] = ()  # of credit, less what came back of it
    code: str = ""
    moving: str | None = None  # the move of some of its lines that is under way
    disputed: bool = False  # its buyer's bank wants the money back, or has it
    is_sent: bool = False  # its buyer sent the money by themselves: a member sends back what goes back

    @property
    def left(self) -> int:
        return self.total - self.given_back

    @property
    def money_left(self) -> int:
        """What is left of what was paid, but for credit."""
        return self.left - sum(each.amount for each in self.spent)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a refund would do."""

    owner: Owner
    ask: RefundAsk
    ended: tuple[int, ...]
    parts: Sequence[Part]
    amount: int
    whole: bool  # nothing of what the order bought is left
    entries: Mapping[str, int] = field(default_factory=dict)  # of the ledger, but for where the money goes

    @property
    def money(self) -> int:
        """Of the amount. Money goes back first, and credit once none is left of it."""
        paid = self.moved - sum(each.amount for each in self.moved_credit)
        return min(self.amount - self.moved, self.owner.money_left - paid)

    @property
    def moved(self) -> int:
        """Of the amount: what paid for another order."""
        return 0 if self.ask.move is None else self.ask.move.spent

    @property
    def moved_credit(self) -> Sequence[Spend]:
        """What of that the order had paid with credit. Credit goes first, so that a card is given back what can be."""
        return _first_of(self.owner.spent, self.moved)

    @property
    def returned(self) -> Sequence[Spend]:
        """Credit that the order spent, and that is there again."""
        gone = {each.credit: each.amount for each in self.moved_credit}
        there = [each._replace(amount=each.amount - gone.get(each.credit, 0)) for each in self.owner.spent]
        return _first_of(there, self.amount - self.moved - self.money)

    @property
    def bonus(self) -> int:
        return 0 if self.ask.as_credit is None else self.ask.as_credit.bonus_of(self.money)

    @property
    def gives(self) -> Mapping[str, int]:
        """Where it goes, by accounts of the ledger."""
        accounts = {Way.PROVIDER: "refund_due", Way.BY_HAND: "clearing"}
        gives = Counter({accounts.get(self.way, self.way.value): -self.money, "moved": -self.moved})
        for each in self.returned:
            gives[each.kind] -= each.amount
        return {account: amount for account, amount in gives.items() if amount}

    @property
    def nth(self) -> int:
        return self.owner.revision + 1

    @property
    def movement(self) -> int | None:
        return self.owner.next_movement if self.entries else None

    @property
    def way(self) -> Way:
        if not self.money and self.ask.move is not None:
            return Way.MOVE
        if not self.money:
            return Way.CREDIT if self.amount else Way.BY_HAND
        if self.ask.as_credit is not None:
            return self.ask.as_credit.way
        return Way.BY_HAND if self.owner.by_hand else Way.PROVIDER

    @property
    def seen_as(self) -> Way:
        """As members see it: it is theirs to send what was sent."""
        return Way.BY_HAND if self.way is Way.PROVIDER and self.owner.is_sent else self.way

    @property
    def done(self) -> bool:
        """Whether nobody has to be asked for it."""
        return self.way is not Way.PROVIDER

    @property
    def state_of_order(self) -> OrderState:
        return OrderState.REFUNDING if self.whole else OrderState.PAID  # until all its refunds are done


def owner_of(row: Any, book: PriceBook) -> Owner:
    """An order as it was read for this, with its lines, its fees and what went back of them."""
    lines = [Line.read(each) for each in row["lines"]]
    rates = {fee.id: fee.tax for fee in book.list_of(row["price_list"]).dues.fees}
    fees = [PaidFee(fee.fee, fee.owed, fee.tax, fee.by_line, rates.get(fee.fee)) for fee in fees_of(row)]
    bought = [Part(at, None, line.owed, line.tax) for at, line in enumerate(lines)]
    given = [Part(each["line"], each["fee"], each["owed"], each["tax"]) for each in row["given"] or ()]
    return Owner(
        row["id"],
        OrderState(row["state"]),
        row["buyer_id"],
        row["currency"],
        row["total"],
        row["given_back"],
        row["revision"],
        row["by_hand"],
        lines,
        [each["live"] for each in row["lines"]],
        left_of(parts_of(bought, fees), given),
        row["next_movement"],
        tuple(Spend(**each) for each in row["spent"] or ()),
        row["code"],
        row["moving"],
        row["disputed"],
        is_by_hand(row["provider"]),
    )


def plan_of(owner: Owner, ask: RefundAsk, companions: Mapping[int, int]) -> Plan | Refused:
    """What giving this back would do, or why it can't be done."""
    if owner.state is not OrderState.PAID and not owner.revision:
        return Refused(Code.NOT_REFUNDABLE)
    live = [at for at, is_live in enumerate(owner.live) if is_live]
    if owner.moving is not None and (ask.move is None or ask.move.move != owner.moving):
        return Refused(Code.MOVING, {"move": owner.moving})
    # A provider says no by itself to whoever sells; credit would be given besides what the bank takes, and whoever
    # bought has asked their bank already. A move that had begun is done.
    if owner.disputed and (ask.own or ask.as_credit is not None) and ask.move is None:
        return Refused(Code.DISPUTED)
    wrong = _mistake_of(owner, ask, live)
    if wrong is not None:
        return wrong
    if ask.amount is not None:
        if ask.amount > owner.left:
            return Refused(Code.MORE_THAN_LEFT, {"left": owner.left})
        parts = by_sum(owner.parts, ask.amount)
        types = {at: line.type for at, line in enumerate(owner.lines)}
        return Plan(owner, ask, (), parts, ask.amount, not live, entries_of(parts, types, {}))
    ended = tuple(sorted(ask.lines)) or tuple(live)
    alone = _left_alone(owner, set(live) - set(ended), companions)
    if alone:
        return Refused(Code.COMPANION_ALONE, {"seats": alone})
    whole = len(ended) == len(live)
    parts = by_lines(owner.parts, ended, fees=ask.fees, whole=whole)
    discounts = {at: owner.lines[at].list_price - owner.lines[at].price for at in ended}
    entries = entries_of(parts, {at: line.type for at, line in enumerate(owner.lines)}, discounts)
    return Plan(owner, ask, ended, parts, sum(part.owed for part in parts), whole, entries)


def _mistake_of(owner: Owner, ask: RefundAsk, live: Sequence[int]) -> Refused | None:
    if len(ask.reason) > REASON_CHARS_MAX:
        return invalid("reason", f"at most {REASON_CHARS_MAX} characters")
    if ask.amount is not None and ask.lines:
        return invalid("amount", "either lines or a sum, not both")
    if ask.as_credit is not None and not 0 <= ask.as_credit.bonus_percent <= BONUS_PERCENT_MAX:
        return invalid("bonus_percent", f"at most {BONUS_PERCENT_MAX}")
    if ask.amount is not None and ask.amount <= 0:
        return invalid("amount", "has to be more than nothing")
    if len(set(ask.lines)) != len(ask.lines) or any(not 0 <= at < len(owner.lines) for at in ask.lines):
        return invalid("lines", "names a line twice, or one that the order does not have")
    gone = [at for at in ask.lines if at not in live]
    if gone or (ask.amount is None and not live):
        return Refused(Code.GIVEN_BACK, {"lines": gone})
    return None


def _first_of(spent: Sequence[Spend], amount: int) -> list[Spend]:
    """So much of what an order spent, from the first credit on."""
    left, found = amount, []
    for each in spent:
        found.append(each._replace(amount=min(left, each.amount)))
        left -= found[-1].amount
    return [each for each in found if each.amount]


def _left_alone(owner: Owner, kept: set[int], companions: Mapping[int, int]) -> list[int]:
    """Companions' seats that would stay without the wheelchair space they were sold with."""
    seats = {seat for at in kept if (seat := owner.lines[at].seat) is not None}
    return sorted(seat for seat in seats if seat in companions and companions[seat] not in seats)


def invalid(path: str, message: str) -> Refused:
    return Refused(Code.INVALID, {"fields": [{"path": path, "message": message}]})
