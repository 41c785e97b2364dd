"""Parts of an engine: what each context is built of over open stores, with what the settings say of it.

Owns nothing but the wiring; engine.py puts the parts together.
"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import TypedDict

import asyncpg

from engine.access import Allowances, ApiKeys, Challenges, Guesses, KeptAnswers, KeyTokens, Organizers, Sealer, Signer
from engine.accounts import Accounts, Factors, Outside, still_stands
from engine.audit import Audit, HeadKeys, Tally
from engine.catalog import Catalog
from engine.contacts import Contacts, ContactSigner, Offers, ProofLetters
from engine.contexts import CONTEXTS
from engine.coupons import Meeting
from engine.hashing import HASHER, Cost
from engine.keyring import HEADS, LETTERS, PUSH, Keyring
from engine.messages import (
    Channels,
    Letterbox,
    Mailbox,
    MessageDesk,
    Post,
    open_channels,
    site_name,
)
from engine.money_parts import build_credit, provider_of, sealer_of_accounts
from engine.onsale import Keeper, Onsale
from engine.orders import PLAIN_CONTACTS, Confirming, KeyResets, Orders
from engine.outgoing import Outgoing
from engine.payments import Tills
from engine.people import PLAIN_PEOPLE, Notes, OrderCounts, Persons, Preferences, Readers, Suppression
from engine.pictures import FolderFiles, Pictures, PostgresFiles
from engine.promos import Promos
from engine.rights import Choosing, Correcting, Erasing, ErasureFile, Exporting, Looking, StandIns
from engine.segments import Audience, Follower, Segments
from engine.settings import Settings
from engine.stores.batcher import BatchHook
from engine.stores.embedded import EmbeddedStores
from engine.stores.office import Office
from engine.stores.redis import RedisClient
from engine.vault import LettingGo, Moving, Rewrapping, Vault
from engine.webhooks import Webhooks


class AccessParts(TypedDict):
    """Who is asking, and how often they may."""

    access: ApiKeys
    key_tokens: KeyTokens
    organizers: Organizers
    answers: KeptAnswers
    allowances: Allowances
    guesses: Guesses
    challenges: Challenges


def build_access(
    settings: Settings,
    redis: RedisClient,
    db: asyncpg.Pool,
    office: Office,
    keyring: Keyring,
    *,
    vault: Vault,
    on_batch: BatchHook | None,
) -> AccessParts:
    return {
        "access": ApiKeys(db, still_stands),
        "key_tokens": KeyTokens(keyring, settings.public_url),
        "organizers": Organizers(office),
        "answers": KeptAnswers(db, keyring, lambda: vault.in_use),
        "allowances": Allowances(redis, settings.trusted_networks, on_batch=on_batch),
        "guesses": Guesses(redis, on_batch=on_batch),
        "challenges": Challenges(keyring, ease=settings.challenge_ease),
    }


class AccountParts(TypedDict):
    """Who logs in, and how."""

    accounts: Accounts
    factors: Factors
    outside: Outside


def build_accounts(
    settings: Settings, db: asyncpg.Pool, keyring: Keyring, guesses: Guesses, *, tally: Tally, letterbox: Letterbox
) -> AccountParts:
    factors = Factors(db, keyring, guesses=guesses, tally=tally, letterbox=letterbox)
    accounts = Accounts(
        db,
        keyring,
        guesses=guesses,
        letterbox=letterbox,
        factors=factors,
        public_url=settings.public_url,
        database_url=addresses(settings)[1],
        cost=Cost(HASHER.passes, HASHER.memory_kib // settings.password_ease),
    )
    outgoing = outgoing_of(settings)
    outside = Outside(db, keyring, settings.oidc, outgoing, accounts=accounts, factors=factors, tally=tally)
    return {"accounts": accounts, "factors": factors, "outside": outside}


class VaultParts(TypedDict):
    """What people are called, and what is done with it behind their backs."""

    vault: Vault
    rewrapping: Rewrapping
    moving: Moving
    letting_go: LettingGo


def build_vault(db: asyncpg.Pool, keyring: Keyring) -> VaultParts:
    vault = Vault(db, keyring)
    moving = Moving(db, vault, (*PLAIN_CONTACTS, PLAIN_PEOPLE))
    letting_go = LettingGo(db, [each.refers for each in CONTEXTS if each.refers is not None])
    return {"vault": vault, "rewrapping": Rewrapping(db, vault), "moving": moving, "letting_go": letting_go}


class RightsParts(TypedDict):
    """Who somebody is, and who is forgotten."""

    choosing: Choosing
    looking: Looking
    correcting: Correcting
    erasing: Erasing
    exporting: Exporting
    stand_ins: StandIns


def build_rights(
    settings: Settings, db: asyncpg.Pool, in_vault: VaultParts, people: PeopleParts, accounts: Accounts, *, space: str
) -> RightsParts:
    vault, persons = in_vault["vault"], people["persons"]
    choosing = Choosing(vault, linked=accounts.buyers.of, view=accounts.view, profiles=persons.profiles)
    erasing = Erasing(
        db,
        vault,
        choosing,
        in_vault["moving"],
        ErasureFile(settings.erasures_dir or settings.data_dir, space),
        forget=[each.forget for each in CONTEXTS if each.forget is not None],
        mirror=people["follower"],
        close_account=accounts.changing.close,
        tax_years=settings.tax_years,
    )
    return {
        "choosing": choosing,
        "looking": Looking(db, vault),
        "correcting": Correcting(db, vault, choosing, follow=persons.corrected),
        "erasing": erasing,
        "exporting": Exporting(db, choosing),
        "stand_ins": StandIns(db, vault, vault.marks.stand_ins),
    }


def build_orders(
    settings: Settings,
    db: asyncpg.Pool,
    keyring: Keyring,
    vault: Vault,
    catalog: Catalog,
    *,
    office: Office,
    onsale: Onsale,
    meeting: Meeting,
    on_batch: BatchHook | None,
) -> Orders:
    signer = Signer(keyring)
    return Orders(
        db=db,
        onsale=onsale,
        read_sale=catalog.sale_info,
        kind_of=catalog.kinds.of,
        signer=signer,
        sealer=Sealer(keyring),
        vault=vault,
        provider=provider_of(settings, db),
        tills=Tills(db, sealer_of_accounts(keyring), settings.stripe_url),
        bring=catalog.allocations.bring,
        meeting=meeting,
        own_credit=build_credit(db, office, signer, catalog, meeting.knowing),
        on_batch=on_batch,
    )


class OrderLetterParts(TypedDict):
    """What is written to whoever bought."""

    confirming: Confirming
    key_resets: KeyResets


def build_order_letters(
    settings: Settings, db: asyncpg.Pool, signer: Signer, vault: Vault, *, letterbox: Letterbox, orders: Orders
) -> OrderLetterParts:
    url = settings.public_url
    return {
        "confirming": Confirming(db, vault, letterbox, signer, public_url=url),
        "key_resets": KeyResets(db, signer, vault, letterbox, orders.order_keys, public_url=url),
    }


def build_audit(settings: Settings, db: asyncpg.Pool, keyring: Keyring) -> Audit:
    ring = keyring.of(HEADS)
    head_keys = HeadKeys(lambda: [key.parts[0] for key in ring.live()], settings.audit_keys)
    return Audit(db, head_keys, settings.data_dir / "audit")


def outgoing_of(settings: Settings) -> Outgoing:
    return Outgoing([ip_network(each, strict=False) for each in settings.outgoing_allow])


class MessagingParts(TypedDict):
    """What writes to people, knows whose addresses are whose, and which nothing is sent to."""

    suppression: Suppression
    preferences: Preferences
    letterbox: Letterbox
    contacts: Contacts
    proof_letters: ProofLetters


def build_channels(settings: Settings, keyring: Keyring) -> Channels:
    return open_channels(
        smtp_url=settings.smtp_url.get_secret_value(),
        mail_from=settings.mail_from,
        sms_url=settings.sms_url,
        sms_token=settings.sms_token.get_secret_value(),
        sms_countries=frozenset(settings.sms_countries),
        push_contact=settings.push_contact,
        push_key=keyring.fixed(PUSH, b"vapid"),
        folder=settings.data_dir / "messages",
        outgoing=outgoing_of(settings),
    )


def build_messaging(
    settings: Settings, db: asyncpg.Pool, office: Office, keyring: Keyring, vault: Vault
) -> MessagingParts:
    channels = build_channels(settings, keyring)
    suppression, preferences, signer = Suppression(db, office, vault), Preferences(db), ContactSigner(keyring)
    countries = frozenset(settings.sms_countries)
    sealer = Sealer(keyring, b"letter", LETTERS)
    post = build_post(settings, db, sealer, channels, suppression=suppression, preferences=preferences)
    mailbox = Mailbox(db, sealer, post, sender=settings.mail_from, folder=settings.data_dir / "messages")
    letterbox = Letterbox(sealer, signer.inbox, post, mailbox, MessageDesk(db, sealer, mailbox))
    letters = ProofLetters(db, signer, letterbox, public_url=settings.public_url)
    return {
        "suppression": suppression,
        "preferences": preferences,
        "letterbox": letterbox,
        "contacts": Contacts(
            db, signer, letters, sms_countries=countries, sms_proofs_per_day=settings.sms_proofs_per_day
        ),
        "proof_letters": letters,
    }


def build_post(
    settings: Settings,
    db: asyncpg.Pool,
    sealer: Sealer,
    channels: Channels,
    *,
    suppression: Suppression,
    preferences: Preferences,
) -> Post:
    return Post(
        db,
        sealer,
        channels,
        site=site_name(settings.public_url),
        per_second={
            "email": settings.emails_per_second,
            "sms": settings.sms_per_second,
            "push": settings.pushes_per_second,
        },
        on_dead=suppression.bounced,
        ask=preferences.wish,
    )


def build_webhooks(settings: Settings, db: asyncpg.Pool, office: Office, keyring: Keyring) -> Webhooks:
    return Webhooks(db, office, Sealer(keyring, b"webhook"), outgoing_of(settings))


def build_pictures(settings: Settings, db: asyncpg.Pool, office: Office) -> Pictures:
    files = FolderFiles(Path(settings.pictures_dir)) if settings.pictures_dir else PostgresFiles(db)
    return Pictures(db, office, files, outgoing_of(settings))


class PeopleParts(TypedDict):
    """Who people are, what they bought, which offers they want, where they are, and which rules they fit."""

    persons: Persons
    notes: Notes
    readers: Readers
    order_counts: OrderCounts
    offers: Offers
    segments: Segments
    follower: Follower


def build_people(
    db: asyncpg.Pool,
    office: Office,
    audience: Audience,
    vault: Vault,
    messaging: MessagingParts,
) -> PeopleParts:
    follower, suppression = Follower(db, audience), messaging["suppression"]
    persons = Persons(db, follower, vault, suppression)
    return {
        "persons": persons,
        "notes": Notes(db, office, vault),
        "readers": Readers(db, vault, suppression, messaging["preferences"], follower),
        "order_counts": OrderCounts(db),
        "offers": Offers(messaging["contacts"], persons),
        "segments": Segments(db, office),
        "follower": follower,
    }


def build_promos(
    settings: Settings,
    db: asyncpg.Pool,
    office: Office,
    signer: Signer,
    people: PeopleParts,
    *,
    catalog: Catalog,
    onsale: Onsale,
    keeper: Keeper,
    messaging: MessagingParts,
) -> Promos:
    return Promos(
        db=db,
        office=office,
        audience=people["follower"].audience,
        follower=people["follower"],
        segments=people["segments"],
        persons=people["persons"],
        catalog=catalog,
        onsale=onsale,
        publish=keeper.publish,
        letterbox=messaging["letterbox"],
        preferences=messaging["preferences"],
        inbox=messaging["contacts"].signer.inbox,
        signer=signer,
        public_url=settings.public_url,
        sms_per_day=settings.sms_per_organizer_and_day,
    )


def addresses(settings: Settings) -> tuple[str, str]:
    """Where Redis and Postgres are: as set, or where the embedded ones of the data folder listen."""
    if settings.redis_url is not None and settings.database_url is not None:
        return settings.redis_url, settings.database_url
    embedded = EmbeddedStores(settings.data_dir)
    return settings.redis_url or embedded.redis_url, settings.database_url or embedded.database_url
