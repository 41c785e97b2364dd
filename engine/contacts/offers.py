"""Offers: letters that ask whether an address a person wants offers at is theirs, and what their answer means.

Guarantees: nothing is asked of who did not consent, or whose address counts already; a confirmed address counts if it
still is the one the person has.
"""

from __future__ import annotations

import asyncpg

from engine.contacts.contacts import Contacts
from engine.contacts.model import Confirmed, ProofAsk, Purpose
from engine.people import ADDRESSES, Persons
from engine.refusals import Refused


class Offers:
    def __init__(self, contacts: Contacts, persons: Persons) -> None:
        self._contacts = contacts
        self._persons = persons
        contacts.when_confirmed(Purpose.OFFERS, self.vouch)

    async def ask_to_confirm(self, buyer: str, came_from: str) -> Refused | None:
        """Send letters to the addresses of a buyer who consented and has not confirmed them."""
        known = await self._persons.read(buyer)
        if known is None or not known["told"]:
            return None
        for channel, name in ADDRESSES.items():
            if known[name] is None or known[f"{name}_confirmed"] or channel not in known["channels"]:
                continue
            if not self._contacts.reaches(channel, known[name]):
                continue
            ask = ProofAsk(Purpose.OFFERS, channel, known[name], buyer, known["locale"], came_from)
            asked = await self._contacts.ask(ask)
            if isinstance(asked, Refused):
                return asked
        return None

    async def vouch(self, connection: asyncpg.Connection, confirmed: Confirmed) -> None:
        """The owner of an address confirmed it: it counts, if it still is the one the person has."""
        claimed = await self._persons.claimed(connection, confirmed.buyer)
        address = claimed and claimed[1][confirmed.channel]
        if claimed and address and self._contacts.signer.inbox(confirmed.channel, address) == confirmed.inbox_hash:
            await self._persons.vouch(connection, claimed[0], confirmed.channel)
