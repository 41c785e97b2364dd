"""`make growth` and `python -m loadtest.growth`."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from server.cli.stopping import carried_out, cleaned_up

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

BROKEN = 3

Seed = Annotated[int | None, typer.Option(help="The same order of things; random when left out.")]
Minutes = Annotated[float, typer.Option(min=0.01, help="How long new deaths come.")]
Sockets = Annotated[int, typer.Option(min=3, max=15_000, help="People who shop meanwhile.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command()
def cluster(
    *,
    seed: Seed = None,
    minutes: Minutes = 2.0,
    deaths: Annotated[int, typer.Option(min=1, help="So many at most.")] = 1_000_000,
    sockets: Sockets = 60,
    node_timeout_ms: Annotated[int, typer.Option(min=200, help="`cluster-node-timeout` of the nodes.")] = 2_000,
    as_json: AsJson = False,
) -> None:
    """Kill primaries of a Valkey cluster while people shop in three sales on it."""
    from loadtest.growth.cluster import Wish, run
    from loadtest.growth.report import cluster_as_json, cluster_as_text

    wish = Wish(seeded(seed), minutes * 60, sockets, deaths_max=deaths, node_timeout_ms=node_timeout_ms)
    with cleaned_up():
        report = carried_out(lambda: run(wish, tell))
    print(cluster_as_json(report) if as_json else cluster_as_text(report))
    if report.wrong:
        raise typer.Exit(BROKEN)


@app.command()
def groups(
    *,
    seed: Seed = None,
    sockets: Sockets = 60,
    as_json: AsJson = False,
) -> None:
    """Drain one of two groups of servers behind HAProxy while people shop, then kill the other."""
    from loadtest.growth.balancer import missing
    from loadtest.growth.groups import Wish, run
    from loadtest.growth.report import groups_as_json, groups_as_text

    if why := missing():
        print(why)
        return
    wish = Wish(seeded(seed), sockets)
    with cleaned_up():
        report = carried_out(lambda: run(wish, tell))
    print(groups_as_json(report) if as_json else groups_as_text(report))
    if report.wrong:
        raise typer.Exit(BROKEN)


@app.command()
def needs(
    bench: Annotated[Path, typer.Argument(help="What `aforo bench --json` printed.")],
    *,
    waiting: Annotated[int, typer.Option(min=1, help="Buyers who wait at the same time.")] = 1_000_000,
    orders: Annotated[int, typer.Option(min=1, help="Orders a minute.")] = 100_000,
) -> None:
    """Compute what so many buyers need, as the table of docs/scaling.md."""
    import orjson

    from loadtest.growth.needs import Wanted, as_markdown

    print(as_markdown(orjson.loads(bench.read_bytes()), Wanted(waiting, orders)))


def seeded(seed: int | None) -> int:
    seed = secrets.randbelow(10**9) if seed is None else seed
    print(f"seed {seed}", file=sys.stderr, flush=True)
    return seed


def tell(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="python -m loadtest.growth")
