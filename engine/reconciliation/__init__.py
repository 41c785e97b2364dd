"""Reconciliation: our ledger beside what providers' books say, what buyers dispute, and what waits for a person."""

from engine.reconciliation.context import CONTEXT
from engine.reconciliation.model import Disagreement, DisagreementKind, Dispute, Run
from engine.reconciliation.reconciliation import Reconciliation
from engine.reconciliation.tasks import Task

__all__ = ["CONTEXT", "Disagreement", "DisagreementKind", "Dispute", "Reconciliation", "Run", "Task"]
