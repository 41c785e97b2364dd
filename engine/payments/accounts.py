"""Accounts: an organizer's accounts at payment providers, as the office writes them.

Owns payment_account. Guarantees: keys lie sealed and are never shown again; a test key and a live one are told apart
by what they begin with; no two of a kind that are switched on are for the same; each act is in the audit, without keys.
An account is never deleted, since money may have to go back from it. Fails with mistakes or refusals, as values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from engine.access import Sealer
from engine.audit import Act, write
from engine.catalog import Mistake
from engine.ids import new_id
from engine.limits import PAYMENT_ACCOUNTS_PER_ORGANIZER_MAX
from engine.payments.by_hand import ByHand
from engine.payments.serving import Serves, serves_of
from engine.payments.stripe_api import KeyRefused, NotAnswered, NotAsked, StripeApi
from engine.payments.stripe_later import offers_of
from engine.refusals import Code, Refused
from engine.stores.office import Office
from engine.stores.turns import take_turn

SECRET_KEY = re.compile("(sk|rk)_(test|live)_[A-Za-z0-9]+")  # rk: one that may do some things only
PUBLISHABLE_KEY = re.compile("pk_(test|live)_[A-Za-z0-9]+")
WEBHOOK_SECRET = re.compile("whsec_[A-Za-z0-9+/=]+")
SECRETS_KEPT = 2  # while one takes the other's place
READ = """
SELECT id, provider, name, publishable_key, live, active, version, cardinality(webhook_secrets) AS webhook_secrets,
       offers, by_hand, currencies, countries, amount_from, amount_up_to, created_at
FROM payment_account WHERE organizer_id = $1 AND ($2::text IS NULL OR id = $2) ORDER BY created_at, id
"""
COUNT = "SELECT count(*) FROM payment_account WHERE organizer_id = $1"
CREATE = """
INSERT INTO payment_account (id, organizer_id, provider, name, publishable_key, secret_key, webhook_secrets, live,
    by_hand, currencies, countries, amount_from, amount_up_to)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
LOCK = """
SELECT id, provider, name, publishable_key, secret_key, webhook_secrets, live, active, version, by_hand, currencies,
       countries, amount_from, amount_up_to
FROM payment_account WHERE organizer_id = $1 AND id = $2 FOR UPDATE
"""
CHANGE = """
UPDATE payment_account SET name = $2, publishable_key = $3, secret_key = $4, webhook_secrets = $5, currencies = $6,
    countries = $7, amount_from = $8, amount_up_to = $9, by_hand = $10, version = version + 1 WHERE id = $1
"""
SWITCH_OFF = "UPDATE payment_account SET active = false, version = version + 1 WHERE id = $1"
# Of those of its kind that are switched on, whoever serves the same as this one.
SAME = """
SELECT id FROM payment_account WHERE organizer_id = $1 AND active AND id <> $2 AND provider = $3 AND currencies = $4
    AND countries = $5 AND amount_from IS NOT DISTINCT FROM $6 AND amount_up_to IS NOT DISTINCT FROM $7
"""
SWITCH_ON = "UPDATE payment_account SET active = true, version = version + 1 WHERE id = $1"
NOTE_OFFERS = "UPDATE payment_account SET offers = $3 WHERE organizer_id = $1 AND id = $2 AND offers <> $3"
KEY_OF = "SELECT provider, secret_key FROM payment_account WHERE organizer_id = $1 AND id = $2"
ASKED_BY_CHECK = "/v1/payment_intents"
CONFIGURATIONS = "/v1/payment_method_configurations"
NOT_FOUND = Refused(Code.NOT_FOUND)
AT_STRIPE, HAND = "stripe", "hand"  # kinds of accounts
KEYS = ("secret_key", "publishable_key", "webhook_secret")  # of one at Stripe


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """What an account is written with; of one that is changed, empty parts stay as they are."""

    name: str = ""
    publishable_key: str = ""
    secret_key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    serves: Serves | None = None  # what it is for; None: everything, or as before
    by_hand: ByHand | None = None  # what buyers are told; None: it is at Stripe, or as before

    @property
    def kind(self) -> str:
        return AT_STRIPE if self.by_hand is None else HAND

    def mistakes(self, live: bool | None = None, kind: str | None = None) -> list[Mistake]:
        """`live`, `kind`: what the account is already."""
        found = [] if self.by_hand is None else self.by_hand.mistakes()
        if (kind or self.kind) == HAND:
            found += [Mistake(path, None, "an account by hand has no keys") for path in KEYS if getattr(self, path)]
        elif self.by_hand is not None:
            found.append(Mistake("by_hand", None, "an account stays what it is"))
        modes = set() if live is None else {live}
        for path, pattern in (("secret_key", SECRET_KEY), ("publishable_key", PUBLISHABLE_KEY)):
            written = getattr(self, path)
            if written and pattern.fullmatch(written) is None:
                found.append(Mistake(path, None, "is no such key of Stripe's"))
            elif written:
                modes.add("_live_" in written)
        if len(modes) > 1:
            found.append(Mistake("secret_key", None, "test keys and live keys don't go together"))
        if self.webhook_secret and WEBHOOK_SECRET.fullmatch(self.webhook_secret) is None:
            found.append(Mistake("webhook_secret", None, "is no signing secret of Stripe's: it begins with whsec_"))
        return found if self.serves is None else found + self.serves.mistakes()


