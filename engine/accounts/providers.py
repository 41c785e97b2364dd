"""Providers of OpenID Connect: what they say of themselves, and what they say of somebody (authorization code, PKCE).

Owns: what a process remembers of their documents, for an hour. Guarantees: an answer counts only with a state that this
browser was given, from the issuer that was asked; an id token only when it is signed, by a key of the issuer, with an
algorithm that both sides name, for us, now, with our nonce. Every request goes through the guarded client. Fails with
`Unbelieved`, with a word for why.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from engine.limits import (
    OUTSIDE_DOCUMENT_BYTES_MAX,
    OUTSIDE_DOCUMENT_KEPT_S,
    OUTSIDE_KEYS_AGAIN_S,
    OUTSIDE_LEEWAY_S,
    OUTSIDE_TEXT_CHARS_MAX,
)
from engine.outgoing import Answer, Forbidden, Outgoing, Unanswered
from engine.settings import OutsideProvider

# What may sign an id token: nothing that shares a secret, and nothing without a signature.
ALGORITHMS = ("ES256", "EdDSA", "Ed25519", "PS256", "RS256")
KEY_KINDS = ("EC", "OKP", "RSA")
KEYS_MAX = 50
SCOPES = "openid email profile"
OK = 200
JSON_HEADERS = {"Accept": "application/json"}


class Unbelieved(Exception):
    """What came from outside is no use; the text says why in a word."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What a browser takes to a provider and back, sealed."""

    provider: str
    state: str
    nonce: str
    verifier: str
    until_s: int
    then: str  # where to go afterwards
    session: str  # whose account it is to be linked to; empty: it is a login


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider says that somebody is."""

    issuer: str
    subject: str
    email: str  # empty where it says none, or doesn't say that it is theirs
    name: str


@dataclass(slots=True)
class Known:
    """What is remembered of a provider."""

    metadata: Mapping[str, Any] | None = None
    metadata_at: float = 0.0
    keys: list[Any] = field(default_factory=list)
    keys_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


def new_journey(provider: str, until_s: int, then: str, session: str) -> Journey:
    state, nonce, verifier = (secrets.token_urlsafe(count) for count in (24, 24, 48))
    return Journey(provider, state, nonce, verifier, until_s, then, session)


class Provider:
    def __init__(self, settings: OutsideProvider, outgoing: Outgoing) -> None:
        self.id, self.name, self.issuer = settings.id, settings.name, settings.issuer.rstrip("/")
        self._settings = settings
        self._outgoing = outgoing
        self._known = Known()

    async def way_there(self, journey: Journey, back: str) -> str:
        """Where to send a browser that logs in there, and then comes `back`."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        metadata = await self._metadata()
        there = text_in(metadata, "authorization_endpoint")
        self._judge(there)
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "scope": SCOPES,
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": create_s256_code_challenge(journey.verifier),
            "code_challenge_method": "S256",
        }
        return f"{there}{'&' if '?' in there else '?'}{urlencode(asked)}"

    async def who_came(self, journey: Journey, answer: Mapping[str, str], back: str) -> Identity:
        """Whom the provider names in exchange for the code that it sent somebody back with."""
        metadata = await self._metadata()
        if not secrets.compare_digest(answer.get("state", "").encode(), journey.state.encode()):
            raise Unbelieved("state")
        says = metadata.get("authorization_response_iss_parameter_supported") is True
        if (says or "iss" in answer) and answer.get("iss") != metadata["issuer"]:
            raise Unbelieved("mixed_up")
        if "error" in answer:
            raise Unbelieved("turned_away")
        if not 0 < len(answer.get("code", "")) <= OUTSIDE_TEXT_CHARS_MAX:
            raise Unbelieved("code")
        tokens = await self._exchange(metadata, answer["code"], journey.verifier, back)
        access = tokens.get("access_token")
        claims = await self._claims(metadata, text_in(tokens, "id_token"), journey.nonce, access)
        if "email" not in claims and isinstance(access, str) and "userinfo_endpoint" in metadata:
            said = await self._document(
                text_in(metadata, "userinfo_endpoint"), {**JSON_HEADERS, "Authorization": f"Bearer {access}"}
            )
            if said.get("sub") != claims["sub"]:
                raise Unbelieved("userinfo")
            claims = {**said, **claims}
        verified = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
        name = claims.get("name")
        subject = claims["sub"]
        if not 0 < len(subject) <= OUTSIDE_TEXT_CHARS_MAX // 4:
            raise Unbelieved("subject")
        return Identity(
            self.issuer, subject, claims["email"] if verified else "", name if isinstance(name, str) else ""
        )

    async def _exchange(self, metadata: Mapping[str, Any], code: str, verifier: str, back: str) -> Mapping[str, Any]:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers = {**JSON_HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
        secret = self._settings.client_secret.get_secret_value()
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in methods:
            headers["Authorization"] = basic(self._settings.client_id, secret)
        else:
            fields |= {"client_id": self._settings.client_id, "client_secret": secret}
        try:
            url = text_in(metadata, "token_endpoint")
            self._judge(url)
            answer = await self._outgoing.post(url, urlencode(fields).encode(), headers)
        except (Forbidden, Unanswered) as error:
            raise Unbelieved("unanswered") from error
        return json_of(answer, "code")

    async def _claims(self, metadata: Mapping[str, Any], token: str, nonce: str, access: object) -> Mapping[str, Any]:
        """What an id token says, once everything about it is as it must be."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        names = metadata.get("id_token_signing_alg_values_supported")
        algorithms = [each for each in ALGORITHMS if isinstance(names, list) and each in names]
        header = header_of(token)
        if header.get("alg") not in algorithms:
            raise Unbelieved("algorithm")
        for key in await self._keys(metadata, header.get("kid")):
            try:
                read = jwt.decode(token, key, algorithms=algorithms)
                break
            except (JoseError, ValueError, TypeError):
                continue
        else:
            raise Unbelieved("signature")
        client = self._settings.client_id
        options = {"iss": {"essential": True, "value": metadata["issuer"]}, "aud": {"essential": True, "value": client}}
        params = {"nonce": nonce, "client_id": client, "access_token": access}
        claims = CodeIDToken(read.claims, read.header, options=options, params=params)
        try:
            claims.validate(now=int(time.time()), leeway=OUTSIDE_LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            raise Unbelieved(f"claim_{getattr(error, 'claim', None) or 'wrong'}") from error
        return dict(claims)

    async def _metadata(self) -> Mapping[str, Any]:
        known = self._known
        async with known.lock:
            if known.metadata is None or known.metadata_at + OUTSIDE_DOCUMENT_KEPT_S < time.monotonic():
                found = await self._document(f"{self.issuer}/.well-known/openid-configuration")
                if str(found.get("issuer")).rstrip("/") != self.issuer:
                    raise Unbelieved("issuer")
                known.metadata, known.metadata_at = found, time.monotonic()
            return known.metadata

    async def _keys(self, metadata: Mapping[str, Any], kid: object) -> list[Any]:
        """The keys that may have signed; fetched anew, now and then, when none has the name that a token gives."""
        known = self._known
        async with known.lock:
            age = time.monotonic() - known.keys_at
            found = named(known.keys, kid)
            if age > OUTSIDE_DOCUMENT_KEPT_S or (not found and age > OUTSIDE_KEYS_AGAIN_S):
                known.keys = keys_in(await self._document(text_in(metadata, "jwks_uri")))
                known.keys_at = time.monotonic()
                found = named(known.keys, kid)
            return found

    async def _document(self, url: str, headers: Mapping[str, str] = JSON_HEADERS) -> Mapping[str, Any]:
        try:
            answer = await self._outgoing.get(url, headers, bytes_max=OUTSIDE_DOCUMENT_BYTES_MAX)
        except (Forbidden, Unanswered) as error:
            raise Unbelieved("unanswered") from error
        return json_of(answer, "document")

    def _judge(self, url: str) -> None:
        try:
            self._outgoing.judge(url)
        except Forbidden as error:
            raise Unbelieved("address") from error


def basic(client: str, secret: str) -> str:
    """Both are form-encoded first (RFC 6749, section 2.3.1)."""
    from base64 import b64encode
    from urllib.parse import quote_plus

    return f"Basic {b64encode(f'{quote_plus(client)}:{quote_plus(secret)}'.encode()).decode()}"


def text_in(document: Mapping[str, Any], name: str) -> str:
    found = document.get(name)
    if not isinstance(found, str) or not found:
        raise Unbelieved(name)
    return found


def json_of(answer: Answer, what: str) -> Mapping[str, Any]:
    if answer.status != OK:
        raise Unbelieved(what)
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise Unbelieved(what) from error
    if not isinstance(found, dict):
        raise Unbelieved(what)
    return found


def header_of(token: str) -> Mapping[str, Any]:
    from joserfc.errors import JoseError
    from joserfc.jws import extract_compact

    try:
        return extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unbelieved("unreadable") from error


def keys_in(document: Mapping[str, Any]) -> list[Any]:
    """The public keys of a key set that may sign; others are left out, and what can't be read."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    found: list[Any] = []
    keys = document.get("keys")
    for each in keys[:KEYS_MAX] if isinstance(keys, list) else ():
        if not isinstance(each, dict) or each.get("kty") not in KEY_KINDS or each.get("use", "sig") != "sig":
            continue
        try:
            found.append(import_key(each))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found


def named(keys: list[Any], kid: object) -> list[Any]:
    return keys if kid is None else [key for key in keys if key.kid == kid]
