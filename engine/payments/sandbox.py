"""The sandbox payment provider: test cards for every way a payment can go, a wallet and a slow transfer, with a ledger
that survives crashes.

Owns sandbox_charge and sandbox_refund, which stand for a system outside Aforo and are read only through this port.
Guarantees: one outcome per order id, whoever asks how often; lookups tell what the ledger says.
docs/payments.md lists the cards. A transfer is awaited until `pay` says that it came.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from engine.limits import ORDERS_PER_COMMIT_MAX
from engine.payments.books import Books
from engine.payments.later import LATER
from engine.payments.port import (
    ABANDONED,
    ANOTHER_AMOUNT,
    CARD,
    DISPUTED,
    MORE_THAN_LEFT,
    NOT_CAPTURED,
    PIX,
    RETURNED,
    TRANSFER,
    WALLET,
    Awaited,
    Captured,
    Charge,
    ChargeAnswer,
    Declined,
    Down,
    Listener,
    LookupAnswer,
    Means,
    NotRefunded,
    PaymentNews,
    Refund,
    RefundAnswer,
    Refunded,
    Unheard,
    Unknown,
)
from engine.payments.sandbox_books import SandboxBooks
from engine.stores.batcher import Batcher

log = logging.getLogger(__name__)

UNKNOWN_MS = 3_000
FOREVER_MS = 100 * 365 * 86_400_000
SILENCE_S = 3_600.0
TRANSFER_MS = 3 * 86_400_000
# In the form of Brazil's central bank, of an address that nobody can have.
PIX_CODE = "00020126370014br.gov.bcb.pix0115play@aforo.test5204000053039865802BR5905AFORO6006BRASIL62140510{}6304AF00"
ACCOUNT = "ES91 2100 0418 4502 0005 1332"  # an example of the standard's


@dataclass(frozen=True, slots=True)
class CardBehaviour:
    """What a test card makes of a charge."""

    decline: str = ""  # the decline code; "" captures
    hidden_ms: int = 0  # so long the provider itself does not know
    silent: bool = False  # the call never answers
    written: bool = True  # False: the charge never reaches the ledger
    twice: bool = False  # the answer also comes as news, twice
    down: bool = False  # the provider can't be reached
    awaited: bool = False  # the money comes days later


CARDS = {
    "4242424242424242": CardBehaviour(),
    "4000000000000002": CardBehaviour(decline="card_declined"),
    "4000000000009995": CardBehaviour(decline="insufficient_funds"),
    "4000000000000069": CardBehaviour(decline="expired_card"),
    "4000000000000127": CardBehaviour(decline="incorrect_cvc"),
    "4000000000009987": CardBehaviour(decline="lost_card"),
    "4000000000009979": CardBehaviour(decline="stolen_card"),
    "4000000000000119": CardBehaviour(decline="processing_error"),
    "4000000000000077": CardBehaviour(silent=True),
    "4000000000000085": CardBehaviour(silent=True, written=False),
    "4000000000000093": CardBehaviour(hidden_ms=UNKNOWN_MS),
    "4000000000000101": CardBehaviour(hidden_ms=UNKNOWN_MS, decline="card_declined"),
    "4000000000000143": CardBehaviour(hidden_ms=FOREVER_MS),
    "4000000000000150": CardBehaviour(twice=True),
    "4000000000000168": CardBehaviour(down=True),
}
NOT_A_TEST_CARD = CardBehaviour(decline="card_declined")
METHODS = {WALLET: CardBehaviour(), TRANSFER: CardBehaviour(awaited=True), PIX: CardBehaviour(awaited=True)}

WRITE_CHARGES = """
INSERT INTO sandbox_charge (order_id, amount, currency, outcome, decline, visible_at, until, sale_id, method)
SELECT c.order_id, c.amount, c.currency,
       CASE WHEN c.awaited_ms > 0 THEN 'awaiting' WHEN c.decline = '' THEN 'captured' ELSE 'declined' END,
       nullif(c.decline, ''), now() + c.hidden_ms * interval '1 millisecond',
       CASE WHEN c.awaited_ms > 0 THEN least(now() + c.awaited_ms * interval '1 millisecond', c.latest) END,
       c.sale_id, CASE WHEN c.awaited_ms > 0 THEN c.method END
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
            $9::timestamptz[])
     AS c (order_id, amount, currency, decline, hidden_ms, awaited_ms, sale_id, method, latest)
