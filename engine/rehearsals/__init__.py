"""Rehearsals: shadow sales, in which a synthetic crowd tries a sale before its buyers do."""

from engine.rehearsals.context import CONTEXT
from engine.rehearsals.rehearsals import Rehearsals

__all__ = ["CONTEXT", "Rehearsals"]
