"""`aforo up`, `serve` and `work`: starting what runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from engine.settings import Settings

DataDir = Annotated[Path | None, typer.Option(help="Where data is kept (default .aforo).")]
Host = Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")]
Port = Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on (default 8080); 0 takes any.")]
Processes = Annotated[int | None, typer.Option(min=1, max=256, help="Server processes (default one per core).")]


def settings_with(**given: object) -> Settings:
    """The settings of the environment, and above them what was said on the command line."""
    from engine.settings import load

    return load().model_copy(update={name: value for name, value in given.items() if value is not None})


def up(
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill it with a venue, events and sales worth looking at.")
    ] = False,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    processes: Processes = None,
) -> None:
    """Start everything on this machine: stores, schema, servers, a worker. Ctrl-C stops it.

    Examples: `aforo up` · `aforo up --demo` · `aforo up --data-dir /var/lib/aforo --port 80`
    """
    from server.cli.starting import run_up

    asyncio.run(run_up(settings_with(data_dir=data_dir, host=host, port=port, processes=processes), demo=demo))


def serve(host: Host = None, port: Port = None, processes: Processes = None) -> None:
    """Start server processes on stores of your own (AFORO_REDIS_URL, AFORO_DATABASE_URL, AFORO_SECRET).

    Example: `aforo serve --host 0.0.0.0 --processes 4`
    """
    from server.cli.starting import run_roles

    settings = settings_with(host=host, port=port, processes=processes)
    asyncio.run(run_roles(settings, ["serve"] * settings.processes))


def work() -> None:
    """Start a worker on stores of your own; any number may run, each job has one owner at a time.

    Example: `aforo work`
    """
    from server.cli.starting import run_roles

    asyncio.run(run_roles(settings_with(), ["work"]))
