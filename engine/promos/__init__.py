"""Promos: stores and products, profiles and segments, windows, notices: one a day, and to whom it concerns."""

from engine.promos.board import Board, position_of
from engine.promos.delivery import Rate
from engine.promos.live import LiveNotices
from engine.promos.model import Offered, Preview, PromoCard, PromoView, StoreView, WindowView
from engine.promos.profiles import ProfileChange
from engine.promos.promos import Promos, own_space, sells_promo
from engine.promos.shelf import CreatedStore
from engine.promos.where import Position

__all__ = [
    "Board",
    "CreatedStore",
    "LiveNotices",
    "Offered",
    "Position",
    "Preview",
    "ProfileChange",
    "PromoCard",
    "PromoView",
    "Promos",
    "Rate",
    "StoreView",
    "WindowView",
    "own_space",
    "position_of",
    "sells_promo",
]
