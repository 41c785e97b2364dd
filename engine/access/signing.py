"""Signer: signs and checks buyers, places, passes, notices and tickets, and derives the ids of orders.

Owns: the form of each. Guarantees: constant-time compares; a signature made for one never passes for another; a text
that was not signed here answers None, whatever it contains. Ids of orders stay the same whatever rotates.
Tickets carry an Ed25519 signature: a gate checks them offline with the public keys alone.
"""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.access.tokens import Tokens, signature, text_of
from engine.ids import is_buyer, is_sale_id
from engine.keyring import BUYERS, FIRST, LINKS, MARKS, ORDERS, PASSES, PLACES, TICKETS, Key, Keyring
from engine.limits import BUYER_TOKEN_DAYS, NOTICE_LINK_DAYS, PLACE_TOKEN_DAYS, TOKEN_CHARS_MAX

ORDER_BYTES = 12
NUMBER_DIGITS_MAX = 15
TICKET_PREFIX = "A2"  # then the id of the key
FIRST_TICKET_PREFIX = "A1"  # by the first key, as the release before reads it


@dataclass(frozen=True, slots=True)
class SignedTicket:
    """What a ticket's QR code says once its signature was checked."""

    sale: str
    ticket: str
    item: str  # "seat:12" or "pool:floor"


class Signer:
    """Everything that is signed with the keyring."""

    def __init__(self, keyring: Keyring, clock: Callable[[], float] = time.time) -> None:
        self._keyring = keyring
        self._clock = clock
        self._buyers = Tokens(keyring, BUYERS)
        self._places = Tokens(keyring, PLACES)
        self._passes = Tokens(keyring, PASSES)
        self._notices = Tokens(keyring, LINKS, b"notice")
        self._order_key = keyring.fixed(ORDERS, b"order")
        self._entry_code_key = keyring.fixed(MARKS, b"entry code")
        self._voucher_key = hmac.digest(self._entry_code_key, b"voucher", "sha256")
        self._tickets = keyring.of(TICKETS)
        self._ticket_seed: tuple[Key, Ed25519PrivateKey] | None = None

    # ── buyers ──

    def buyer_token(self, buyer: str) -> str:
        return self._buyers.issue(buyer, f"buyer|{buyer}", self._clock(), days=BUYER_TOKEN_DAYS)

    def buyer_of(self, token: str) -> str | None:
        """The buyer a token was given to; None when it was not signed here, or has ended."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            return None
        buyer, *rest = token.split(".")
        return buyer if is_buyer(buyer) and self._buyers.holds(rest, f"buyer|{buyer}", self._clock()) else None

    def renewed(self, token: str, buyer: str) -> str:
        """The token of this buyer that was shown and holds, or a new one once it is past its half."""
        return token if self._buyers.is_young(token.split(".")[1:], self._clock()) else self.buyer_token(buyer)

    # ── places ──

    def place_token(self, sale: str, number: int, buyer: str) -> str:
        return self._places.issue(str(number), f"{sale}|{number}|{buyer}", self._clock(), days=PLACE_TOKEN_DAYS)

    def place_number(self, token: str, sale: str, buyer: str) -> int | None:
        """The number a place token was signed for, for this buyer in this sale; None when it was not signed here."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            return None
        digits, *rest = token.split(".")
        if not is_number(digits) or str(int(digits)) != digits:
            return None
        return int(digits) if self._places.holds(rest, f"{sale}|{digits}|{buyer}", self._clock()) else None

    # ── entry codes ──

    def entry_code_mark(self, typed: str) -> str:
        """What is kept of a code that opens a sale: the same however it is typed, and of no use without the keyring."""
        return signature(self._entry_code_key, "".join(typed.split()).casefold())

    def voucher_mark(self, code: str) -> str:
        """What is kept of a voucher's code, as it is compared."""
        return signature(self._voucher_key, code)

    def voucher_seed(self, name: str) -> bytes:
        """What the code of a voucher that has a name is spelled from: always the same, and nobody guesses it."""
        return hmac.digest(self._voucher_key, f"seed|{name}".encode(), "sha256")

    # ── orders ──

    def order_id(self, sale: str, buyer: str, chosen: str) -> str:
        """The id of the order a buyer calls `chosen`: always the same one, and nobody else can hit it."""
        tag = hmac.digest(self._order_key, f"order|{sale}|{buyer}|{chosen}".encode(), "sha256")
        return "ord_" + urlsafe_b64encode(tag[:ORDER_BYTES]).decode()

    def staff_buyer(self, sale: str, issuer: str, chosen: str) -> str:
        """For whom a member makes the order they call `chosen`: the same each time, and nobody's browser."""
        tag = hmac.digest(self._order_key, f"staff|{sale}|{issuer}|{chosen}".encode(), "sha256")
        return urlsafe_b64encode(tag[:ORDER_BYTES]).decode()

    # ── passes: a browser that gave an order's key need not give it again for a while ──

    def pass_token(self, code: str, until_s: int, key_changes: int = 0) -> str:
        said = _pass_of(code, str(until_s), key_changes)
        return self._passes.issue(str(until_s), said, self._clock(), until_s=until_s)

    def pass_opens(self, token: str, code: str, now_s: int, key_changes: int = 0) -> bool:
        """Whether this token was given for the order with this code, still holds, and its key is the one of then."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            return False
        digits, *rest = token.split(".")
        said = _pass_of(code, digits, key_changes)
        return is_number(digits) and now_s < int(digits) and self._passes.holds(rest, said, now_s)

    # ── links to choose an order's key anew: good until it was chosen anew ──

    def key_link(self, code: str, until_s: int, key_changes: int) -> str:
        said = f"key link|{code}|{until_s}|{key_changes}"
        return self._passes.issue(f"{until_s}.{key_changes}", said, self._clock(), until_s=until_s)

    def key_changes_of(self, token: str, code: str, now_s: int) -> int | None:
        """How often the key had been changed when this link was made; None when it was not, or has ended."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii() or token.count(".") < 2:
            return None
        until, changes, *rest = token.split(".")
        if not (is_number(until) and is_number(changes) and now_s < int(until)):
            return None
        said = f"key link|{code}|{until}|{changes}"
        return int(changes) if self._passes.holds(rest, said, now_s) else None

    # ── notices ──

    def notice_token(self, day: str, number: int) -> str:
        """What the links of a notice carry: whose it is and of which day."""
        return self._notices.issue(f"{number}.{day}", f"notice|{number}|{day}", self._clock(), days=NOTICE_LINK_DAYS)

    def notice_of(self, token: str) -> tuple[int, str] | None:
        """The person's number and day of a notice's link; None when it was not signed here."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii():
            return None
        digits, _, others = token.partition(".")
        day, *rest = others.split(".")
        if not is_number(digits) or str(int(digits)) != digits:
            return None
        return (int(digits), day) if self._notices.holds(rest, f"notice|{digits}|{day}", self._clock()) else None

    # ── what readers want ──

    def reader_token(self, organizer_id: str, who: str) -> str:
        """What the link to somebody's preferences carries: a profile's number or a person, and of whose messages."""
        said = f"reader|{organizer_id}|{who}"
        return self._notices.issue(f"{who}.{organizer_id}", said, self._clock(), days=NOTICE_LINK_DAYS)

    def reader_of(self, token: str) -> tuple[str, str] | None:
        """Organizer, and profile or person, of a link to preferences; None when it was not signed here."""
        if len(token) > TOKEN_CHARS_MAX or not token.isascii() or token.count(".") < 2:
            return None
        who, organizer_id, *rest = token.split(".")
        said = f"reader|{organizer_id}|{who}"
        return (organizer_id, who) if self._notices.holds(rest, said, self._clock()) else None

    # ── tickets ──

    def ticket_payload(self, ticket: SignedTicket) -> str:
        """The text of a ticket's QR code."""
        key, seed = self._signing_ticket_key()
        by = f"{TICKET_PREFIX}.{key.id}" if self._keyring.names_keys else FIRST_TICKET_PREFIX
        said = f"{by}.{ticket.sale}.{ticket.ticket}.{ticket.item}"
        return f"{said}.{text_of(seed.sign(said.encode()))}"

    def _signing_ticket_key(self) -> tuple[Key, Ed25519PrivateKey]:
        key = self._tickets.signing
        if self._ticket_seed is None or self._ticket_seed[0] is not key:
            self._ticket_seed = key, Ed25519PrivateKey.from_private_bytes(key.parts[0])
        return self._ticket_seed

    def ticket_public_keys(self) -> dict[str, bytes]:
        """By id, the keys of 32 bytes that a gate needs to check tickets without the network."""
        return {
            str(key.id): Ed25519PrivateKey.from_private_bytes(key.parts[0]).public_key().public_bytes_raw()
            for key in self._tickets.live()
        }


