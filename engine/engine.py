"""Engine: the composition root. Opens the stores, builds each context once, and closes all in reverse order.

Owns nothing but the wiring; a server process and a worker process each hold one Engine.
Fails with StoreFault or SettingsFault, whose messages say what to do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import TypedDict

import asyncpg

from engine.access import Allowances, ApiKeys, Challenges, Guesses, KeptAnswers, Organizers, Sealer, Signer
from engine.accounts import Accounts, Factors, Outside, still_stands
from engine.audit import Audit, HeadKeys, Tally
from engine.catalog import Catalog
from engine.contacts import Contacts, ContactSigner, Letters, Offers
from engine.context import Context
from engine.contexts import CONTEXTS
from engine.hashing import HASHER, Cost
from engine.keyring import HEADS, LETTERS, PUSH, Keyring, KeyringStore, roots_of
from engine.messages import Channels, Letterbox, Mailbox, MessageDesk, Post, open_channels, site_name
from engine.onsale import Archive, Keeper, Onsale
from engine.orders import NoProvider, Orders, Provider, Sandbox, unsettled_sales
from engine.outbox import Outbox
from engine.outgoing import Outgoing
from engine.people import OrderCounts, Persons, Suppression, suppress
from engine.pictures import FolderFiles, Pictures, PostgresFiles
from engine.promos import ChannelRate, Promos, own_space
from engine.rehearsals import Rehearsals
from engine.segments import Audience, Follower, Segments
from engine.settings import Settings
from engine.stores import database
from engine.stores.batcher import BatchHook
from engine.stores.embedded import EmbeddedStores
from engine.stores.office import Office
from engine.stores.redis import RedisClient, connect
from engine.webhooks import Webhooks

PACE_WITHOUT_PAYMENTS = 0.2


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything one process works with."""

    settings: Settings
    redis: RedisClient
    db: asyncpg.Pool
    office: Office
    keyring: KeyringStore
    signer: Signer
    sealer: Sealer
    audit: Audit
    access: ApiKeys
    organizers: Organizers
    accounts: Accounts
    factors: Factors
    outside: Outside
    answers: KeptAnswers
    allowances: Allowances
    guesses: Guesses
    challenges: Challenges
    catalog: Catalog
    onsale: Onsale
    orders: Orders
    keeper: Keeper
    archive: Archive
    persons: Persons
    suppression: Suppression
    order_counts: OrderCounts
    letterbox: Letterbox
    contacts: Contacts
    letters: Letters
    offers: Offers
    segments: Segments
    follower: Follower
    pictures: Pictures
    promos: Promos
    rehearsals: Rehearsals
    outbox: Outbox
    webhooks: Webhooks
    contexts: tuple[Context, ...] = CONTEXTS

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, on_batch: BatchHook | None = None, name: str = "aforo"
    ) -> AsyncIterator[Engine]:
        """Connect to the stores that run already, known to Postgres by `name`; the schema is expected to be there."""
        redis_url, database_url = addresses(settings)
        redis = await connect(redis_url)
        try:
            db = await database.connect(database_url, name=name)
            try:
                keyring = await KeyringStore.open(db, roots_of(settings))
                of_office = await database.connect_office(database_url, name=name)
                office, space = Office(of_office, still_stands), await own_space(db)
                engine = build(settings, redis, db, office, keyring, space=space, on_batch=on_batch)
                try:
                    yield engine
                finally:
                    await engine.letterbox.post.close()
                    await engine.accounts.close()
                    await engine.outside.close()
                    await engine.archive.close()
                    await engine.keeper.close()
                    await engine.orders.close()
                    await engine.promos.close()
                    await engine.webhooks.close()
                    await engine.pictures.close()
                    await engine.onsale.close()
                    of_office.terminate()
            finally:
                db.terminate()
        finally:
            await redis.aclose()


