"""Stopping a run early: SIGTERM and a closed terminal do what Ctrl-C does, so that it cleans up.

Guarantees: whatever contexts are open inside `cleaned_up` are left in order, once; then the exit code is INTERRUPTED.
A second Ctrl-C ends it at once, with whatever is not removed yet.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import typer

INTERRUPTED = 130
BY_SIGNAL = 128
ENDING = (signal.SIGTERM, signal.SIGHUP)
STOPPED = "stopped; what it started is gone"

T = TypeVar("T")


@contextmanager
def cleaned_up(said: str = STOPPED) -> Iterator[None]:
    """An interruption inside the block ends here, with `said` on stderr. `nohup` is respected."""
    before = {each: signal.getsignal(each) for each in ENDING}
    told = False

    def end(_: int, frame: FrameType | None) -> None:
        nonlocal told
        if told:
            return  # `timeout` tells a whole group, and parents tell their children: cleaning up goes on
        told = True
        as_ctrl_c = signal.getsignal(signal.SIGINT)
        if not callable(as_ctrl_c):  # ignored, as in the background of a script
            raise KeyboardInterrupt
        as_ctrl_c(signal.SIGINT, frame)

    for each in ENDING:
        if before[each] is not signal.SIG_IGN:
            signal.signal(each, end)
    try:
        yield
    except (KeyboardInterrupt, asyncio.CancelledError):
        print(said, file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def carried_out(run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run it on a loop of its own."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


def followed(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run a command in a process of its own, and wait until it has cleaned up and ended; its exit code, as a shell's.

    Signals go to that process; a terminal that goes away is SIGTERM to it.
    """
    process = subprocess.Popen(command, env=environment)
    heard = [each for each in ENDING if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, lambda *_: process.terminate()) for each in heard}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both
    try:
        code = process.wait()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    return code if code >= 0 else BY_SIGNAL - code
