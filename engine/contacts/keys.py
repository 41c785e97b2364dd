"""What is derived from the installation secret about addresses: by what they are found again, and what a letter says.

Pure. Guarantees: the link's token and the code of a proof follow from its id, so that nothing that opens anything is
stored, and the same letter sent again says the same; what names an inbox or a network is no use without the secret.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode

from engine.access import derived
from engine.access import network_of as network_around
from engine.limits import TOKEN_CHARS_MAX
from engine.messages import inbox_of

HASH_BYTES = 16
SIGNATURE_BYTES = 16
CODE_DIGITS = 6


class ContactKeys:
    def __init__(self, secret: bytes) -> None:
        self._inbox_key = derived(secret, b"inbox")
        self._network_key = derived(secret, b"contact network")
        self._link_key = derived(secret, b"contact link")
        self._code_key = derived(secret, b"contact code")

    def inbox(self, channel: str, address: str) -> bytes:
        """Stands for whoever reads what is sent to `address`."""
        return hmac.digest(self._inbox_key, f"{channel}|{inbox_of(channel, address)}".encode(), "sha256")[:HASH_BYTES]

    def network(self, address: str) -> bytes:
        """Stands for the network an ask came from: /24 or /48."""
        return hmac.digest(self._network_key, network_of(address).encode(), "sha256")[:HASH_BYTES]

    def code(self, proof: str) -> str:
        """The digits of a letter; whoever tries them is counted."""
        number = int.from_bytes(hmac.digest(self._code_key, proof.encode(), "sha256"))
        return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}d}"

    def token(self, proof: str) -> str:
        """What the link of a letter carries."""
        signature = hmac.digest(self._link_key, proof.encode(), "sha256")[:SIGNATURE_BYTES]
        return f"{proof}.{urlsafe_b64encode(signature).decode().rstrip('=')}"

    def proof_of(self, token: str) -> str | None:
        """The proof a link is of; None when it was not made here."""
        proof, _, _ = token.partition(".")
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            return None
        return proof if hmac.compare_digest(token, self.token(proof)) else None


def network_of(address: str) -> str:
    """The /24 or /48 around an address; what is no address is a network of its own."""
    return network_around(address) or address
