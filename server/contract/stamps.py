"""The server's version, and its clock and other instants as the wire has them.

Instants are integer milliseconds since 1970 UTC; the version is that of the installed package, or of the checkout.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

NS_PER_MS = 1_000_000
MS_PER_DAY = 24 * 3_600 * 1_000


def clock_ms() -> int:
    return time.time_ns() // NS_PER_MS


def today() -> int:
    """Days since 1970."""
    return clock_ms() // MS_PER_DAY


def in_ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def in_ms_if_any(instant: datetime | None) -> int | None:
    return None if instant is None else in_ms(instant)


def moment_of(ms: int | None) -> datetime | None:
    """The instant that somebody named, if any."""
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


def _version() -> str:
    try:
        return version("aforo")
    except PackageNotFoundError:
        return "0.1.0"


VERSION = _version()


def number_of_etag(etag: str) -> int:
    """The version that an If-Match names; -1, which is none, where it names something else."""
    text = etag.strip('"')
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
