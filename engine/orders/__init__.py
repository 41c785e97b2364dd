"""Orders: from a cart to a paid order with tickets; Postgres is their golden source."""

from engine.orders.book_effects import (
    block_tickets,
    note_disputed,
    note_disputed_no_more,
    refund_returned,
    unblock_tickets,
)
from engine.orders.cancelling import Cancellation, Foreseen, Scope
from engine.orders.codes import read_code
from engine.orders.confirming import Confirming
from engine.orders.context import CONTEXT
from engine.orders.coupon_report import Brought, CouponReport, Sales
from engine.orders.finding import FoundOrders, Sought
from engine.orders.key_resets import KeyResets
from engine.orders.making import TENDERS_BY_HAND, BestSeats, Channel, Making, StaffOrder, Tender
from engine.orders.model import CartChange, CartView, OrderState, Purchase
from engine.orders.money_by_hand import AwaitedMoney
from engine.orders.move_model import Move, Rest
from engine.orders.moving_staff import Difference
from engine.orders.moving_staff import Wanted as MoveWanted
from engine.orders.offering import Choice, Offer, Offered
from engine.orders.open_refunds import OpenRefund, open_refunds
from engine.orders.order_view import Bought, OrderLine, OrderView, TicketView
from engine.orders.orders import Orders, paid_orders_of
from engine.orders.owed import TaxSum
from engine.orders.own_refunds import OwnRefund, OwnRefundRule, OwnRefunds
from engine.orders.pages import OrderPage, OwnOrders, OwnPage
from engine.orders.placing import counters_of
from engine.orders.price_books import PriceBooks, begins_at
from engine.orders.reading import PLAIN_CONTACTS, admitted
from engine.orders.receipt_names import (
    ReceiptName,
    hold_order,
    hold_to_number,
    receipt_name,
    seal_identity,
    write_identity,
)
from engine.orders.records import OrderRecord
from engine.orders.refund_model import AsCredit, Refunding, RefundState, Way
from engine.orders.refund_plan import Plan as RefundPlan
from engine.orders.refund_plan import RefundAsk
from engine.orders.rehearsed import NotARehearsal
from engine.orders.sold import unsettled_sales
from engine.orders.sources import BroughtBy
from engine.orders.staff import GivenAway
from engine.orders.steps import Step
from engine.orders.tax_identity import TaxIdentity, mistakes_of
from engine.orders.topics import ORDER_MOVED, ORDER_PAID, ORDER_REFUNDED, ORDER_REFUNDING
from engine.orders.trying import One
from engine.vault import Contact

__all__ = [
    "CONTEXT",
    "ORDER_MOVED",
    "ORDER_PAID",
    "ORDER_REFUNDED",
    "ORDER_REFUNDING",
    "PLAIN_CONTACTS",
    "TENDERS_BY_HAND",
    "AsCredit",
    "AwaitedMoney",
    "BestSeats",
    "Bought",
    "Brought",
    "BroughtBy",
    "Cancellation",
    "CartChange",
    "CartView",
    "Channel",
    "Choice",
    "Confirming",
    "Contact",
    "CouponReport",
    "Difference",
    "Foreseen",
    "FoundOrders",
    "GivenAway",
    "KeyResets",
    "Making",
    "Move",
    "MoveWanted",
    "NotARehearsal",
    "Offer",
    "Offered",
    "One",
    "OpenRefund",
    "OrderLine",
    "OrderPage",
    "OrderRecord",
    "OrderState",
    "OrderView",
    "Orders",
    "OwnOrders",
    "OwnPage",
    "OwnRefund",
    "OwnRefundRule",
    "OwnRefunds",
    "PriceBooks",
    "Purchase",
    "ReceiptName",
    "RefundAsk",
    "RefundPlan",
    "RefundState",
    "Refunding",
    "Rest",
    "Sales",
    "Scope",
    "Sought",
    "StaffOrder",
    "Step",
    "TaxIdentity",
    "TaxSum",
    "Tender",
    "TicketView",
    "Way",
    "admitted",
    "begins_at",
    "block_tickets",
    "counters_of",
    "hold_order",
    "hold_to_number",
    "mistakes_of",
    "note_disputed",
    "note_disputed_no_more",
    "open_refunds",
    "paid_orders_of",
    "read_code",
    "receipt_name",
    "refund_returned",
    "seal_identity",
    "unblock_tickets",
    "unsettled_sales",
    "write_identity",
]