ORDER BY c.order_id
ON CONFLICT (order_id) DO NOTHING
RETURNING order_id, amount, outcome, decline, until, method, visible_at > now() AS hidden
"""
READ_CHARGES = """
SELECT c.order_id, c.amount, c.outcome, c.decline, c.until, c.method, c.visible_at > now() AS hidden,
       (SELECT coalesce(sum(r.amount), 0) FROM sandbox_refund r
        WHERE r.order_id = c.order_id AND r.failed_at IS NULL)::bigint AS given_back
FROM sandbox_charge c WHERE c.order_id = ANY($1)
"""
ABANDON = """
INSERT INTO sandbox_charge (order_id, amount, currency, outcome, decline) VALUES ($1, 0, 'XXX', 'declined', $2)
ON CONFLICT (order_id) DO UPDATE SET outcome = 'declined', decline = excluded.decline
WHERE sandbox_charge.outcome = 'awaiting'
"""
ARRIVES = """
UPDATE sandbox_charge SET outcome = 'captured', captured_at = now() WHERE order_id = $1 AND outcome = 'awaiting'
RETURNING sale_id, amount
"""
LOCK_CHARGE = """
SELECT order_id, amount, outcome, decline, until, method, visible_at > now() AS hidden FROM sandbox_charge
WHERE order_id = $1 FOR UPDATE
"""
READ_REFUNDS = "SELECT id, amount, failed_at FROM sandbox_refund WHERE order_id = $1"
IS_DISPUTED = "SELECT EXISTS (SELECT FROM sandbox_dispute WHERE order_id = $1 AND state <> 'won')"
WRITE_REFUND = "INSERT INTO sandbox_refund (order_id, id, amount) VALUES ($1, $2, $3)"
ALL_GIVEN_BACK = "UPDATE sandbox_charge SET outcome = 'refunded' WHERE order_id = $1"
FORGET_CHARGES = "DELETE FROM sandbox_charge WHERE order_id = ANY ($1)"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What is to be written for a charge."""

    charge: Charge
    decline: str
    hidden_ms: int
    awaited_ms: int = 0  # so long its money may take


class Sandbox:
    """A provider without a bank. Set `down` or `silent` to rehearse an outage in this process."""

    name = "sandbox"

    def __init__(
        self, db: asyncpg.Pool, cards: dict[str, CardBehaviour] | None = None, *, transfer_ms: int = TRANSFER_MS
    ) -> None:
        self.down = False
        self.silent = False
        self._db = db
        self._cards = CARDS if cards is None else cards
        self._transfer_ms = transfer_ms
        self._listener: Listener | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._writes: Batcher[LedgerLine, LookupAnswer] = Batcher(
            "sandbox charges", self._write, items_max=ORDERS_PER_COMMIT_MAX
        )

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    def books(self, organizer: str) -> Books | None:
        return SandboxBooks(self._db, organizer)

    def methods(self) -> tuple[str, ...]:
        return WALLET, CARD, PIX, TRANSFER

    def plays(self, means: Means) -> bool:
        """A card that plays an outage plays it for whoever typed it; `down` and `silent` are outages for everybody."""
        behaviour = self._behaviour(means)
        return (behaviour.down or behaviour.silent) and not (self.down or self.silent)

    async def charge(self, charge: Charge) -> ChargeAnswer:
        card = self._behaviour(charge.means)
        if self.down or card.down:
            return Down()
        if card.written:
            awaited_ms = self._awaited_ms(charge) if card.awaited else 0
            stands = await self._writes.submit(LedgerLine(charge, card.decline, card.hidden_ms, awaited_ms))
            if not isinstance(stands, Refunded | Unheard) and not (card.silent or self.silent):
                if card.twice and isinstance(stands, Captured | Declined):
                    self._tell_twice(PaymentNews(charge.sale, charge.order, stands))
                return stands
        if card.silent or self.silent:
            await asyncio.sleep(SILENCE_S)
        return Unknown()

    async def lookup(self, order: str) -> LookupAnswer:
        if self.down:
            return Down()
        return _standing(await self._db.fetchrow(READ_CHARGES, [order]))

    async def abandon(self, order: str) -> LookupAnswer:
        if self.down:
            return Down()
        await self._db.execute(ABANDON, order, ABANDONED)
        return await self.lookup(order)

    async def pay(self, order: str) -> bool:
        """A transfer for this order arrives, and whoever listens hears of it; False when none is awaited."""
        row = await self._db.fetchrow(ARRIVES, order)
        if row is None:
            return False
        await self._tell(PaymentNews(row["sale_id"], order, Captured(row["amount"], order)))
        return True

    async def refund(self, refund: Refund) -> RefundAnswer:
        if self.down:
            return Down()
        async with self._db.acquire() as connection, connection.transaction():
            answer = await _give_back(connection, refund)
        if self.silent:
            await asyncio.sleep(SILENCE_S)
        return answer

    async def close(self) -> None:
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    def _awaited_ms(self, charge: Charge) -> int:
        most = LATER[charge.means.method].most
        return min(self._transfer_ms, most // timedelta(milliseconds=1))

    def _behaviour(self, means: Means) -> CardBehaviour:
        if means.card is None:
            return METHODS.get(means.method, NOT_A_TEST_CARD)
        return self._cards.get(means.card.number, NOT_A_TEST_CARD)

    async def _write(self, lines: list[LedgerLine]) -> Sequence[LookupAnswer]:
        rows = await self._db.fetch(
            WRITE_CHARGES,
            [line.charge.order for line in lines],
            [line.charge.amount for line in lines],
            [line.charge.currency for line in lines],
            [line.decline for line in lines],
            [line.hidden_ms for line in lines],
            [line.awaited_ms for line in lines],
            [line.charge.sale for line in lines],
            [line.charge.means.method for line in lines],
            [line.charge.begins for line in lines],
        )
        found = {row["order_id"]: _standing(row) for row in rows}
        before = [line.charge.order for line in lines if line.charge.order not in found]
        if before:
            found |= {row["order_id"]: _standing(row) for row in await self._db.fetch(READ_CHARGES, before)}
        return [found.get(line.charge.order, Unheard()) for line in lines]

    def _tell_twice(self, news: PaymentNews) -> None:
        for _ in range(2):
            task = asyncio.get_running_loop().create_task(self._tell(news))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, news: PaymentNews) -> None:
        if self._listener is not None:
            try:
                await self._listener(news)
            except Exception:  # a provider's news come again, or are looked up
                log.exception("news of order %s could not be taken in", news.order)


