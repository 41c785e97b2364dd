"""Contacts: whether an address is its claimer's, shown by a letter with a link and a code; where nothing is sent."""

from engine.contacts.contacts import Contacts
from engine.contacts.keys import ContactKeys
from engine.contacts.letters import Letters
from engine.contacts.model import Asked, Confirmed, ProofAsk, Purpose
from engine.contacts.old_rows import OLD_ROWS
from engine.contacts.sql import SUPPRESS

__all__ = [
    "OLD_ROWS",
    "SUPPRESS",
    "Asked",
    "Confirmed",
    "ContactKeys",
    "Contacts",
    "Letters",
    "ProofAsk",
    "Purpose",
]
