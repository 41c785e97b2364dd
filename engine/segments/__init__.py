"""Segments: rules over people, and the audience in Redis that says at once who fits them and who is where."""

from engine.segments.audience import LOST, Audience, Known, Lost, Placed
from engine.segments.belonging import Belonging, Belongs
from engine.segments.cells import as_units, cell_of, cells_around
from engine.segments.context import CONTEXT
from engine.segments.follow import Follower, set_bits
from engine.segments.rules import BUILT_IN, RuleMistake
from engine.segments.rules import read as read_rule
from engine.segments.segments import (
    Preview,
    Segments,
    TooManySegments,
    keep_built_in,
    own_segments,
    segment_ids,
    write_segments,
)

__all__ = [
    "BUILT_IN",
    "CONTEXT",
    "LOST",
    "Audience",
    "Belonging",
    "Belongs",
    "Follower",
    "Known",
    "Lost",
    "Placed",
    "Preview",
    "RuleMistake",
    "Segments",
    "TooManySegments",
    "as_units",
    "cell_of",
    "cells_around",
    "keep_built_in",
    "own_segments",
    "read_rule",
    "segment_ids",
    "set_bits",
    "write_segments",
]
