"""`make soak` and `python -m loadtest.soak`."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from server.cli.stopping import carried_out, cleaned_up

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

GROWS = 1


@app.command()
def main(
    *,
    minutes: Annotated[float, typer.Option(min=0.2, help="How long; below twenty, less can be judged.")] = 20.0,
    sockets: Annotated[int, typer.Option(min=10, max=3_000, help="People at the same time.")] = 300,
    seed: Annotated[int | None, typer.Option(help="The same people with the same wishes.")] = None,
    think: Annotated[float, typer.Option(min=0, help="Pauses of people times this.")] = 1.0,
    report: Annotated[Path | None, typer.Option(help="Write a page with every curve here.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, every curve with it, instead of a table.")
    ] = False,
) -> None:
    """Business as usual for a long time, and whether anything grows that should not."""
    from loadtest.soak.report import as_html, as_text, wire_of
    from loadtest.soak.run import Wish, run
    from loadtest.target import TargetFault, own_installation

    seed = secrets.randbelow(10**9) if seed is None else seed
    say(f"{minutes:g} minutes, {sockets} people, seed {seed}")
    try:
        with cleaned_up(), own_installation() as target:
            result = carried_out(lambda: run(target, Wish(minutes, sockets, seed, think), say))
    except TargetFault as fault:
        say(str(fault))
        raise typer.Exit(GROWS) from fault
    if report is not None:
        report.write_text(as_html(result), encoding="utf-8")
    print(wire_of(result) if as_json else as_text(result))
    if result.wrong:
        raise typer.Exit(GROWS)


def say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="make soak")
