"""The words of the vault: what people type of themselves, and how a row keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

PHONE_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is called and reached, as it was typed."""

    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.name or self.email or self.phone)

    def wire(self) -> dict[str, str]:
        return {"name": self.name, "email": self.email, "phone": self.phone}

    @property
    def masked(self) -> Contact:
        """Enough of somebody for whoever knows them, and too little for anybody else."""
        local, at, domain = self.email.strip().rpartition("@")
        phone = self.phone.strip()
        return Contact(
            " ".join(f"{word[:1]}…" for word in self.name.split()),
            f"{local[:1]}…@{domain}" if at else "",
            f"…{phone[-PHONE_SHOWN:]}" if len(phone) > PHONE_SHOWN else "",
        )


NOBODY = Contact()


@dataclass(frozen=True, slots=True)
class Locked:
    """A person's row, as far as it takes to read it."""

    person: str
    ring_key: int  # of the purpose `vault`, which wraps the data key
    data_key: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """What tax law keeps of somebody who was erased."""

    of: str
    organizer_id: str | None
    contact: Contact
    until: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """By what a contact is found again; none of it can be read back."""

    email: bytes | None
    phone: bytes | None
    names: tuple[int, ...]  # one per word

    @property
    def array(self) -> str:
        """The names as Postgres reads an array."""
        return "{" + ",".join(map(str, self.names)) + "}"


@dataclass(frozen=True, slots=True)
class Filed:
    """A person ready to be written. Who typed the same before for the same organizer is the person they were then."""

    row: Locked
    organizer_id: str | None
    buyer: str | None
    mark: bytes | None  # of organizer, buyer and contact together; None: never the same as another
    found: Found

    @property
    def record(self) -> tuple[object, ...]:
        """The same as COPY takes it."""
        return (*self.columns()[:-1], self.found.names)

    def columns(self) -> tuple[object, ...]:
        """In the order of vault_put."""
        row, found = self.row, self.found
        return (
            *(row.person, self.organizer_id, self.buyer, row.ring_key, row.data_key, row.sealed, self.mark),
            *(found.email, found.phone, found.array),
        )
