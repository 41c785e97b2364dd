"""Pricing: what is owed for a cart, besides and after what its lists say. Pure."""

from engine.pricing.context import CONTEXT
from engine.pricing.model import (
    EVERYTHING,
    Effect,
    Idle,
    Item,
    Owed,
    OwedFee,
    OwedLine,
    Reduction,
    Scope,
    by_tax,
)
from engine.pricing.owed import owed_for

__all__ = [
    "CONTEXT",
    "EVERYTHING",
    "Effect",
    "Idle",
    "Item",
    "Owed",
    "OwedFee",
    "OwedLine",
    "Reduction",
    "Scope",
    "by_tax",
    "owed_for",
]
