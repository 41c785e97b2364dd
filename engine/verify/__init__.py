"""Verify: checks the invariants of a sale against the live stores, and names every violation with its numbers."""

from engine.verify.facts import Violation
from engine.verify.promos import verify_promos
from engine.verify.verify import verify

__all__ = ["Violation", "verify", "verify_promos"]
