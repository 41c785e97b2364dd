"""The command line: `aforo …`. Importing this costs nothing; the commands are loaded when one is run."""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 50_000


def main() -> None:
    # What a command loads stays; looking it through again and again took a fifth of its start.
    gc.set_threshold(YOUNG_OBJECTS)
    from server.cli.app import run

    run()
