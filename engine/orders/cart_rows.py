"""Rows of carts: what a buyer wrote into one, and what is to be written, ready to be sent.

Pure. Guarantees: frozen values; two writings of one cart become one, in which the later says what it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.links import Source
from engine.orders.answers import Kept
from engine.orders.making import ByStaff, TypeChoice
from engine.orders.model import CartRef
from engine.stores.database import as_json
from engine.vault import Contact, Filed, Locked, locked


@dataclass(frozen=True, slots=True)
class Written:
    """What a buyer wrote into a cart, and how the last payment from it failed."""

    contact: Contact
    key_hash: str
    types: Mapping[str, TypeChoice | int]
    coupon: str = ""
    failure: str = ""
    person: str | None = None  # whose contact it is, in the vault
    row: Locked | None = None  # of that person, when they were there before
    kept: Kept | None = None  # what was answered; None while nobody has asked
    unlocked: tuple[str, ...] = ()  # ids of the unlocks whose codes were typed
    credits: tuple[str, ...] = ()  # with which its buyer wants to pay
    moving: tuple[str, ...] = ()  # what stands for lines of another order, which are moved here

    @property
    def paying(self) -> tuple[str, ...]:
        """The credit that it is paid with."""
        return self.moving + self.credits

    def paying_for(self, staff: ByStaff | None) -> tuple[str, ...]:
        """The same; whom a member sells to pays that member, but for what is moved."""
        return self.paying if staff is None else self.moving


@dataclass(frozen=True, slots=True)
class Writing:
    """What is to be written into a cart, ready to be sent; None is left as it is."""

    cart: CartRef
    opened_at_ms: int  # of the cart; 0 when nobody knows
    contact: Contact | None
    person: Filed | None  # the contact as the vault takes it; None: it stays in the cart
    key: str | None  # sealed
    types: str  # JSON
    coupon: str | None  # "" takes out the one that is there
    source: Source | None = None  # by which links its buyer came
    unlocked: tuple[str, ...] = ()
    credits: str | None = None  # ids, one after the other

    def then(self, later: Writing) -> Writing:
        """Both, one after the other."""
        return Writing(
            self.cart,
            self.opened_at_ms,
            self.contact if later.contact is None else later.contact,
            later.person or self.person,
            later.key or self.key,
            as_json(orjson.loads(self.types) | orjson.loads(later.types)),
            self.coupon if later.coupon is None else later.coupon,
            later.source or self.source,
            tuple(dict.fromkeys(self.unlocked + later.unlocked)),
            self.credits if later.credits is None else later.credits,
        )


NOTHING = Written(Contact(), "", {})


def written_of(row: Any, contact: Contact) -> Written:
    return Written(
        contact,
        row["key_hash"] or "",
        row["types"],
        row["coupon"] or "",
        row["failure"] or "",
        row["person_id"],
        None if row["sealed"] is None else locked(row, "person_id"),
        unlocked=tuple(row["unlocked"]),
        credits=tuple(row["credits"] or ()),
        moving=() if row["moving"] is None else (row["moving"],),
    )
