"""A Valkey cluster of three nodes, for the tests: real servers, real slots, in one folder."""

import socket
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.faults import StoreFault

SLOTS = 16_384
NODES = 3
AGREE_S = 60.0


def free_ports(count: int) -> list[int]:
    """Ports nobody uses right now; somebody may take one before we do, so a start may be tried again."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


class ValkeyCluster:
    """`start` returns when every node knows all slots are covered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.nodes: list[EmbeddedValkey] = []

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def start(self) -> None:
        for number in range(NODES):
            self.nodes.append(self._start_node(number))
        clients = [Redis(unix_socket_path=str(node.socket_path)) for node in self.nodes]
        for number, client in enumerate(clients):
            first = SLOTS * number // NODES
            last = SLOTS * (number + 1) // NODES - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for node in self.nodes[1:]:
            meet = ("CLUSTER", "MEET", "127.0.0.1", node.port, node.settings["cluster-port"])
            clients[0].execute_command(*meet)
        end_at = time.monotonic() + AGREE_S
        while not all(agrees(client) for client in clients):
            if time.monotonic() > end_at:
                raise StoreFault("the cluster did not come together")
            time.sleep(0.01)
        for client in clients:
            client.close()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def _start_node(self, number: int) -> EmbeddedValkey:
        for attempt in range(5):
            port, bus_port = free_ports(2)
            node = EmbeddedValkey(
                self._folder / f"n{number}-{attempt}",
                self._folder / f"n{number}-{attempt}.sock",
                port=port,
                settings={
                    "cluster-enabled": "yes",
                    "cluster-port": str(bus_port),
                    "cluster-node-timeout": "5000",
                },
            )
            try:
                node.start()
            except StoreFault:
                continue
            return node
        raise StoreFault("no node of the cluster would start")


def agrees(client: Redis) -> bool:
    """Does this node see every slot covered by three nodes?"""
    try:
        told = client.execute_command("CLUSTER", "INFO")
    except RedisError:
        return False
    lines = dict(line.split(":", 1) for line in text(told).splitlines() if ":" in line)
    return lines["cluster_state"] == "ok" and lines["cluster_size"] == str(NODES)


def text(told: object) -> str:
    if isinstance(told, dict):
        return "\n".join(f"{name}:{value}" for name, value in told.items())
    return told.decode() if isinstance(told, bytes) else str(told)
