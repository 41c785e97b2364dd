"""`aforo organizer taxes`: the taxes of an organizer's new sales, by the country of their venue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import mistakes_in, source_of

if TYPE_CHECKING:
    from engine.engine import Engine


def taxes(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE.yaml]", help="All of them anew, by country: 'ES: {IVA: 10}'; see docs/prices.md."
        ),
    ] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Show the taxes that new sales have, by the country of their venue; with a file, write them. Sales keep theirs.

    Example: `aforo organizer taxes taxes.yaml`
    """

    async def do(engine: Engine) -> Mapping[str, Any]:
        from engine.refusals import accept

        act = await act_of(engine, organizer)
        if file is None:
            return (await engine.catalog.tax_rules.of(act.organizer_id))[1]
        source = source_of(file)
        lines = {("countries", *path): line for path, line in source.lines.items()}
        written = await engine.catalog.tax_rules.change(act, {"countries": source.tree}, lines)
        if isinstance(written, list):
            raise mistakes_in(file, written)
        return accept(written)[1]

    rules = with_engine(data_dir, do)
    table = Table("country", "tax", "rate", "", "for", box=None, pad_edge=False)
    for country, its in sorted(rules.items()):
        for key, tax in its.items():
            how = "included" if tax["included"] else "added"
            of = ", ".join(tax["for"]) or "all the rest"
            table.add_row(country, tax.get("name", key), f"{tax['rate']} %", how, of)
    Console().print(table if rules else "There are none: new sales have the taxes that they say themselves.")
