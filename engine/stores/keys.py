"""Every Redis key of a sale, of what networks may do, and the few of the installation; nothing else spells one.

Guarantees: all keys of one sale carry one hash tag, so that they live in one slot of a cluster, and a prefix with
the version of their layout, so that two layouts never meet.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

# Of what belongs to no sale, and of what is the same in every layout of one.
PREFIX = "a1"
# Layouts of a sale's keys that this release knows, the newest last. Each sale is in one of them, as its row says.
LAYOUTS: tuple[str, ...] = ("a1",)

SALE_KEYS = (
    "sale",
    "layout",
    "seats",
    "owners",
    "pools",
    "carts",
    "due",
    "locked",
    "ended",
    "ends",
    "seen",
    "buyers",
    "sold",
    "freed",
    "awaiting",
    "room",
    "places",
    "back",
    "gone",
    "returned",
    "spent",
    "viewers",
)
# They keep nothing, so they have the same names in every layout: who listens goes on, and who has the lease keeps it.
PASSING_KEYS = ("feed", "rebuild")


@dataclass(slots=True)
class SaleKeys:
    """The keys of a sale in the layout that it has, as far as is known."""

    sale_id: str
    layout: str = ""  # the newest

    def __post_init__(self) -> None:
        self.layout = self.layout or LAYOUTS[-1]

    def key(self, name: str) -> str:
        """The key `name`, as in `a1:{jazz}:seats`."""
        assert name in SALE_KEYS or name in PASSING_KEYS, name
        return f"{PREFIX if name in PASSING_KEYS else self.layout}:{{{self.sale_id}}}:{name}"

    def keys(self, names: Iterable[str]) -> list[str]:
        return [self.key(name) for name in names]

    def every(self) -> list[str]:
        """All that have something to keep; first the one that says whether the sale is there."""
        return self.keys(SALE_KEYS)


def sale_key(sale_id: str, name: str) -> str:
    """The key `name` of a sale in the newest layout."""
    return SaleKeys(sale_id).key(name)


def sale_keys(sale_id: str, *names: str) -> list[str]:
    return SaleKeys(sale_id).keys(names)


def feed_key(sale_id: str) -> str:
    """channel: what each call changed."""
    return sale_key(sale_id, "feed")


def rebuild_key(sale_id: str) -> str:
    """The lease of whoever rebuilds a sale, puts it away, or lays its keys out anew."""
    return sale_key(sale_id, "rebuild")


# Buckets of one network and those around it lie in one slot; the whole internet in a bounded number of batches.
ACCESS_SHARDS = 16


def access_shard(about: str) -> int:
    """The slot in which everything lies that is counted about a network or a secret."""
    return zlib.crc32(about.encode()) % ACCESS_SHARDS


def allowance_key(shard: int, allowance: str, network: str) -> str:
    """string: how much of an allowance a network has used, as in `a1:{access-3}:places:203.0.113.0/24`."""
    return f"{PREFIX}:{{access-{shard}}}:{allowance}:{network}"


def guess_key(shard: int, secret: str, about: str) -> str:
    """string: how often somebody tried a kind of secret of one thing, and when the next try is taken."""
    return f"{PREFIX}:{{access-{shard}}}:guess:{secret}:{about}"


def lease_key(job: str) -> str:
    """The lease of a job that one worker of the installation owns at a time."""
    return f"{PREFIX}:lease:{job}"


def workers_key() -> str:
    """hash: what each worker said last of what it does."""
    return f"{PREFIX}:workers"


def moves_key() -> str:
    """zset: sale scored by the instant it was last noted to move; a hint, which may be lost."""
    return f"{PREFIX}:moves"


def sweep_key(process: str) -> str:
    """list: the sales whose positions a process asks for, in the one step that asks."""
    return f"{PREFIX}:sweep:{process}"


def payments_down_key() -> str:
    """There while some process has stopped asking the payment provider, so that the others know."""
    return f"{PREFIX}:payments-down"
