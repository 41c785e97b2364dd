"""What of an order is given back: of which line and which fee how much, and how much of it is tax.

Pure. Guarantees: of no part more than is left of it; parts that are given back in steps come to what they were,
to the cent; a sum is dealt out over what is left, in proportion, and loses no cent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.catalog.model import Tax
from engine.pricing.owed import dealt, with_tax


@dataclass(frozen=True, slots=True)
class Part:
    """A line of an order; or a fee, for one of its lines or for all of it."""

    line: int | None
    fee: str | None
    owed: int
    tax: int  # of what is owed

    @property
    def key(self) -> tuple[int | None, str | None]:
        return self.line, self.fee


@dataclass(frozen=True, slots=True)
class PaidFee:
    """A fee as an order has it."""

    id: str
    owed: int
    tax: int
    by_line: Sequence[int]  # the price for each line; none of one per order
    rate: Tax | None


def parts_of(lines: Iterable[Part], fees: Iterable[PaidFee]) -> list[Part]:
    """All that an order came to: its lines, its fees for each line, and those for all of it."""
    found = list(lines)
    for fee in fees:
        if not fee.by_line:
            found.append(Part(None, fee.id, fee.owed, fee.tax))
        for line, price in enumerate(fee.by_line):
            if price:
                taxed, owed = with_tax(price, fee.rate)
                found.append(Part(line, fee.id, owed, taxed))
    return found


def left_of(parts: Iterable[Part], given: Iterable[Part]) -> list[Part]:
    """What is left of the parts of an order once these were given back."""
    gone: dict[tuple[int | None, str | None], tuple[int, int]] = {}
    for each in given:
        owed, tax = gone.get(each.key, (0, 0))
        gone[each.key] = owed + each.owed, tax + each.tax
    left = []
    for part in parts:
        owed, tax = gone.get(part.key, (0, 0))
        left.append(replace(part, owed=part.owed - owed, tax=part.tax - tax))
    return left


def by_lines(left: Iterable[Part], lines: Collection[int], *, fees: bool, whole: bool) -> list[Part]:
    """What goes back for these lines, and with `fees` what was asked besides them.

    `whole`: they are the last ones, so what was asked for the order as a whole goes back with them.
    """
    return [
        part
        for part in left
        if part.owed > 0 and (part.fee is None or fees) and (part.line in lines or (part.line is None and whole))
    ]


def by_sum(left: Sequence[Part], amount: int) -> list[Part]:
    """A sum, first out of what is left of the lines, and then out of the fees; no more than there is."""
    of_lines = [part for part in left if part.fee is None and part.owed > 0]
    of_fees = [part for part in left if part.fee is not None and part.owed > 0]
    first = min(amount, sum(part.owed for part in of_lines))
    return [*_dealt_out(of_lines, first), *_dealt_out(of_fees, amount - first)]


def _dealt_out(parts: Sequence[Part], amount: int) -> list[Part]:
    if amount <= 0 or not parts:
        return []
    found = []
    for part, owed in zip(parts, dealt(amount, [part.owed for part in parts]), strict=True):
        if owed:
            # Half up; all of it, when all that is left of the part goes.
            found.append(replace(part, owed=owed, tax=(2 * part.tax * owed + part.owed) // (2 * part.owed)))
    return found


def entries_of(parts: Iterable[Part], types: Mapping[int, str], discounts: Mapping[int, int]) -> dict[str, int]:
    """What giving these back takes from which account, but for where the money goes; each account once.

    `types` by line; `discounts`: what was taken off of each line that ends with it, which is no revenue any more.
    """
    entries: dict[str, int] = {}

    def add(account: str, amount: int) -> None:
        entries[account] = entries.get(account, 0) + amount

    for part in parts:
        add("tax", part.tax)
        if part.fee is not None:
            add("fee", part.owed - part.tax)
        elif part.line is not None:
            add(f"revenue:{types[part.line]}", part.owed - part.tax)
    for line, off in discounts.items():
        add(f"revenue:{types[line]}", off)
        add("discount", -off)
    return {account: amount for account, amount in entries.items() if amount}
