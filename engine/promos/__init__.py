"""Promos: stores and products, profiles and segments, windows, notices: one a day, and to whom it concerns."""

from engine.promos.board import Board, position_of
from engine.promos.context import CONTEXT
from engine.promos.delivery import Rate
from engine.promos.inputs import PromoInput, RuleInput, SegmentInput, StoreInput
from engine.promos.live import LiveNotices
from engine.promos.model import POOL, Offered, Preview, PromoCard, PromoView, StoreView, WindowView
from engine.promos.profiles import ProfileChange
from engine.promos.promos import Promos, own_space
from engine.promos.rules import BUILT_IN
from engine.promos.shelf import CreatedStore
from engine.promos.where import Position

__all__ = [
    "BUILT_IN",
    "CONTEXT",
    "POOL",
    "Board",
    "CreatedStore",
    "LiveNotices",
    "Offered",
    "Position",
    "Preview",
    "ProfileChange",
    "PromoCard",
    "PromoInput",
    "PromoView",
    "Promos",
    "Rate",
    "RuleInput",
    "SegmentInput",
    "StoreInput",
    "StoreView",
    "WindowView",
    "own_space",
    "position_of",
]
