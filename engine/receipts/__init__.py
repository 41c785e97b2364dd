"""Receipts: a number for each order that was paid, without gaps, and who issued it."""

from engine.receipts.context import CONTEXT
from engine.receipts.issuing import Issuing
from engine.receipts.model import LegalIdentity, ListedReceipt, MonthOfReceipts, Receipt
from engine.receipts.receipts import Receipts

__all__ = ["CONTEXT", "Issuing", "LegalIdentity", "ListedReceipt", "MonthOfReceipts", "Receipt", "Receipts"]
