"""The fault harness: a schedule that follows its seed, wires that do what they say, a short run that loses nothing."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path

import pytest

from engine.ending import end
from loadtest.faults.clocks import library
from loadtest.faults.schedule import JUMPS, KINDS, mishaps
from loadtest.faults.wire import Wire

ROOT = Path(__file__).parents[2]
ANSWER_S_MAX = 10.0


def test_the_same_seed_brings_the_same_mishaps() -> None:
    drawn = list(islice(mishaps(4), 40))
    assert drawn == list(islice(mishaps(4), 40))
    assert drawn != list(islice(mishaps(5), 40))


def test_every_kind_comes_before_one_comes_again() -> None:
    drawn = [each.kind for each in islice(mishaps(4), 2 * len(KINDS))]
    assert set(drawn[: len(KINDS)]) == set(KINDS)
    assert set(Counter(drawn).values()) == {2}


def test_clocks_jump_both_ways_and_sometimes_stay_wrong() -> None:
    drawn = list(islice(mishaps(4, JUMPS), 60))
    assert {(each.jump_s > 0, each.stays) for each in drawn} == {
        (True, True),
        (True, False),
        (False, True),
        (False, False),
    }
    assert {each.jump_s for each in islice(mishaps(4), len(KINDS)) if each.kind not in JUMPS} == {0}


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[tuple[Wire, Path]]:
    """A wire to somebody who says everything back."""

    echoing = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        echoing.add(asyncio.current_task())
        try:
            while data := await reader.read(1024):
                writer.write(data)
        finally:
            writer.transport.abort()

    far, near = tmp_path / "far", tmp_path / "near"
    made = Wire(lambda: asyncio.open_unix_connection(far), seed=1)
    servers = [await asyncio.start_unix_server(echo, far), await asyncio.start_unix_server(made.serve, near)]
    yield made, near
    for server in servers:
        server.close()
    await made.close()
    await end(echoing)
    await asyncio.sleep(0)  # transports that were aborted close at the next turn of the loop


async def said_back(near: Path) -> bytes:
    reader, writer = await asyncio.open_unix_connection(near)
    try:
        async with asyncio.timeout(ANSWER_S_MAX):
            writer.write(b"hello")
            return await reader.read(1024)
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


async def test_a_wire_carries_until_it_is_cut_and_again_when_mended(wire: tuple[Wire, Path]) -> None:
    made, near = wire
    assert await said_back(near) == b"hello"
    reader, writer = await asyncio.open_unix_connection(near)
    writer.write(b"x")
    assert await reader.read(1) == b"x"
    made.cut()
    async with asyncio.timeout(ANSWER_S_MAX):
        assert await reader.read(1) == b""
    writer.transport.abort()
    assert await said_back(near) == b""
    made.mend()
    assert await said_back(near) == b"hello"


async def test_a_lost_reply_was_done_and_is_never_heard(wire: tuple[Wire, Path]) -> None:
    made, near = wire
    made.lose_one_in = 1
    assert await said_back(near) == b""
    assert made.carried == len(b"hello")


@pytest.mark.faults
@pytest.mark.long  # `make faults` does more of it
@pytest.mark.timeout(240)
def test_a_short_run_loses_nothing() -> None:
    kinds = {"kill valkey", "kill server", "lose replies of valkey", "empty valkey", "fail over valkey"}
    kinds |= set(JUMPS[:1]) if library() else set()
    only = [word for kind in sorted(kinds) for word in ("--only", kind)]
    command = [
        sys.executable,
        "-m",
        "loadtest.faults",
        "--seed",
        "5",
        "--mishaps",
        str(len(kinds)),
        "--sockets",
        "20",
        "--json",
    ]
    ran = subprocess.run([*command, *only], check=False, cwd=ROOT, capture_output=True, text=True, timeout=220)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    told = json.loads(ran.stdout)
    assert told["wrong"] == []
    assert {each["kind"] for each in told["mishaps"]} == kinds
    assert all(each["purchase_after_s"] is not None for each in told["mishaps"])
    assert told["purchases"] > 0
