"""Networks: which ones an address lies in, narrow to wide, as allowances count them. Pure.

Guarantees: an IPv4 address counts as itself and its /24; an IPv6 address as its /64, /56 and /48, because its holder
has the whole /64; an IPv4 address written as IPv6 counts as IPv4. What is no address is one network of its own.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from engine.limits import NETWORKS_REMEMBERED_MAX

Network = IPv4Network | IPv6Network

V4_BITS = (32, 24)
V6_BITS = (64, 56, 48)
NOWHERE = ("nowhere",)


def address_in(text: str) -> IPv4Address | IPv6Address | None:
    """The address somebody is said to have; None when it is none."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=NETWORKS_REMEMBERED_MAX)
def networks_of(text: str) -> tuple[str, ...]:
    """The networks an address counts for, the narrowest first."""
    address = address_in(text)
    if address is None:
        return NOWHERE
    return tuple(
        str(ip_network((address, bits), strict=False)) for bits in (V4_BITS if address.version == 4 else V6_BITS)
    )


def network_of(text: str) -> str | None:
    """The /24 or /48 around an address, which is all that is kept of it for long; None when it is no address."""
    networks = networks_of(text)
    return None if networks == NOWHERE else networks[-1]


@lru_cache(maxsize=NETWORKS_REMEMBERED_MAX)
def lies_in(text: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of these networks."""
    address = address_in(text)
    return address is not None and any(address in network for network in networks)
