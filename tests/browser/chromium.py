"""Brings Chromium where it may: as root on a Debian, from Debian's packages. Says what it does."""

import os
import shutil
import subprocess
import sys

from tests.absent import HEADLESS_SHELL, chromium

INSTALL_S_MAX = 300
INSTALL = ("apt-get", "install", "-qq", "--no-install-recommends", "-y")
PACKAGES = ("chromium", "fonts-dejavu-core")


def main() -> None:
    if chromium() is not None or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print("browser tests: installing Chromium from Debian", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        [*INSTALL, *PACKAGES],
    ):
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=INSTALL_S_MAX
        )
        if done.returncode != 0:
            print(f"browser tests: {' '.join(command)} failed: {done.stderr.strip()[-500:]}", file=sys.stderr)
            return
    # Only Debian has it by itself, and the whole one does as well.
    subprocess.run([*INSTALL, HEADLESS_SHELL], env=environment, capture_output=True, check=False, timeout=INSTALL_S_MAX)


if __name__ == "__main__":
    main()
