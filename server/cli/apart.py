"""Runs a command in a process of its own that cleans up after itself: signals go to that process, and we wait for it to
end.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence

ENDING = (signal.SIGTERM, signal.SIGHUP)
BY_SIGNAL = 128


def followed(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run it to its end; its exit code, as a shell tells it. A terminal that goes away is SIGTERM to it."""
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
