"""The command line: `aforo …`. Importing this costs nothing; the commands are loaded when one is run."""

from __future__ import annotations


def main() -> None:
    from server.cli.app import run

    run()
