"""Pricing: what is owed for a cart, besides and after what its lists say. Pure."""

from engine.pricing.context import CONTEXT
from engine.pricing.model import (
    EVERYTHING,
    NO_RULES,
    PERCENT,
    Effect,
    Fee,
    Idle,
    Item,
    Owed,
    OwedFee,
    OwedLine,
    Per,
    Reduction,
    Rules,
    Scope,
    Tax,
    ppm_of,
)
from engine.pricing.owed import owed_for

__all__ = [
    "CONTEXT",
    "EVERYTHING",
    "NO_RULES",
    "PERCENT",
    "Effect",
    "Fee",
    "Idle",
    "Item",
    "Owed",
    "OwedFee",
    "OwedLine",
    "Per",
    "Reduction",
    "Rules",
    "Scope",
    "Tax",
    "owed_for",
    "ppm_of",
]
