"""Marks: by what people are found again, without anything of them being readable.

Pure. Guarantees: keyed, so that whoever has the database alone can't try addresses; the same inbox, number or word has
the same mark for ever, however it is written: case, accents and dots of Gmail don't count.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from hashlib import blake2b

from engine.keyring import MARKS, Keyring, derived
from engine.limits import NAME_WORDS_MAX
from engine.messages import email_address, inbox_of
from engine.vault.model import Contact, Found

MARK_BYTES = 16
WORD_BYTES = 8  # as a bigint of Postgres; what two words share by chance is told apart once it is read
WORD = re.compile(r"[^\W_]+")
ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
NOT_DIALLED = re.compile(r"[^0-9+]")


class Marks:
    def __init__(self, keyring: Keyring) -> None:
        self._inbox_key = keyring.fixed(MARKS, b"inbox")
        # A purpose that never rotates can't be added to a keyring in use, so these follow from the one there is.
        self._contact_key = derived(self._inbox_key, b"contact of a person")
        self._name_key = derived(self._inbox_key, b"name of a person")
        self.stand_ins = derived(self._inbox_key, b"stand-in of a person")  # key of those

    def inbox(self, channel: str, address: str) -> bytes:
        """Stands for whoever reads what is sent to `address`."""
        # As marks of inboxes were made before there was a vault.
        return hmac.digest(self._inbox_key, f"{channel}|{inbox_of(channel, address)}".encode(), "sha256")[:MARK_BYTES]

    def contact(self, organizer_id: str, buyer: str, contact: Contact) -> bytes:
        """Stands for this buyer typing this, for this organizer."""
        said = f"{organizer_id}\n{buyer}\n{contact.name}\n{contact.email}\n{contact.phone}"
        return blake2b(said.encode(), key=self._contact_key, digest_size=MARK_BYTES).digest()

    def found(self, contact: Contact) -> Found:
        email, phone = as_email(contact.email), as_phone(contact.phone)
        return Found(
            self.inbox("email", email) if email else None,
            self.inbox("sms", phone) if phone else None,
            tuple(self.words(contact.name)),
        )

    def words(self, name: str) -> list[int]:
        """A mark for each word of a name, each once."""
        key = self._name_key
        return [
            int.from_bytes(blake2b(word.encode(), key=key, digest_size=WORD_BYTES).digest(), signed=True)
            for word in words_of(name)
        ]


def words_of(name: str) -> list[str]:
    """The words of a name as they are compared: without case and accents, each once."""
    return list(dict.fromkeys(WORD.findall(folded(name))))[:NAME_WORDS_MAX]


def folded(text: str) -> str:
    """A text without case and accents."""
    plain = text if text.isascii() else ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return plain.casefold()


def as_email(text: str) -> str:
    """An address as it is compared, also where no letter could be sent to it."""
    try:
        return email_address(text)
    except ValueError:
        return text.strip().lower()


def as_phone(text: str) -> str:
    """A number as it is compared: what is dialled of it, with + where 00 stands for it."""
    dialled = NOT_DIALLED.sub("", text)
    return f"+{dialled[2:]}" if dialled.startswith("00") else dialled
