"""Allowances: how often one network may do what costs a stranger nothing: become a buyer, take a place, try a key.

Owns: the policies, and the buckets in Redis that all processes share. An address draws on its own bucket and on those
of the networks around it, which are wider.
Guarantees: what is asked at the same moment travels as few calls; whoever is told to wait is told for how long.
Fails as `unavailable` while Redis is away, and as `busy` beyond a bounded queue. Trusted networks are never counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from engine import limits
from engine.access.networks import lies_in, networks_of
from engine.refusals import Code, RefusalError
from engine.stores.batcher import Batcher, BatchHook
from engine.stores.keys import access_shard, allowance_key
from engine.stores.redis import RedisClient
from engine.stores.scripts import call, pack, script, unpack

# How much more than an address each wider network may do: it has more people in it.
WIDER = (1, 4, 16)
THOUSAND = 1_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many at once from one address, and so many per second afterwards."""

    name: str
    burst: int
    per_second: float


PLACES = Allowance("places", limits.PLACES_PER_NETWORK_BURST, limits.PLACES_PER_NETWORK_PER_S)
BUYERS = Allowance("buyers", limits.BUYERS_PER_NETWORK_BURST, limits.BUYERS_PER_NETWORK_PER_S)
PERSONS = Allowance("profiles", limits.PERSONS_PER_NETWORK_BURST, limits.PERSONS_PER_NETWORK_PER_S)
ORDER_OPENINGS = Allowance("openings", limits.ORDER_OPENINGS_PER_NETWORK_BURST, limits.ORDER_OPENINGS_PER_NETWORK_PER_S)
ORDER_KEY_LETTERS = Allowance(
    "order key letters", limits.ORDER_KEY_LETTERS_PER_NETWORK_BURST, limits.ORDER_KEY_LETTERS_PER_NETWORK_PER_S
)
ENTRY_CODES = Allowance("codes", limits.ENTRY_CODES_PER_NETWORK_BURST, limits.ENTRY_CODES_PER_NETWORK_PER_S)
LOGINS = Allowance("logins", limits.LOGINS_PER_NETWORK_BURST, limits.LOGINS_PER_NETWORK_PER_S)
PASSWORDS_JUDGED = Allowance(
    "judged", limits.PASSWORDS_JUDGED_PER_NETWORK_BURST, limits.PASSWORDS_JUDGED_PER_NETWORK_PER_S
)
ACCOUNT_LETTERS = Allowance(
    "account letters", limits.ACCOUNT_LETTERS_PER_NETWORK_BURST, limits.ACCOUNT_LETTERS_PER_NETWORK_PER_S
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was asked may be done. `load` is how much of its fullest bucket the network had used: 0 … 1."""

    load: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now; `ms` later there is some again."""

    ms: int


Ask = tuple[int, Allowance, str]
Clock = Callable[[], int]


class Allowances:
    def __init__(
        self,
        client: RedisClient,
        trusted: Sequence[str] = (),
        *,
        clock: Clock | None = None,
        on_batch: BatchHook | None = None,
    ) -> None:
        self._client = client
        self._trusted = tuple(ip_network(each, strict=False) for each in trusted)
        self._clock = clock
        self._on_batch = on_batch
        self._batchers: dict[int, Batcher[Ask, Taken | Wait]] = {}

    def trusts(self, address: str) -> bool:
        """Whether this address is of a network whose askers are not counted."""
        return bool(self._trusted) and lies_in(address, self._trusted)

    async def take(self, allowance: Allowance, address: str, units: int = 1) -> Taken | Wait:
        """Take from what the networks of this address may do; `units` below 0 give back, 0 only looks."""
        if self.trusts(address):
            return Taken(load=0.0)
        shard = access_shard(networks_of(address)[-1])
        batcher = self._batchers.get(shard)
        if batcher is None:
            batcher = self._batchers[shard] = self._batcher(shard)
        return await batcher.submit((units, allowance, address))

    async def spend(self, allowance: Allowance, address: str) -> Taken:
        """The same for who has nothing else to do than to be refused."""
        match await self.take(allowance, address):
            case Wait(ms):
                raise RefusalError(Code.NETWORK_BUSY, retry_after_ms=ms)
            case taken:
                return taken

    def _batcher(self, shard: int) -> Batcher[Ask, Taken | Wait]:
        what = script("access/allowance_take")
        client, clock = self._client, self._clock

        async def send(asks: list[Ask]) -> Sequence[Taken | Wait]:
            keys, items = packed_asks(shard, asks)
            instant = clock() if clock else ""
            answers = unpack(await call(client, what, keys, (pack(items), limits.NETWORK_WAIT_MS_MAX, instant)))
            return [answer_of(each) for each in answers]

        return Batcher("access/allowance_take", send, gather_ms=limits.GATHER_MS, on_batch=self._on_batch)


def packed_asks(shard: int, asks: Sequence[Ask]) -> tuple[list[str], list[Any]]:
    """The keys of the buckets a batch draws on, each once, and its items as the script takes them."""
    places: dict[str, int] = {}
    items = []
    for units, allowance, address in asks:
        levels: list[float] = []
        for network, wider in zip(networks_of(address), WIDER, strict=False):
            key = allowance_key(shard, allowance.name, network)
            levels += (places.setdefault(key, len(places) + 1), allowance.per_second * wider, allowance.burst * wider)
        items.append((units, levels))
    return list(places), items


def answer_of(answer: Sequence[Any]) -> Taken | Wait:
    word, ms, used = answer
    return Taken(load=used / THOUSAND) if word == "taken" else Wait(ms)
