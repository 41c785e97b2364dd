"""Gathers what is asked at the same moment and sends it as one call, to Redis or to Postgres.

Guarantees: one call in flight; what arrives meanwhile goes out as the next one, before the waiters of the finished one
wake. While full batches wait, `flights_max` are in flight, so that the store is never idle. Under load, calls keep
`gather_ms` apart so that each carries more; a lone ask never waits. Over `queue_max` an ask is refused as busy. After a
lost reply nobody knows what was done: the batch is sent again, with the same ids, for a bounded time, then refused.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import asyncpg
from redis import exceptions as redis_errors

from engine import limits
from engine.refusals import Code, RefusalError

Ask = TypeVar("Ask")
Verdict = TypeVar("Verdict")

# Errors that are temporary, or after which nobody knows whether the batch was carried out.
LOST: tuple[type[Exception], ...] = (
    OSError,
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    redis_errors.ClusterDownError,
    redis_errors.TryAgainError,
    redis_errors.ReadOnlyError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What asyncpg raises when a connection dies while it is released.
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
BACKOFF_S = 0.02
BACKOFF_S_MAX = 0.5

BatchHook = Callable[[str, int, float], None]
Flight = tuple["asyncio.Task[Sequence[Verdict]]", "list[asyncio.Future[Verdict]]"]


class BatchFault(Exception):
    """The store answered a batch with another number of verdicts than it had items."""


class Batcher(Generic[Ask, Verdict]):
    """`send` takes a list of asks and answers as many verdicts, in order."""

    def __init__(
        self,
        name: str,
        send: Callable[[list[Ask]], Awaitable[Sequence[Verdict]]],
        *,
        items_max: int = limits.BATCH_ITEMS_MAX,
        queue_max: int = limits.QUEUE_ITEMS_MAX,
        retry_ms_max: int = limits.RETRY_LOST_REPLY_MS_MAX,
        gather_ms: int = 0,
        flights_max: int = 1,
        on_batch: BatchHook | None = None,
    ) -> None:
        self.name = name
        self._send = send
        self._items_max = items_max
        self._queue_max = queue_max
        self._retry_s_max = retry_ms_max / 1000
        self._gather_s = gather_ms / 1000
        self._flights_max = flights_max
        self._not_before = 0.0  # when the next call may leave
        self._gathering: asyncio.Future[None] | None = None
        self._on_batch = on_batch
        self._asks: list[Ask] = []
        self._waiters: list[asyncio.Future[Verdict]] = []
        self._flight: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def waiting(self) -> int:
        """How many asks wait for the next call."""
        return len(self._asks)

    @property
    def idle(self) -> bool:
        """Nothing is in flight and nothing waits."""
        return self._flight is None

    def submit(self, ask: Ask) -> asyncio.Future[Verdict]:
        """The verdict to come. A caller may stop waiting for it; the others in its batch do not notice."""
        if len(self._asks) >= self._queue_max:
            raise RefusalError(Code.BUSY)
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Verdict] = loop.create_future()
        self._asks.append(ask)
        self._waiters.append(waiter)
        if self._flight is None:
            # The task starts in the next turn of the loop, so that everything asked in this turn goes with it.
            self._flight = loop.create_task(self._fly(), name=f"batches of {self.name}")
        elif self._gathering is not None and len(self._asks) >= self._items_max:
            self._gather_no_longer()
        return waiter

    async def drained(self) -> None:
        """Wait until nothing is in flight and nothing waits."""
        while self._flight is not None:
            await asyncio.wait([self._flight])

    async def _fly(self) -> None:
        """Send batch after batch until nothing waits; an idle batcher has no task."""
        flights: deque[Flight[Verdict]] = deque()
        try:
            while self._asks:
                await self._gathered()
                self._leave(flights)
                while flights:
                    landed, waiters = flights.popleft()
                    await asyncio.wait([landed])
                    if self._gave_up(landed):
                        self._refuse_waiting()
                    # Scheduled before the waiters below wake, so that it is sent before they run.
                    if self._gather_wait_s() <= 0:
                        self._leave(flights)
                    settle(landed, waiters)
        finally:
            self._flight = None

    def _gather_wait_s(self) -> float:
        """How long the next call waits for more asks; a full batch does not wait."""
        if not self._not_before or len(self._asks) >= self._items_max:
            return 0.0
        return self._not_before - time.monotonic()

    async def _gathered(self) -> None:
        wait_s = self._gather_wait_s()
        if wait_s > 0 and self._loop is not None:
            self._gathering = self._loop.create_future()
            timer = self._loop.call_later(wait_s, self._gather_no_longer)
            try:
                await self._gathering
            finally:
                timer.cancel()
                self._gathering = None

    def _gather_no_longer(self) -> None:
        if self._gathering is not None and not self._gathering.done():
            self._gathering.set_result(None)

    def _leave(self, flights: "deque[Flight[Verdict]]") -> None:
        """Send what waits: one batch when none is in flight, and full ones up to the bound."""
        assert self._loop is not None, "an ask came first"
        while (self._asks and not flights) or (len(self._asks) >= self._items_max and len(flights) < self._flights_max):
            asks, waiters = self._take()
            crowd = self._gather_s and len(asks) > 1
            self._not_before = time.monotonic() + self._gather_s if crowd else 0.0
            flights.append((self._loop.create_task(self._call(asks)), waiters))

    def _take(self) -> tuple[list[Ask], list[asyncio.Future[Verdict]]]:
        """The next batch, at most `items_max` asks, the oldest first."""
        if len(self._asks) <= self._items_max:
            asks, waiters = self._asks, self._waiters
            self._asks, self._waiters = [], []
            return asks, waiters
        asks, waiters = self._asks[: self._items_max], self._waiters[: self._items_max]
        del self._asks[: self._items_max]
        del self._waiters[: self._items_max]
        return asks, waiters

    async def _call(self, asks: list[Ask]) -> Sequence[Verdict]:
        """Send one batch, and again after a lost reply, until `retry_ms_max` after the first loss."""
        pause_s = BACKOFF_S
        lost_at: float | None = None
        while True:
            began_at = time.perf_counter()
            try:
                verdicts = await self._send(asks)
            except LOST as error:
                if is_misuse(error):
                    raise
                now = time.monotonic()
                lost_at = now if lost_at is None else lost_at
                if now + pause_s > lost_at + self._retry_s_max:
                    raise RefusalError(Code.UNAVAILABLE) from error
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, BACKOFF_S_MAX)
                continue
            if self._on_batch is not None:
                self._on_batch(self.name, len(asks), time.perf_counter() - began_at)
            if len(verdicts) != len(asks):
                raise BatchFault(f"{self.name}: {len(asks)} asks, {len(verdicts)} verdicts")
            return verdicts

    @staticmethod
    def _gave_up(landed: "asyncio.Task[Sequence[Verdict]]") -> bool:
        error = None if landed.cancelled() else landed.exception()
        return isinstance(error, RefusalError) and error.code is Code.UNAVAILABLE

    def _refuse_waiting(self) -> None:
        """A batch ran out of retries: refuse those that queued behind it too, since they waited as long."""
        waiters, self._waiters, self._asks = self._waiters, [], []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(RefusalError(Code.UNAVAILABLE))


def store_is_away(error: Exception) -> bool:
    """Whether a store does not answer just now, so that asking again later mends it."""
    return isinstance(error, LOST) and not is_misuse(error)


def is_misuse(error: Exception) -> bool:
    """asyncpg has one exception for a closed connection and for a misuse of its API; a retry mends only the first."""
    return isinstance(error, asyncpg.InterfaceError) and "clos" not in str(error)


def settle(landed: "asyncio.Task[Sequence[Verdict]]", waiters: list[asyncio.Future[Verdict]]) -> None:
    """Give each waiter its verdict, or what went wrong."""
    error = asyncio.CancelledError() if landed.cancelled() else landed.exception()
    if error is None:
        for waiter, verdict in zip(waiters, landed.result(), strict=True):
            if not waiter.done():
                waiter.set_result(verdict)
        return
    for waiter in waiters:
        if waiter.done():
            continue
        if isinstance(error, asyncio.CancelledError):
            waiter.cancel()
        else:
            waiter.set_exception(error)
