"""Outgoing: the one client for requests whose address somebody else chose.

Guarantees: it connects only to public addresses, over https on port 443, however a name is spelled and whatever it
resolves to. It connects to the very address that was checked, so DNS rebinding gains nothing. Redirects are followed
only where asked for, and judged like a first address; time and size of an answer are bounded. Networks that operators
allow are reached over http and on any port too. Fails with Forbidden or Unanswered.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from engine.limits import OUTGOING_ANSWER_BYTES_MAX, OUTGOING_S_MAX

Network = IPv4Network | IPv6Network
HTTPS_PORT = 443
REDIRECTS = frozenset((301, 302, 303, 307, 308))
# Translated by the network on the way (RFC 6052): the last four bytes say where to.
NAT64 = IPv6Network("64:ff9b::/96")


# Set aside for other uses; versions of Python differ in whether they know.
SET_ASIDE: tuple[Network, ...] = (IPv4Network("192.0.0.0/24"), IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"))


class Forbidden(Exception):
    """This address may not be called; asking again changes nothing."""


class Unanswered(Exception):
    """No answer came, or more of one than is read; the text is its kind."""


class _NotPublic(OSError):
    """What the connector is told instead of a socket."""


@contextmanager
def _told_apart() -> Iterator[None]:
    """What the client raises, as one of the two ways to fail."""
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, _NotPublic):
            raise Forbidden(str(error.os_error)) from error
        raise Unanswered(type(error).__name__) from error
    except aiohttp.InvalidURL as error:
        raise Forbidden("not an address of the web") from error
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Unanswered(type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    retry_after: str = ""  # as it came


class Outgoing:
    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        resolver: AbstractResolver | None = None,
        seconds: float = OUTGOING_S_MAX,
    ) -> None:
        self._allowed = tuple(allowed)
        self._resolver = resolver
        self._seconds = seconds
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, first_bytes: int | None = None
    ) -> Answer:
        """Send `body`; the answer, when there is one: all of it, or its `first_bytes`, whatever follows them."""
        parsed = read_url(url)
        with _told_apart():
            async with self._session(parsed.scheme).post(
                parsed, data=body, headers=headers, allow_redirects=False
            ) as answer:
                retry_after = answer.headers.get("Retry-After", "")
                if first_bytes is None:
                    return Answer(answer.status, await read_some(answer.content), retry_after)
                first = await read_first(answer.content, first_bytes)
                answer.close()
                return Answer(answer.status, first, retry_after)

    async def get(self, url: str, headers: Mapping[str, str], *, bytes_max: int, redirects_max: int = 0) -> Answer:
        """What lies at an address, wherever that sends us, at most so often; no more than `bytes_max` is read."""
        parsed = read_url(url)
        for _ in range(redirects_max + 1):
            self.judge(str(parsed))
            with _told_apart():
                async with self._session(parsed.scheme).get(parsed, headers=headers, allow_redirects=False) as answer:
                    there = answer.headers.get("Location")
                    if answer.status not in REDIRECTS or there is None:
                        return Answer(answer.status, await read_some(answer.content, bytes_max))
                    answer.close()
                    parsed = read_url(str(parsed.join(URL(there))))
        raise Forbidden("it leads from one address to another, and another")

    def judge(self, url: str) -> None:
        """Raises Forbidden for what can be told from the address itself; a name is judged when it is called."""
        parsed = read_url(url)
        literal = as_address(parsed.host)
        if literal is not None and self._is_allowed(literal):
            return
        if literal is not None and not is_public(literal):
            raise Forbidden("the address is not a public one")
        if not self._allowed and parsed.scheme != "https":
            raise Forbidden("only https is spoken outside")
        if not self._allowed and parsed.port != HTTPS_PORT:
            raise Forbidden(f"only port {HTTPS_PORT} is called outside")

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        session = self._sessions.get(scheme)
        if session is None:
            make = self._socket_for_https if scheme == "https" else self._socket_for_http
            connector = aiohttp.TCPConnector(resolver=self._resolver, socket_factory=make, use_dns_cache=False)
            session = self._sessions[scheme] = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return session

    def _socket_for_https(self, target: aiohttp.AddrInfoType) -> socket.socket:
        """The connector asks for each socket right before it connects it to `target`."""
        host, port = target[4][0], target[4][1]
        if not self._is_allowed(host) and not (is_public(host) and port == HTTPS_PORT):
            raise _NotPublic("the address is not a public one")
        return plain_socket(target)

    def _socket_for_http(self, target: aiohttp.AddrInfoType) -> socket.socket:
        if not self._is_allowed(target[4][0]):
            raise _NotPublic("only https is spoken outside")
        return plain_socket(target)

    def _is_allowed(self, host: object) -> bool:
        address = as_address(host)
        return address is not None and any(address in network for network in self._allowed)

    async def close(self) -> None:
        sessions, self._sessions = self._sessions, {}
        await asyncio.gather(*(session.close() for session in sessions.values()))


def plain_socket(target: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol = target[:3]
    return socket.socket(family=family, type=kind, proto=protocol)


def read_url(url: str) -> URL:
    try:
        parsed = URL(url)
    except ValueError as error:
        raise Forbidden("not an address of the web") from error
    if parsed.scheme not in ("https", "http") or not parsed.host or parsed.user is not None:
        raise Forbidden("not an address that is called")
    return parsed


async def read_first(content: aiohttp.StreamReader, bytes_max: int) -> bytes:
    """The beginning of what was answered."""
    parts, left = [], bytes_max
    while left and (part := await content.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


async def read_some(content: aiohttp.StreamReader, bytes_max: int = OUTGOING_ANSWER_BYTES_MAX) -> bytes:
    """What was answered, if it is no more than is read."""
    parts, left = [], bytes_max
    async for part in content.iter_any():
        left -= len(part)
        if left < 0:
            raise Unanswered("the answer is too large")
        parts.append(part)
    return b"".join(parts)


def as_address(host: object) -> IPv4Address | IPv6Address | None:
    """The address a socket would connect to, without the interface it is reached by."""
    try:
        return ip_address(str(host).partition("%")[0])
    except ValueError:
        return None


def is_public(host: object) -> bool:
    """Whether this is an address of the internet at large, and so is the one it carries inside, if any."""
    address = as_address(host)
    if address is None:
        return False
    inside = carried(address) if isinstance(address, IPv6Address) else None
    if inside is not None:
        return is_public(inside)
    special = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    special = special or address.is_reserved or address.is_unspecified
    special = special or any(address in network for network in SET_ASIDE)
    return address.is_global and not special


def carried(address: IPv6Address) -> IPv4Address | None:
    """The address of version 4 that packets to this one end up at: mapped, 6to4, NAT64."""
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour
