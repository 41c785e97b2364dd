"""`aforo bench` and `python -m loadtest.bench`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
import uvloop

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    quick: Annotated[bool, typer.Option("--quick", help="One short round of everything.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="A measurement to run, such as holds_engine; may be repeated.")
    ] = None,
) -> None:
    """Measure this machine, on stores of the benchmark's own, and print each figure beside its baseline."""
    from loadtest.bench.run import MEASURES, Form, bench

    form = Form.JSON if as_json else Form.MARKDOWN if as_markdown else Form.TABLE
    unknown = set(only or ()) - {measure.name for measure in MEASURES}
    if unknown:
        raise typer.BadParameter(
            f"there is no {', '.join(sorted(unknown))}; there are {', '.join(m.name for m in MEASURES)}"
        )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(bench(quick=quick, form=form, only=only or ()))


if __name__ == "__main__":
    app(prog_name="aforo bench")
