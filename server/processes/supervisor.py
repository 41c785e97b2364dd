"""The supervisor: starts the stores and the child processes, starts again what dies, stops all together.

Owns: the children and their leashes, the shared metrics folder, the embedded stores when there are any.
Guarantees: a child that dies is replaced, with growing pauses; a stop ends children before the stores.
Fails with StartFault, whose message says what to do.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engine.ending import end
from engine.limits import CHILD_AGAIN_S_MAX, CHILD_READY_S_MAX, CHILD_STOP_S_MAX
from engine.settings import Settings
from server.observe import metrics
from server.processes.leash import READY, Go, said

log = logging.getLogger(__name__)

AGAIN_S = 0.2
STEADY_S = 10.0


class StartFault(Exception):
    """It can't start; the message says what to do."""


@dataclass
class Child:
    """A process to keep alive."""

    role: str
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    process: asyncio.subprocess.Process | None = None
    leash: socket.socket | None = None


class Supervisor:
    def __init__(self, settings: Settings, roles: list[str], tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._children = [Child(role) for role in roles]
        self._tell = tell
        self._go: asyncio.Future[Go] = asyncio.get_running_loop().create_future()
        self._keeping: list[asyncio.Task[None]] = []
        self.stopping = False
        # Parts that run on stores of their own may share a data folder, or have none they may write to.
        self._shared_metrics = tempfile.TemporaryDirectory(prefix="aforo-metrics-") if not settings.embedded else None
        self._metrics_dir = Path(self._shared_metrics.name) if self._shared_metrics else settings.data_dir / "metrics"
        self._port = settings.port
        self._reserved: socket.socket | None = None

    @property
    def port(self) -> int:
        return self._port

    # ── start ──

    def start(self) -> None:
        """Start the children; they load while the stores come up, and wait for `go`."""
        if any(child.role == "serve" for child in self._children):
            self._reserve_port()
        make_empty(self._metrics_dir)
        self._keeping = [asyncio.create_task(self._keep(child)) for child in self._children]

    def go(self, go: Go) -> None:
        self._go.set_result(go)

    async def ready(self) -> None:
        """Wait until every child is at work."""
        try:
            async with asyncio.timeout(CHILD_READY_S_MAX):
                for child in self._children:
                    await child.ready.wait()
        except TimeoutError as error:
            raise StartFault("The processes did not become ready; the log above says why.") from error

    def _reserve_port(self) -> None:
        """Fail now, and clearly, when the port is somebody else's; keep it ours while children come and go."""
        host, port = self._settings.host, self._settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            if port:
                with socket.socket(family) as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((host, port))
                    probe.listen(1)
            self._reserved = socket.socket(family)
            self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._reserved.bind((host, port))
        except OSError as error:
            raise StartFault(port_trouble(host, port, error)) from error
        self._port = self._reserved.getsockname()[1]

    # ── keep ──

    async def _keep(self, child: Child) -> None:
        loop = asyncio.get_running_loop()
        pause_s = AGAIN_S
        while True:
            began_at = loop.time()
            await self._run(child)
            if self.stopping:
                return
            pause_s = AGAIN_S if loop.time() - began_at > STEADY_S else min(pause_s * 2, CHILD_AGAIN_S_MAX)
            self._tell(f"a {child.role} process ended and is started again")
            await asyncio.sleep(pause_s)

    async def _run(self, child: Child) -> None:
        """One life of a child."""
        ours, theirs = socket.socketpair()
        with theirs:
            child.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "server.child",
                child.role,
                "--leash",
                str(theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                env=self._environment(),
            )
        ours.setblocking(False)
        child.leash = ours
        telling = asyncio.create_task(self._hold(child, ours))
        try:
            await child.process.wait()
        finally:
            await end([telling])
            ours.close()
            child.ready.clear()
            forget_metrics(self._metrics_dir, child.process.pid)

    async def _hold(self, child: Child, leash: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(leash, said(await asyncio.shield(self._go)))
        if await loop.sock_recv(leash, len(READY)):
            child.ready.set()

    def _environment(self) -> dict[str, str]:
        """The settings, without what goes down the leash."""
        settings = self._settings
        ours = {
            "AFORO_HOST": settings.host,
            "AFORO_PORT": str(self._port),
            "AFORO_DATA_DIR": str(settings.data_dir),
            "AFORO_PROVIDER": settings.provider,
            "AFORO_DEV_MAIL": str(settings.dev_mail),
            "AFORO_LOG_FORMAT": settings.log_format,
            "AFORO_LOG_LEVEL": settings.log_level,
            metrics.SHARED_FOLDER: str(self._metrics_dir),
        }
        secret = {"AFORO_SECRET", "AFORO_OLD_SECRETS", "AFORO_REDIS_URL", "AFORO_DATABASE_URL"}
        kept = {name: value for name, value in os.environ.items() if name not in secret}
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(part for part in (root, kept.get("PYTHONPATH", "")) if part)
        return {**kept, **ours, "PYTHONPATH": path}

    # ── stop ──

    async def stop(self) -> None:
        """End the children: politely, then, when they don't, for good."""
        self.stopping = True
        running = [child.process for child in self._children if child.process and child.process.returncode is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        if running:
            _, late = await asyncio.wait(
                [asyncio.create_task(each.wait()) for each in running], timeout=CHILD_STOP_S_MAX
            )
            if late:
                self._tell(f"{len(late)} processes did not end in time and are killed")
        self.kill()
        await end(self._keeping)
        if self._reserved is not None:
            self._reserved.close()
        if self._shared_metrics is not None:
            self._shared_metrics.cleanup()

    def kill(self) -> None:
        self.stopping = True
        for child in self._children:
            if child.process is not None and child.process.returncode is None:
                child.process.kill()


def make_empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def forget_metrics(folder: Path, pid: int) -> None:
    """Gauges of a process that ended count no longer; what it counted stays."""
    for path in folder.glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)


def port_trouble(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken. Stop what listens there, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more permission than we have. Choose one above 1023 with --port."
    return f"Cannot listen on {host} port {port}: {error.strerror}."
