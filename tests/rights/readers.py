"""Readers: a model of who is in the vault, whose they are, what refers to them, and who can read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.vault import Contact


@dataclass
class Someone:
    organizer: str | None  # None: they came by themselves
    contact: Contact
    buyer: str | None = None  # who typed it
    erased: bool = False
    notes: set[str] = field(default_factory=set)


@dataclass
class Readers:
    """`referred` says what refers to whom: a cart, an order, a profile or an organizer's import."""

    people: dict[str, Someone] = field(default_factory=dict)
    marks: dict[tuple[str, str, Contact], str] = field(default_factory=dict)
    referred: dict[tuple[str, ...], str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)  # by address
    letters: dict[str, tuple[str, str]] = field(default_factory=dict)  # order → organizer, address

    def typed(self, organizer: str, buyer: str, contact: Contact, person: str) -> None:
        """Who types the same again is who they were; anybody else is new."""
        before = self.marks.get((organizer, buyer, contact))
        if before is None:
            assert person not in self.people, "a new contact is a new person"
            self.people[person] = Someone(organizer, contact, buyer)
            self.marks[organizer, buyer, contact] = person
        else:
            assert person == before, "the same again is the same person"

    def came(self, organizer: str | None, contact: Contact, person: str, buyer: str | None = None) -> None:
        """Imported, or by themselves: the person of that profile is called otherwise, or there is a new one."""
        if person in self.people:
            self.corrected(person, contact)
        else:
            self.people[person] = Someone(organizer, contact, buyer)

    def noted(self) -> Iterator[tuple[str, str]]:
        """What can be read about whom."""
        for person, someone in self.people.items():
            if not someone.erased:
                yield from ((person, text) for text in someone.notes)

    def corrected(self, person: str, contact: Contact) -> None:
        self.people[person].contact = contact
        self._unmarked({person})

    def erased(self, people: set[str]) -> None:
        for person in people:
            self.people[person].erased = True
        self._unmarked(people)
        for what in [what for what, who in self.referred.items() if who in people]:
            if what[0] in ("profile", "import"):
                del self.referred[what]

    def let_go(self) -> set[str]:
        """A while goes by: whom nothing refers to is gone. Whoever was erased stays, empty."""
        gone = {who for who, each in self.people.items() if not each.erased} - set(self.referred.values())
        for person in gone:
            del self.people[person]
        self._unmarked(gone)
        return gone

    def contact(self, person: str | None) -> Contact:
        someone = self.people.get(person or "")
        return Contact() if someone is None or someone.erased else someone.contact

    def readable(self, organizer: str | None = None) -> dict[str, Contact]:
        """Who can be read by an organizer, or by operators."""
        return {
            who: each.contact
            for who, each in self.people.items()
            if not each.erased and organizer in (None, each.organizer)
        }

    def with_email(self, email: str, organizer: str | None = None) -> set[str]:
        return {who for who, contact in self.readable(organizer).items() if contact.email == email}

    def of_buyers(self, buyers: set[str]) -> set[str]:
        return {who for who, each in self.people.items() if not each.erased and each.buyer in buyers}

    def of_kind(self, kind: str) -> Iterator[tuple[tuple[str, ...], str]]:
        return ((what, who) for what, who in self.referred.items() if what[0] == kind)

    def _unmarked(self, people: set[str]) -> None:
        self.marks = {what: who for what, who in self.marks.items() if who not in people}


@dataclass(frozen=True)
class Dice:
    """What an example draws for each thing that happens."""

    house: int
    buyer: int
    one: int
    other: int
    even: bool
