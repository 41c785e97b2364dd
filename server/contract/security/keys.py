"""API keys as they are asked for and shown."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from engine.access import KeyDraft, KeyShown, Permission
from engine.ids import MadeId
from engine.limits import (
    ACCESS_TOKEN_S,
    ACCESS_TOKEN_S_MAX,
    API_KEY_LABEL_CHARS_MAX,
    API_KEY_NETWORKS_MAX,
    API_KEY_OVERLAP_S_MAX,
    SCOPE_ITEMS_MAX,
)
from engine.text import Written
from server.contract.asks import Ask
from server.contract.stamps import in_ms, in_ms_if_any, moment_of

INSTANT_MS_MAX = 253_402_300_799_000  # the last second of the year 9999
NETWORK_CHARS_MAX = 64


def network(text: str) -> str:
    """A network, or an address as a network of its own."""
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise ValueError("is not a network such as 203.0.113.0/24") from error


def permission(text: str) -> str:
    if text not in {each.value for each in Permission}:
        raise ValueError("is not a permission; GET /api/security/roles lists them")
    return text


PermissionWord = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{1,20}:[a-z]{1,20}$", max_length=41), AfterValidator(permission)
]
InstantMs = Annotated[int, Field(ge=0, le=INSTANT_MS_MAX)]
Things = Annotated[list[MadeId], Field(max_length=SCOPE_ITEMS_MAX)]


class KeyBody(Ask):
    label: Annotated[str, Written(API_KEY_LABEL_CHARS_MAX)]
    scopes: list[PermissionWord] | None = Field(
        default=None, min_length=1, max_length=len(Permission), description="What it may do; left out, all you may."
    )
    events: Things = Field(default=[], description="Only in these events; with neither these nor venues, in all.")
    venues: Things = Field(default=[])
    expires_at_ms: InstantMs | None = None
    networks: list[
        Annotated[
            str,
            StringConstraints(pattern=r"^[0-9A-Fa-f:./]{1,64}$", max_length=NETWORK_CHARS_MAX),
            AfterValidator(network),
        ]
    ] = Field(default=[], max_length=API_KEY_NETWORKS_MAX, description="Where it may be shown from; none: anywhere.")

    def draft(self) -> KeyDraft:
        return KeyDraft(
            self.label,
            None if self.scopes is None else frozenset(map(Permission, self.scopes)),
            frozenset(self.events),
            frozenset(self.venues),
            moment_of(self.expires_at_ms),
            tuple(dict.fromkeys(self.networks)),
        )


class RotateBody(Ask):
    overlap_s: int = Field(
        default=24 * 3_600, ge=0, le=API_KEY_OVERLAP_S_MAX, description="How long the old key goes on beside the new."
    )


class TokenAskBody(Ask):
    scopes: list[PermissionWord] | None = Field(
        default=None, min_length=1, max_length=len(Permission), description="Left out: all that the key may."
    )
    seconds: int = Field(default=ACCESS_TOKEN_S, ge=1, le=ACCESS_TOKEN_S_MAX)


class MadeToken(TypedDict):
    token: str
    until_at_ms: int


class MadeKey(TypedDict):
    id: str
    key: str


class KeyShape(TypedDict):
    id: str
    label: str
    scopes: list[str] | None
    events: list[str]
    venues: list[str]
    networks: list[str]
    created_at_ms: int
    created_by: str
    expires_at_ms: int | None
    revoked_at_ms: int | None
    last_used_at_ms: int | None
    rotated_from: str | None


class KeysShape(TypedDict):
    items: list[KeyShape]


def key_shape(key: KeyShown) -> KeyShape:
    return KeyShape(
        id=key.id,
        label=key.label,
        scopes=None if key.scopes is None else sorted(each.value for each in key.scopes),
        events=sorted(key.events),
        venues=sorted(key.venues),
        networks=list(key.networks),
        created_at_ms=in_ms(key.created_at),
        created_by=key.created_by,
        expires_at_ms=in_ms_if_any(key.expires_at),
        revoked_at_ms=in_ms_if_any(key.revoked_at),
        last_used_at_ms=in_ms_if_any(key.last_used_at),
        rotated_from=key.rotated_from,
    )
