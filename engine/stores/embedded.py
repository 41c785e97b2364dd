"""Both embedded stores on one data folder, started and stopped together.

Owns the folder's lock: one process at a time runs the stores of a folder. Guarantees a clean stop, and that a
start after any kind of end finds the data. Fails with StoreFault, whose message says what to do.
"""

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, Self

from engine.stores.account import account
from engine.stores.embedded_postgres import EmbeddedPostgres
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.faults import StoreFault, StoreInUse
from engine.stores.process import pid_in

# A socket's path must fit into 104 bytes on macOS, 108 on Linux; Postgres adds ".s.PGSQL.5432.lock".
SOCKET_FOLDER_BYTES_MAX = 80
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")
FREE_BYTES_MIN = 200_000_000
WATCH_S = 0.1
WATCH_S_MAX = 5.0


class Server(Protocol):
    def alive(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


class EmbeddedStores:
    """A Valkey and a Postgres of our own on `data_dir`, or one of them. Use as `async with`, or start and stop."""

    def __init__(self, data_dir: Path, *, valkey: bool = True, postgres: bool = True) -> None:
        self.data_dir = data_dir.resolve()
        self._lock: int | None = None
        run_dir = runtime_folder(self.data_dir)
        self.valkey = EmbeddedValkey(self.data_dir / "valkey", run_dir / "valkey.sock")
        self.postgres = EmbeddedPostgres(self.data_dir / "postgres", run_dir / "pg")
        self._run_dir = run_dir
        self._servers: dict[str, Server] = {}
        if valkey:
            self._servers["valkey"] = self.valkey
        if postgres:
            self._servers["postgres"] = self.postgres

    @property
    def redis_url(self) -> str:
        return self.valkey.url

    @property
    def database_url(self) -> str:
        return self.postgres.url

    async def start(self) -> None:
        """Start both; when one fails, neither stays."""
        self._prepare()
        try:
            starting = (started(server) for server in self._servers.values())
            results = await asyncio.gather(*starting, return_exceptions=True)
        except asyncio.CancelledError:
            await self.stop()
            raise
        wrong = [result for result in results if isinstance(result, BaseException)]
        if wrong:
            await self.stop()
            raise wrong[0]

    async def stop(self) -> None:
        """Stop both, and let the folder go."""
        await asyncio.gather(*(asyncio.to_thread(server.stop) for server in self._servers.values()))
        if self._lock is not None:
            shutil.rmtree(self._run_dir, ignore_errors=True)
        self._release()

    def dead(self) -> list[str]:
        """The names of the stores that should run and do not."""
        return [name for name, server in self._servers.items() if not server.alive()]

    def alive(self) -> bool:
        return not self.dead()

    async def restart(self) -> list[str]:
        """Start again what has died; answers which those were."""
        names = self.dead()
        for name in names:
            await started(self._servers[name])
        return names

    async def keep(self, report: Callable[[str], None]) -> None:
        """Start again whatever dies, telling `report`, until cancelled."""
        pause_s = WATCH_S
        while True:
            await asyncio.sleep(pause_s)
            try:
                for name in await self.restart():
                    report(f"{name} had died and was started again")
                pause_s = WATCH_S
            except StoreFault as fault:
                report(str(fault))
                pause_s = min(pause_s * 2, WATCH_S_MAX)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _prepare(self) -> None:
        """Lock the folder; release it again when anything is wrong with it."""
        try:
            make_data_folder(self.data_dir)
            self._take_lock()
            make_private(self._run_dir)
            free = shutil.disk_usage(self.data_dir).free
            if free < FREE_BYTES_MIN:
                raise StoreFault(f"the disk of {self.data_dir} is full: {free // 1_000_000} MB are left")
        except PermissionError as error:
            self._release()
            raise StoreFault(f"no permission to use the data folder {self.data_dir}: {error.strerror}") from error
        except OSError as error:
            self._release()
            raise StoreFault(f"cannot use the data folder {self.data_dir}: {error.strerror}") from error
        except StoreFault:
            self._release()
            raise

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        path = self.data_dir / "lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            holder = pid_in(path)
            by = f"process {holder}" if holder else "another process"
            raise StoreInUse(f"the data folder {self.data_dir} is in use by {by}: stop it first") from None
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        self._lock = lock

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


async def started(server: Server) -> None:
    """Start a server. When cancelled, it first waits until the server is up or failed, so that a stop finds it."""
    starting = asyncio.ensure_future(asyncio.to_thread(server.start))
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.gather(starting, return_exceptions=True)
        raise
    except OSError as error:
        raise StoreFault(f"a store did not start: {error.strerror}: {error.filename}") from error


def make_data_folder(path: Path) -> None:
    if path.is_dir():
        return
    path.mkdir(parents=True)
    # As root, the account that Postgres runs as must be able to walk through; nobody needs to look.
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def runtime_folder(data_dir: Path) -> Path:
    """Where the sockets are: in the data folder, or elsewhere if that path is long, closed, or odd in an address."""
    inside = data_dir / "run"
    fits = len(os.fsencode(inside)) <= SOCKET_FOLDER_BYTES_MAX and PLAIN_PATH.fullmatch(str(inside))
    if fits and account().can_enter(inside):
        return inside
    mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"aforo-{os.geteuid()}-{mark}"


def make_private(folder: Path) -> None:
    """Make a folder that others may walk through but not look into, and that is surely ours."""
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise StoreFault(f"{folder} belongs to someone else; remove it, or use another data folder")
    folder.chmod(0o711)
