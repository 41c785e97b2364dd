"""The vault: names, addresses and numbers of people, each person's under a key of their own."""

from engine.vault.context import CONTEXT
from engine.vault.letting_go import LettingGo
from engine.vault.marks import Marks, as_email, as_phone, folded, words_of
from engine.vault.model import NOBODY, Contact, Filed, Found, Kept, Locked
from engine.vault.moving import Moving, Plain
from engine.vault.rewrapping import Rewrapping
from engine.vault.sealing import PersonSealer
from engine.vault.vault import Vault, columns, destroy, locked

__all__ = [
    "CONTEXT",
    "NOBODY",
    "Contact",
    "Filed",
    "Found",
    "Kept",
    "LettingGo",
    "Locked",
    "Marks",
    "Moving",
    "PersonSealer",
    "Plain",
    "Rewrapping",
    "Vault",
    "as_email",
    "as_phone",
    "columns",
    "destroy",
    "folded",
    "locked",
    "words_of",
]
