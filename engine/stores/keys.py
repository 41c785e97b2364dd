"""Every Redis key of a sale, of what networks may do, and the few of the installation; nothing else spells one.

Guarantees: all keys of one sale carry one hash tag, so that they live in one slot of a cluster, and a prefix with
the version of their layout, so that two layouts never meet.
"""

from __future__ import annotations

import zlib

LAYOUT_VERSION = "a1"

SALE_KEYS = (
    "sale",
    "feed",
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
    "room",
    "places",
    "back",
    "gone",
    "returned",
    "spent",
    "viewers",
    "rebuild",
)


def sale_key(sale_id: str, name: str) -> str:
    """The key `name` of a sale, as in `a1:{jazz}:seats`."""
    assert name in SALE_KEYS, name
    return f"{LAYOUT_VERSION}:{{{sale_id}}}:{name}"


def sale_keys(sale_id: str, *names: str) -> list[str]:
    return [sale_key(sale_id, name) for name in names]


# Buckets of one network and those around it lie in one slot; the whole internet in a bounded number of batches.
ACCESS_SHARDS = 16


def access_shard(about: str) -> int:
    """The slot in which everything lies that is counted about a network or a secret."""
    return zlib.crc32(about.encode()) % ACCESS_SHARDS


def allowance_key(shard: int, allowance: str, network: str) -> str:
    """string: how much of an allowance a network has used, as in `a1:{access-3}:places:203.0.113.0/24`."""
    return f"{LAYOUT_VERSION}:{{access-{shard}}}:{allowance}:{network}"


def guess_key(shard: int, secret: str, about: str) -> str:
    """string: how often somebody tried a kind of secret of one thing, and when the next try is taken."""
    return f"{LAYOUT_VERSION}:{{access-{shard}}}:guess:{secret}:{about}"


def lease_key(job: str) -> str:
    """The lease of a job that one worker of the installation owns at a time."""
    return f"{LAYOUT_VERSION}:lease:{job}"


def moves_key() -> str:
    """zset: sale scored by the instant it was last noted to move; a hint, which may be lost."""
    return f"{LAYOUT_VERSION}:moves"


def sweep_key(process: str) -> str:
    """list: the sales whose positions a process asks for, in the one step that asks."""
    return f"{LAYOUT_VERSION}:sweep:{process}"


def sale_field(name: str) -> str:
    """The pattern by which SORT reads a field of the sales it is given."""
    return f"{sale_key('*', 'sale')}->{name}"


def payments_down_key() -> str:
    """There while some process has stopped asking the payment provider, so that the others know."""
    return f"{LAYOUT_VERSION}:payments-down"
