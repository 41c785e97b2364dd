"""What so many waiting buyers and orders need, computed from what `aforo bench --json` measured: docs/scaling.md.

Pure. What is assumed stands here as a name with a reason; nothing is scaled but by multiplying.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

# Of people, as the scenario `mixed` plays them.
ASKS_PER_ORDER = 9  # join, enter, 3 holds or releases, change, checkout, and half as much by those who do not buy
CHANGES_PER_ORDER = 7  # of them, those that change the sale in Redis: enter, 3 holds or releases, lock, sell, leave
JOIN_WITHIN_S = 60  # everybody comes within a minute
# Of the machines.
SERVER_ASK_US = 220  # processor time of one ask: a whole purchase with its connection costs 2 ms of a server process
KEY_HASH_MS = 20  # argon2id of one order key, with OWASP's parameters; in a worker, after the purchase
PUBLISH_US = 0.5  # of Valkey, to write one change to one server process that watches: 100 of them, in batches
CALL_ALONE_US = 17  # of Valkey, for a script call that carries one item only
NEWS_BYTES = 120  # one room event as msgpack, with its frame
PACKET_BYTES = 54  # Ethernet, IP and TCP round it
SOCKETS_PER_PROCESS = 10_000  # half of a limit of 20,000 open files: a group may take over for another
DATABASE_CONNECTIONS = 10  # of one process, at most
SERVER_CORES = 16  # of one machine of a group
BUSY_SHARE = 0.6  # of a core, so that there is room for a rush


@dataclass(frozen=True, slots=True)
class Wanted:
    waiting: int
    orders_per_minute: int

    @property
    def orders_per_s(self) -> float:
        return self.orders_per_minute / 60


@dataclass(frozen=True, slots=True)
class Need:
    what: str
    arithmetic: str
    needed: str


def needs(bench: dict[str, Any], wanted: Wanted) -> Iterator[Need]:
    """`bench` is the JSON of a run with at least idle_sockets, fanout, joins_engine, holds_engine and orders_engine."""
    found = bench["results"]
    yield from waiting_needs(found["idle_sockets"], found["fanout"], wanted)
    yield from valkey_needs(found["joins_engine"], found["holds_engine"], wanted)
    yield from order_needs(found["orders_engine"], wanted)
    yield from totals(found["idle_sockets"], wanted)


def waiting_needs(idle: dict[str, Any], fanout: dict[str, Any], wanted: Wanted) -> Iterator[Need]:
    news = idle["room_news_per_s"]
    frames = wanted.waiting * news
    yield Need(
        "server processes",
        f"{wanted.waiting:,} sockets / {SOCKETS_PER_PROCESS:,} each",
        f"{ceil(wanted.waiting / SOCKETS_PER_PROCESS):,}",
    )
    yield Need(
        "memory of the sockets",
        f"{wanted.waiting:,} x {idle['room_bytes_each'] / 1000:.1f} KB",
        f"{wanted.waiting * idle['room_bytes_each'] / 1e9:.0f} GB",
    )
    yield Need(
        "cores while they wait",
        f"{wanted.waiting:,} x {idle['room_cpu_percent']} % per {idle['sockets']:,}",
        f"{waiting_cores(idle, wanted):.1f}",
    )
    yield Need("room news", f"{wanted.waiting:,} x {news}/s", f"{frames:,.0f} frames/s")
    yield Need(
        "cores to send them, at the rate of a broadcast",
        f"{frames:,.0f}/s / {fanout['per_cpu_s']:,} per core",
        f"{frames / fanout['per_cpu_s']:.1f}",
    )
    yield Need(
        "network out",
        f"{frames:,.0f}/s x {NEWS_BYTES + PACKET_BYTES} bytes",
        f"{frames * (NEWS_BYTES + PACKET_BYTES) * 8 / 1e9:.2f} Gbit/s",
    )


def valkey_needs(joins: dict[str, Any], holds: dict[str, Any], wanted: Wanted) -> Iterator[Need]:
    rush = wanted.waiting / JOIN_WITHIN_S
    yield Need(
        f"joins, all within {JOIN_WITHIN_S} s",
        f"{rush:,.0f}/s of {joins['per_s']:,}/s that one sale bears",
        f"{100 * rush / joins['per_s']:.0f} % of one primary",
    )
    yield Need(
        "Valkey's memory for places",
        f"{wanted.waiting:,} x {joins['bytes_per_buyer']:.0f} bytes",
        f"{wanted.waiting * joins['bytes_per_buyer'] / 1e6:.0f} MB",
    )
    changes = wanted.orders_per_s * CHANGES_PER_ORDER
    yield Need(
        "changes of a sale, in large batches",
        f"{wanted.orders_per_s:,.0f} x {CHANGES_PER_ORDER} = {changes:,.0f}/s x {holds['cpu_us']['redis']} µs",
        f"{changes * holds['cpu_us']['redis'] / 1e4:.0f} % of one primary",
    )
    processes = ceil(wanted.waiting / SOCKETS_PER_PROCESS)
    yield Need(
        "… if all in one sale, no two in a batch, told to every process",
        f"{changes:,.0f}/s x ({CALL_ALONE_US} + {processes} x {PUBLISH_US}) µs",
        f"{changes * (CALL_ALONE_US + processes * PUBLISH_US) / 1e4:.0f} % of one primary",
    )


def order_needs(orders: dict[str, Any], wanted: Wanted) -> Iterator[Need]:
    rate = wanted.orders_per_s
    yield Need(
        "orders in Postgres, each a transaction",
        f"{rate:,.0f}/s of {orders['baseline_per_s']:,}/s that two cores bear",
        f"{100 * rate / orders['baseline_per_s']:.0f} % of such a machine",
    )
    yield Need(
        "… in group commits",
        f"{rate:,.0f}/s of {orders['per_s']:,}/s",
        f"{100 * rate / orders['per_s']:.0f} %",
    )
    yield Need("cores for asks", f"{rate:,.0f} x {ASKS_PER_ORDER} x {SERVER_ASK_US} µs", f"{ask_cores(wanted):.1f}")
    yield Need(
        "hashing order keys (argon2) afterwards, for each such minute",
        f"{wanted.orders_per_minute:,} x {KEY_HASH_MS} ms",
        f"{wanted.orders_per_minute * KEY_HASH_MS / 1e3:,.0f} core seconds",
    )


def totals(idle: dict[str, Any], wanted: Wanted) -> Iterator[Need]:
    cores = waiting_cores(idle, wanted) + ask_cores(wanted)
    machines = ceil(max(cores / BUSY_SHARE, wanted.waiting / SOCKETS_PER_PROCESS) / SERVER_CORES)
    yield Need(
        "server machines, and one to spare",
        f"{cores:.0f} cores at {BUSY_SHARE:.0%}, a process on each of {SERVER_CORES}",
        f"{machines} + 1",
    )
    processes = (machines + 1) * SERVER_CORES
    yield Need(
        "connections to Postgres, at most",
        f"{processes} processes x {DATABASE_CONNECTIONS}",
        f"{processes * DATABASE_CONNECTIONS:,}",
    )


def waiting_cores(idle: dict[str, Any], wanted: Wanted) -> float:
    return float(wanted.waiting / idle["sockets"] * idle["room_cpu_percent"] / 100)


def ask_cores(wanted: Wanted) -> float:
    return wanted.orders_per_s * ASKS_PER_ORDER * SERVER_ASK_US / 1e6


def as_markdown(bench: dict[str, Any], wanted: Wanted) -> str:
    lines = ["| what | arithmetic | needed |", "|---|---|---:|"]
    lines += [f"| {each.what} | {each.arithmetic} | {each.needed} |" for each in needs(bench, wanted)]
    return "\n".join(lines)
