"""Tokens made from keys: what was not signed here as it stands, for us, to count now, is none."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.access import KeyShown, KeyTokens, Permission
from engine.keyring import TOKENS, Keyring

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ISSUER = "https://tickets.example.org"
READ = frozenset({Permission.ORDER_READ})


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def key(**more: Any) -> KeyShown:
    fields: dict[str, Any] = {
        "id": "ak_box",
        "organizer": "org_a",
        "label": "box office",
        "created_at": NOW,
        "revoked_at": None,
        "scopes": None,
        "events": frozenset(),
        "venues": frozenset(),
        "expires_at": None,
        "networks": (),
        "last_used_at": None,
        "created_by": "",
        "rotated_from": None,
        **more,
    }
    return KeyShown(**fields)


def made(clock: Clock | None = None, secret: bytes = b"s" * 32, issuer: str = ISSUER) -> KeyTokens:
    return KeyTokens(Keyring.of_secret(secret), issuer, clock=clock or Clock())


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, body, _ = token.split(".")
    return orjson.loads(base64.urlsafe_b64decode(head + "==")), orjson.loads(base64.urlsafe_b64decode(body + "=="))


def signed(head: dict[str, Any], body: dict[str, Any], private: Ed25519PrivateKey) -> str:
    said = f"{b64(orjson.dumps(head))}.{b64(orjson.dumps(body))}"
    return f"{said}.{b64(private.sign(said.encode()))}"


def ours() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(Keyring.of_secret(b"s" * 32).of(TOKENS).signing.parts[0])


def test_a_token_is_read_by_us_and_by_whoever_has_the_published_key() -> None:
    tokens = made()
    token, until = tokens.issue(key(), READ, 300)
    claims = tokens.read(token)
    assert claims is not None
    assert (claims.key, claims.organizer, claims.permissions, claims.until) == ("ak_box", "org_a", READ, until)
    # By RFC 7515 and RFC 8032 alone, without the library that made it.
    head, body = parts_of(token)
    published = next(each for each in tokens.jwks()["keys"] if each["kid"] == head["kid"])
    assert (published["kty"], published["crv"], published["use"], "d" in published) == ("OKP", "Ed25519", "sig", False)
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(published["x"] + "=="))
    said, _, signature = token.rpartition(".")
    public.verify(base64.urlsafe_b64decode(signature + "=="), said.encode())
    assert (body["iss"], body["sub"], body["scope"]) == (ISSUER, "ak_box", "order:read")


def test_a_token_may_no_more_and_lasts_no_longer_than_its_key() -> None:
    tokens, soon = made(), NOW + timedelta(seconds=10)
    narrow = key(scopes=READ, events=frozenset({"evt_a"}), expires_at=soon)
    token, until = tokens.issue(narrow, READ, 900)
    assert until == soon
    claims = tokens.read(token)
    assert claims is not None
    for now_has in (READ, frozenset({Permission.SALE_READ})):
        permit = claims.permit(key(scopes=now_has, events=frozenset({"evt_a"})))
        assert permit.grants[0].permissions == READ & now_has
        assert permit.grants[0].scope.events == {"evt_a"}


def test_it_ends_and_does_not_begin_in_the_future() -> None:
    clock = Clock()
    tokens = made(clock)
    token, until = tokens.issue(key(), READ, 300)
    for now, counts in (
        (NOW - timedelta(seconds=59), True),
        (NOW - timedelta(seconds=61), False),
        (until - timedelta(seconds=1), True),
        (until, False),
    ):
        clock.now = now
        assert (tokens.read(token) is not None) == counts, now


def forgeries() -> dict[str, str]:
    token, _ = made().issue(key(), READ, 300)
    head, body = parts_of(token)
    public = base64.urlsafe_b64decode(made().jwks()["keys"][0]["x"] + "==")
    said, _, signature = token.rpartition(".")
    none = f"{b64(orjson.dumps({**head, 'alg': 'none'}))}.{said.partition('.')[2]}"
    confused = f"{b64(orjson.dumps({**head, 'alg': 'HS256'}))}.{said.partition('.')[2]}"
    others = Ed25519PrivateKey.generate()
    return {
        "none": f"{none}.",
        "none, with a signature": f"{none}.{signature}",
        "HS256 with our public key": f"{confused}.{b64(hmac.digest(public, confused.encode(), 'sha256'))}",
        "another key": signed(head, body, others),
        "a key of its own": signed({**head, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": b64(public)}}, body, ours()),
        "a key from elsewhere": signed({**head, "jku": "https://evil.example/jwks.json"}, body, ours()),
        "an unknown kid": signed({**head, "kid": "9"}, body, ours()),
        "a kid that is a path": signed({**head, "kid": "../../1"}, body, ours()),
        "no kid": signed({name: said for name, said in head.items() if name != "kid"}, body, ours()),
        "a critical extension": signed({**head, "crit": ["exp"]}, body, ours()),
        "another type": signed({**head, "typ": "JWT"}, body, ours()),
        "another issuer": signed(head, {**body, "iss": "https://evil.example"}, ours()),
        "for somebody else": signed(head, {**body, "aud": "https://evil.example"}, ours()),
        "no end": signed(head, {name: said for name, said in body.items() if name != "exp"}, ours()),
        "an end in words": signed(head, {**body, "exp": "tomorrow"}, ours()),
        "more than was signed": token.replace(
            said.partition(".")[2], b64(orjson.dumps({**body, "scope": "organizer:own"})), 1
        ),
        "cut": token[:-1],
        "no text": "..",
        "endless": "a" * 9_000 + "..",
        "of another installation": made(secret=b"t" * 32).issue(key(), READ, 300)[0],
    }


@pytest.mark.parametrize("name", forgeries())
def test_a_forged_token_is_none(name: str) -> None:
    assert made().read(forgeries()[name]) is None


def test_rfc_8032_vector_1_is_what_signs() -> None:
    """The first test vector of RFC 8032, section 7.1: the empty message."""
    private = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert private.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
