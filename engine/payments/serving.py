"""Serving: what an organizer's account is for: in which currencies, venues of which countries, and what sums.

Pure. Guarantees: of several accounts that could be paid, the one whose conditions are the most particular is, and of
those that are equally so the oldest; whoever asks twice is answered the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from engine.catalog import Mistake
from engine.countries import COUNTRIES, NO_COUNTRY
from engine.money import CURRENCIES

AccountT = TypeVar("AccountT")


@dataclass(frozen=True, slots=True)
class Serves:
    """Nothing named: everything."""

    currencies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()  # of the venue
    amount_from: int | None = None  # minor units, with one currency
    amount_up_to: int | None = None

    @property
    def by_sum(self) -> bool:
        return self.amount_from is not None or self.amount_up_to is not None

    @property
    def particular(self) -> int:
        return bool(self.currencies) + bool(self.countries) + self.by_sum

    def sale(self, currency: str, country: str | None) -> bool:
        """Whether it serves a sale at all."""
        if self.currencies and currency not in self.currencies:
            return False
        return not self.countries or country in self.countries

    def sum(self, total: int) -> bool:
        enough = self.amount_from is None or self.amount_from <= total
        return enough and (self.amount_up_to is None or total <= self.amount_up_to)

    def within(self, other: Serves) -> Serves | None:
        """The sums that both serve, of a sale that both serve; None where there are none."""
        start = max((each.amount_from for each in (self, other) if each.amount_from is not None), default=None)
        end = min((each.amount_up_to for each in (self, other) if each.amount_up_to is not None), default=None)
        both = Serves(self.currencies or other.currencies, self.countries or other.countries, start, end)
        return both if end is None or both._is_range() else None

    def sorted(self) -> Serves:
        currencies, countries = sorted(set(self.currencies)), sorted(set(self.countries))
        return Serves(tuple(currencies), tuple(countries), self.amount_from, self.amount_up_to)

    def mistakes(self) -> list[Mistake]:
        found = []
        if not CURRENCIES.issuperset(self.currencies):
            found.append(Mistake("serves.currencies", None, "is not a currency of ISO 4217, by its three letters"))
        if not COUNTRIES.issuperset(self.countries):
            found.append(Mistake("serves.countries", None, NO_COUNTRY))
        if self.by_sum and len(self.currencies) != 1:
            found.append(Mistake("serves.amount_from", None, "sums need one currency"))
        if None not in (self.amount_from, self.amount_up_to) and not self._is_range():
            found.append(Mistake("serves.amount_up_to", None, "is less than the sum that it begins with"))
        return found

    def _is_range(self) -> bool:
        return (self.amount_from or 0) <= (self.amount_up_to or 0)


def by_particulars(accounts: Iterable[tuple[Serves, AccountT]]) -> list[tuple[Serves, AccountT]]:
    """In the order in which they are asked whether they serve; the oldest come in first."""
    return sorted(accounts, key=lambda each: -each[0].particular)


def serving(accounts: Sequence[tuple[Serves, AccountT]], total: int | None) -> AccountT | None:
    """Who serves a sum; without one, whoever is asked first."""
    return next((account for serves, account in accounts if total is None or serves.sum(total)), None)


def serves_of(row: Any) -> Serves:
    """As an account is written."""
    return Serves(tuple(row["currencies"]), tuple(row["countries"]), row["amount_from"], row["amount_up_to"])
