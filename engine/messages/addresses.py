"""The addresses messages go to: which ones there can be, in the one form they are kept and compared in. Pure.

Guarantees: what passes here can be written to by its channel. E-mail addresses are in lower case, with the domain as
it stands in DNS (bücher.example is xn--bcher-kva.example); a local part outside ASCII is refused, because it needs
SMTPUTF8 on every server on the way. Phone numbers are E.164. Fails with ValueError, which never repeats the address.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import idna
import phonenumbers
from cryptography.hazmat.primitives.asymmetric import ec
from phonenumbers import PhoneNumberType
from pydantic import AfterValidator, StringConstraints

from engine.limits import EMAIL_CHARS_MAX, PUSH_ENDPOINT_CHARS_MAX
from engine.text import Written

LOCAL_CHARS_MAX = 64
COUNTRY_CODE_DIGITS_MAX = 3
# The dot-string of RFC 5321; quoted local parts exist in standards only.
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"({LABEL}\.)+{LABEL}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
URL_SAFE = re.compile(r"[A-Za-z0-9_-]*")
P256DH_BYTES = 65
AUTH_BYTES = 16
HTTPS_PORT = 443
GMAIL = ("gmail.com", "googlemail.com")  # two domains of one provider, which ignores dots in the local part
NEAR = (".local", ".localhost", ".internal", ".home.arpa")
# Kinds of numbers that take text messages and cost what a text message costs.
TEXTABLE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def email_address(text: str) -> str:
    """The address as it is kept."""
    local, at, domain = text.strip().rpartition("@")
    if not at or len(local) > LOCAL_CHARS_MAX or LOCAL.fullmatch(local) is None:
        raise ValueError("is not an e-mail address we can write to")
    try:
        ascii_domain = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError("has a domain that cannot exist") from error
    address = f"{local.lower()}@{ascii_domain}"
    if DOMAIN.fullmatch(ascii_domain) is None or _is_numeric(ascii_domain) or len(address) > EMAIL_CHARS_MAX:
        raise ValueError("has a domain that cannot exist")
    return address


def as_kept(text: str) -> str:
    """The address as it is kept; what can't be written to, as it was typed: nobody shows that to be theirs."""
    try:
        return email_address(text)
    except ValueError:
        return text


def hinted(address: str) -> str:
    """As much of an e-mail address as its owner knows it by."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def phone_number(text: str) -> str:
    """The number in E.164, as in +34600000000."""
    if E164.fullmatch(text) is None:
        raise ValueError("is not a phone number in international form, as in +34600000000")
    if _is_plainly_possible(text):
        return text
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as error:
        raise ValueError("is not a phone number of any country") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("has too few or too many digits for its country")
    return text


def _is_plainly_possible(text: str) -> bool:
    """What the library says of most numbers, in a twentieth of its time; False: it has to look itself."""
    for digits in range(1, COUNTRY_CODE_DIGITS_MAX + 1):
        if (country := _country_of(text[1 : 1 + digits])) is not None:
            rest = text[1 + digits :]
            return len(rest) in country.lengths and rest[0] != "0" and country.prefix.match(rest) is None
    return False


@dataclass(frozen=True, slots=True)
class _Country:
    lengths: frozenset[int]  # that numbers have after the country's code
    prefix: re.Pattern[str]  # what may come before them within the country, and is not part of them


@functools.cache
def _country_of(code: str) -> _Country | None:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if regions is None:
        return None
    known = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), regions[0])
    if known is None or known.general_desc is None:
        return None
    prefix = known.national_prefix_for_parsing or "(?!)"
    return _Country(frozenset(known.general_desc.possible_length), re.compile(prefix))


def country_of_mobile(number: str) -> str | None:
    """The country (ISO 3166) a number that takes text messages belongs to; None for any other number."""
    try:
        parsed = phonenumbers.parse(phone_number(number))
    except (ValueError, phonenumbers.NumberParseException):
        return None
    if phonenumbers.number_type(parsed) not in TEXTABLE:
        return None
    country: str | None = phonenumbers.region_code_for_number(parsed)
    return country


def push_point(text: str) -> str:
    """A browser's public key: an uncompressed point on P-256, in url-safe base64."""
    raw = _from_base64(text)
    if len(raw) != P256DH_BYTES:
        raise ValueError(f"is not a key of {P256DH_BYTES} bytes")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError as error:
        raise ValueError("is not a point on P-256") from error
    return text.rstrip("=")


def push_secret(text: str) -> str:
    """What a browser shares with its senders: 16 bytes, in url-safe base64."""
    if len(_from_base64(text)) != AUTH_BYTES:
        raise ValueError(f"is not a secret of {AUTH_BYTES} bytes")
    return text.rstrip("=")


def push_endpoint(text: str) -> str:
    """The address of a push service: https, by a public name. Where the name leads is seen when it is called."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError("is not an address of the web") from error
    host = (parts.hostname or "").lower()
    public = DOMAIN.fullmatch(host) is not None and not _is_numeric(host) and not host.endswith(NEAR)
    plain = text.isascii() and text.isprintable() and " " not in text and parts.username is None and not parts.fragment
    if parts.scheme != "https" or not public or not plain or port not in (None, HTTPS_PORT):
        raise ValueError("is not the address of a push service")
    return text


def inbox_of(channel: str, address: str) -> str:
    """The inbox an address belongs to: ana+shop@example.org is the inbox of ana@example.org."""
    if channel != "email":
        return address
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in GMAIL:
        return f"{local.replace('.', '') or local}@{GMAIL[0]}"
    return f"{local}@{domain}"


def _is_numeric(host: str) -> bool:
    """Whether a host ends like an address and not like a name: 127.1, 0x7f.1, 2130706433."""
    last = host.rpartition(".")[2]
    return last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last) is not None


def _from_base64(text: str) -> bytes:
    bare = text.rstrip("=")
    if URL_SAFE.fullmatch(bare) is None:
        raise ValueError("is not url-safe base64")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error as error:
        raise ValueError("is not url-safe base64") from error


EmailAddress = Annotated[str, Written(EMAIL_CHARS_MAX), AfterValidator(email_address)]
PhoneNumber = Annotated[
    str, StringConstraints(max_length=16, pattern=r"^\+[1-9][0-9]{6,14}$"), AfterValidator(phone_number)
]
PushEndpoint = Annotated[str, Written(PUSH_ENDPOINT_CHARS_MAX), AfterValidator(push_endpoint)]
PushPoint = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9_-]+=*$"), AfterValidator(push_point)]
PushSecret = Annotated[
    str, StringConstraints(max_length=30, pattern=r"^[A-Za-z0-9_-]+=*$"), AfterValidator(push_secret)
]
