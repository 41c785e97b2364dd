"""The words of contacts that other parts share. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Purpose(Enum):
    """What an address is proven for; a proof for one says nothing about the other."""

    OFFERS = "offers"  # its owner wants to be told of offers there
    ENTRY = "entry"  # its owner wants a place in a sale


@dataclass(frozen=True, slots=True)
class ProofAsk:
    """Somebody claims an address; `came_from` is the network address they asked from."""

    purpose: Purpose
    channel: str  # "email" | "sms"
    address: str
    buyer: str
    locale: str
    came_from: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A letter is on its way, if one may be sent; until when its code and its link count."""

    code_until: datetime
    link_until: datetime


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Whoever reads there is this buyer."""

    purpose: Purpose
    channel: str
    inbox_hash: bytes
    buyer: str