async def forget_charges(connection: asyncpg.Connection, orders: Sequence[str]) -> None:
    """What was played for these orders, of a rehearsal, is gone."""
    await connection.execute(FORGET_CHARGES, orders)


async def _give_back(connection: asyncpg.Connection, refund: Refund) -> RefundAnswer:
    """Two that are asked for at once follow one another: each sees what the other left."""
    stands = _standing(await connection.fetchrow(LOCK_CHARGE, refund.order))
    if isinstance(stands, Declined | Awaited):
        return NotRefunded(NOT_CAPTURED)
    if not isinstance(stands, Captured | Refunded):
        return stands
    rows = await connection.fetch(READ_REFUNDS, refund.order)
    if any(row["id"] == refund.id and row["failed_at"] is not None for row in rows):
        return NotRefunded(RETURNED)
    given = {row["id"]: row["amount"] for row in rows if row["failed_at"] is None}
    if refund.id in given:
        return Refunded(refund.amount) if given[refund.id] == refund.amount else NotRefunded(ANOTHER_AMOUNT)
    if await connection.fetchval(IS_DISPUTED, refund.order):
        return NotRefunded(DISPUTED)
    if isinstance(stands, Refunded) and not given and refund.amount == stands.amount:
        return stands  # by a release that gave back all or nothing, and kept no ids
    left = 0 if isinstance(stands, Refunded) else stands.amount - sum(given.values())
    if refund.amount > left:
        return NotRefunded(MORE_THAN_LEFT)
    await connection.execute(WRITE_REFUND, refund.order, refund.id, refund.amount)
    if refund.amount == left:
        await connection.execute(ALL_GIVEN_BACK, refund.order)
    return Refunded(refund.amount)


def _standing(row: Any) -> Captured | Declined | Awaited | Refunded | Unknown | Unheard:
    """What a row of the ledger says to somebody who asks now."""
    if row is None:
        return Unheard()
    if row["hidden"]:
        return Unknown()
    match row["outcome"]:
        case "captured":
            return Captured(row["amount"], row["order_id"], row.get("given_back", 0))
        case "refunded":
            return Refunded(row["amount"])
        case "awaiting":
            return Awaited(row["until"], step_of(row["order_id"], row["method"]))
        case _:
            return Declined(row["decline"])


def step_of(order: str, method: str | None) -> dict[str, str]:
    """What whoever pays later has to do."""
    reference = hashlib.sha256(order.encode()).hexdigest()[:10].upper()
    if method == PIX:
        return {"kind": PIX, "code": PIX_CODE.format(reference)}
    return {"kind": "transfer", "account": ACCOUNT, "reference": reference}
