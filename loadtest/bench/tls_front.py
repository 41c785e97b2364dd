"""What TLS at the front costs: holds and whole purchases over sockets, straight and through Caddy, in the same run.

Caddy ends TLS with a certificate of its own making, and passes on to the server processes. It runs on the same cores as
all the rest. Left out where there is no Caddy (the extra `bench` brings it).
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loadtest.bench import holds_ws, purchases_ws
from loadtest.bench.measure import Bench, Figures, Measure, Row
from loadtest.bench.sales import stored_sale
from loadtest.bench.serving import free_port, servers, stopped, takes_connections, working
from loadtest.bench.shares import Spending
from server.observe.machine import missing

CADDYFILE = """
{{
	admin off
	auto_https disable_redirects
	skip_install_trust
	storage file_system {folder}
	log {{
		level ERROR
	}}
}}
https://127.0.0.1:{port} {{
	tls internal
	reverse_proxy 127.0.0.1:{behind}
}}
"""


def caddy() -> str | None:
    """The program: beside our Python, or on the PATH."""
    beside = Path(sys.executable).parent / "caddy"
    return str(beside) if beside.exists() else shutil.which("caddy")


@asynccontextmanager
async def front(program: str, behind: int) -> AsyncIterator[int]:
    """Caddy before the servers at `behind`; yields its port."""
    port = free_port()
    with TemporaryDirectory(prefix="aforo-caddy-") as folder:
        config = Path(folder) / "Caddyfile"
        config.write_text(CADDYFILE.format(folder=folder, port=port, behind=behind), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(program, "run", "--adapter", "caddyfile", "--config", str(config)),
            env={"HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await takes_connections(port, process)
            yield port
        finally:
            await stopped(process)


async def run(bench: Bench, port: int, *, tls: bool) -> dict[str, Any]:
    seconds = holds_ws.SECONDS / 2 if bench.quick else holds_ws.SECONDS
    sale = await stored_sale(bench, holds_ws.SEATS)
    async with holds_ws.shoppers(port, sale.id, holds_ws.SOCKETS, tls=tls) as clients:
        spending = Spending()
        full = await clients.hold(seconds)
        held = full.per_s * seconds
        holding_s = spending.so_far().get("Caddy", 0.0)
        half = await clients.hold(seconds, full.per_s / 2)
    bought = await purchases_ws.one_round(bench, port, purchases_ws.SOCKETS, seconds, tls=tls)
    return {
        "holds_per_s": round(full.per_s),
        "p99_ms_at_half_load": round(half.p99_ms, 1),
        "purchases_per_s": round(bought["per_s"]),
        "caddy_us_per_hold": round(1e6 * holding_s / max(held, 1), 1),
        "caddy_ms_per_purchase": round(bought["cpu_ms"].get("Caddy", 0.0), 2),
        "errors": full.errors + half.errors + bought["errors"],
    }


async def measure(bench: Bench) -> Figures:
    program = caddy()
    if program is None or missing() is not None:
        return {"not_measured": missing() or "Caddy is not installed: pip install 'aforo[bench]'"}
    async with working(bench), servers(bench, {"AFORO_PROXIES": "127.0.0.1"}) as port, front(program, port) as tls_port:
        bench.step("straight to the servers")
        straight = await run(bench, port, tls=False)
        bench.step("through Caddy, with TLS")
        return {"straight": straight, "through": await run(bench, tls_port, tls=True)}


def rows(figures: Figures) -> Iterator[Row]:
    straight, through = figures["straight"], figures["through"]
    yield Row(
        "through Caddy with TLS: holds over WebSocket",
        "/s",
        through["holds_per_s"],
        beside=f"straight: {straight['holds_per_s']:,}/s; Caddy takes {through['caddy_us_per_hold']} µs for each",
    )
    yield Row(
        "… 99th percentile at half load",
        "ms",
        through["p99_ms_at_half_load"],
        beside=f"straight: {straight['p99_ms_at_half_load']} ms",
    )
    yield Row(
        "… whole purchases, each on a new connection",
        "/s",
        through["purchases_per_s"],
        beside=f"straight: {straight['purchases_per_s']:,}/s; Caddy: {through['caddy_ms_per_purchase']} ms for each",
    )


TLS_FRONT = Measure("tls_front", measure, rows)
