"""A Valkey cluster on this machine: real servers, real slots, replicas where wanted, in one folder.

Owns the servers. Guarantees that `start` returns when every node knows who has which slots. Fails with StoreFault.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.faults import StoreFault

SLOTS = 16_384
PRIMARIES = 3
AGREE_S_MAX = 60.0
LOOK_S = 0.02
STARTS_MAX = 5
CALM_NODE_TIMEOUT_MS = 5_000


def free_ports(count: int) -> list[int]:
    """Ports nobody uses right now; somebody may take one before we do, so a start may be tried again."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


@dataclass(frozen=True, slots=True)
class Seat:
    """What a cluster thinks of one node."""

    node_id: str
    port: int
    flags: frozenset[str]
    primary_id: str  # of a replica, '-' otherwise
    slots: tuple[range, ...]

    @property
    def serves(self) -> bool:
        return bool(self.slots) and "fail" not in self.flags

    @classmethod
    def of_line(cls, line: str) -> Seat:
        node_id, address, flags, primary_id, _, _, _, _, *slots = line.split()
        ranges = (each.partition("-")[::2] for each in slots if not each.startswith("["))
        return cls(
            node_id,
            int(address.partition("@")[0].rpartition(":")[2]),
            frozenset(flags.split(",")),
            primary_id,
            tuple(range(int(first), int(last or first) + 1) for first, last in ranges),
        )


class ValkeyCluster:
    """Three primaries, each with as many replicas as wanted."""

    def __init__(self, folder: Path, *, replicas: int = 0, node_timeout_ms: int = CALM_NODE_TIMEOUT_MS) -> None:
        self._folder = folder
        self._replicas = replicas
        self._settings = {
            "cluster-enabled": "yes",
            "cluster-node-timeout": str(node_timeout_ms),
            # A shard that is away must not take the sales of the others with it.
            "cluster-require-full-coverage": "no",
            "repl-diskless-sync-delay": "0",
        }
        self.nodes: list[EmbeddedValkey] = []

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def start(self) -> None:
        for number in range(PRIMARIES * (1 + self._replicas)):
            self.nodes.append(self._start_node(number))
        primaries, replicas = self.nodes[:PRIMARIES], self.nodes[PRIMARIES:]
        for number, node in enumerate(self.nodes):
            if number < PRIMARIES:
                first, last = SLOTS * number // PRIMARIES, SLOTS * (number + 1) // PRIMARIES - 1
                said(node, "CLUSTER", "ADDSLOTSRANGE", first, last)
            said(node, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number:
                said(node, "CLUSTER", "MEET", "127.0.0.1", primaries[0].port, primaries[0].settings["cluster-port"])
        until(lambda: all(len(self.seats(node)) == len(self.nodes) for node in self.nodes), "the nodes never met")
        for number, node in enumerate(replicas):
            said(node, "CLUSTER", "REPLICATE", self.seat_of(primaries[number % PRIMARIES], node).node_id)
        until(lambda: all(agrees(node) for node in self.nodes), "the cluster did not come together")
        until(lambda: all(follows(node) for node in replicas), "a replica never reached its primary")

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def seats(self, asked: EmbeddedValkey) -> list[Seat]:
        """The cluster as one of its nodes sees it; empty when that one does not answer."""
        try:
            told = said(asked, "CLUSTER", "NODES")
        except RedisError:
            return []
        return [Seat.of_line(line) for line in told.splitlines() if line]

    def seat_of(self, node: EmbeddedValkey, asked: EmbeddedValkey) -> Seat:
        """What `asked` thinks of `node`."""
        found = [seat for seat in self.seats(asked) if seat.port == node.port]
        if not found:
            raise StoreFault(f"the node on port {node.port} is not known")
        return found[0]

    def primary_of(self, slot: int) -> EmbeddedValkey | None:
        """The node that serves `slot`, as those that live see it; None while there is none."""
        for asked in self.nodes:
            for seat in self.seats(asked) if asked.alive() else ():
                if seat.serves and any(slot in slots for slots in seat.slots):
                    node = next(each for each in self.nodes if each.port == seat.port)
                    return node if node.alive() else None
        return None

    def _start_node(self, number: int) -> EmbeddedValkey:
        for attempt in range(STARTS_MAX):
            port, bus_port = free_ports(2)
            name = f"n{number}-{attempt}"
            settings = {**self._settings, "cluster-port": str(bus_port)}
            node = EmbeddedValkey(self._folder / name, self._folder / f"{name}.sock", port=port, settings=settings)
            try:
                node.start()
            except StoreFault:
                continue
            return node
        raise StoreFault("no node of the cluster would start")


def slot_of(tag: str) -> int:
    """The slot of a key, or of everything that carries this hash tag, as all keys of a sale carry its id."""
    return key_slot(tag.encode())


def said(node: EmbeddedValkey, *words: str | int) -> str:
    """What a node answers."""
    client: Any = Redis(unix_socket_path=str(node.socket_path))
    try:
        told = client.execute_command(*words)
    finally:
        client.close()
    if isinstance(told, dict):
        return "\n".join(f"{name}:{value}" for name, value in told.items())
    return told.decode() if isinstance(told, bytes) else str(told)


def until(fits: Callable[[], bool], otherwise: str) -> None:
    end_at = time.monotonic() + AGREE_S_MAX
    while not fits():
        if time.monotonic() > end_at:
            raise StoreFault(otherwise)
        time.sleep(LOOK_S)


def replication(node: EmbeddedValkey) -> dict[str, Any]:
    """What a node tells of itself and its replicas, or its primary; empty when it does not answer."""
    client: Any = Redis(unix_socket_path=str(node.socket_path))
    try:
        return dict(client.info("replication"))
    except RedisError:
        return {}
    finally:
        client.close()


def agrees(node: EmbeddedValkey) -> bool:
    """Does this node see every slot covered by three nodes?"""
    try:
        told = said(node, "CLUSTER", "INFO")
    except RedisError:
        return False
    about = dict(line.strip().split(":", 1) for line in told.splitlines() if ":" in line)
    return about["cluster_state"] == "ok" and about["cluster_size"] == str(PRIMARIES)


def follows(node: EmbeddedValkey) -> bool:
    """Is this node a replica that has all its primary had?"""
    about = replication(node)
    return about.get("role") == "slave" and about.get("master_link_status") == "up"


def behind_bytes(primary: EmbeddedValkey) -> int:
    """How much of what a primary wrote none of its replicas has acknowledged."""
    about = replication(primary)
    got = [replica["offset"] for name, replica in about.items() if name.startswith("slave") and name[5:].isdigit()]
    return int(about["master_repl_offset"]) - max(map(int, got), default=0)
