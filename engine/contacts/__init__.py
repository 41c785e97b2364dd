"""Contacts: whether an address is its claimer's, shown by a letter with a link and a code; where nothing is sent."""

from engine.contacts.contacts import Contacts
from engine.contacts.context import CONTEXT
from engine.contacts.keys import ContactKeys
from engine.contacts.letters import Letters
from engine.contacts.model import Asked, Confirmed, ProofAsk, Purpose
from engine.contacts.sql import SUPPRESS

__all__ = [
    "CONTEXT",
    "SUPPRESS",
    "Asked",
    "Confirmed",
    "ContactKeys",
    "Contacts",
    "Letters",
    "ProofAsk",
    "Purpose",
]
