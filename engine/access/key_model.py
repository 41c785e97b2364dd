"""The words of API keys: as they are drafted, shown once, and listed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from ipaddress import ip_network
from typing import Any

from engine.access.permissions import ALL, About, Permission, Permit


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key in full: the only time anybody sees it."""

    id: str
    organizer: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key as it may be listed."""

    id: str
    organizer: str
    label: str
    created_at: datetime
    revoked_at: datetime | None
    scopes: frozenset[Permission] | None  # None: everything
    events: frozenset[str]
    venues: frozenset[str]
    expires_at: datetime | None
    networks: tuple[str, ...]  # none: it may be shown from anywhere
    last_used_at: datetime | None
    created_by: str
    rotated_from: str | None  # the key whose place it takes


class KeyFault(Enum):
    """Why a key that is shown is no use. Whoever shows it is told none of this; its organizer's trail is."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ELSEWHERE = "elsewhere"  # shown from a network that is not its own


@dataclass(frozen=True, slots=True)
class KeyUnusable:
    fault: KeyFault
    organizer: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """What a new key shall be allowed, where from, and until when."""

    label: str = ""
    scopes: frozenset[Permission] | None = None  # None: everything
    events: frozenset[str] = frozenset()
    venues: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    networks: tuple[str, ...] = ()

    def beyond(self, maker: Permit, now: datetime) -> frozenset[Permission]:
        """What it asks for that its maker may not do everywhere it asks for it, or not for as long."""
        scopes = ALL if self.scopes is None else self.scopes
        whole = not self.events and not self.venues
        abouts = [About()] if whole else [About(event=each) for each in self.events]
        abouts += [About(venue=each) for each in self.venues]
        return frozenset(
            each for each in scopes if not all(maker.covers(each, about, now, self.expires_at) for about in abouts)
        )

    def stays_within(self, networks: tuple[str, ...]) -> bool:
        """Whether it may be shown from these networks only; none: from anywhere."""
        if not networks:
            return True
        around = [ip_network(each) for each in networks]
        own = [ip_network(each) for each in self.networks]
        return bool(own) and all(
            any(each.network_address in wide and each.broadcast_address in wide for wide in around) for each in own
        )

    def told(self) -> dict[str, Any]:
        """What the audit trail says of it."""
        return {
            "scopes": None if self.scopes is None else sorted(each.value for each in self.scopes),
            "events": sorted(self.events),
            "venues": sorted(self.venues),
            "expires_at": self.expires_at,
            "networks": list(self.networks),
        }
