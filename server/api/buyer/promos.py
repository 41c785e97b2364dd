"""Promos for buyers over plain HTTP: what is near, the buyer's profile, and Web Push."""

from __future__ import annotations

from engine.keyring import PUSH
from engine.messages import vapid_public_key
from engine.people import PersonChange, Subscription, position_of
from engine.refusals import Code, RefusalError
from server.buying.persons import keep_person, known_zone
from server.buying.promos import promos_near
from server.contract.needs import Need
from server.contract.persons import ProfileBody, ProfileShape, PromosAnswer, PromosQuery, PushBody, PushKeyShape
from server.contract.routes import Reply, route
from server.who.call import Call


@route("GET", "/api/promos", needs=Need.BUYER, codes=(Code.UNAVAILABLE,))
async def list_promos(call: Call, query: PromosQuery) -> PromosAnswer:
    """The promos you may see from a position, nearest first. Looking changes nothing."""
    return await promos_near(call, position_of(query.latitude, query.longitude, query.accuracy_m))


# ── what the house may tell a buyer ──


async def subscription_of(call: Call, body: ProfileBody) -> Subscription | None:
    """What is said to one organizer alone."""
    if body.sale is None:
        return None
    info = await call.services.engine.catalog.sale_info(body.sale)
    if info is None:
        raise RefusalError(Code.UNKNOWN_SALE)
    if body.consent is None:
        raise RefusalError(
            Code.INVALID, fields=[{"path": "consent", "message": "is what is said of a sale: yes or no"}]
        )
    return Subscription(info.organizer_id, body.consent, body.wording)


PUT_CODES = (Code.INVALID, Code.UNKNOWN_SALE, Code.TOO_FAR, Code.TOO_MANY_ASKS, Code.NETWORK_BUSY)


@route("PUT", "/api/profiles/mine", needs=Need.BUYER, codes=PUT_CODES)
async def put_profile(call: Call, body: ProfileBody) -> ProfileShape:
    """Say who you are, where, and whether promos may be told to you; what is absent stays.

    Consent, or an address given with it, sends a letter to each unconfirmed address; nothing else is sent there until
    it is confirmed. The profile is stored even if a letter is refused for now.
    """
    if body.zone is not None and known_zone(body.zone) is None:
        raise RefusalError(Code.INVALID, fields=[{"path": "zone", "message": "is not a known time zone"}])
    change = PersonChange(
        zone=body.zone,
        locale=body.locale,
        name=body.name,
        email=body.email,
        phone=body.phone,
        consent=body.consent if body.sale is None else None,
        channels=body.channels,
        position=body.position.report() if body.position else None,
    )
    await keep_person(call, change, await subscription_of(call, body))
    if body.consent or body.email or body.phone:
        refused = await call.services.engine.offers.ask_to_confirm(call.known_buyer(), call.address)
        if refused is not None:
            raise RefusalError(refused.code, **refused.detail)
    return await read_profile(call)


@route("GET", "/api/profiles/mine", needs=Need.BUYER, codes=(Code.NOT_FOUND,))
async def read_profile(call: Call) -> ProfileShape:
    """What is known of you."""
    known = await call.services.engine.persons.read(call.known_buyer())
    if known is None:
        raise RefusalError(Code.NOT_FOUND)
    return {
        "name": known["name"],
        "email": known["email"],
        "phone": known["phone"],
        "email_confirmed": known["email_confirmed"],
        "phone_confirmed": known["phone_confirmed"],
        "locale": known["locale"],
        "zone": known["zone"],
        "consent": known["consent"],
        "channels": known["channels"],
    }


# ── Web Push ──


@route("GET", "/api/push/key", needs=Need.NOBODY, cache="public, max-age=3600")
async def push_key(call: Call) -> PushKeyShape:
    """The public key a browser subscribes to Web Push with."""
    return {"key": vapid_public_key(call.services.engine.keyring.keyring.fixed(PUSH, b"vapid"))}


@route(
    "POST", "/api/push/subscriptions", needs=Need.BUYER, status=204, answer=None, codes=(Code.INVALID, Code.NOT_FOUND)
)
async def subscribe_push(call: Call, body: PushBody) -> Reply:
    """Take notices by Web Push; needs a profile."""
    persons = call.services.engine.persons
    if not await persons.subscribe_push(call.known_buyer(), body.endpoint, body.keys.p256dh, body.keys.auth):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)
