"""Promos for buyers over plain HTTP: what is near, what the house may tell them, and no more of it."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from engine.limits import EMAIL_CHARS_MAX, LOCALE_CHARS_MAX, NAME_CHARS_MAX, PHONE_CHARS_MAX
from engine.messages import vapid_public_key
from engine.promos import ProfileChange, position_of
from engine.refusals import Code, Refusal
from engine.text import Written
from server.api.routing import Call, Query, Reply, Who, route
from server.live.commands.promos import PromosAnswer, ZoneName, known_zone, promos_near
from server.live.positions import ACCURACY_M_MAX, Where
from server.live.registry import Ask

ENDPOINT_CHARS_MAX = 1_000
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$"), Written(EMAIL_CHARS_MAX)]
Phone = Annotated[str, StringConstraints(max_length=PHONE_CHARS_MAX, pattern=r"^\+[0-9]{6,15}$")]


class PromosQuery(Query):
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, le=ACCURACY_M_MAX, allow_inf_nan=False)
    zone: ZoneName | None = Field(default=None, description="The buyer's time zone, as in Europe/Madrid.")


@route("GET", "/api/promos", Who.BUYER, codes=(Code.UNAVAILABLE,))
async def list_promos(call: Call, query: PromosQuery) -> PromosAnswer:
    """The promos you may see from a position, nearest first."""
    report = position_of(query.latitude, query.longitude, query.accuracy_m)
    return await promos_near(call, report, query.zone)


# ── what the house may tell a buyer ──


class ProfileBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] | None = None
    email: Email | None = None
    phone: Phone | None = Field(default=None, description="As in +34600000000.")
    locale: Annotated[str, Written(LOCALE_CHARS_MAX)] | None = None
    zone: ZoneName | None = None
    consent: bool | None = Field(default=None, description="Whether promos may be told, one a day at most.")
    channels: list[Literal["push", "email", "sms"]] | None = Field(default=None, max_length=3)
    position: Where | None = None


class ProfileShape(TypedDict):
    name: str
    email: str | None
    phone: str | None
    locale: str
    zone: str
    consent: bool
    channels: list[str]


@route("PUT", "/api/profiles/mine", Who.BUYER, codes=(Code.INVALID,))
async def put_profile(call: Call, body: ProfileBody) -> ProfileShape:
    """Say who you are, where, and whether promos may be told to you; what is absent stays."""
    if body.zone is not None and known_zone(body.zone) is None:
        raise Refusal(Code.INVALID, fields=[{"path": "zone", "message": "is not a known time zone"}])
    change = ProfileChange(
        zone=body.zone,
        locale=body.locale,
        name=body.name,
        email=body.email,
        phone=body.phone,
        consent=body.consent,
        channels=body.channels,
        position=body.position.report() if body.position else None,
    )
    await call.process.engine.promos.profiles.put(call.known_buyer(), change)
    return await read_profile(call)


@route("GET", "/api/profiles/mine", Who.BUYER, codes=(Code.NOT_FOUND,))
async def read_profile(call: Call) -> ProfileShape:
    """What is known of you."""
    known = await call.process.engine.promos.profiles.read(call.known_buyer())
    if known is None:
        raise Refusal(Code.NOT_FOUND)
    return {
        "name": known["name"],
        "email": known["email"],
        "phone": known["phone"],
        "locale": known["locale"],
        "zone": known["zone"],
        "consent": known["consent"],
        "channels": known["channels"],
    }


# ── Web Push ──


class PushKeys(Ask):
    p256dh: Annotated[str, StringConstraints(min_length=80, max_length=100, pattern=r"^[A-Za-z0-9_=-]+$")]
    auth: Annotated[str, StringConstraints(min_length=20, max_length=30, pattern=r"^[A-Za-z0-9_=-]+$")]


class PushBody(Ask):
    endpoint: Annotated[str, Written(ENDPOINT_CHARS_MAX)]
    keys: PushKeys


class PushKeyShape(TypedDict):
    key: str


@route("GET", "/api/push/key", cache="public, max-age=3600")
async def push_key(call: Call) -> PushKeyShape:
    """The public key a browser subscribes to Web Push with."""
    return {"key": vapid_public_key(call.process.engine.settings.signing_secret())}


@route("POST", "/api/push/subscriptions", Who.BUYER, status=204, answer=None, codes=(Code.INVALID, Code.NOT_FOUND))
async def subscribe_push(call: Call, body: PushBody) -> Reply:
    """Take notices by Web Push; needs a profile."""
    if not is_push_service(body.endpoint):
        raise Refusal(Code.INVALID, fields=[{"path": "endpoint", "message": "is not the address of a push service"}])
    profiles = call.process.engine.promos.profiles
    if not await profiles.subscribe_push(call.known_buyer(), body.endpoint, body.keys.p256dh, body.keys.auth):
        raise Refusal(Code.NOT_FOUND)
    return Reply(None, 204)


def is_push_service(endpoint: str) -> bool:
    """Only public https hosts by name: the server itself will call this address."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    named = "." in host and not host.replace(".", "").isdigit() and ":" not in host and not host.endswith(".local")
    return parts.scheme == "https" and named and parts.username is None and port in (None, 443)
