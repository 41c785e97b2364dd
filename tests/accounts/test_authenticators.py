"""Answers of authenticators, by the vectors that the specification publishes (WebAuthn level 3, section 16)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.accounts import authenticators
from engine.accounts.authenticators import Mistaken
from engine.accounts.factor_model import RelyingParty
from tests.accounts.authenticator import bytes_of, text_of

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("webauthn_vectors.json").read_text(encoding="ascii"))
RP = RelyingParty("example.org", "https://example.org")
ACCOUNT = "acc_AAAAAAAAAAAAAAAA"


def credential(name: str, part: str) -> tuple[dict[str, Any], bytes]:
    """What a browser would have sent, and the challenge that was asked."""
    vector = VECTORS[name]
    said = {key: text_of(bytes.fromhex(value)) for key, value in vector[part].items() if key != "challenge"}
    named = text_of(bytes.fromhex(vector["credential_id"]))
    answer = {"id": named, "rawId": named, "type": "public-key", "response": said}
    return answer, bytes.fromhex(vector[part]["challenge"])


def public_key(name: str) -> bytes:
    """The key in a registration, whether or not that would be taken."""
    from webauthn.helpers import parse_attestation_object

    made = parse_attestation_object(bytes.fromhex(VECTORS[name]["created"]["attestationObject"]))
    assert made.auth_data.attested_credential_data is not None
    return made.auth_data.attested_credential_data.credential_public_key


def test_a_passkey_that_signed_itself_is_made() -> None:
    answer, challenge = credential("self", "created")
    assert authenticators.challenge_in(answer) == challenge
    made = authenticators.created(answer, RP, challenge)
    assert made.credential_id == bytes.fromhex(VECTORS["self"]["credential_id"])
    assert (made.sign_count, made.backed_up) == (0, True)


def test_one_with_a_long_id_is_shown() -> None:
    answer, challenge = credential("long_id", "shown")
    assert authenticators.challenge_in(answer) == challenge
    assert len(authenticators.credential_id_in(answer)) > 1_000
    assert authenticators.shown(answer, RP, challenge, public_key("long_id"), ACCOUNT).sign_count == 0
    answer["response"]["signature"] = text_of(bytes_of(answer["response"]["signature"])[:-1] + b"\0")
    with pytest.raises(Mistaken, match="signature"):
        authenticators.shown(answer, RP, challenge, public_key("long_id"), ACCOUNT)


@pytest.mark.parametrize(("name", "reason"), [("none", "user_verification"), ("certificates", "attestation")])
def test_what_is_right_but_not_enough_is_not_made(name: str, reason: str) -> None:
    answer, challenge = credential(name, "created")
    with pytest.raises(Mistaken, match=reason):
        authenticators.created(answer, RP, challenge)


def test_who_was_not_verified_is_not_known() -> None:
    answer, challenge = credential("self", "shown")
    with pytest.raises(Mistaken, match="user_verification"):
        authenticators.shown(answer, RP, challenge, public_key("self"), ACCOUNT)


@pytest.mark.parametrize("part", ["created", "shown"])
def test_a_page_in_somebody_elses_frame_is_not_ours(part: str) -> None:
    with pytest.raises(Mistaken, match="framed"):
        authenticators.challenge_in(credential("cross_origin", part)[0])


@pytest.mark.parametrize(
    ("rp", "reason"),
    [(RelyingParty("example.org", "https://example.com"), "origin"), (RelyingParty("org", RP.origin), "relying_party")],
)
def test_an_answer_is_for_one_host(rp: RelyingParty, reason: str) -> None:
    answer, challenge = credential("self", "created")
    with pytest.raises(Mistaken, match=reason):
        authenticators.created(answer, rp, challenge)
    with pytest.raises(Mistaken, match="challenge"):
        authenticators.created(answer, RP, challenge[:-1] + b"\0")


@pytest.mark.parametrize("cut", range(0, 200, 23))
def test_whatever_is_cut_short_is_unreadable(cut: int) -> None:
    answer, challenge = credential("self", "created")
    whole = bytes_of(answer["response"]["attestationObject"])
    answer["response"]["attestationObject"] = text_of(whole[: len(whole) - 1 - cut])
    with pytest.raises(Mistaken, match="unreadable"):
        authenticators.created(answer, RP, challenge)