@dataclass(frozen=True, slots=True)
class AccountView:
    id: str
    provider: str  # its kind
    name: str
    publishable_key: str
    live: bool
    active: bool
    version: int
    webhook_secrets: int  # how many of them count
    offers: tuple[str, ...]  # methods beside cards; all that one by hand has
    by_hand: ByHand | None
    serves: Serves
    created_at: datetime


class Health(Enum):
    """What became of asking the provider whether it takes the key."""

    WORKS = "works"
    REFUSED = "refused"
    UNREACHED = "unreached"


class PaymentAccounts:
    def __init__(self, office: Office, sealer: Sealer, stripe_url: str) -> None:
        self._office = office
        self._sealer = sealer
        self._stripe_url = stripe_url

    async def all(self, organizer: str) -> list[AccountView]:
        return [_view(row) for row in await self._office.fetch(organizer, READ, organizer, None)]

    async def show(self, organizer: str, account: str) -> AccountView | Refused:
        row = await self._office.fetchrow(organizer, READ, organizer, account)
        return NOT_FOUND if row is None else _view(row)

    async def create(self, by: Act, keys: AccountKeys) -> str | list[Mistake]:
        """An account that is not switched on yet; its id."""
        mistakes = keys.mistakes()
        needed = ("name",) if keys.kind == HAND else ("name", "secret_key", "publishable_key")
        mistakes += [Mistake(path, None, "is needed") for path in needed if not getattr(keys, path)]
        if mistakes:
            return mistakes
        account, live = new_id("pac"), keys.kind == HAND or "_live_" in keys.secret_key
        async with self._office.transaction(by) as connection:
            await take_turn(connection, f"payment accounts of {by.organizer_id}")
            if await connection.fetchval(COUNT, by.organizer_id) >= PAYMENT_ACCOUNTS_PER_ORGANIZER_MAX:
                return [Mistake("name", None, f"there are {PAYMENT_ACCOUNTS_PER_ORGANIZER_MAX} accounts already")]
            secrets = [self._sealer.seal(keys.webhook_secret, account)] if keys.webhook_secret else []
            sealed = self._sealer.seal(keys.secret_key, account) if keys.secret_key else ""
            told = None if keys.by_hand is None else keys.by_hand.written()
            values = (by.organizer_id, keys.kind, keys.name, keys.publishable_key, sealed, secrets, live, told)
            await connection.execute(CREATE, account, *values, *_written(keys.serves or Serves()))
            await write(connection, by, "payment_account.create", account, after={"name": keys.name, "live": live})
        return account

    async def change(
        self, by: Act, account: str, keys: AccountKeys, seen: int | None
    ) -> AccountView | Refused | list[Mistake]:
        """Write what is given, unless somebody changed it since version `seen`."""
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(LOCK, by.organizer_id, account)
            if row is None:
                return NOT_FOUND
            if seen is not None and seen != row["version"]:
                return Refused(Code.CHANGED_MEANWHILE)
            if mistakes := keys.mistakes(row["live"], row["provider"]):
                return mistakes
            serves = _written(serves_of(row) if keys.serves is None else keys.serves)
            same = (by.organizer_id, account, row["provider"], *serves)
            if row["active"] and await connection.fetchval(SAME, *same):
                return [Mistake("serves", None, "another account that is switched on is for the same")]
            secrets = list(row["webhook_secrets"])
            if keys.webhook_secret:
                secrets = [self._sealer.seal(keys.webhook_secret, account), *secrets][:SECRETS_KEPT]
            await connection.execute(
                CHANGE,
                account,
                keys.name or row["name"],
                keys.publishable_key or row["publishable_key"],
                self._sealer.seal(keys.secret_key, account) if keys.secret_key else row["secret_key"],
                secrets,
                *serves,
                row["by_hand"] if keys.by_hand is None else keys.by_hand.written(),
            )
            written = [path for path in ("secret_key", "webhook_secret", "by_hand") if getattr(keys, path)]
            told = {"name": keys.name or row["name"], "written": written}
            await write(connection, by, "payment_account.change", account, before={"name": row["name"]}, after=told)
            after = await connection.fetchrow(READ, by.organizer_id, account)
        return _view(after)

    async def switch(self, by: Act, account: str, *, on: bool) -> Refused | None:
        """From now on what this account is for is paid into it, and into no other of its kind that is for the same; or
        no more.
        """
        async with self._office.transaction(by) as connection:
            await take_turn(connection, f"payment accounts of {by.organizer_id}")
            row = await connection.fetchrow(LOCK, by.organizer_id, account)
            if row is None:
                return NOT_FOUND
            if row["active"] != on:
                same = (by.organizer_id, account, row["provider"], *_written(serves_of(row)))
                others = [each["id"] for each in await connection.fetch(SAME, *same)]
                for each in others if on else [account]:
                    await connection.execute(SWITCH_OFF, each)
                if on:
                    await connection.execute(SWITCH_ON, account)
                act = "payment_account.switch_on" if on else "payment_account.switch_off"
                await write(connection, by, act, account)
        return None

    async def check(self, by: Act, account: str) -> Health | Refused:
        """Ask the provider for what a payment needs, which moves nothing, and by which methods it can be paid. By hand
        there is nobody to ask.
        """
        row = await self._office.fetchrow(by.organizer_id, KEY_OF, by.organizer_id, account)
        if row is None:
            return NOT_FOUND
        if row["provider"] == HAND:
            return Health.WORKS
        secret = self._sealer.unseal(row["secret_key"], account)
        if secret is None:
            return Health.REFUSED
        api = StripeApi(secret, self._stripe_url)
        try:
            said = await api.get(ASKED_BY_CHECK, {"limit": "1"})
            if said.fine:
                await self._note_offers(by, account, api)
        except KeyRefused:
            return Health.REFUSED
        except (NotAsked, NotAnswered):
            return Health.UNREACHED
        finally:
            await api.close()
        return Health.WORKS if said.fine else Health.REFUSED

    async def _note_offers(self, by: Act, account: str, api: StripeApi) -> None:
        """A key that may not read them leaves what was known: it takes cards all the same."""
        try:
            said = await api.get(CONFIGURATIONS, {"limit": "100"})
        except (KeyRefused, NotAnswered):
            return
        if said.fine:
            async with self._office.transaction(by) as connection:
                await connection.execute(NOTE_OFFERS, by.organizer_id, account, list(offers_of(said.body)))


def _view(row: Any) -> AccountView:
    said = {name: row[name] for name in AccountView.__slots__ if name not in ("offers", "by_hand", "serves")}
    told = None if row["by_hand"] is None else ByHand.read(row["by_hand"])
    offers = tuple(row["offers"]) if told is None else told.methods()
    return AccountView(**said, offers=offers, by_hand=told, serves=serves_of(row))


def _written(serves: Serves) -> tuple[list[str], list[str], int | None, int | None]:
    serves = serves.sorted()
    return list(serves.currencies), list(serves.countries), serves.amount_from, serves.amount_up_to
