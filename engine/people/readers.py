"""Readers: whoever follows the link of a letter to say which of an organizer's offers they want, and when.

Guarantees: who a link is for comes out of the link alone; what is said there holds for this organizer and for inboxes
that are the reader's: confirmed, vouched for by an import, or the one the letter went to. Whoever merely typed an
address says nothing for it, and nothing tells whether anybody else has it. A yes is kept with the words it was said to.
Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from engine.messages import CHANNELS, Addressed
from engine.people import sql
from engine.people.persons import ADDRESSES, Mirror, what_counts
from engine.people.preferences import OFFERS, UNSAID, Preference, Preferences, Quiet
from engine.people.suppression import Suppression
from engine.vault import NOBODY, Contact, Vault, as_email, as_phone


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody as a link to their preferences names them."""

    organizer_id: str
    number: int | None  # of their profile
    is_told: bool  # offers, as far as consent goes
    locale: str
    zone: str
    inboxes: Mapping[str, Addressed]  # by channel
    shown: Mapping[str, str]  # by channel: as much of an address as its reader knows it by
    stopped: frozenset[str]  # channels on which nothing is sent any more, whatever is said here
    said: Mapping[str, Preference]

    def wants(self, channel: str) -> bool:
        return self.is_told and channel not in self.stopped and OFFERS not in self.said.get(channel, UNSAID).off

    @property
    def has_said_no(self) -> bool:
        """To all offers, on every channel there is."""
        return all(OFFERS in self.said.get(channel, UNSAID).off for channel in self.inboxes)

    @property
    def quiet(self) -> Quiet | None:
        return next((each.quiet for each in self.said.values() if each.quiet is not None), None)


class Readers:
    def __init__(
        self, db: asyncpg.Pool, vault: Vault, suppression: Suppression, preferences: Preferences, mirror: Mirror
    ) -> None:
        self._db = db
        self._vault = vault
        self._suppression = suppression
        self._preferences = preferences
        self._mirror = mirror

    async def find(self, organizer_id: str, who: str) -> Reader | None:
        """`who` is the number of a profile, or a person to whose e-mail address the letter went; None: there is nobody
        any more."""
        if who.isdecimal():
            profile = await self._db.fetchrow(sql.READER, int(who), None, organizer_id)
            if profile is None:
                return None
            return await self._reader(organizer_id, profile, what_counts(profile, self._vault))
        (whose,) = await self._vault.whose([who]) or (None,)
        if whose is None or whose["organizer_id"] != organizer_id:
            return None
        contact = (await self._vault.contacts([who])).get(who, NOBODY)
        profile = await self._db.fetchrow(sql.READER, None, whose["buyer_id"], organizer_id)
        counting = NOBODY if profile is None else what_counts(profile, self._vault)
        if counting.email and as_email(counting.email) == as_email(contact.email):
            return await self._reader(organizer_id, profile, counting)
        return await self._reader(organizer_id, None, replace(contact, phone=""))

    async def _reader(self, organizer_id: str, profile: Any, contact: Contact) -> Reader:
        known = {"email": as_email(contact.email), "sms": as_phone(contact.phone)}
        addresses = {channel: address for channel, address in known.items() if address}
        marks = {channel: self._vault.marks.inbox(channel, address) for channel, address in addresses.items()}
        if profile is not None and profile["has_push"]:
            marks["push"] = self._vault.marks.inbox("push", str(profile["number"]))
        inboxes = {each: Addressed(organizer_id, each, marks[each]) for each in CHANNELS if each in marks}
        silenced = await self._suppression.silenced(list(addresses.items()), organizer_id)
        said = await self._preferences.of(list(inboxes.values()))
        masked = contact.masked
        return Reader(
            organizer_id,
            None if profile is None else profile["number"],
            profile is not None and bool(profile["told"]),
            "en" if profile is None else profile["locale"],
            "UTC" if profile is None else profile["zone"],
            inboxes,
            {channel: getattr(masked, name) for channel, name in ADDRESSES.items() if channel in inboxes},
            frozenset(channel for channel, _ in silenced),
            {channel: said[each] for channel, each in inboxes.items() if each in said},
        )

    async def say(self, reader: Reader, wanted: Collection[str], quiet: Quiet | None, wording: str) -> None:
        """Offers on these channels and no other; none at all is a no, some a yes to `wording`."""
        said = {
            each: Preference(frozenset() if channel in wanted else frozenset({OFFERS}), quiet)
            for channel, each in reader.inboxes.items()
        }
        is_told = bool(wanted)
        async with self._db.acquire() as connection, connection.transaction():
            await self._preferences.put(connection, said)
            if reader.number is not None and is_told != reader.is_told:
                words = wording if is_told else None
                await connection.execute(sql.SAY_TO_ORGANIZER, reader.organizer_id, reader.number, is_told, words)
        if reader.number is not None:
            await self._mirror.place_now(reader.number)
