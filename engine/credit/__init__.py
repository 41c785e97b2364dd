"""Credit: money that an organizer owes a person, or, as a voucher, whoever has its code."""

from engine.credit.context import CONTEXT, CREDIT
from engine.credit.credits import Credits, CreditView, EntryView, Issue
from engine.credit.giving import (
    code_from,
    expire,
    grant,
    grant_many,
    hold,
    looks_wrong,
    open_everywhere,
    revoke,
    take_back,
)
from engine.credit.judging import NOTHING_PAID, Ground, Paid, paid_by, why_not
from engine.credit.model import (
    Credit,
    CreditKind,
    CreditSaid,
    CreditWhy,
    EntryKind,
    Grant,
    Granted,
    Restriction,
    Source,
    Spend,
)
from engine.credit.owning import OwnCredit, OwnerOf
from engine.credit.taking import CREDIT_GUARDS, CreditLeft, give_back, read_credit_left, spend

__all__ = [
    "CONTEXT",
    "CREDIT",
    "CREDIT_GUARDS",
    "NOTHING_PAID",
    "Credit",
    "CreditKind",
    "CreditLeft",
    "CreditSaid",
    "CreditView",
    "CreditWhy",
    "Credits",
    "EntryKind",
    "EntryView",
    "Grant",
    "Granted",
    "Ground",
    "Issue",
    "OwnCredit",
    "OwnerOf",
    "Paid",
    "Restriction",
    "Source",
    "Spend",
    "code_from",
    "expire",
    "give_back",
    "grant",
    "grant_many",
    "hold",
    "looks_wrong",
    "open_everywhere",
    "paid_by",
    "read_credit_left",
    "revoke",
    "spend",
    "take_back",
    "why_not",
]
