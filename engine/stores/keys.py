"""Every Redis key of a sale, and the few of the installation; nothing else spells one.

Guarantees: all keys of one sale carry one hash tag, so that they live in one slot of a cluster, and a prefix with
the version of their layout, so that two layouts never meet.
"""

from __future__ import annotations

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
    "seen",
    "buyers",
    "sold",
    "room",
    "places",
    "back",
    "gone",
    "returned",
    "viewers",
    "rebuild",
)


def sale_key(sale_id: str, name: str) -> str:
    """The key `name` of a sale, as in `a1:{jazz}:seats`."""
    assert name in SALE_KEYS, name
    return f"{LAYOUT_VERSION}:{{{sale_id}}}:{name}"


def sale_keys(sale_id: str, *names: str) -> list[str]:
    return [sale_key(sale_id, name) for name in names]


def lease_key(job: str) -> str:
    """The lease of a job that one worker of the installation owns at a time."""
    return f"{LAYOUT_VERSION}:lease:{job}"


def payments_down_key() -> str:
    """There while some process has stopped asking the payment provider, so that the others know."""
    return f"{LAYOUT_VERSION}:payments-down"
