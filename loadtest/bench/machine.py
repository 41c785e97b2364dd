"""What the figures were measured on: a figure without its machine and date is not a figure."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from engine.engine import Engine


async def describe(engine: Engine) -> dict[str, str | int | float]:
    """Processor, memory, and the versions that matter."""
    store = await engine.redis.info("server")
    postgres: str = await engine.db.fetchval("SHOW server_version")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "valkey": str(store.get("valkey_version") or store.get("redis_version", "?")),
        "postgres": postgres.split(maxsplit=1)[0],
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
