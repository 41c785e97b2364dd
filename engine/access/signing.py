"""Signer: signs and checks buyers, places, order ids and tickets with the installation secret.

Owns: one derived key per purpose, so that a signature made for one never passes for another.
Guarantees: constant-time compares; a text that was not signed here answers None, whatever it contains.
Tickets carry an Ed25519 signature: a gate checks them offline with the public key alone.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.ids import is_buyer, is_sale_id

SECRET_BYTES_MIN = 16
SIGNATURE_BYTES = 16
ORDER_BYTES = 12
TOKEN_CHARS_MAX = 256
NUMBER_DIGITS_MAX = 15
TICKET_PREFIX = "A1"


@dataclass(frozen=True, slots=True)
class SignedTicket:
    """What a ticket's QR code says once its signature was checked."""

    sale: str
    ticket: str
    item: str  # "seat:12" or "pool:floor"


class Signer:
    """Everything that is signed with the installation secret."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES_MIN:
            raise ValueError(f"The installation secret needs at least {SECRET_BYTES_MIN} bytes.")
        self._buyer_key = derived(secret, b"buyer")
        self._place_key = derived(secret, b"place")
        self._order_key = derived(secret, b"order")
        self._notice_key = derived(secret, b"notice")
        self._pass_key = derived(secret, b"pass")
        self._entry_code_key = derived(secret, b"entry code")
        self._ticket_key = Ed25519PrivateKey.from_private_bytes(derived(secret, b"ticket"))

    # ── buyers ──

    def buyer_token(self, buyer: str) -> str:
        return f"{buyer}.{_signature(self._buyer_key, f'buyer|{buyer}')}"

    def buyer_of(self, token: str) -> str | None:
        """The buyer a token was given to; None when it was not signed here."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            return None
        buyer, _, signature = token.partition(".")
        if not is_buyer(buyer):
            return None
        return buyer if hmac.compare_digest(signature, _signature(self._buyer_key, f"buyer|{buyer}")) else None

    # ── places ──

    def place_token(self, sale: str, number: int, buyer: str) -> str:
        return f"{number}.{_signature(self._place_key, f'{sale}|{number}|{buyer}')}"

    def place_number(self, token: str, sale: str, buyer: str) -> int | None:
        """The number a place token was signed for, for this buyer in this sale; None when it was not signed here."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            return None
        digits, _, signature = token.partition(".")
        if not digits.isdigit() or len(digits) > NUMBER_DIGITS_MAX or str(int(digits)) != digits:
            return None
        expected = _signature(self._place_key, f"{sale}|{digits}|{buyer}")
        return int(digits) if hmac.compare_digest(signature, expected) else None

    # ── entry codes ──

    def entry_code_mark(self, typed: str) -> str:
        """What is kept of a code that opens a sale: the same however it is typed, and of no use without the secret."""
        return _signature(self._entry_code_key, "".join(typed.split()).casefold())

    # ── orders ──

    def order_id(self, sale: str, buyer: str, chosen: str) -> str:
        """The id of the order a buyer calls `chosen`: always the same one, and nobody else can hit it."""
        tag = hmac.digest(self._order_key, f"order|{sale}|{buyer}|{chosen}".encode(), "sha256")
        return "ord_" + urlsafe_b64encode(tag[:ORDER_BYTES]).decode()

    # ── passes: a browser that gave an order's key need not give it again for a while ──

    def pass_token(self, code: str, until_s: int) -> str:
        return f"{until_s}.{_signature(self._pass_key, f'pass|{code}|{until_s}')}"

    def pass_opens(self, token: str, code: str, now_s: int) -> bool:
        """Whether this token was given for the order with this code, and still holds."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            return False
        digits, _, signature = token.partition(".")
        if not digits.isdigit() or len(digits) > NUMBER_DIGITS_MAX:
            return False
        return hmac.compare_digest(signature, _signature(self._pass_key, f"pass|{code}|{digits}")) and now_s < int(
            digits
        )

    # ── notices ──

    def notice_token(self, day: str, number: int) -> str:
        """What the links of a notice carry: whose it is and of which day."""
        return f"{number}.{day}.{_signature(self._notice_key, f'notice|{number}|{day}')}"

    def notice_of(self, token: str) -> tuple[int, str] | None:
        """The profile number and day of a notice's link; None when it was not signed here."""
        parts = token.split(".")
        if len(token) > TOKEN_CHARS_MAX or not token.isascii() or len(parts) != 3:
            return None
        digits, day, signature = parts
        if not digits.isdigit() or len(digits) > NUMBER_DIGITS_MAX or str(int(digits)) != digits:
            return None
        expected = _signature(self._notice_key, f"notice|{digits}|{day}")
        return (int(digits), day) if hmac.compare_digest(signature, expected) else None

    # ── tickets ──

    def ticket_payload(self, ticket: SignedTicket) -> str:
        """The text of a ticket's QR code."""
        said = f"{TICKET_PREFIX}.{ticket.sale}.{ticket.ticket}.{ticket.item}"
        return f"{said}.{_text(self._ticket_key.sign(said.encode()))}"

    def ticket_public_key(self) -> bytes:
        """The 32 bytes a gate needs to check tickets without the network."""
        return self._ticket_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def ticket_of(payload: str, public_key: bytes) -> SignedTicket | None:
    """What a QR code says, when the installation with this public key signed it."""
    if len(payload) > TOKEN_CHARS_MAX or not payload.isascii():
        return None
    said, _, written = payload.rpartition(".")
    parts = said.split(".", 3)
    if len(parts) != 4 or parts[0] != TICKET_PREFIX or not is_sale_id(parts[1]):
        return None
    try:
        signature = urlsafe_b64decode(written + "=" * (-len(written) % 4))
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, said.encode())
    except (NotBase64, ValueError, InvalidSignature):
        return None
    return SignedTicket(*parts[1:])


def derived(secret: bytes, purpose: bytes) -> bytes:
    """The key that the installation secret gives for one purpose."""
    return hmac.digest(secret, b"aforo|1|" + purpose, "sha256")


def _signature(key: bytes, said: str) -> str:
    return _text(hmac.digest(key, said.encode(), "sha256")[:SIGNATURE_BYTES])


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
