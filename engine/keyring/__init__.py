"""Keyring: what the installation signs and seals with, by purpose, each key wrapped by the root key."""

from engine.keyring.acts import keys, retire, rewrap, rotate
from engine.keyring.context import CONTEXT
from engine.keyring.model import Key, KeyState, KeyView
from engine.keyring.purposes import (
    ANSWERS,
    BROWSERS,
    BUYERS,
    CEREMONIES,
    CHALLENGES,
    FACTORS,
    HEADS,
    LETTERS,
    LINKS,
    MARKS,
    ORDERS,
    PASSES,
    PASSWORDS,
    PLACES,
    PURPOSES,
    PUSH,
    SEALS,
    TICKETS,
    TOKENS,
    Purpose,
)
from engine.keyring.ring import FIRST, Keyring, Ring
from engine.keyring.root import Root, derived
from engine.keyring.store import KeyringFault, KeyringStore, roots_of

__all__ = [
    "ANSWERS",
    "BROWSERS",
    "BUYERS",
    "CEREMONIES",
    "CHALLENGES",
    "CONTEXT",
    "FACTORS",
    "FIRST",
    "HEADS",
    "LETTERS",
    "LINKS",
    "MARKS",
    "ORDERS",
    "PASSES",
    "PASSWORDS",
    "PLACES",
    "PURPOSES",
    "PUSH",
    "SEALS",
    "TICKETS",
    "TOKENS",
    "Key",
    "KeyState",
    "KeyView",
    "Keyring",
    "KeyringFault",
    "KeyringStore",
    "Purpose",
    "Ring",
    "Root",
    "derived",
    "keys",
    "retire",
    "rewrap",
    "roots_of",
    "rotate",
]
