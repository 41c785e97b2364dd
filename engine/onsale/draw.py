"""The draw: a seeded permutation of the lobby's numbers, evaluated for one number at a time. Pure.

Guarantees: for every seed and size it is a permutation; anybody who knows the secret, the number of places and the
digest of the roster computes the same place (docs/draw.md). Nothing is shuffled, so a million places cost nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

ROUNDS = 8
WORD_BYTES = 4


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw that was held."""

    seed: bytes
    places: int

    def place_of(self, number: int) -> int:
        """Numbers of the lobby are drawn; latecomers keep theirs, which all lie behind."""
        return place_of(self.seed, self.places, number) if number < self.places else number


def commit_of(secret: bytes) -> str:
    """What the sale shows from its publication, so that the secret cannot be changed afterwards."""
    return hashlib.sha256(secret).hexdigest()


def effective_seed(secret: bytes, places: int, digest: str) -> bytes:
    """The seed of a draw: the secret, and what its owner could not know when it was chosen."""
    return hmac.digest(secret, f"aforo draw|{places}|{digest}".encode(), "sha256")


def draw_of(secret: bytes, places: int, digest: str) -> Draw:
    return Draw(effective_seed(secret, places, digest), places)


def place_of(seed: bytes, places: int, number: int) -> int:
    """Where the permutation of 0 … places-1 puts `number`."""
    if not 0 <= number < places:
        raise ValueError(f"{number} is not one of {places} numbers")
    half_bits = half_bits_of(places)
    place = feistel(seed, half_bits, number)
    # What falls outside is put in again: a permutation of the larger range gives one of the smaller.
    while place >= places:
        place = feistel(seed, half_bits, place)
    return place


def half_bits_of(places: int) -> int:
    """Half the bits, rounded up, that the numbers below `places` need; at least one."""
    return max(1, ((places - 1).bit_length() + 1) // 2)


def feistel(seed: bytes, half_bits: int, value: int) -> int:
    """A balanced Feistel network of ROUNDS rounds over 2 * half_bits bits."""
    mask = (1 << half_bits) - 1
    left, right = value >> half_bits, value & mask
    for number in range(ROUNDS):
        tag = hmac.digest(seed, bytes((number,)) + right.to_bytes(WORD_BYTES, "big"), "sha256")
        left, right = right, left ^ (int.from_bytes(tag[:WORD_BYTES], "big") & mask)
    return left << half_bits | right


def next_digest(digest: str, buyer: str) -> str:
    """The digest of a roster grows by one buyer at a time, in the order of their numbers; it begins empty."""
    return hashlib.sha1(f"{digest}{buyer}".encode(), usedforsecurity=False).hexdigest()