def build(
    settings: Settings,
    redis: RedisClient,
    db: asyncpg.Pool,
    office: Office,
    keys: KeyringStore,
    *,
    space: str,
    on_batch: BatchHook | None = None,
) -> Engine:
    """Wire the contexts over open stores; `space` names the audience, `on_batch` hears of every batch."""
    signer = Signer(keyring := keys.keyring)

    async def converged(sale_id: str) -> None:
        await converge(catalog, keeper, sale_id)

    onsale = Onsale(redis, signer, on_batch=on_batch)
    catalog = Catalog(db, office, mark_code=signer.entry_code_mark, converge=converged)
    orders = build_orders(settings, db, keyring, catalog=catalog, onsale=onsale, on_batch=on_batch)
    messaging = build_messaging(settings, db, keyring)
    people = build_people(db, office, Audience(redis, space), messaging.contacts)
    audit = build_audit(settings, db, keyring)
    access = build_access(settings, redis, db, office, keyring, on_batch=on_batch)
    keeper = Keeper(onsale, db, catalog.plan, orders.sold_facts, pace=partial(pace_of, orders))
    return Engine(
        settings=settings,
        redis=redis,
        db=db,
        office=office,
        keyring=keys,
        signer=signer,
        sealer=Sealer(keyring),
        audit=audit,
        **access,
        **build_accounts(settings, db, keyring, access["guesses"], tally=audit.tally, letterbox=messaging.letterbox),
        catalog=catalog,
        onsale=onsale,
        orders=orders,
        keeper=keeper,
        archive=Archive(onsale, db, keeper.rebuild, unsettled=unsettled_sales),
        persons=people.persons,
        suppression=people.suppression,
        order_counts=people.order_counts,
        letterbox=messaging.letterbox,
        contacts=messaging.contacts,
        letters=messaging.letters,
        offers=Offers(messaging.contacts, people.persons),
        segments=people.segments,
        follower=people.follower,
        pictures=build_pictures(settings, db, office),
        promos=build_promos(
            settings, db, office, signer, people, catalog=catalog, onsale=onsale, keeper=keeper, messaging=messaging
        ),
        rehearsals=Rehearsals(db, onsale, orders, converged),
        outbox=Outbox(db),
        webhooks=build_webhooks(settings, db, office, keyring),
    )


async def converge(catalog: Catalog, keeper: Keeper, sale_id: str) -> None:
    """Bring the live side of a sale to what the catalog says."""
    plan = await catalog.plan(sale_id)
    if plan is not None:
        await keeper.publish(plan)
        await keeper.converge(sale_id)