def _pass_of(code: str, until_s: str, key_changes: int) -> str:
    """What a pass says; of a key that was never changed, as the release before reads it."""
    said = f"pass|{code}|{until_s}"
    return f"{said}|{key_changes}" if key_changes else said


def ticket_of(payload: str, public_keys: Mapping[str, bytes]) -> SignedTicket | None:
    """What a QR code says, when the installation with these public keys signed it."""
    if len(payload) > TOKEN_CHARS_MAX or not payload.isascii():
        return None
    said, _, written = payload.rpartition(".")
    prefix, _, facts = said.partition(".")
    if prefix == TICKET_PREFIX:
        key_id, _, facts = facts.partition(".")
    elif prefix == FIRST_TICKET_PREFIX:
        key_id = FIRST
    else:
        return None
    parts, public_key = facts.split(".", 2), public_keys.get(key_id)
    if public_key is None or len(parts) != 3 or not is_sale_id(parts[0]):
        return None
    try:
        signed = urlsafe_b64decode(written + "=" * (-len(written) % 4))
        Ed25519PublicKey.from_public_bytes(public_key).verify(signed, said.encode())
    except (NotBase64, ValueError, InvalidSignature):
        return None
    return SignedTicket(*parts)


def is_number(digits: str) -> bool:
    """Whether ASCII text from outside is a number that we could have issued."""
    return digits.isdigit() and len(digits) <= NUMBER_DIGITS_MAX
