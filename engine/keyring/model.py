"""The words of the keyring: a key as a process holds it, and as it is listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class KeyState(Enum):
    """Derived from timestamps alone, by the clock of Postgres, so that no crash can interrupt a transition."""

    ANNOUNCED = "announced"  # it checks already, and signs once its instant has come
    ACTIVE = "active"  # it signs
    VERIFY_ONLY = "verify-only"  # another one signs
    RETIRED = "retired"  # it is gone


@dataclass(frozen=True, slots=True)
class Key:
    """One live key, unwrapped."""

    id: int
    active_at: datetime | None  # None: since ever
    parts: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as it is listed; never its material."""

    purpose: str
    id: int
    state: KeyState
    root: str
    created_at: datetime
    active_at: datetime
    retired_at: datetime | None
    public_key: bytes | None  # of Ed25519 keys that are not retired
    free_at: datetime | None  # from when on retiring it voids nothing; None: nothing says so
