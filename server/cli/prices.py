"""`aforo sale prices`: what a sale asks, by price list, with fees and taxes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.sales import AsJson, SaleId, info_of, moment
from server.cli.trouble import mistakes_in, source_of

if TYPE_CHECKING:
    from engine.catalog import ListedPrices
    from engine.engine import Engine


def prices(
    sale: SaleId,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE.yaml]", help="All prices anew, as docs/selling.md describes them.")
    ] = None,
    as_json: AsJson = False,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Show the price lists of a sale, with fees and taxes; with a file, make a new one. Open carts keep what they saw.

    Example: `aforo sale prices jazz dearer.yaml`
    """
    from engine.catalog import dues_to_json, percent_of
    from engine.money import decimal_amount

    lists, currency = with_engine(data_dir, lambda engine: price_lists(engine, organizer, sale, file))
    if as_json:
        listed = [
            {**asdict(each), "made_at": each.made_at.isoformat(), "dues": dues_to_json(each.dues)} for each in lists
        ]
        print(json.dumps(listed, indent=2))
        return

    table = Table("list", "for carts opened from", "made by", "place", "type", f"price ({currency})", box=None)
    for each in lists:
        begins = "the beginning" if not each.valid_from_ms else f"{moment(each.valid_from_ms):%Y-%m-%d %H:%M:%S} UTC"
        head = (str(each.number), begins, each.made_by)
        for place, its in each.prices.items():
            for kind, price in its.items():
                table.add_row(*head, place, kind, decimal_amount(price, currency))
                head = ("", "", "")
        for fee in each.dues.fees:
            parts = [decimal_amount(fee.amount, currency)] if fee.amount else []
            parts += [f"{percent_of(fee.ppm)} %"] if fee.ppm else []
            table.add_row(*head, f"fee per {fee.per.value}", fee.name, " + ".join(parts))
        for tax in each.dues.all_taxes:
            table.add_row(
                *head, "tax, " + ("included" if tax.included else "added"), tax.name, percent_of(tax.ppm) + " %"
            )
    Console().print(table)


async def price_lists(
    engine: Engine, organizer: str | None, sale: str, file: Path | None
) -> tuple[list[ListedPrices], str]:
    from engine.refusals import accept

    act, info = await act_of(engine, organizer), await info_of(engine, sale)
    if file is not None:
        source = source_of(file)
        made = await engine.catalog.price_lists.change(act, sale, source.tree, source.lines)
        if isinstance(made, list):
            raise mistakes_in(file, made)
        accept(made)
    return accept(await engine.catalog.price_lists.of(act.organizer_id, sale)), info.currency
