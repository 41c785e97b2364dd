"""What authenticators answer (WebAuthn level 3), checked; the questions they are asked.

Pure, but for randomness. Guarantees: user verification is required, so a passkey is two factors in one; only algorithms
that were offered are taken; whatever is wrong with an answer is a `Mistaken`, with a word for it, however broken it is.
Attestation isn't asked for: formats with chains of certificates are refused unread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.accounts.factor_model import RelyingParty
from engine.accounts.model import AccountView
from engine.limits import CEREMONY_S

FORMATS = ("none", "packed")  # packed without certificates is signed by the passkey itself
COUNTED = 0  # who counts uses compares with the database, in the transaction of the use
MS_PER_S = 1_000


class Mistaken(Exception):
    """An answer that is no use; the text says why in a word."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    credential_id: bytes
    public_key: bytes
    sign_count: int
    backed_up: bool
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Used:
    sign_count: int
    backed_up: bool


def to_create(rp: RelyingParty, challenge: bytes, account: AccountView, known: Sequence[bytes]) -> Any:
    """What a browser asks an authenticator for a new passkey."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import structs

    options = generate_registration_options(
        rp_id=rp.id,
        rp_name="Aforo",
        user_id=account.id.encode(),
        user_name=account.email,
        user_display_name=account.name or account.email,
        challenge=challenge,
        timeout=CEREMONY_S * MS_PER_S,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return json.loads(options_to_json(options))


def to_show(rp: RelyingParty, challenge: bytes, known: Sequence[bytes] = ()) -> Any:
    """What a browser asks an authenticator for one of the known passkeys; without any, for whichever it has."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import structs

    options = generate_authentication_options(
        rp_id=rp.id,
        challenge=challenge,
        timeout=CEREMONY_S * MS_PER_S,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return json.loads(options_to_json(options))


def challenge_in(credential: Mapping[str, Any]) -> bytes:
    """The challenge that an answer says it answers."""
    from webauthn.helpers import base64url_to_bytes

    try:
        said = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(said["challenge"])
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise Mistaken("unreadable") from error
    if said.get("crossOrigin") or "topOrigin" in said:
        raise Mistaken("framed")  # our pages are never in somebody else's
    return challenge


def credential_id_in(credential: Mapping[str, Any]) -> bytes:
    from webauthn.helpers import base64url_to_bytes

    try:
        return base64url_to_bytes(credential["rawId"])
    except (KeyError, TypeError, ValueError) as error:
        raise Mistaken("unreadable") from error


def created(credential: Mapping[str, Any], rp: RelyingParty, challenge: bytes) -> NewPasskey:
    """The passkey that an authenticator made."""
    from webauthn import base64url_to_bytes, verify_registration_response
    from webauthn.helpers import parse_cbor

    try:
        attestation = parse_cbor(base64url_to_bytes(credential["response"]["attestationObject"]))
        if attestation["fmt"] not in FORMATS or "x5c" in attestation["attStmt"]:
            raise Mistaken("attestation")
        verified = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=rp.id,
            expected_origin=rp.origin,
            require_user_verification=True,
        )
    except Mistaken:
        raise
    except Exception as error:  # whatever a stranger's bytes make its parsers raise
        raise Mistaken(word_for(error)) from error
    transports = credential["response"].get("transports") or ()
    return NewPasskey(
        verified.credential_id,
        verified.credential_public_key,
        verified.sign_count,
        verified.credential_backed_up,
        tuple(sorted(transports)),
    )


def shown(credential: Mapping[str, Any], rp: RelyingParty, challenge: bytes, public_key: bytes, account: str) -> Used:
    """What showing a passkey of an account said."""
    from webauthn import base64url_to_bytes, verify_authentication_response

    try:
        handle = credential["response"].get("userHandle")
        if handle is not None and base64url_to_bytes(handle) != account.encode():
            raise Mistaken("account")
        verified = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=rp.id,
            expected_origin=rp.origin,
            credential_public_key=public_key,
            credential_current_sign_count=COUNTED,
            require_user_verification=True,
        )
    except Mistaken:
        raise
    except Exception as error:  # whatever a stranger's bytes make its parsers raise
        raise Mistaken(word_for(error)) from error
    return Used(verified.new_sign_count, verified.credential_backed_up)


# How the library's sentences begin, and the word for it in the audit trail: never what was sent.
WORDS = (
    ("Unexpected client data origin", "origin"),
    ("Client data challenge", "challenge"),
    ("Unexpected client data type", "type"),
    ("Unexpected RP ID hash", "relying_party"),
    ("User verification is required", "user_verification"),
    ("User was not present", "user_presence"),
    ("User presence", "user_presence"),
    ("Unsupported credential public key alg", "algorithm"),
    ("Could not verify authentication signature", "signature"),
    ("Attestation statement", "signature"),
)


def word_for(error: Exception) -> str:
    text = str(error)
    return next((word for begins, word in WORDS if text.startswith(begins)), "unreadable")
