"""Verify: checks the invariants of a sale against the live stores, and names every violation with its numbers."""

from engine.verify.context import CONTEXT
from engine.verify.verify import Patrol, verify, verify_contexts

__all__ = ["CONTEXT", "Patrol", "verify", "verify_contexts"]
