"""Own refunds: whoever bought gives tickets back by themselves, where their organizer lets them.

Owns own_refund_rule. Guarantees: only what the organizer's rule allows, at the moment it is decided; whoever asks twice
is given once. Fails as Postgres does; every no is a Refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.audit import Act, ActorKind, write
from engine.catalog import SaleInfo
from engine.catalog.model import EventStatus, SaleKind
from engine.limits import OWN_REFUND_HOURS_MAX
from engine.orders.making import Channel
from engine.orders.model import OrderState
from engine.orders.order_view import OrderView
from engine.orders.price_books import ReadSale
from engine.orders.refund_model import AsCredit, Refunding
from engine.orders.refund_plan import Plan, RefundAsk, invalid
from engine.orders.refunds import Refunds
from engine.refusals import Code, Refused
from engine.stores.office import Office

BUYER = "buyer"  # in the trail, of an act that whoever bought did
WAYS = ("origin", "credit", "voucher")
READ = "SELECT hours, fees, give_as FROM own_refund_rule WHERE organizer_id = $1"
WRITE = """
INSERT INTO own_refund_rule (organizer_id, hours, fees, give_as) VALUES ($1, $2, $3, $4)
ON CONFLICT (organizer_id) DO UPDATE SET hours = excluded.hours, fees = excluded.fees, give_as = excluded.give_as
"""
DELETE = "DELETE FROM own_refund_rule WHERE organizer_id = $1"


@dataclass(frozen=True, slots=True)
class OwnRefundRule:
    """Until so many hours before an event whoever bought may give tickets back."""

    hours: int
    fees: bool = False  # whether what was asked besides them goes back as well
    give_as: str = "origin"

    @property
    def as_credit(self) -> AsCredit | None:
        return None if self.give_as == "origin" else AsCredit(voucher=self.give_as == "voucher")


@dataclass(frozen=True, slots=True)
class OwnRefund:
    """What whoever bought may do with an order."""

    organizer: str
    rule: OwnRefundRule
    until: datetime


class OwnRefunds:
    def __init__(self, office: Office, read_sale: ReadSale, refunds: Refunds) -> None:
        self._office = office
        self._read_sale = read_sale
        self._refunds = refunds

    async def rule(self, organizer: str) -> OwnRefundRule | None:
        row = await self._office.fetchrow(organizer, READ, organizer)
        return None if row is None else OwnRefundRule(row["hours"], row["fees"], row["give_as"])

    async def set_rule(self, by: Act, rule: OwnRefundRule | None) -> Refused | None:
        """From now on; None: nobody gives anything back by themselves."""
        if rule is not None and not 0 <= rule.hours <= OWN_REFUND_HOURS_MAX:
            return invalid("hours", f"has to be 0 to {OWN_REFUND_HOURS_MAX}")
        if rule is not None and rule.give_as not in WAYS:
            return invalid("give_as", f"has to be one of {', '.join(WAYS)}")
        async with self._office.transaction(by) as connection:
            if rule is None:
                await connection.execute(DELETE, by.organizer_id)
            else:
                await connection.execute(WRITE, by.organizer_id, rule.hours, rule.fees, rule.give_as)
            after = None if rule is None else {"hours": rule.hours, "fees": rule.fees, "give_as": rule.give_as}
            await write(connection, by, "organizer.own_refunds", by.organizer_id, after=after)
        return None

    async def of_order(self, order: OrderView) -> OwnRefund | None:
        """None where nothing of it may be given back so, by now or ever."""
        info = await self._read_sale(order.sale)
        if order.state is not OrderState.PAID or order.making.channel is not Channel.ONLINE or info is None:
            return None
        rule = None if info.kind is not SaleKind.EVENT else await self.rule(info.organizer_id)
        until = None if rule is None else _starts(info)
        if rule is None or until is None:
            return None
        until -= timedelta(hours=rule.hours)
        return OwnRefund(info.organizer_id, rule, until) if until > datetime.now(UTC) else None

    async def plan(self, order: OrderView, lines: tuple[int, ...]) -> Plan | Refused:
        asked = await self._ask(order, lines, "")
        return asked if isinstance(asked, Refused) else await self._refunds.plan(*asked)

    async def give_back(self, order: OrderView, lines: tuple[int, ...], request: str) -> Refunding | Refused:
        asked = await self._ask(order, lines, request)
        if isinstance(asked, Refused):
            stood = await self._refunds.of_order(order.sale, order.id)
            return next((each for each in stood if each.request == _name(request)), asked)
        organizer, sale, ask = asked
        return await self._refunds.give_back(Act(organizer, BUYER, ActorKind.ITSELF), sale, ask)

    async def _ask(
        self, order: OrderView, lines: tuple[int, ...], request: str
    ) -> tuple[str, str, RefundAsk] | Refused:
        may = await self.of_order(order)
        if may is None:
            return Refused(Code.NOT_REFUNDABLE)
        if not lines:
            return invalid("lines", "names what is given back")
        fees, as_credit = may.rule.fees, may.rule.as_credit
        ask = RefundAsk(order.id, _name(request), lines, fees=fees, as_credit=as_credit, own=True)
        return may.organizer, order.sale, ask


def _name(request: str) -> str:
    """What a buyer calls a refund is nobody else's."""
    return f"buyer {request}"


def _starts(info: SaleInfo) -> datetime | None:
    """When an event starts for which one may think again; what has no date, or was cancelled, is its organizer's."""
    event = info.event
    if event is None or event.status in (EventStatus.CANCELLED, EventStatus.POSTPONED):
        return None
    return min([day.starts_at for day in info.days], default=event.starts_at)
