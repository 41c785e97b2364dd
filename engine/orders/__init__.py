"""Orders: from a cart to a paid order with tickets; Postgres is their golden source."""

from engine.orders.cards import read_card
from engine.orders.model import (
    Bought,
    Card,
    CartChange,
    CartView,
    Contact,
    OrderLine,
    OrderState,
    OrderView,
    Purchase,
    TicketView,
)
from engine.orders.orders import OrderPage, Orders
from engine.orders.payment import Provider
from engine.orders.sandbox import Sandbox
from engine.orders.steps import Step

__all__ = [
    "Bought",
    "Card",
    "CartChange",
    "CartView",
    "Contact",
    "OrderLine",
    "OrderPage",
    "OrderState",
    "OrderView",
    "Orders",
    "Provider",
    "Purchase",
    "Sandbox",
    "Step",
    "TicketView",
    "read_card",
]
