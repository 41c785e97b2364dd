"""`aforo bench`, `storm`, `load`: how fast a machine is, and what an installation bears."""

from __future__ import annotations

import sys

import typer

from server.cli.stopping import followed


def bench(context: typer.Context) -> None:
    """Measure this machine, on stores of the benchmark's own; `aforo bench --help` lists its options.

    Examples: `aforo bench --quick` · `aforo bench --json` · `aforo bench --report bench.html`
    """
    run_apart("loadtest.bench", context)


def storm(context: typer.Context) -> None:
    """Open thousands of sockets that ask as fast as answers come, then audit; `aforo storm --help` lists its options.

    Examples: `aforo storm seat_grab` · `aforo storm queue_rush --sockets 5000 --picture rush.svg`
    """
    run_apart("loadtest.storm", context)


def load(context: typer.Context) -> None:
    """Play people on WebSockets with Locust, then audit; `aforo load --help` lists its options.

    Examples: `aforo load mixed` · `aforo load queue_rush --host http://127.0.0.1:8080 --data-dir .aforo --users 500`
    """
    run_apart("loadtest.load", context)


def run_apart(module: str, context: typer.Context) -> None:
    """In a process of its own: what it loads is not the server's."""
    raise typer.Exit(followed([sys.executable, "-m", module, *context.args]))
