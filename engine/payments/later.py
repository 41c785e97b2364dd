"""Later: methods whose money comes after the order: in which currencies, and how long before the event at the latest.

Pure: time comes in as an argument. Guarantees: nobody is told to pay by a time at which their money could not be there
before the event begins; a method that can't keep that is not offered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.payments.port import BOLETO, INVOICE, PIX, SEPA_DEBIT, TRANSFER


@dataclass(frozen=True, slots=True)
class Later:
    most: timedelta  # that a buyer has to pay
    least: timedelta  # that a buyer is to have: else the method is not offered
    settles: timedelta = timedelta()  # what was paid in the last minute is known so much later
    currencies: frozenset[str] = frozenset()  # none: all of them
    mandate: bool = False  # the buyer agrees to be debited, from somewhere


DAY = timedelta(days=1)
EURO = frozenset(("EUR",))
BRAZIL = frozenset(("BRL",))
LATER = {
    TRANSFER: Later(most=3 * DAY, least=DAY),
    INVOICE: Later(most=30 * DAY, least=DAY),
    PIX: Later(most=DAY, least=timedelta(minutes=15), currencies=BRAZIL),
    # Paid at a bank's counter, say, on a Friday evening: the bank says so on Monday or Tuesday.
    BOLETO: Later(most=4 * DAY, least=2 * DAY, settles=4 * DAY, currencies=BRAZIL),
    # Banks may take fourteen working days to say whether they paid. Nobody can call it off meanwhile.
    SEPA_DEBIT: Later(most=21 * DAY, least=22 * DAY, currencies=EURO, mandate=True),
}


def offered(methods: Iterable[str], currency: str, begins: datetime | None, now: datetime) -> tuple[str, ...]:
    """Of these methods those by which a sale can be paid now; `begins`: what it is sold for, None when nobody knows."""
    return tuple(each for each in methods if each not in LATER or _fits(LATER[each], currency, begins, now))


def pay_until(method: str, begins: datetime | None, now: datetime, most: timedelta | None = None) -> datetime:
    """Until when a buyer is to have paid by this method; `most`: where the account gives another time."""
    later = LATER[method]
    whole = now + (later.most if most is None else most)
    return whole if begins is None else min(whole, begins - later.settles)


def _fits(later: Later, currency: str, begins: datetime | None, now: datetime) -> bool:
    if later.currencies and currency not in later.currencies:
        return False
    return begins is None or now + later.least + later.settles <= begins