class AccessParts(TypedDict):
    """Who is asking, and how often they may."""

    access: ApiKeys
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
    on_batch: BatchHook | None,
) -> AccessParts:
    return {
        "access": ApiKeys(db),
        "organizers": Organizers(office),
        "answers": KeptAnswers(db, keyring),
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


def build_orders(
    settings: Settings,
    db: asyncpg.Pool,
    keyring: Keyring,
    *,
    catalog: Catalog,
    onsale: Onsale,
    on_batch: BatchHook | None,
) -> Orders:
    return Orders(
        db=db,
        onsale=onsale,
        read_sale=catalog.sale_info,
        kind_of=catalog.kinds.of,
        signer=Signer(keyring),
        sealer=Sealer(keyring),
        provider=provider_of(settings, db),
        on_batch=on_batch,
    )


def build_audit(settings: Settings, db: asyncpg.Pool, keyring: Keyring) -> Audit:
    ring = keyring.of(HEADS)
    head_keys = HeadKeys(lambda: [key.parts[0] for key in ring.live()], settings.audit_keys)
    return Audit(db, head_keys, settings.data_dir / "audit")


def pace_of(orders: Orders) -> float:
    """Rooms slow down while payments are not answering."""
    return PACE_WITHOUT_PAYMENTS if orders.payments_are_down() else 1.0


def provider_of(settings: Settings, db: asyncpg.Pool) -> Provider:
    """The payment provider that was asked for by name; without one nothing that costs something is sold."""
    return Sandbox(db) if settings.provider == "sandbox" else NoProvider()


def outgoing_of(settings: Settings) -> Outgoing:
    return Outgoing([ip_network(each, strict=False) for each in settings.outgoing_allow])


@dataclass(frozen=True, slots=True)
class Messaging:
    """What writes to people, and knows whose addresses are whose."""

    channels: Channels
    letterbox: Letterbox
    contacts: Contacts
    letters: Letters


def build_messaging(settings: Settings, db: asyncpg.Pool, keyring: Keyring) -> Messaging:
    countries = frozenset(settings.sms_countries)
    channels = open_channels(
        smtp_url=settings.smtp_url.get_secret_value(),
        mail_from=settings.mail_from,
        sms_url=settings.sms_url,
        sms_token=settings.sms_token.get_secret_value(),
        sms_countries=countries,
        push_contact=settings.push_contact,
        push_key=keyring.fixed(PUSH, b"vapid"),
        folder=settings.data_dir / "messages",
        outgoing=outgoing_of(settings),
    )
    signer = ContactSigner(keyring)
    contacts = Contacts(db, signer, sms_countries=countries, sms_proofs_per_day=settings.sms_proofs_per_day)
    sealer = Sealer(keyring, b"letter", LETTERS)
    post = build_post(settings, db, sealer, channels)
    mailbox = Mailbox(db, sealer, post, sender=settings.mail_from, folder=settings.data_dir / "messages")
    return Messaging(
        channels,
        Letterbox(sealer, signer.inbox, post, mailbox, MessageDesk(db, sealer, mailbox)),
        contacts,
        Letters(db, signer, channels, public_url=settings.public_url),
    )


def build_post(settings: Settings, db: asyncpg.Pool, sealer: Sealer, channels: Channels) -> Post:
    async def on_dead(channel: str, address: str) -> None:
        await suppress(db, channel, address, None, "bounced")

    return Post(
        db,
        sealer,
        channels,
        site=site_name(settings.public_url),
        per_second={"email": settings.emails_per_second, "sms": settings.sms_per_second},
        on_dead=on_dead,
    )


def build_webhooks(settings: Settings, db: asyncpg.Pool, office: Office, keyring: Keyring) -> Webhooks:
    return Webhooks(db, office, Sealer(keyring, b"webhook"), outgoing_of(settings))


def build_pictures(settings: Settings, db: asyncpg.Pool, office: Office) -> Pictures:
    files = FolderFiles(Path(settings.pictures_dir)) if settings.pictures_dir else PostgresFiles(db)
    return Pictures(db, office, files, outgoing_of(settings))


@dataclass(frozen=True, slots=True)
class PeopleParts:
    """Who people are, what they bought, where they are, and which rules they fit."""

    persons: Persons
    suppression: Suppression
    order_counts: OrderCounts
    segments: Segments
    audience: Audience
    follower: Follower


def build_people(db: asyncpg.Pool, office: Office, audience: Audience, contacts: Contacts) -> PeopleParts:
    follower = Follower(db, audience)
    return PeopleParts(
        persons=Persons(db, follower),
        suppression=Suppression(office, contacts.signer.inbox),
        order_counts=OrderCounts(db),
        segments=Segments(db, office),
        audience=audience,
        follower=follower,
    )


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
    messaging: Messaging,
) -> Promos:
    per_second = {
        "email": settings.emails_per_second,
        "sms": settings.sms_per_second,
        "push": settings.pushes_per_second,
    }
    return Promos(
        db=db,
        office=office,
        audience=people.audience,
        follower=people.follower,
        segments=people.segments,
        persons=people.persons,
        catalog=catalog,
        onsale=onsale,
        publish=keeper.publish,
        channels=messaging.channels,
        inbox=messaging.contacts.signer.inbox,
        signer=signer,
        public_url=settings.public_url,
        sms_per_day=settings.sms_per_organizer_and_day,
        rates={channel: ChannelRate(rate, max(1, int(rate))) for channel, rate in per_second.items()},
    )


def addresses(settings: Settings) -> tuple[str, str]:
    """Where Redis and Postgres are: as set, or where the embedded ones of the data folder listen."""
    if settings.redis_url is not None and settings.database_url is not None:
        return settings.redis_url, settings.database_url
    embedded = EmbeddedStores(settings.data_dir)
    return settings.redis_url or embedded.redis_url, settings.database_url or embedded.database_url
