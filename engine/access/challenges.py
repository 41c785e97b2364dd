"""Challenges: proof of work that a device does once for a place, by the ALTCHA protocol.

Owns: how hard a challenge is. Guarantees: it is signed, for one buyer, sale and state of it, and ends after five
minutes; what was not asked here, or is not solved, answers None. The script that gives the place spends it. The
solution is one of that many candidates, evenly distributed: a device tries half of them on average.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import altcha

from engine.access.model import Proof
from engine.keyring import CHALLENGES, FIRST, Keyring
from engine.limits import CHALLENGE_S, PROOF_CHARS_MAX

ALGORITHM = "PBKDF2/SHA-256"
ITERATIONS = 1_000  # per try: what asking and checking cost us
TRIES = 1_000  # at most, while the network is quiet: a second or two on an old phone
BUSY_FROM = 0.5  # how much of its allowance a network has used when challenges begin to grow …
BUSY_FACTOR = 8  # … up to so much, when all of it is used
MS_PER_S = 1_000


def tries_at(load: float) -> int:
    """The most tries a challenge takes, by how much of its allowance the network has used. Pure."""
    busy = max(0.0, min(1.0, load) - BUSY_FROM) / (1 - BUSY_FROM)
    return round(TRIES * (1 + (BUSY_FACTOR - 1) * busy))


class Challenges:
    def __init__(self, keyring: Keyring, *, ease: int = 1) -> None:
        """`ease` divides the work, for tests that have a thousand devices in one."""
        self._ring = keyring.of(CHALLENGES)
        self._ease = ease

    def ask(self, sale: str, buyer: str, state: str, load: float) -> dict[str, Any]:
        """A new challenge, as the ALTCHA libraries take it."""
        tries = max(2, tries_at(load) // self._ease)
        key = self._ring.signing
        secret, key_secret = key.parts
        challenge = altcha.create_challenge(
            ALGORITHM,
            ITERATIONS,
            counter=1 + secrets.randbelow(tries),
            expires_at=int(time.time()) + CHALLENGE_S,
            data={"sale": sale, "buyer": buyer, "phase": state, "key": str(key.id)},
            hmac_secret=secret,
            hmac_key_secret=key_secret,
        )
        asked: dict[str, Any] = challenge.to_dict()
        return asked

    def proof_of(self, solved: str, sale: str, buyer: str) -> Proof | None:
        """The proof in what a device sent: base64 of the challenge with its solution."""
        if len(solved) > PROOF_CHARS_MAX or not solved.isascii():
            return None
        try:
            payload = altcha.Payload.from_base64(solved)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        signed = payload.challenge.parameters
        data = signed.data if isinstance(signed.data, dict) else {}
        # What the release before asked names no key.
        key = self._ring.find(str(data.get("key", FIRST)))
        if key is None:
            return None
        secret, key_secret = key.parts
        if not altcha.verify_solution(payload, secret, hmac_key_secret=key_secret).verified:
            return None
        if signed.expires_at is None or (data.get("sale"), data.get("buyer")) != (sale, buyer):
            return None
        return Proof(signed.nonce, signed.expires_at * MS_PER_S, data["phase"])
