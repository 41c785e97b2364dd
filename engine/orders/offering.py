"""Offering: where an event is cancelled or changed, whoever bought may choose what becomes of their order.

Owns what was chosen, on the rows of cancellation_order. Guarantees: a choice that gives something back is made once,
and carried out by the job that carries out the cancellation; who does not choose in time is given what was said for
that. Fails as Postgres does; every no is a Refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import asyncpg

from engine.limits import BONUS_PERCENT_MAX
from engine.orders.refund_model import AsCredit
from engine.refusals import Code, Refused

# The newest that asks, or asked, about an order.
READ_OFFER = """
SELECT c.id, c.choices, c.otherwise, c.choose_until, c.bonus_percent, c.credit_expires_at, c.places, c.fees,
       o.state, o.choice, c.state <> 'done' AND c.choose_until > now() AS is_open
FROM cancellation_order o JOIN cancellation c ON c.id = o.cancellation_id
WHERE o.sale_id = $1 AND o.order_id = $2 AND c.choose_until IS NOT NULL ORDER BY c.asked_at DESC LIMIT 1
"""
CHOOSE = """
UPDATE cancellation_order o SET choice = $4, chosen_at = now(),
    state = CASE WHEN $4 = 'keep' THEN 'kept' ELSE 'waiting' END
FROM cancellation c
WHERE c.id = $1 AND o.cancellation_id = c.id AND o.sale_id = $2 AND o.order_id = $3 AND o.state IN ('asked', 'kept')
    AND c.state <> 'done' AND c.choose_until > now() AND $4 = ANY (c.choices)
RETURNING o.state
"""


class Choice(Enum):
    """What becomes of an order."""

    KEEP = "keep"  # it stays as it is
    ORIGIN = "origin"  # its money goes back to where it came from
    CREDIT = "credit"
    VOUCHER = "voucher"


@dataclass(frozen=True, slots=True)
class Offer:
    """What is done for orders: one thing, or what their buyers choose until a date, and otherwise that."""

    otherwise: Choice = Choice.ORIGIN
    choices: tuple[Choice, ...] = ()  # none: nobody is asked
    until: datetime | None = None
    bonus_percent: int = 0  # on top of credit and vouchers
    expires_at: datetime | None = None  # of credit and vouchers

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Offer:
        choices = tuple(Choice(each) for each in row["choices"])
        said = (row["choose_until"], row["bonus_percent"], row["credit_expires_at"])
        return cls(Choice(row["otherwise"]), choices, *said)

    def as_credit(self, choice: Choice) -> AsCredit | None:
        if choice not in (Choice.CREDIT, Choice.VOUCHER):
            return None
        return AsCredit(choice is Choice.VOUCHER, self.bonus_percent, self.expires_at)

    @property
    def mistake(self) -> tuple[str, str] | None:
        """What of it can't be, and why."""
        now = datetime.now(UTC)
        if bool(self.choices) != (self.until is not None):
            return "choose_until", "goes with choices, and choices with it"
        if len(self.choices) == 1 or len(set(self.choices)) != len(self.choices):
            return "choices", "has to have two or more, each once"
        if self.choices and self.otherwise not in self.choices:
            return "otherwise", "has to be one of the choices"
        if not self.choices and self.otherwise is Choice.KEEP:
            return "otherwise", "would do nothing"
        if self.until is not None and self.until <= now:
            return "choose_until", "must lie in the future"
        if self.expires_at is not None and self.expires_at <= max(now, self.until or now):
            return "credit_expires_at", "must lie in the future, and after the last day of choosing"
        if not 0 <= self.bonus_percent <= BONUS_PERCENT_MAX:
            return "bonus_percent", f"at most {BONUS_PERCENT_MAX}"
        return None


MONEY_BACK = Offer()


@dataclass(frozen=True, slots=True)
class Offered:
    """What whoever bought may choose for an order, or has chosen."""

    cancellation: str
    offer: Offer
    places: tuple[str, ...]
    fees: bool
    chosen: Choice | None
    is_open: bool  # it may be chosen still
    is_done: bool  # what was chosen was carried out


class Offering:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def of_order(self, sale: str, order: str) -> Offered | None:
        """None where its buyer was never asked."""
        row = await self._db.fetchrow(READ_OFFER, sale, order)
        if row is None:
            return None
        chosen = None if row["choice"] is None else Choice(row["choice"])
        state = row["state"]
        return Offered(
            *(row["id"], Offer.read(row), tuple(row["places"]), row["fees"], chosen),
            is_open=row["is_open"] and state in ("asked", "kept"),
            is_done=state in ("done", "kept"),
        )

    async def choose(self, sale: str, order: str, choice: Choice) -> Refused | None:
        """Repeating a choice changes nothing; another one, once something is given back, is refused."""
        offered = await self.of_order(sale, order)
        if offered is None:
            return Refused(Code.CHOICE_CLOSED)
        if choice not in offered.offer.choices:
            words = ", ".join(each.value for each in offered.offer.choices)
            return Refused(Code.INVALID, {"fields": [{"path": "choice", "message": f"has to be one of {words}"}]})
        if offered.chosen is choice:
            return None
        if await self._db.fetchval(CHOOSE, offered.cancellation, sale, order, choice.value) is not None:
            return None
        now = await self.of_order(sale, order)  # somebody may have pressed twice
        return None if now is not None and now.chosen is choice else Refused(Code.CHOICE_CLOSED)
