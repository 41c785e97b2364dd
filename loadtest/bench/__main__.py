"""`aforo bench` and `python -m loadtest.bench`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from server.cli.stopping import carried_out, cleaned_up

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="One short round of everything.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="A measurement to run, such as holds_engine; may be repeated.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report to this HTML file, too.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Write the report as PNG, too (needs Chromium).")] = None,
) -> None:
    """Measure this machine, on stores of the benchmark's own, and print each figure beside its baseline.

    Examples: `aforo bench --quick` · `aforo bench --only fanout --only watchers` · `aforo bench --report bench.html`
    """
    from loadtest.bench.run import MEASURES, Form, Wish, bench
    from loadtest.chromium import NoPicture

    form = Form.JSON if as_json else Form.MARKDOWN if as_markdown else Form.TABLE
    unknown = set(only or ()) - {measure.name for measure in MEASURES}
    if unknown:
        raise typer.BadParameter(
            f"there is no {', '.join(sorted(unknown))}; there are {', '.join(m.name for m in MEASURES)}"
        )
    if picture is not None and picture.suffix != ".png":
        raise typer.BadParameter(f"a picture is a PNG: {picture} should end in .png")
    wish = Wish(quick=quick, form=form, only=only or (), report=report, picture=picture)
    try:
        with cleaned_up():
            carried_out(lambda: bench(wish))
    except NoPicture as why:
        print(f"aforo: {why}", file=sys.stderr)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app(prog_name="aforo bench")
