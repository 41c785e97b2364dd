"""Pricing: what is owed for a cart, besides and after what its lists say. Pure."""

from engine.pricing.context import CONTEXT
from engine.pricing.giving_back import PaidFee, Part, by_lines, by_sum, entries_of, left_of, parts_of
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
    "PaidFee",
    "Part",
    "Reduction",
    "Scope",
    "by_lines",
    "by_sum",
    "by_tax",
    "entries_of",
    "left_of",
    "owed_for",
    "parts_of",
]
