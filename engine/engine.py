"""Engine: the composition root. Opens the stores, builds each context once, and closes all in reverse order.

Owns nothing but the wiring; a server process and a worker process each hold one Engine.
Fails with StoreFault or SettingsFault, whose messages say what to do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import asyncpg

from engine.access import Allowances, ApiKeys, Challenges, Guesses, KeptAnswers, KeyTokens, Organizers, Sealer, Signer
from engine.accounts import Accounts, Factors, Outside, still_stands
from engine.audit import BY_ITSELF, Act, Actor, Audit
from engine.catalog import Catalog, segments_of_sales
from engine.contacts import Contacts, Offers, ProofLetters
from engine.context import Context
from engine.contexts import CONTEXTS
from engine.coupons import Coupons, Knowing, Meeting, segments_of_coupons
from engine.credit import Credits
from engine.keyring import KeyringStore, roots_of
from engine.links import Links
from engine.messages import Letterbox, as_kept
from engine.money_parts import build_money
from engine.onsale import Archive, Keeper, Onsale, Stocking
from engine.orders import Confirming, KeyResets, Orders, OwnRefunds, paid_orders_of, unsettled_sales
from engine.outbox import Outbox
from engine.parts import (
    addresses,
    build_access,
    build_accounts,
    build_audit,
    build_messaging,
    build_order_letters,
    build_orders,
    build_people,
    build_pictures,
    build_promos,
    build_rights,
    build_vault,
    build_webhooks,
)
from engine.payments import PaymentAccounts
from engine.people import Notes, OrderCounts, Persons, Preferences, Readers, Suppression
from engine.pictures import Pictures
from engine.promos import Promos, own_space
from engine.receipts import Receipts
from engine.reconciliation import Reconciliation
from engine.refusals import Refused
from engine.rehearsals import Rehearsals
from engine.rights import Choosing, Chosen, Correcting, Erasing, Export, Exporting, Looking, StandIns
from engine.segments import Audience, Belonging, Follower, Segments
from engine.settings import Settings
from engine.stores import database
from engine.stores.batcher import BatchHook
from engine.stores.office import Office
from engine.stores.redis import RedisClient, connect
from engine.vault import LettingGo, Moving, Rewrapping, Vault
from engine.webhooks import Webhooks

PACE_WITHOUT_PAYMENTS = 0.2
SegmentsIn = Callable[[asyncpg.Pool, Collection[str]], Awaitable[Mapping[str, tuple[str, frozenset[str]]]]]


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
    key_tokens: KeyTokens
    organizers: Organizers
    accounts: Accounts
    factors: Factors
    outside: Outside
    answers: KeptAnswers
    allowances: Allowances
    guesses: Guesses
    challenges: Challenges
    catalog: Catalog
    links: Links
    coupons: Coupons
    onsale: Onsale
    orders: Orders
    payment_accounts: PaymentAccounts
    own_refunds: OwnRefunds
    confirming: Confirming
    key_resets: KeyResets
    receipts: Receipts
    reconciliation: Reconciliation
    keeper: Keeper
    archive: Archive
    vault: Vault
    rewrapping: Rewrapping
    moving: Moving
    letting_go: LettingGo
    persons: Persons
    notes: Notes
    readers: Readers
    suppression: Suppression
    preferences: Preferences
    order_counts: OrderCounts
    letterbox: Letterbox
    contacts: Contacts
    proof_letters: ProofLetters
    offers: Offers
    segments: Segments
    belonging: Belonging
    follower: Follower
    pictures: Pictures
    promos: Promos
    rehearsals: Rehearsals
    outbox: Outbox
    webhooks: Webhooks
    erasing: Erasing
    choosing: Choosing
    looking: Looking
    correcting: Correcting
    exporting: Exporting
    stand_ins: StandIns
    contexts: tuple[Context, ...] = CONTEXTS

    @property
    def credit(self) -> Credits:
        return self.orders.own_credit.credit

    async def known(self, by: Act | Actor, chosen: Chosen) -> Export | Refused:
        """Everything that is known of people and accounts."""
        asked = [partial(each.known, self) for each in self.contexts if each.known is not None]
        return await self.exporting.known(by, chosen, asked)

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
                    await engine.vault.look()
                    await engine.erasing.replay(BY_ITSELF)
                    yield engine
                finally:
                    await engine.vault.close()
                    await engine.key_resets.settle()
                    await engine.letterbox.post.close()
                    await engine.accounts.close()
                    await engine.outside.close()
                    await engine.archive.close()
                    await engine.keeper.close()
                    await engine.orders.close()
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
    onsale = Onsale(redis, signer, on_batch=on_batch)
    coupons = Coupons(db, office, lambda: catalog.sale_info)
    catalog = build_catalog(db, office, signer, onsale, coupons, keeper=lambda: keeper)
    vault = (in_vault := build_vault(db, keyring))["vault"]
    letterbox = (messaging := build_messaging(settings, db, office, keyring, vault))["letterbox"]
    people = build_people(db, office, Audience(redis, space), vault, messaging)
    access = build_access(settings, redis, db, office, keyring, vault=vault, on_batch=on_batch)
    audit = build_audit(settings, db, keyring)
    accounts = build_accounts(settings, db, keyring, access["guesses"], tally=audit.tally, letterbox=letterbox)
    belonging_by = partial(build_belonging, db, people["follower"], vault, accounts["accounts"], on_batch=on_batch)
    meeting = build_meeting(db, accounts["accounts"], messaging["contacts"], belonging_by(segments_of_coupons))
    parts = partial(build_orders, office=office, onsale=onsale, meeting=meeting, on_batch=on_batch)
    orders = parts(settings, db, keyring, vault, catalog)
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
        **accounts,
        catalog=catalog,
        links=Links(db, office),
        coupons=coupons,
        onsale=onsale,
        orders=orders,
        **build_money(settings, db, office, keyring, vault=vault, orders=orders),
        **build_order_letters(settings, db, signer, vault, letterbox=letterbox, orders=orders),
        keeper=keeper,
        archive=Archive(onsale, db, keeper.rebuild, unsettled=unsettled_sales),
        **in_vault,
        **messaging,
        **people,
        belonging=belonging_by(segments_of_sales),
        pictures=build_pictures(settings, db, office),
        promos=build_promos(
            settings, db, office, signer, people, catalog=catalog, onsale=onsale, keeper=keeper, messaging=messaging
        ),
        rehearsals=Rehearsals(db, onsale, orders, partial(converge, catalog, keeper)),
        outbox=Outbox(db),
        webhooks=build_webhooks(settings, db, office, keyring),
        **build_rights(settings, db, in_vault, people, accounts["accounts"], space=space),
    )


def build_belonging(
    db: asyncpg.Pool,
    follower: Follower,
    vault: Vault,
    accounts: Accounts,
    segments_of: SegmentsIn,
    *,
    on_batch: BatchHook | None,
) -> Belonging:
    return Belonging(
        db,
        follower.audience.keys,
        vault,
        accounts_of=accounts.buyers.accounts_of,
        segments_of=partial(segments_of, db),
        on_batch=on_batch,
    )


def build_meeting(db: asyncpg.Pool, accounts: Accounts, contacts: Contacts, belonging: Belonging) -> Meeting:
    """How carts meet coupons, and whom those ask about a buyer."""

    async def proven(buyer: str, email: str) -> bool:
        return await contacts.proven(buyer, "email", as_kept(email))

    return Meeting(
        db,
        Knowing(
            accounts_of=accounts.buyers.accounts_of,
            belongs=belonging.of,
            proven=proven,
            contact_mark=lambda email: contacts.signer.inbox("email", as_kept(email)).hex(),
            orders_of=partial(paid_orders_of, db),
        ),
    )


def build_catalog(
    db: asyncpg.Pool, office: Office, signer: Signer, onsale: Onsale, coupons: Coupons, *, keeper: Callable[[], Keeper]
) -> Catalog:
    """The catalog, and how the live side follows it."""

    async def converged(sale_id: str) -> None:
        await converge(catalog, keeper(), sale_id)

    async def brought(sale_id: str) -> Refused | None:
        return await Stocking(onsale, keeper()).bring(catalog.allocations, sale_id)

    catalog = Catalog(
        db,
        office,
        mark_code=signer.entry_code_mark,
        converge=converged,
        bring=brought,
        clock_of=onsale.clock_ms,
        coupons=coupons,
    )
    return catalog


async def converge(catalog: Catalog, keeper: Keeper, sale_id: str) -> None:
    """Bring the live side of a sale to what the catalog says."""
    plan = await catalog.plan(sale_id)
    if plan is not None:
        await keeper.publish(plan)
        await keeper.converge(sale_id)


def pace_of(orders: Orders) -> float:
    """Rooms slow down while payments are not answering."""
    return PACE_WITHOUT_PAYMENTS if orders.payments_are_down() else 1.0
