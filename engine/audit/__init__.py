"""Audit: who did what, in whose name and from where; chained so that nobody can change it afterwards unnoticed."""

from engine.audit.audit import Audit
from engine.audit.checking import Broken, Checked
from engine.audit.context import CONTEXT
from engine.audit.formats import Format, json_line
from engine.audit.heads import HeadKeys
from engine.audit.model import BY_ITSELF, FIELDS, INSTALLATION, Act, Actor, ActorKind, AuditView, Ground, Sought
from engine.audit.tally import RefusalKind, Tally
from engine.audit.writing import write

__all__ = [
    "BY_ITSELF",
    "CONTEXT",
    "FIELDS",
    "INSTALLATION",
    "Act",
    "Actor",
    "ActorKind",
    "Audit",
    "AuditView",
    "Broken",
    "Checked",
    "Format",
    "Ground",
    "HeadKeys",
    "RefusalKind",
    "Sought",
    "Tally",
    "json_line",
    "write",
]
