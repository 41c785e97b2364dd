"""Promos: stores and products, windows, notices: one a day, and to whom it concerns."""

from engine.promos.board import Board
from engine.promos.context import CONTEXT
from engine.promos.inputs import PromoInput, RuleInput, SegmentInput, StoreInput
from engine.promos.live import LiveNotices
from engine.promos.model import POOL, Offered, PromoCard, PromoView, SoldHere, StoreView, WindowView
from engine.promos.promos import Promos, own_space
from engine.promos.shelf import CreatedStore

__all__ = [
    "CONTEXT",
    "POOL",
    "Board",
    "CreatedStore",
    "LiveNotices",
    "Offered",
    "PromoCard",
    "PromoInput",
    "PromoView",
    "Promos",
    "RuleInput",
    "SegmentInput",
    "SoldHere",
    "StoreInput",
    "StoreView",
    "WindowView",
    "own_space",
]
