"""Cycles that only a full collection frees."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref

import pytest

from engine.engine import Engine
from server import roles
from server.observe.metrics import Metrics
from server.processes import garbage
from server.processes.garbage import SWEEP_SOCKETS_MAX, sweep
from server.processes.leash import Leash


class Knot:
    """Keeps itself."""

    def __init__(self) -> None:
        self.itself = self


def test_cycles_are_swept_but_not_in_a_crowd() -> None:
    gc.disable()
    try:
        left = weakref.ref(Knot())
        sweep(SWEEP_SOCKETS_MAX + 1)
        assert left() is not None
        sweep(SWEEP_SOCKETS_MAX)
        assert left() is None
    finally:
        gc.enable()


async def test_a_worker_sweeps_as_well(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cycles would stay until fifty thousand objects came together."""
    monkeypatch.setattr(garbage, "SWEEP_EVERY_S", 0.01)
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=theirs)
    stop, swept = asyncio.Event(), asyncio.Event()
    gc.disable()
    try:
        weakref.finalize(Knot(), swept.set)
        working = asyncio.create_task(roles.work(engine, Metrics(), Leash(reader, writer), stop))
        working.add_done_callback(lambda _: swept.set())
        await swept.wait()
        assert not working.done()
        stop.set()
        await working
    finally:
        gc.enable()
        writer.close()
        ours.close()
