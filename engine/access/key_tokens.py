"""Tokens made from API keys, for programs that call often: short-lived, signed, and checked by anybody.

JWTs of RFC 9068's form, signed with Ed25519 by a key of the keyring that the header names. Guarantees: a token says no
more than its API key may, and counts no longer than the key does; whatever else an algorithm, a key id, an issuer or a
time may claim, it is none. Fails by None: why is nobody's business but the audit trail's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from engine.access.key_model import KeyShown
from engine.access.permissions import ALL, Grant, Permission, Permit, Scope
from engine.audit import ActorKind
from engine.ids import new_id
from engine.keyring import TOKENS, Key, Keyring
from engine.limits import ACCESS_TOKEN_CHARS_MAX, ACCESS_TOKEN_EARLY_S

ALGORITHM = "Ed25519"  # what RFC 9864 calls EdDSA with this curve
TYPE = "at+jwt"
PARTS = 3
NAMED = frozenset({"alg", "typ", "kid"})

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says that was signed here and has not ended."""

    key: str  # id of the API key it was made from
    organizer: str
    permissions: frozenset[Permission]
    until: datetime

    def permit(self, key: KeyShown) -> Permit:
        """What it allows: what its key may, as far as the token says so too."""
        of_key = ALL if key.scopes is None else key.scopes
        until = self.until if key.expires_at is None else min(self.until, key.expires_at)
        grant = Grant(key.id, of_key & self.permissions, Scope(key.events, key.venues), until)
        return Permit(key.organizer, ActorKind.KEY, key.id, (grant,))


class KeyTokens:
    def __init__(self, keyring: Keyring, issuer: str, *, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._ring = keyring.of(TOKENS)
        self._issuer = issuer
        self._clock = clock
        self._unwrapped: dict[str, OKPKey] = {}  # by the seed's id; as many as the ring has

    def issue(self, key: KeyShown, permissions: frozenset[Permission], seconds: int) -> tuple[str, datetime]:
        """A token with these permissions, all of which the key has, and when it ends."""
        now, signing = self._clock(), self._ring.signing
        until = now + timedelta(seconds=seconds)
        if key.expires_at is not None:
            until = min(until, key.expires_at)
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": key.id,
            "client_id": key.id,
            "org": key.organizer,
            "scope": " ".join(sorted(each.value for each in permissions)),
            "events": sorted(key.events),
            "venues": sorted(key.venues),
            "iat": int(now.timestamp()),
            "exp": int(until.timestamp()),
            "jti": new_id("tok"),
        }
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": str(signing.id)}
        return jwt.encode(header, claims, self._key(signing), algorithms=[ALGORITHM]), until

    def read(self, token: str) -> Claims | None:
        """What a token says; None unless it was made here, as it stands, and counts now."""
        if len(token) > ACCESS_TOKEN_CHARS_MAX or token.count(".") != PARTS - 1 or not token.isascii():
            return None
        try:
            header = jwt.decode(token, self._by_header, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, KeyError):
            return None
        if set(header.header) != NAMED or header.header["typ"] != TYPE:
            return None
        return self._claims(header.claims)

    def _claims(self, said: dict[str, Any]) -> Claims | None:
        now = int(self._clock().timestamp())
        match said:
            case {
                "iss": str(issuer),
                "aud": str(audience),
                "sub": str(key),
                "org": str(organizer),
                "scope": str(scope),
                "iat": int(issued),
                "exp": int(until),
            } if issuer == audience == self._issuer and now < until and issued <= now + ACCESS_TOKEN_EARLY_S:
                words = {each.value: each for each in Permission}
                permissions = frozenset(words[each] for each in scope.split() if each in words)
                return Claims(key, organizer, permissions, datetime.fromtimestamp(until, UTC))
        return None

    def jwks(self) -> dict[str, Any]:
        """The public keys by which tokens are checked, also the one that will sign next: RFC 7517."""
        return {
            "keys": [
                {**self._key(each).as_dict(private=False), "alg": ALGORITHM, "use": "sig"} for each in self._ring.live()
            ]
        }

    def _by_header(self, token: Any) -> OKPKey:
        """The live key that a header names."""
        found = self._ring.find(str(token.headers().get("kid", "")))
        if found is None:
            raise KeyError("kid")
        return self._key(found)

    def _key(self, key: Key) -> OKPKey:
        kid = str(key.id)
        found = self._unwrapped.get(kid)
        if found is None:
            private = Ed25519PrivateKey.from_private_bytes(key.parts[0])
            found = self._unwrapped[kid] = OKPKey.import_key(private, {"kid": kid, "use": "sig"})
        return found
