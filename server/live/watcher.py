"""A socket as hubs and pulses know it: somebody to write to, who may be slow, silent or sent away."""

from __future__ import annotations

from typing import Any, Protocol

from server.contract.events import Close
from server.contract.wire import Wire


class Watcher(Protocol):
    """Takes frames of its own format; writing never waits."""

    @property
    def wire(self) -> Wire: ...
    @property
    def behind(self) -> bool: ...
    @property
    def buyer(self) -> str | None: ...
    @property
    def works_for(self) -> str | None: ...  # the organizer whose key it has shown

    def send(self, message: Any) -> None: ...
    def write(self, ready: bytes) -> None: ...
    def put(self, ready: bytes) -> None: ...  # the same, of hubs to who is neither behind nor lost


class Connection(Watcher, Protocol):
    """The same with its other end: where it is, whether it lives, and how it is closed."""

    @property
    def address(self) -> str: ...
    @property
    def heard_at(self) -> float: ...
    @property
    def pinged_at(self) -> float: ...
    @property
    def crowded(self) -> bool: ...

    def ping(self, now: float) -> None: ...
    async def finish_asks(self) -> None: ...
    async def close(self, close: Close) -> None: ...
