"""`aforo receipt …` and `aforo organizer identity`: receipts of a month, and who they are issued by."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.receipts import LegalIdentity, MonthOfReceipts

receipt_app = typer.Typer(help="Look at receipts.", no_args_is_help=True)

LISTED_MAX = 1_000
Month = Annotated[str | None, typer.Option(help="As 2026-11, by the organizer's time zone; without it this month.")]


@receipt_app.command("list")
def list_(
    month: Month = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="All of them, as a table for a spreadsheet.")] = False,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """List the receipts of a month, and say whether a number is missing.

    Examples: `aforo receipt list --month 2026-11` · `aforo receipt list --month 2026-11 --csv > november.csv`
    """

    async def do(engine: Engine) -> MonthOfReceipts | None:
        owner = (await act_of(engine, organizer)).organizer_id
        found = await engine.receipts.month(owner, month, 0 if as_csv else LISTED_MAX)
        if found is not None and as_csv:
            async for part in engine.receipts.table(owner, month):
                sys.stdout.write(part)
        return found

    found = with_engine(data_dir, do)
    if found is None:
        raise Trouble(f"{month} is no month; write it as 2026-11.")
    if not as_csv:
        shown(found)


def shown(month: MonthOfReceipts) -> None:
    from engine.money import money

    table = Table("number", f"issued ({month.zone})", "order", "sale", "total", "tax", box=None, pad_edge=False)
    for each in month.items:
        amounts = (money(amount, each.currency, "en") for amount in (each.total, each.tax))
        table.add_row(
            each.number,
            f"{each.issued_at.astimezone(ZoneInfo(month.zone)):%Y-%m-%d %H:%M}",
            each.code,
            each.sale,
            *amounts,
        )
    Console().print(table)
    for total in month.sums:
        said = money(total.total, total.currency, "en"), money(total.tax, total.currency, "en")
        print(f"{total.receipts} receipts, {said[0]}, of which {said[1]} are tax.")
    print("No number is missing." if month.gapless else "Numbers are missing: see `aforo verify --all`.")


def identity(
    *,
    name: Annotated[str | None, typer.Option(help="As it is registered.")] = None,
    tax_id: Annotated[str | None, typer.Option(help="Checked where we are sure how: ES, PT and BR.")] = None,
    address: Annotated[str | None, typer.Option(help="Street and number.")] = None,
    postal_code: Annotated[str | None, typer.Option(help="Postal code.")] = None,
    city: Annotated[str | None, typer.Option(help="City.")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166, as in ES.")] = None,
    note: Annotated[str | None, typer.Option(help="Printed on receipts.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Before the year in the number of a receipt.")] = None,
    zone: Annotated[str | None, typer.Option(help="By whose calendar a year ends, as in Europe/Madrid.")] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Show who an organizer is to the law, or change it; what is not named stays, and so do receipts that were issued.

    Example: `aforo organizer identity --name "Sala Norte S. L." --tax-id B12345674 --country ES`
    """
    given = {"name": name, "tax_id": tax_id, "address": address, "postal_code": postal_code, "city": city}
    given |= {"country": country, "note": note, "prefix": prefix, "zone": zone}
    named = {part: value for part, value in given.items() if value is not None}

    async def do(engine: Engine) -> LegalIdentity:
        from engine.refusals import RefusalError, accept
        from server.contract.asks import parse
        from server.contract.receipts import IdentityBody

        act = await act_of(engine, organizer)
        found = await engine.receipts.identities.read(act.organizer_id)
        if found is None:
            raise Trouble(f"There is no organizer {act.organizer_id}.")
        version, stands = found
        if not named:
            return stands
        try:
            body = parse(IdentityBody, asdict(stands) | named)
            return accept(await engine.receipts.identities.change(act, body.identity(), version))[1]
        except RefusalError as refusal:
            wrong = [f"{each['path']}: {each['message']}" for each in refusal.detail.get("fields", ())]
            raise Trouble("\n".join(wrong) or refusal.message) from refusal

    found = with_engine(data_dir, do)
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    for part, value in asdict(found).items():
        table.add_row(part.replace("_", " "), escape(value))
    Console().print(table)
    if not found.complete:
        print("No identity was written: receipts carry the organizer's name.")
