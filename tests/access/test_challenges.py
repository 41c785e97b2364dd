"""Challenges: solved by the published library, good for one buyer and sale, and harder where a network is busy."""

from __future__ import annotations

import base64
import json

import altcha
import pytest

from engine.access import Challenges
from engine.access.challenges import BUSY_FACTOR, BUSY_FROM, TRIES, tries_at
from engine.access.model import Proof
from engine.keyring import Keyring

SECRET = b"the secret of an installation"


def solved(asked: dict[str, object]) -> str:
    """What a device sends back."""
    challenge = altcha.Challenge.from_dict(asked)
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


@pytest.fixture
def challenges() -> Challenges:
    return Challenges(Keyring.of_secret(SECRET), ease=100)


def test_a_solved_challenge_is_a_proof_for_its_buyer_and_sale_alone(challenges: Challenges) -> None:
    proof = solved(challenges.ask("jazz", "buyer-1", "lobby", 0.0))
    found = challenges.proof_of(proof, "jazz", "buyer-1")
    assert isinstance(found, Proof)
    assert found.state == "lobby"
    assert challenges.proof_of(proof, "jazz", "buyer-2") is None
    assert challenges.proof_of(proof, "blues", "buyer-1") is None
    assert (
        Challenges(Keyring.of_secret(b"another installation's secret"), ease=100).proof_of(proof, "jazz", "buyer-1")
        is None
    )


@pytest.mark.parametrize("field", ["cost", "keyPrefix", "data", "expiresAt"])
def test_what_was_signed_can_not_be_changed(challenges: Challenges, field: str) -> None:
    said = json.loads(base64.b64decode(solved(challenges.ask("jazz", "buyer-1", "open", 0.0))))
    parameters = said["challenge"]["parameters"]
    parameters[field] = {"cost": 1, "keyPrefix": "", "data": {}, "expiresAt": parameters["expiresAt"] + 60}[field]
    changed = base64.b64encode(json.dumps(said).encode()).decode()
    assert challenges.proof_of(changed, "jazz", "buyer-1") is None


def test_a_challenge_of_a_key_nobody_has_is_none(challenges: Challenges) -> None:
    said = json.loads(base64.b64decode(solved(challenges.ask("jazz", "buyer-1", "open", 0.0))))
    said["challenge"]["parameters"]["data"]["key"] = "99"
    changed = base64.b64encode(json.dumps(said).encode()).decode()
    assert challenges.proof_of(changed, "jazz", "buyer-1") is None


@pytest.mark.parametrize("sent", ["", "e30=", "bm90IGpzb24=", "ñ", "a" * 5_000, base64.b64encode(b"[" * 900).decode()])
def test_what_is_no_proof_is_none(challenges: Challenges, sent: str) -> None:
    assert challenges.proof_of(sent, "jazz", "buyer-1") is None


def test_an_unsolved_challenge_is_none(challenges: Challenges) -> None:
    asked = altcha.Challenge.from_dict(challenges.ask("jazz", "buyer-1", "open", 0.0))
    unsolved = altcha.Payload(asked, altcha.Solution(1, "00" * 32)).to_base64()
    assert challenges.proof_of(unsolved, "jazz", "buyer-1") is None


def test_challenges_grow_before_anybody_is_refused() -> None:
    assert tries_at(0.0) == tries_at(BUSY_FROM) == TRIES
    assert TRIES < tries_at(0.6) < tries_at(0.8) < tries_at(1.0) == TRIES * BUSY_FACTOR
