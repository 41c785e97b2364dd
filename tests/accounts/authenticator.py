"""An authenticator of our own: makes passkeys and shows them, honestly or as a liar would."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

USER_PRESENT, USER_VERIFIED, BACKED_UP, ATTESTED = 0x01, 0x04, 0x18, 0x40
ES256, ES384 = -7, -35


def text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One device with one passkey for each account, as far as tests need it."""

    origin: str
    rp_id: str = "127.0.0.1"
    flags: int = USER_PRESENT | USER_VERIFIED | BACKED_UP
    algorithm: int = ES256
    count: int = 0
    counts: bool = True
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    account: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def data(self, attested: bytes = b"") -> bytes:
        self.count += self.counts
        flags = self.flags | (ATTESTED if attested else 0)
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4) + attested

    def client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return encode_cbor({1: 2, 3: self.algorithm, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create()` would give, as JSON."""
        self.account = bytes_of(options["user"]["id"])
        attested = bytes(16) + len(self.credential).to_bytes(2) + self.credential + self.public()
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": self.data(attested)})
        client = self.client_data("webauthn.create", options["challenge"])
        return self.answer(
            clientDataJSON=text_of(client), attestationObject=text_of(made), transports=["internal", "hybrid"]
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get()` would give, as JSON."""
        data, client = self.data(), self.client_data("webauthn.get", options["challenge"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self.answer(
            clientDataJSON=text_of(client),
            authenticatorData=text_of(data),
            signature=text_of(signature),
            userHandle=text_of(self.account),
        )

    def answer(self, **response: Any) -> dict[str, Any]:
        named = text_of(self.credential)
        return {
            "id": named,
            "rawId": named,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
