"""The server's version, and its clock as the wire has it.

The clock says integer milliseconds since 1970 UTC; the version is that of the installed package, or of the checkout.
"""

from __future__ import annotations

import time
from importlib.metadata import PackageNotFoundError, version

NS_PER_MS = 1_000_000


def clock_ms() -> int:
    return time.time_ns() // NS_PER_MS


def _version() -> str:
    try:
        return version("aforo")
    except PackageNotFoundError:
        return "0.1.0"


VERSION = _version()
