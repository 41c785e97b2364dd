"""Contacts: whether an address is its claimer's, shown by a letter with a link and a code."""

from engine.contacts.contacts import Contacts
from engine.contacts.context import CONTEXT
from engine.contacts.letters import ProofLetters
from engine.contacts.model import Asked, Confirmed, ProofAsk, Purpose
from engine.contacts.offers import Offers
from engine.contacts.signing import ContactSigner

__all__ = [
    "CONTEXT",
    "Asked",
    "Confirmed",
    "ContactSigner",
    "Contacts",
    "Offers",
    "ProofAsk",
    "ProofLetters",
    "Purpose",
]
