"""The words of second factors. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from engine.accounts.model import AccountView, SessionShown
from engine.audit import Actor


class Method(Enum):
    """How somebody can show that it is them, the strongest first."""

    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY = "recovery"
    PASSWORD = "password"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who we are to authenticators: the name of a host, and the origin of its pages."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Ceremony:
    """Where a challenge is answered: on one origin, by one session or browser."""

    rp: RelyingParty
    of: str


@dataclass(frozen=True, slots=True)
class Own:
    """Somebody who is logged in, or half so, and asks about their own account."""

    by: Actor
    account: AccountView
    session: SessionShown

    def ceremony(self, rp: RelyingParty) -> Ceremony:
        return Ceremony(rp, self.session.id)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows to prove that it is them: one of these."""

    totp: str | None = field(default=None, repr=False)
    recovery: str | None = field(default=None, repr=False)
    passkey: Mapping[str, Any] | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def method(self) -> Method | None:
        given = [each for each in Method if getattr(self, each.value) is not None]
        return given[0] if len(given) == 1 else None


@dataclass(frozen=True, slots=True)
class PasskeyView:
    id: str
    label: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """Which second factors an account has."""

    totp_at: datetime | None  # confirmed
    recovery_left: int
    passkeys: int

    @property
    def any(self) -> bool:
        return self.totp_at is not None or self.passkeys > 0

    @property
    def methods(self) -> tuple[Method, ...]:
        """What the account can show as its second factor."""
        has = {
            Method.PASSKEY: self.passkeys > 0,
            Method.TOTP: self.totp_at is not None,
            Method.RECOVERY: self.any and self.recovery_left > 0,
        }
        return tuple(method for method, there in has.items() if there)


@dataclass(frozen=True, slots=True)
class TotpSecret:
    """The secret of an authenticator app: the only time anybody sees it."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr: str = field(repr=False)  # SVG
