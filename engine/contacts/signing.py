"""What the keyring derives about addresses: by what they are found again, and what a letter says.

Pure. Guarantees: the link's token and the code of a proof follow from its id and when it was asked for, so that nothing
that opens anything is stored, and the same letter sent again says the same, whatever rotates meanwhile; what names an
inbox or a network is no use without the keyring, and always the same.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime

from engine.access import network_of as network_around
from engine.ids import is_made_id
from engine.keyring import FIRST, LINKS, MARKS, Keyring
from engine.limits import TOKEN_CHARS_MAX
from engine.vault import Marks

HASH_BYTES = 16
SIGNATURE_BYTES = 16
CODE_DIGITS = 6
LINK, CODE = LINKS.index(b"contact link"), LINKS.index(b"contact code")


class ContactSigner:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self.inbox = Marks(keyring).inbox
        self._network_key = keyring.fixed(MARKS, b"contact network")
        self._ring = keyring.of(LINKS)

    def network(self, address: str) -> bytes:
        """Stands for the network an ask came from: /24 or /48."""
        return hmac.digest(self._network_key, network_of(address).encode(), "sha256")[:HASH_BYTES]

    def code(self, proof: str, asked_at: datetime) -> str:
        """The digits of a letter; whoever tries them is counted."""
        key = self._ring.at(asked_at).parts[CODE]
        number = int.from_bytes(hmac.digest(key, proof.encode(), "sha256"))
        return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}d}"

    def token(self, proof: str, asked_at: datetime) -> str:
        """What the link of a letter carries; the row of the proof says when it ends."""
        key = self._ring.at(asked_at)
        if not self._keyring.names_keys:
            return f"{proof}.{_signature(key.parts[LINK], proof)}"
        return f"{proof}.{key.id}.{_signature(key.parts[LINK], f'{key.id}|{proof}')}"

    def proof_of(self, token: str) -> str | None:
        """The proof a link is of; None when it was not made here."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            return None
        match token.split("."):
            case [proof, written]:
                key_id, said = FIRST, proof
            case [proof, key_id, written]:
                said = f"{key_id}|{proof}"
            case _:
                return None
        if not is_made_id(proof):
            return None
        key = self._ring.find(key_id)
        return proof if key and hmac.compare_digest(written, _signature(key.parts[LINK], said)) else None


def _signature(key: bytes, said: str) -> str:
    raw = hmac.digest(key, said.encode(), "sha256")[:SIGNATURE_BYTES]
    return urlsafe_b64encode(raw).decode().rstrip("=")


def network_of(address: str) -> str:
    """The /24 or /48 around an address; what is no address is a network of its own."""
    return network_around(address) or address
