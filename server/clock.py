"""The server's clock as the wire says it: integer milliseconds since 1970 UTC."""

from __future__ import annotations

import time

NS_PER_MS = 1_000_000


def now_ms() -> int:
    return time.time_ns() // NS_PER_MS
