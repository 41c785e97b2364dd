"""All commands, and how their mistakes are told: one plain sentence on stderr and an exit code.

Exit codes: 0 done, 1 could not be done, 2 asked wrongly, 3 violations were found.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine.settings import SettingsFault
from engine.stores.faults import StoreFault
from server.cli.run import serve, up, work
from server.cli.trouble import Trouble
from server.version import VERSION

app = typer.Typer(
    name="aforo",
    help="Aforo, an on-sale engine: fair queue, live seats, and never the same thing sold twice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def show_version(wanted: bool) -> None:
    if wanted:
        print(f"aforo {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Say the version and stop.")
    ] = False,
) -> None:
    pass


app.command()(up)
app.command()(serve)
app.command()(work)


def run() -> None:
    try:
        app()
    except (Trouble, StoreFault, SettingsFault) as trouble:
        print(f"aforo: {trouble}", file=sys.stderr)
        sys.exit(1)
