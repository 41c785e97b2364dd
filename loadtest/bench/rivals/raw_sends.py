"""The limit: one system call per socket and nothing else, in a loop that runs no line of Python.

Frames are ready, sockets are plain descriptors, and what can't be written at once ends the process.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import select
import socket
from collections import deque

from loadtest.bench.rivals import PAYLOAD
from server.contract.wire import BINARY_FRAME, frame

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD_BYTES_MAX = 4_096
BACKLOG = 1_024


def accept(listening: socket.socket) -> socket.socket | None:
    """The next socket; None when somebody only looked whether we listen."""
    connection, _ = listening.accept()
    head = connection.recv(HEAD_BYTES_MAX)
    if not head:
        return None
    key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    accepted = base64.b64encode(hashlib.sha1(key + MAGIC, usedforsecurity=False).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accepted + b"\r\n\r\n"
    )
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setblocking(False)
    return connection


def main() -> None:
    listening = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=BACKLOG)
    ready = select.poll()
    ready.register(listening, select.POLLIN)
    connections: dict[int, socket.socket] = {}
    triggers: dict[int, socket.socket] = {}
    whole = frame(BINARY_FRAME, PAYLOAD)
    while True:
        for descriptor, _ in ready.poll():
            if descriptor == listening.fileno():
                connection = accept(listening)
                if connection is None:
                    continue
                connections[connection.fileno()] = connection
                if not triggers:  # the first to come is the one that says when
                    triggers[connection.fileno()] = connection
                    ready.register(connection, select.POLLIN)
            elif triggers[descriptor].recv(HEAD_BYTES_MAX):
                deque(map(os.write, connections, itertools.repeat(whole)), maxlen=0)
            else:
                return


if __name__ == "__main__":
    main()
